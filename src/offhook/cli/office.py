"""`offhook apply` and `offhook export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from offhook.importers.sheet import DELIMITERS, write_sheet
from offhook.importers.sheet_export import write_out
from offhook.importers.sheet_present import Office, Present

from .client import Failed
from .options import Reach, admin_options, diff_option, force_option, json_option
from .show import print_changes

MOST_LOST_PRINTED = 20
"""Documents that are named when a sheet does not hold them; of others only the number is told."""


@click.command("apply")
@click.option(
    "-f",
    "--file",
    "path",
    required=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="Office file; - = stdin.",
)
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@click.option(
    "--prune", is_flag=True, help="Also remove documents of the file's kinds and accounts that it leaves out."
)
@diff_option
@force_option
@json_option
@admin_options
@click.pass_obj
def apply_command(
    reach: Reach, path: Path, dry_run: bool, prune: bool, diff: str | None, force: bool, as_json: bool
) -> None:
    """Make the documents what an office file (YAML or JSON) says; all of it or nothing."""
    try:
        body = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}") from None
    answer = reach.client().text(
        "POST",
        "/api/v1/apply",
        body,
        content_type="application/yaml",
        query={
            "file": "standard input" if str(path) == "-" else str(path),
            "dry_run": "1" if dry_run else None,
            "diff": diff,
            "prune": "1" if prune else None,
            "force": "1" if force else None,
        },
    )
    if as_json:
        click.echo(answer.rstrip())
    else:
        made = json.loads(answer)
        print_changes(made["changes"], dry_run=dry_run, files=made.get("files"))


@click.command("export")
@click.option("--account", help="Only this account.  [all]")
@click.option("--secrets", is_flag=True, help="With passwords and PINs in clear; otherwise they are left out.")
@click.option("--csv", "as_csv", is_flag=True, help="A sheet of people and phones, as `import csv` reads it.")
@click.option(
    "--delimiter",
    type=click.Choice(tuple(DELIMITERS.values())),
    default="comma",
    show_default=True,
    help="Between the sheet's cells; spreadsheets of many countries want semicolon.",
)
@json_option
@admin_options
@click.pass_obj
def export_command(
    reach: Reach, account: str | None, secrets: bool, as_csv: bool, delimiter: str, as_json: bool
) -> None:
    """Print all documents as an office file, or one account's people and phones as a sheet."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json are two ways to print: give one of them")
    text = reach.client().text(
        "GET",
        "/api/v1/export",
        query={
            "account": account,
            "secrets": "1" if secrets else None,
            "format": "json" if as_json or as_csv else None,
        },
    )
    if as_csv:
        between = next(sign for sign, name in DELIMITERS.items() if name == delimiter)
        _print_sheet(json.loads(text), account, secrets=secrets, delimiter=between)
    else:
        click.echo(text, nl=False)


def _print_sheet(office: Office, account: str | None, *, secrets: bool, delimiter: str) -> None:
    """The sheet on standard output, and what it does not hold on standard error."""
    accounts = [one["id"] for one in office.get("accounts", [])]
    if account is None and len(accounts) > 1:
        raise Failed(f"a sheet holds one account: choose with --account one of {', '.join(accounts)}")
    account = account or next(iter(accounts), "default")
    written = write_out(Present(office, account), account, secrets=secrets)
    click.echo(write_sheet(written.keys, written.rows, delimiter), nl=False)
    for one in written.lost[:MOST_LOST_PRINTED]:
        click.echo(f"not in the sheet: {one}", err=True)
    if len(written.lost) > MOST_LOST_PRINTED:
        click.echo(f"not in the sheet: {len(written.lost) - MOST_LOST_PRINTED} more", err=True)
    if written.lost:
        click.echo("offhook export without --csv has everything", err=True)
