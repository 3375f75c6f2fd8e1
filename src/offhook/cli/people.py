"""`offhook admin`: the people who may sign in."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import get_args
from urllib.parse import quote

import click

from offhook.secrets.peoplebook import Role

from .options import Reach, admin_options, json_option
from .show import print_table


@click.group("admin")
def admin_group() -> None:
    """Say who may administer, with name and password; there is nobody until you do."""


@admin_group.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(get_args(Role)),
    default="admin",
    show_default=True,
    help="owner: everything, secrets and admins, too; admin: change documents; support: look and resync; viewer: look.",
)
@click.option("--account", help="Only this account; they cannot see that there are others.  [all accounts]")
@json_option
@admin_options
@click.pass_obj
def add(reach: Reach, name: str, role: str, account: str | None, as_json: bool) -> None:
    """Add an admin. The password is asked for, or read from standard input when that is no terminal."""
    wanted = {"name": name, "role": role, "account": account, "password": _password()}
    made = json.loads(reach.client().text("POST", "/api/v1/admins", json.dumps(wanted).encode()))
    click.echo(
        json.dumps(made) if as_json else f"{made['name']} is {made['role']} of {made['account'] or 'all accounts'}"
    )


@admin_group.command("list")
@json_option
@admin_options
@click.pass_obj
def list_(reach: Reach, as_json: bool) -> None:
    """List the admins."""
    items = reach.client().get("/api/v1/admins")["items"]
    if as_json:
        click.echo(json.dumps(items))
        return
    rows = [(one["name"], one["role"], one["account"] or "all", _date(one["created"])) for one in items]
    print_table(["name", "role", "account", "since"], rows)


@admin_group.command("password")
@click.argument("name")
@admin_options
@click.pass_obj
def password_command(reach: Reach, name: str) -> None:
    """Give an admin another password; all of their sessions end."""
    body = json.dumps({"password": _password()}).encode()
    reach.client().text("PUT", f"/api/v1/admins/{quote(name, safe='')}/password", body)
    click.echo(f"{name} has another password")


@admin_group.command("remove")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@admin_options
@click.pass_obj
def remove(reach: Reach, names: tuple[str, ...]) -> None:
    """Let admins in no longer, at once."""
    for name in names:
        reach.client().text("DELETE", f"/api/v1/admins/{quote(name, safe='')}")
        click.echo(f"{name} may not sign in any more")


def _password() -> str:
    if sys.stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d")
