"""`offhook device enrol|lock|unlock|rotate` and `offhook bans`: who gets a phone's secrets, and who is kept away."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import click

from .options import Reach, account_option, admin_options, json_option
from .show import print_table


@click.command("enrol")
@click.argument("identity", metavar="ID")
@account_option
@json_option
@admin_options
@click.pass_obj
def enrol_command(reach: Reach, identity: str, account: str, as_json: bool) -> None:
    """Let a phone enrol (again): open its window. The token that it had is dead."""
    _done(_post(reach, identity, "enrol", account), as_json)


@click.command("unlock")
@click.argument("identity", metavar="ID")
@account_option
@json_option
@admin_options
@click.pass_obj
def unlock_command(reach: Reach, identity: str, account: str, as_json: bool) -> None:
    """Open a window for a locked phone, and give it another SIP password."""
    _done(_post(reach, identity, "unlock", account), as_json)


@click.command("lock")
@click.argument("identity", metavar="ID")
@click.option("--reason", help="Why, for `offhook why`.")
@account_option
@json_option
@admin_options
@click.pass_obj
def lock_command(reach: Reach, identity: str, reason: str | None, account: str, as_json: bool) -> None:
    """Give a phone nothing any more; its token is dead."""
    _done(_post(reach, identity, "lock", account, reason=reason), as_json)


@click.command("rotate")
@click.argument("identity", metavar="ID")
@account_option
@json_option
@admin_options
@click.pass_obj
def rotate_command(reach: Reach, identity: str, account: str, as_json: bool) -> None:
    """Give a phone another token at its next boot."""
    _done(_post(reach, identity, "rotate", account), as_json)


@click.group("bans")
def bans_group() -> None:
    """See who is banned for asking for phones that are not theirs, and lift bans."""


@bans_group.command("list")
@json_option
@admin_options
@click.pass_obj
def list_(reach: Reach, as_json: bool) -> None:
    """List the bans in force."""
    _bans(reach.client().get("/api/v1/bans")["items"], as_json)


@bans_group.command("clear")
@click.argument("source", required=False)
@json_option
@admin_options
@click.pass_obj
def clear(reach: Reach, source: str | None, as_json: bool) -> None:
    """Lift the ban of SOURCE (an address or an IPv6 /64, as listed), or all bans; print what was lifted."""
    _bans(json.loads(reach.client().text("DELETE", "/api/v1/bans", query={"source": source}))["items"], as_json)


def _post(reach: Reach, identity: str, verb: str, account: str, **query: str | None) -> dict[str, Any]:
    path = f"/api/v1/devices/{quote(identity, safe='')}/{verb}"
    answer: dict[str, Any] = json.loads(reach.client().text("POST", path, query={"account": account, **query}))
    return answer


def _done(enrolled: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(enrolled, ensure_ascii=False))
        return
    stages = {"open": "may enrol", "enrolled": "is enrolled", "locked": "is locked"}
    until = f" until {_moment(enrolled['until'])}" if enrolled["until"] is not None else ""
    because = f", as {enrolled['reason']}" if enrolled["reason"] else ""
    click.echo(f"device {enrolled['device']} {stages[enrolled['stage']]}{until}{because}")
    if enrolled["url"] is not None:
        click.echo(f"or give the phone this address of its own: {enrolled['url']}")


def _bans(items: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False))
        return
    print_table(
        ["source", "until", "times", "guesses", "because it asked for"],
        [(one["source"], _moment(one["until"]), one["times"], one["guesses"], one["reason"]) for one in items],
    )


def _moment(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
