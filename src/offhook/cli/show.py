"""How things are printed for people: tables, documents, changes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import yaml
from rich.console import Console
from rich.table import Table
from rich.text import Text

MOST_PHONES_PRINTED = 10
"""Phones that a dry run names; --json names a thousand."""

_MARKS = {"added": "+", "changed": "~", "removed": "-"}


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table without frames, so that it can be cut and pasted; texts are never read as markup."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row))
    # A pipe has no width of its own: nothing is folded there, so that it can be searched.
    Console(width=None if sys.stdout.isatty() else 1000).print(table)


def print_document(values: object) -> None:
    """A document as YAML."""
    click.echo(yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=120), nl=False)


def print_changes(changes: Sequence[dict[str, Any]], *, dry_run: bool, files: Mapping[str, Any] | None = None) -> None:
    """What a change did, or would do, and whose files it would alter."""
    if not changes:
        click.echo("nothing to change")
        return
    for change in changes:
        account = "" if change["account"] == "default" else f" (account {change['account']})"
        click.echo(f"{_MARKS[change['action']]} {change['kind']}/{change['id']}{account}")
        if change["action"] == "changed":
            print_differences(change["differences"])
    counts = {action: sum(change["action"] == action for change in changes) for action in _MARKS}
    done = ", ".join(f"{count} {action}" for action, count in counts.items() if count)
    if files is not None:
        _print_files(files)
    click.echo(f"would be: {done} (nothing was changed)" if dry_run else done)


def _print_files(files: Mapping[str, Any]) -> None:
    """Whose files a change would alter, and how one's would."""
    count, names = files["count"], [_named(device) for device in files["devices"]]
    if not count:
        click.echo("no phone's files would change")
        return
    phones = "1 phone" if count == 1 else f"{'' if files['exact'] else 'up to '}{count} phones"
    more = ", …" if count > MOST_PHONES_PRINTED else ""
    click.echo(f"this changes the files of {phones}: {', '.join(names[:MOST_PHONES_PRINTED])}{more}")
    if (diff := files["diff"]) is not None:
        click.echo(f"  the files of {_named(diff)} (choose another with --diff ID):")
        for one in diff["differences"]:
            click.echo(f"    {one['file']}: {one['parameter']}: {_short(one['before'])} → {_short(one['after'])}")


def _named(device: Mapping[str, str]) -> str:
    return device["id"] if device["account"] == "default" else f"{device['account']}/{device['id']}"


def print_differences(differences: Sequence[dict[str, Any]]) -> None:
    """Each field that differs, before and after."""
    for one in differences:
        click.echo(f"    {one['field']}: {_short(one['before'])} → {_short(one['after'])}")


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 100 else text[:99] + "…"
