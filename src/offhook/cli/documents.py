"""`offhook <kind> add|list|show|edit|remove`, one way for every kind of document."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click
import yaml

from offhook.importers.sheet import write_sheet
from offhook.model.kind import KINDS, SINGULAR

from .add import add_command
from .assignment import assigned, set_option
from .calls import picture_command, print_tree
from .client import AdminClient
from .given import files_command
from .guard import enrol_command, lock_command, rotate_command, unlock_command
from .options import Reach, account_option, admin_options, diff_option, force_option, json_option
from .revisions import diff_command, history_command, rollback_command
from .schedules import force_command, holidays_command, preview_command, release_command
from .show import print_changes, print_document, print_table
from .standing import print_standing
from .waking import waking_commands

COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts": ("id", "name", "realm", "enabled"),
    "sites": ("id", "name", "networks"),
    "users": ("id", "name", "email", "primary_extension"),
    "devices": ("id", "name", "mac", "model", "owner"),
    "groups": ("id", "name", "members"),
    "mailboxes": ("id", "number", "name", "owner"),
    "schedules": ("id", "name", "timezone"),
    "modes": ("id", "name", "states", "state"),
    "contacts": ("id", "name", "numbers"),
    "callflows": ("id", "name", "numbers", "start"),
}
"""What `list` shows of each kind."""

FILTERS: dict[str, str] = {
    "model": "Only of this model (vendor/Model) or vendor.",
    "site": "Only of this site; '' = of none.",
    "owner": "Only of this user; '' = nobody's.",
}
"""By which field a list may be chosen from, and its help."""

MORE: dict[str, tuple[click.Command, ...]] = {
    "callflows": (picture_command,),
    "devices": (files_command, *waking_commands(), enrol_command, lock_command, unlock_command, rotate_command),
    "schedules": (preview_command, holidays_command, force_command, release_command),
}
"""Commands that only one kind has."""


def kind_groups() -> Iterator[click.Group]:
    """A command group for each kind."""
    for kind in KINDS:
        group = click.Group(SINGULAR[kind], help=f"{KINDS[kind].__doc__} Add, list, show, edit and remove {kind}.")
        for make in (add_command, _list, _show, _edit, _remove, history_command, diff_command, rollback_command):
            group.add_command(make(kind))
        for command in MORE.get(kind, ()):
            group.add_command(command)
        yield group


def _list(kind: str) -> click.Command:
    @click.command("list", help=f"List {kind}; with -o ids one id a line, for pipes.")
    @click.argument("query", required=False)
    @_filter_options(kind)
    @click.option(
        "-o", "--output", type=click.Choice(("table", "ids", "json", "csv")), default="table", show_default=True
    )
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def list_(
        reach: Reach, /, query: str | None, output: str, account: str, as_json: bool, **filters: str | None
    ) -> None:
        items = list(_all(reach.client(), kind, account, query, filters))
        rows = [[_cell(item.get(column)) for column in COLUMNS[kind]] for item in items]
        if as_json or output == "json":
            click.echo(json.dumps(items, ensure_ascii=False))
        elif output == "ids":
            click.echo("".join(f"{item['id']}\n" for item in items), nl=False)
        elif output == "csv":
            cells = [dict(zip(COLUMNS[kind], map(_text, row), strict=True)) for row in rows]
            click.echo(write_sheet(COLUMNS[kind], cells, mark=False), nl=False)
        else:
            print_table(COLUMNS[kind], rows)

    return list_


def _filter_options(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The filters of the fields that documents of a kind have."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name, said in FILTERS.items():
            if name in KINDS[kind].__struct_fields__:
                function = click.option(f"--{name}", help=said)(function)
        return function

    return decorate


def _all(
    client: AdminClient, kind: str, account: str, query: str | None, filters: Mapping[str, str | None]
) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = client.get(f"/api/v1/{kind}", account=account, q=query, cursor=cursor, limit="1000", **filters)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def _cell(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(next(iter(one.values()), "")) if isinstance(one, dict) else str(one) for one in value)
    return value


def _show(kind: str) -> click.Command:
    @click.command("show", help=f"Show one {SINGULAR[kind]}; secrets are masked.")
    @click.argument("identity", metavar="ID")
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def show(reach: Reach, identity: str, account: str, as_json: bool) -> None:
        document = reach.client().get(f"/api/v1/{kind}/{quote(identity)}", account=account)
        if as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
            return
        if kind == "callflows":
            print_tree(document)
            click.echo()
        print_document(document)
        if kind == "devices":
            click.echo()
            print_standing(reach.client().get(f"/api/v1/devices/{quote(identity)}/standing", account=account))

    return show


def _edit(kind: str) -> click.Command:
    @click.command(
        "edit", help=f"Change fields of one {SINGULAR[kind]}; in your editor ($EDITOR) when no --set is given."
    )
    @click.argument("identity", metavar="ID")
    @set_option
    @click.option("--unset", "unset", multiple=True, metavar="FIELD", help="Take a field away.")
    @click.option("--dry-run", is_flag=True, help="Only print what would change.")
    @diff_option
    @force_option
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def edit(
        reach: Reach,
        identity: str,
        assignments: tuple[str, ...],
        unset: tuple[str, ...],
        dry_run: bool,
        diff: str | None,
        force: bool,
        account: str,
        as_json: bool,
    ) -> None:
        client = reach.client()
        path = f"/api/v1/{kind}/{quote(identity)}"
        method, headers = "PATCH", {}
        if assignments or unset:
            body = yaml.safe_dump(assigned((*assignments, *(f"{field}=null" for field in unset))))
        else:
            document = client.get(path, account=account)
            headers["If-Match"] = f'"{document.pop("rev")}"'
            before = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
            edited = click.edit(before, extension=".yaml")
            if edited is None or edited == before:
                click.echo("nothing to change")
                return
            method, body = "PUT", edited
        answer = client.text(
            method,
            path,
            body.encode(),
            content_type="application/yaml",
            headers=headers,
            query={
                "account": account,
                "dry_run": "1" if dry_run else None,
                "diff": diff,
                "force": "1" if force else None,
            },
        )
        if as_json:
            click.echo(answer.rstrip())
        elif dry_run:
            made = json.loads(answer)
            print_changes(made["changes"], dry_run=True, files=made["files"])
        else:
            print_document(json.loads(answer))

    return edit


def _remove(kind: str) -> click.Command:
    @click.command("remove", help=f"Remove {kind} that nothing names any more.")
    @click.argument("identities", metavar="ID...", nargs=-1, required=True)
    @force_option
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def remove(reach: Reach, identities: tuple[str, ...], force: bool, account: str, as_json: bool) -> None:
        client = reach.client()
        for identity in identities:
            query = {"account": account, "force": "1" if force else None}
            answer = client.text("DELETE", f"/api/v1/{kind}/{quote(identity)}", query=query)
            if as_json:
                click.echo(answer.rstrip())
            else:
                print_changes(json.loads(answer)["changes"], dry_run=False)

    return remove
