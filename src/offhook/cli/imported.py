"""What every import of another system's files does: read them, give the office to the server, tell what is not as it was."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import click
import msgspec

from offhook.admin.office import write_office
from offhook.importers.phones.models import PhoneModel
from offhook.importers.report import Imported, Remark, Unreadable
from offhook.provisioning.profiles import Profiles, load_profiles

from .client import Failed
from .options import F, Reach, account_option, admin_options, json_option
from .show import print_changes


def import_options(function: F) -> F:
    """Add what every import of another system's files has: --account, --dry-run, -o, --json."""
    output = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Write an office file, and change nothing.",
    )
    dry_run = click.option("--dry-run", is_flag=True, help="Only print what would change.")
    return account_option(dry_run(output(json_option(admin_options(function)))))


class Importer(Protocol):
    """Makes an office of files, each a name and a text; raises `Unreadable`."""

    def __call__(
        self,
        files: Iterable[tuple[str, str]],
        *,
        account: str,
        models: Iterable[PhoneModel],
        present: Mapping[str, Any] | None,
    ) -> Imported:
        """The office for an account; `present` is its document when it is there already."""


def move_phones(
    importer: Importer,
    reach: Reach,
    files: Sequence[Path],
    account: str,
    *,
    dry_run: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Import another system's phones; with an output file no server is asked."""
    present = _account(reach, account) if output is None else None
    models = _models(load_profiles(reach.profile_folders()))
    try:
        imported = importer(read_files(_unfolded(files)), account=account, models=models, present=present)
    except Unreadable as error:
        raise Failed(str(error)) from None
    name = str(files[0]) if len(files) == 1 else f"{len(files)} files"
    finish_import(reach, imported, name, dry_run=dry_run, output=output, as_json=as_json)


def finish_import(
    reach: Reach, imported: Imported, name: str, *, dry_run: bool, output: Path | None, as_json: bool
) -> None:
    """Give an office to the server or into a file, and tell what is not as it was."""
    changes: list[dict[str, Any]] | None = None
    if output is not None:
        write_privately(output, write_office(imported.office, as_json=output.suffix == ".json"))
    else:
        changes = _apply(reach, imported, name, dry_run=dry_run)
    if as_json:
        remarks = [msgspec.to_builtins(remark) for remark in imported.remarks]
        click.echo(json.dumps({"changes": changes, "remarks": remarks, "ids": imported.ids}, ensure_ascii=False))
        return
    _print_report(imported.remarks)
    if changes is not None:
        print_changes(changes, dry_run=dry_run)
    else:
        counts = ", ".join(f"{len(listed)} {kind}" for kind, listed in imported.office.items())
        click.echo(f"{output}: {counts or 'nothing'}; it holds passwords in clear")


def _unfolded(files: Iterable[Path]) -> list[Path]:
    """The files, with all those of a folder instead of it."""
    found: list[Path] = []
    for file in files:
        if str(file) != "-" and file.is_dir():
            found.extend(one for one in sorted(file.rglob("*")) if one.is_file())
        else:
            found.append(file)
    return found


def read_files(files: Iterable[Path]) -> list[tuple[str, str]]:
    """Each file's name and text."""
    found = []
    for file in files:
        try:
            if str(file) == "-":
                found.append(("standard input", sys.stdin.read()))
            else:
                found.append((str(file), file.read_text(encoding="utf-8-sig")))
        except OSError as error:
            raise Failed(f"{file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise Failed(f"{file}: {error}") from None
    return found


def _account(reach: Reach, account: str) -> dict[str, Any] | None:
    """The account's document; None when it is not there yet."""
    try:
        document: dict[str, Any] = reach.client().get(f"/api/v1/accounts/{quote(account, safe='')}", account=account)
    except Failed as failed:
        if failed.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return document


def _models(profiles: Profiles) -> list[PhoneModel]:
    """What an import needs to know of the models in the profiles."""
    return [
        PhoneModel(
            f"{profile.vendor}/{name}",
            keys=model.keys,
            line_keys=_whole(model.facts.get("line_keys")),
            module_keys=model.expansion.keys if model.expansion else 0,
        )
        for profile in profiles
        for name, model in profile.file.models.items()
    ]


def _whole(value: object) -> int:
    """A number among a model's free facts; 0 for what another vendor's profile calls by the same name."""
    return value if isinstance(value, int) else 0


def _apply(reach: Reach, imported: Imported, name: str, *, dry_run: bool) -> list[dict[str, Any]]:
    body = write_office(imported.office, as_json=True).encode()
    query = {"file": f"{name} as an office file", "dry_run": "1" if dry_run else None}
    answer = reach.client().text("POST", "/api/v1/apply", body, content_type="application/yaml", query=query)
    changes: list[dict[str, Any]] = json.loads(answer)["changes"]
    return changes


def write_privately(path: Path, text: str) -> None:
    """Write a file that nobody else can read: it has passwords in it."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}") from None


def _print_report(remarks: tuple[Remark, ...]) -> None:
    """Each document with what is not as it was."""
    document = None
    for remark in remarks:
        if remark.document != document:
            document = remark.document
            click.echo(document)
        place = f"{remark.place}: " if remark.place else ""
        instead = f" {remark.instead}" if remark.instead else ""
        click.echo(f"  {place}{remark.what}: {remark.why}.{instead}")
    if remarks:
        click.echo(f"{len(remarks)} thing(s) are not as they were\n")
