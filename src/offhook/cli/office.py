"""`offhook apply` and `offhook export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from .client import Failed
from .options import Reach, admin_options, force_option, json_option
from .show import print_changes


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
@force_option
@json_option
@admin_options
@click.pass_obj
def apply_command(reach: Reach, path: Path, dry_run: bool, prune: bool, force: bool, as_json: bool) -> None:
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
            "prune": "1" if prune else None,
            "force": "1" if force else None,
        },
    )
    changes = json.loads(answer)["changes"]
    if as_json:
        click.echo(answer.rstrip())
    else:
        print_changes(changes, dry_run=dry_run)


@click.command("export")
@click.option("--account", help="Only this account.  [all]")
@click.option("--secrets", is_flag=True, help="With passwords and PINs in clear; otherwise they are left out.")
@json_option
@admin_options
@click.pass_obj
def export_command(reach: Reach, account: str | None, secrets: bool, as_json: bool) -> None:
    """Print all documents as an office file."""
    text = reach.client().text(
        "GET",
        "/api/v1/export",
        query={"account": account, "secrets": "1" if secrets else None, "format": "json" if as_json else None},
    )
    click.echo(text, nl=False)
