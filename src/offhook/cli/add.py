"""`offhook <kind> add`: one document, or what belongs together, new and at once or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
import yaml

from offhook.importers.newcomer import RING_SECONDS, device_id, device_id_wanted, new_callflow, new_mailbox
from offhook.model.kind import SINGULAR
from offhook.model.mac import MalformedMac, normalise_mac

from .assignment import assigned, merged, set_option
from .client import AdminClient, Failed
from .options import Reach, account_option, admin_options, json_option
from .show import print_changes


def add_command(kind: str) -> click.Command:
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
        document = {"id": identity, **assigned(assignments)}
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
    @click.option("--timeout", default=RING_SECONDS, show_default=True, help="Seconds that the callflow rings.")
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
        office: dict[str, list[dict[str, Any]]] = {"users": [merged(user, assigned(assignments))]}
        if voicemail:
            office["mailboxes"] = [new_mailbox(identity, account, extensions[0], name, email)]
        if extensions:
            box = identity if voicemail else None
            office["callflows"] = [new_callflow(identity, account, name, extensions, timeout=timeout, box=box)]
        _add_all(reach.client(), office, as_json)

    return add


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
        _add_all(client, {"devices": [merged(document, assigned(assignments))]}, as_json)

    return add


def _free_id(client: AdminClient, account: str, mac: str, model: str | None, owner: str | None) -> str:
    """An id that says whose phone it is, or which, and that no device has."""
    try:
        digits = normalise_mac(mac)
    except MalformedMac as error:
        raise Failed(str(error)) from None
    wanted = device_id_wanted(digits, model, owner)
    found = client.get("/api/v1/devices", account=account, q=wanted, limit="1000")["items"]
    return device_id(digits, model, owner, {item["id"] for item in found})


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
