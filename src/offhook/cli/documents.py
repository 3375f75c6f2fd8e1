"""`offhook <kind> add|list|show|edit|remove`, one way for every kind of document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import click
import yaml

from offhook.model.kind import KINDS, SINGULAR
from offhook.model.mac import MalformedMac, normalise_mac

from .client import AdminClient, Failed
from .options import Reach, account_option, admin_options, json_option
from .show import print_changes, print_document, print_table

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

set_option = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Set a field, such as settings.language=fr; value as in YAML.",
)


def kind_groups() -> Iterator[click.Group]:
    """A command group for each kind."""
    for kind in KINDS:
        group = click.Group(SINGULAR[kind], help=f"{KINDS[kind].__doc__} Add, list, show, edit and remove {kind}.")
        for make in (_add, _list, _show, _edit, _remove):
            group.add_command(make(kind))
        yield group


def _add(kind: str) -> click.Command:
    special: dict[str, Callable[[], click.Command]] = {"users": _add_user, "devices": _add_device}
    if kind in special:
        return special[kind]()

    @click.command("add", help=f"Add a {SINGULAR[kind]}.")
    @click.argument("identity", metavar="ID")
    @set_option
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def add(reach: Reach, identity: str, assignments: tuple[str, ...], account: str, as_json: bool) -> None:
        document = {"id": identity, **_assigned(assignments)}
        if kind != "accounts":
            document["account"] = account
        _add_all(reach.client(), {kind: [document]}, as_json)

    return add


def _add_user() -> click.Command:
    @click.command("add", help="Add a user, with an extension and a mailbox of their own when asked for.")
    @click.argument("identity", metavar="ID")
    @click.option("--name", required=True, help="The person's name.")
    @click.option("--email")
    @click.option(
        "--extension",
        "extensions",
        multiple=True,
        help="Write a callflow with this internal number that rings the user.",
    )
    @click.option("--voicemail", is_flag=True, help="Also write a mailbox, and let the callflow go to it.")
    @click.option("--timeout", default=20, show_default=True, help="Seconds that the callflow rings.")
    @set_option
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def add(
        reach: Reach,
        identity: str,
        name: str,
        email: str | None,
        extensions: tuple[str, ...],
        voicemail: bool,
        timeout: int,
        assignments: tuple[str, ...],
        account: str,
        as_json: bool,
    ) -> None:
        if voicemail and not extensions:
            raise click.UsageError("--voicemail needs --extension: the mailbox takes its number")
        user = {"id": identity, "account": account, "name": name, **({"email": email} if email else {})}
        office: dict[str, list[dict[str, Any]]] = {"users": [_merged(user, _assigned(assignments))]}
        if voicemail:
            box = {"id": identity, "account": account, "number": extensions[0], "name": name, "owner": identity}
            office["mailboxes"] = [{**box, **({"email": email} if email else {})}]
        if extensions:
            office["callflows"] = [_callflow(identity, account, name, extensions, timeout, voicemail)]
        _add_all(reach.client(), office, as_json)

    return add


def _callflow(
    user: str, account: str, name: str, extensions: tuple[str, ...], timeout: int, voicemail: bool
) -> dict[str, Any]:
    """The callflow that `user add --extension` writes: ring the user, and then only what was asked for."""
    ring: dict[str, Any] = {"type": "ring", "targets": [{"user": user}], "timeout": timeout}
    nodes: dict[str, Any] = {"ring": ring}
    if voicemail:
        ring["next"] = {"else": "voicemail"}
        nodes["voicemail"] = {"type": "voicemail", "box": user}
    return {"id": user, "account": account, "name": name, "numbers": list(extensions), "start": "ring", "nodes": nodes}


def _add_device() -> click.Command:
    @click.command("add", help="Add a device by its MAC (any usual writing), or without one by --id.")
    @click.argument("mac", required=False)
    @click.option("--id", "identity", help="Its id.  [owner and model, or vendor and the MAC's end]")
    @click.option("--model", help="vendor/Model, such as yealink/T46S.")
    @click.option("--owner", help="The user whose it is.  [nobody]")
    @click.option("--name", help="Its name for people.")
    @click.option("--site")
    @set_option
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def add(
        reach: Reach,
        mac: str | None,
        identity: str | None,
        model: str | None,
        owner: str | None,
        name: str | None,
        site: str | None,
        assignments: tuple[str, ...],
        account: str,
        as_json: bool,
    ) -> None:
        if mac is None and identity is None:
            raise click.UsageError("give the device's MAC, or --id for one that has none")
        client = reach.client()
        given = {"mac": mac, "model": model, "owner": owner, "name": name, "site": site, "account": account}
        document = {field: value for field, value in given.items() if value is not None}
        document["id"] = identity or _free_id(client, account, mac or "", model, owner)
        _add_all(client, {"devices": [_merged(document, _assigned(assignments))]}, as_json)

    return add


def _free_id(client: AdminClient, account: str, mac: str, model: str | None, owner: str | None) -> str:
    """An id that says whose phone it is, or which: `marie-t46s`, `marie-t46s-2`, `yealink-aabb01`."""
    try:
        digits = normalise_mac(mac)
    except MalformedMac as error:
        raise Failed(str(error)) from None
    vendor, _, name = (model or "phone").partition("/")
    wanted = f"{owner}-{name or vendor}" if owner else f"{vendor}-{digits[6:]}"
    wanted = re.sub(r"[^a-z0-9._-]+", "-", wanted.lower()).strip("-")[:60]
    found = client.get("/api/v1/devices", account=account, q=wanted, limit="1000")["items"]
    taken = {item["id"] for item in found}
    return next(one for one in (wanted, *(f"{wanted}-{n}" for n in range(2, 2000))) if one not in taken)


def _add_all(client: AdminClient, office: dict[str, list[dict[str, Any]]], as_json: bool) -> None:
    """Add documents together or not at all; each must be new."""
    body = yaml.safe_dump(office, allow_unicode=True).encode()
    answer = client.text(
        "POST", "/api/v1/apply", body, content_type="application/yaml", query={"file": "command", "new": "1"}
    )
    if as_json:
        click.echo(answer.rstrip())
    else:
        print_changes(json.loads(answer)["changes"], dry_run=False)


def _list(kind: str) -> click.Command:
    @click.command("list", help=f"List {kind}.")
    @click.argument("query", required=False)
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def list_(reach: Reach, query: str | None, account: str, as_json: bool) -> None:
        items = list(_all(reach.client(), kind, account, query))
        if as_json:
            click.echo(json.dumps(items, ensure_ascii=False))
        else:
            print_table(COLUMNS[kind], [[_cell(item.get(column)) for column in COLUMNS[kind]] for item in items])

    return list_


def _all(client: AdminClient, kind: str, account: str, query: str | None) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        page = client.get(f"/api/v1/{kind}", account=account, q=query, cursor=cursor, limit="1000")
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


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
        else:
            print_document(document)

    return show


def _edit(kind: str) -> click.Command:
    @click.command(
        "edit", help=f"Change fields of one {SINGULAR[kind]}; in your editor ($EDITOR) when no --set is given."
    )
    @click.argument("identity", metavar="ID")
    @set_option
    @click.option("--unset", "unset", multiple=True, metavar="FIELD", help="Take a field away.")
    @click.option("--dry-run", is_flag=True, help="Only print what would change.")
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
        account: str,
        as_json: bool,
    ) -> None:
        client = reach.client()
        path = f"/api/v1/{kind}/{quote(identity)}"
        method, headers = "PATCH", {}
        if assignments or unset:
            body = yaml.safe_dump(_assigned((*assignments, *(f"{field}=null" for field in unset))))
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
            query={"account": account, "dry_run": "1" if dry_run else None},
        )
        if as_json:
            click.echo(answer.rstrip())
        elif dry_run:
            print_changes(json.loads(answer)["changes"], dry_run=True)
        else:
            print_document(json.loads(answer))

    return edit


def _remove(kind: str) -> click.Command:
    @click.command("remove", help=f"Remove {kind} that nothing names any more.")
    @click.argument("identities", metavar="ID...", nargs=-1, required=True)
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def remove(reach: Reach, identities: tuple[str, ...], account: str, as_json: bool) -> None:
        client = reach.client()
        for identity in identities:
            answer = client.text("DELETE", f"/api/v1/{kind}/{quote(identity)}", query={"account": account})
            if as_json:
                click.echo(answer.rstrip())
            else:
                print_changes(json.loads(answer)["changes"], dry_run=False)

    return remove


def _assigned(assignments: tuple[str, ...]) -> dict[str, Any]:
    """`a.b=value` as nested fields; `[…]`, `{…}` and null are read as YAML, anything else is a text."""
    fields: dict[str, Any] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise click.UsageError(f"--set {assignment}: write FIELD=VALUE")
        try:
            # BaseLoader reads lists and mappings and leaves every scalar a text: the server knows the field's type.
            value = yaml.load(text, Loader=yaml.BaseLoader) if text[:1] in ("[", "{") else text  # noqa: S506
        except yaml.YAMLError as error:
            raise click.UsageError(f"--set {assignment}: {error}") from None
        # A raw parameter's own name has dots: overrides.<vendor>.<everything else>.
        parts = path.split(".", 2) if path.startswith("overrides.") else path.split(".")
        fields = _merged(fields, _nested(parts, None if value in ("null", "~", "") else value))
    return fields


def _nested(path: list[str], value: Any) -> dict[str, Any]:
    return {path[0]: value if len(path) == 1 else _nested(path[1:], value)}


def _merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in more.items():
        before = merged.get(name)
        merged[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged
