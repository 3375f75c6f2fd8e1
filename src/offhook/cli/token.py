"""`offhook token`: what SIP proxies and other programs show instead of a password."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from typing import Any, get_args
from urllib.parse import quote

import click

from offhook.secrets.tokens import Scope

from .client import Failed
from .options import Reach, admin_options, json_option
from .show import print_table

_SECONDS = {"h": 3_600, "d": 86_400, "w": 604_800}


@click.group("token")
def token_group() -> None:
    """Give out tokens for SIP proxies and programs, list them, take them back."""


@token_group.command("create")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(get_args(Scope)),
    multiple=True,
    required=True,
    help="What it opens: proxy, the proxy door; read, write, the admin door; secrets, passwords in clear with these.",
)
@click.option("--name", default="", help="What you call it.  [its scopes]")
@click.option("--account", help="Only for this account.  [all accounts]")
@click.option("--from", "networks", multiple=True, metavar="NETWORK", help="Only taken from this network, 10.0.0.0/8.")
@click.option("--expires", help="When it runs out: 90d, 12h, 2w, or a date.  [never]")
@click.option("--quiet", is_flag=True, help="Print the token alone.")
@json_option
@admin_options
@click.pass_obj
def create(
    reach: Reach,
    scopes: tuple[str, ...],
    name: str,
    account: str | None,
    networks: tuple[str, ...],
    expires: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Make a token. It is shown once, and only its hash is kept."""
    wanted = {
        "scopes": scopes,
        "name": name,
        "account": account,
        "networks": networks,
        "expires": _moment(expires) if expires is not None else None,
    }
    made = json.loads(reach.client().text("POST", "/api/v1/tokens", json.dumps(wanted).encode()))
    if quiet:
        click.echo(made["token"])
    elif as_json:
        click.echo(json.dumps(made, ensure_ascii=False))
    else:
        click.echo(made["token"])
        click.echo(f"token {made['id']} ({made['name']}): keep it now, it is not shown again", err=True)


@token_group.command("list")
@json_option
@admin_options
@click.pass_obj
def list_(reach: Reach, as_json: bool) -> None:
    """List the tokens that were given out."""
    items = reach.client().get("/api/v1/tokens")["items"]
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False))
        return
    print_table(["id", "name", "scopes", "account", "from", "created", "expires"], [_row(one) for one in items])


@token_group.command("revoke")
@click.argument("identities", metavar="ID...", nargs=-1, required=True)
@admin_options
@click.pass_obj
def revoke(reach: Reach, identities: tuple[str, ...]) -> None:
    """Take tokens out of force, at once."""
    for identity in identities:
        gone = json.loads(reach.client().text("DELETE", f"/api/v1/tokens/{quote(identity)}"))
        click.echo(f"token {gone['id']} ({gone['name']}) opens nothing any more")


def _row(token: dict[str, Any]) -> tuple[object, ...]:
    expires = "never" if token["expires"] is None else _date(token["expires"]) + (" (over)" if token["expired"] else "")
    return (
        token["id"],
        token["name"],
        ", ".join(token["scopes"]),
        token["account"] or "all",
        ", ".join(token["networks"]) or "everywhere",
        _date(token["created"]),
        expires,
    )


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _moment(text: str) -> float:
    """Seconds since 1970 of a span from now or a date."""
    if matched := re.fullmatch(r"([1-9][0-9]{0,5})([hdw])", text):
        return time.time() + int(matched[1]) * _SECONDS[matched[2]]
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        raise Failed(f"--expires {text!r} is no time: write 90d, 12h, 2w or a date such as 2027-01-31") from None
