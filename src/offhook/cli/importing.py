"""`offhook import kazoo|wazo|fusionpbx|csv`: what others have, made into our documents here and given to the server."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress

from offhook.admin.office import write_office
from offhook.importers.fusionpbx import import_fusionpbx
from offhook.importers.kazoo import import_kazoo
from offhook.importers.report import Unreadable
from offhook.importers.sheet import Row, read_sheet
from offhook.importers.sheet_office import Taken, take_in
from offhook.importers.sheet_present import Office, Present
from offhook.importers.wazo import import_wazo
from offhook.model.problem import Refused

from .client import Failed
from .imported import finish_import, import_options, move_phones, read_files, write_privately
from .options import Reach, account_option, admin_options, json_option
from .show import print_changes

MOST_CHANGES_PRINTED = 100
"""From more on, an import prints how many, not which."""


@click.group("import")
def import_group() -> None:
    """Take over what another system has; what cannot be carried over is told, never dropped."""


@import_group.command("kazoo")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@import_options
@click.pass_obj
def kazoo_command(reach: Reach, file: Path, account: str, dry_run: bool, output: Path | None, as_json: bool) -> None:
    """Import Kazoo's users, devices, groups, mailboxes, callflows and time rules from FILE (JSON; - = stdin).

    FILE holds documents as Kazoo's API gives them: one, a list, or a mapping such as {"users": [...], "callflows": [...]}.
    """
    ((_, text),) = read_files([file])
    try:
        imported = import_kazoo(text, account=account, now=datetime.now(UTC))
    except Unreadable as error:
        raise Failed(f"{file}: {error}") from None
    finish_import(reach, imported, str(file), dry_run=dry_run, output=output, as_json=as_json)


@import_group.command("wazo")
@click.argument("files", type=click.Path(path_type=Path, allow_dash=True), nargs=-1, required=True)
@import_options
@click.pass_obj
def wazo_command(
    reach: Reach, files: tuple[Path, ...], account: str, dry_run: bool, output: Path | None, as_json: bool
) -> None:
    """Import the devices and configs of wazo-provd from FILES (JSON; a folder = all files in it; - = stdin).

    FILES are what dev_mgr/devices and cfg_mgr/configs of its API answer, or the files of jsondb/devices and
    jsondb/configs. Every number of a phone becomes a user with a callflow that rings them.
    """
    move_phones(import_wazo, reach, files, account, dry_run=dry_run, output=output, as_json=as_json)


@import_group.command("fusionpbx")
@click.argument("files", type=click.Path(path_type=Path, allow_dash=True), nargs=-1, required=True)
@import_options
@click.pass_obj
def fusionpbx_command(
    reach: Reach, files: tuple[Path, ...], account: str, dry_run: bool, output: Path | None, as_json: bool
) -> None:
    """Import FusionPBX's devices, extensions and voicemails from FILES (CSV; a folder = all files in it; - = stdin).

    FILES are what its pages export, or tables such as v_device_keys as CSV with a header; its columns tell what a file
    is. Every extension becomes a user with a callflow that rings them.
    """
    move_phones(import_fusionpbx, reach, files, account, dry_run=dry_run, output=output, as_json=as_json)


@import_group.command("csv")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@account_option
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@click.option(
    "--ignore-unknown", is_flag=True, help="Pass over columns that are not known; otherwise they are refused."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write an office file for a new office, and ask no server.",
)
@json_option
@admin_options
@click.pass_obj
def csv_command(
    reach: Reach, file: Path, account: str, dry_run: bool, ignore_unknown: bool, output: Path | None, as_json: bool
) -> None:
    """Import people, phones and extensions from FILE, a sheet saved as CSV (- = stdin): all of it, or nothing.

    What a sheet does not say stays as it is; the same sheet again changes nothing. Its columns are in docs/bulk.md.
    """
    name = "standard input" if str(file) == "-" else file.name
    with _progress(quiet=as_json) as progress:
        try:
            data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
            sheet = read_sheet(data, name, ignore_unknown=ignore_unknown)
            office = {} if output is not None else _present(reach, account, progress)
            taken = take_in(sheet, account, Present(office, account), track=_tracked(progress, "checking rows"))
        except OSError as error:
            raise Failed(f"{file} cannot be read: {error.strerror}") from None
        except Refused as refused:
            raise Failed(f"{refused}\n{len(refused.problems)} problem(s) in {name}; nothing was changed") from None
        if output is None:
            changes = _apply_sheet(reach, taken, progress, dry_run=dry_run)
    if output is not None:
        write_privately(output, write_office(taken.office, as_json=output.suffix == ".json"))
        changes = []
    if as_json:
        told = {"sheet": {"encoding": sheet.encoding, "delimiter": sheet.delimiter, "rows": len(sheet.rows)}}
        told["sheet"]["ignored"] = list(sheet.ignored)
        click.echo(json.dumps({"changes": changes, "notes": list(taken.notes), **told}, ensure_ascii=False))
        return
    click.echo(str(sheet), err=True)
    for note in taken.notes:
        click.echo(note, err=True)
    if output is not None:
        click.echo(
            f"{output}: {', '.join(f'{len(listed)} {kind}' for kind, listed in taken.office.items()) or 'nothing'}"
        )
    elif len(changes) > MOST_CHANGES_PRINTED:
        _print_counts(changes, dry_run=dry_run)
    else:
        print_changes(changes, dry_run=dry_run)


def _progress(*, quiet: bool) -> Progress:
    """A bar on a terminal's standard error, and nothing elsewhere."""
    return Progress(console=Console(stderr=True), transient=True, disable=quiet or not sys.stderr.isatty())


def _tracked(progress: Progress, what: str) -> Callable[[Sequence[Row]], Iterable[Row]]:
    return lambda rows: progress.track(rows, total=len(rows), description=what)


def _present(reach: Reach, account: str, progress: Progress) -> Office:
    """What the account has now, without secrets."""
    task = progress.add_task("asking what is there", total=None)
    office: Office = json.loads(
        reach.client().text("GET", "/api/v1/export", query={"account": account, "format": "json"})
    )
    progress.remove_task(task)
    return office


def _apply_sheet(reach: Reach, taken: Taken, progress: Progress, *, dry_run: bool) -> list[dict[str, Any]]:
    progress.add_task("saving", total=None)
    body = json.dumps(taken.office, ensure_ascii=False).encode()
    query = {"file": taken.name, "dry_run": "1" if dry_run else None}
    try:
        answer = reach.client().text("POST", "/api/v1/apply", body, content_type="application/yaml", query=query)
    except Failed as failed:
        raise Failed(taken.by_row(str(failed))) from None
    changes: list[dict[str, Any]] = json.loads(answer)["changes"]
    return changes


def _print_counts(changes: Sequence[dict[str, Any]], *, dry_run: bool) -> None:
    """How many documents of each kind a large import touched; --json names each."""
    counts = Counter((change["action"], change["kind"]) for change in changes)
    for (action, kind), count in sorted(counts.items()):
        click.echo(f"{count} {kind} {action}")
    if dry_run:
        click.echo("nothing was changed")
