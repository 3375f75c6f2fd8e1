"""`offhook keys`: the keys that seal secrets at rest."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from .options import Reach, admin_options, json_option
from .show import print_table

LOOK_AGAIN = 0.2
"""Seconds between two looks at a rotation."""


@click.group("keys")
def keys_group() -> None:
    """The keys that seal secrets at rest: see them, change them, end old ones."""


@keys_group.command("status")
@json_option
@admin_options
@click.pass_obj
def status_command(reach: Reach, as_json: bool) -> None:
    """Which keys there are, and what each is needed for."""
    standing = reach.client().get("/api/v1/keys")
    click.echo(json.dumps(standing, ensure_ascii=False)) if as_json else _show(standing)


@keys_group.command("rotate")
@click.option("--account", help="Only this account's data key, and no master key.")
@json_option
@admin_options
@click.pass_obj
def rotate_command(reach: Reach, account: str | None, as_json: bool) -> None:
    """Make new keys and seal everything anew, while phones are served.

    A rotation that was broken off is finished instead. Then `offhook keys retire` ends the old keys.
    """
    client = reach.client()
    client.text("POST", "/api/v1/keys/rotate", query={"account": account})
    while (standing := client.get("/api/v1/keys"))["under_way"]:
        time.sleep(LOOK_AGAIN)
    click.echo(json.dumps(standing, ensure_ascii=False)) if as_json else _show(standing)
    if standing["problem"]:
        raise click.ClickException(f"it has stopped before its end, the next one goes on: {standing['problem']}")


@keys_group.command("retire")
@json_option
@admin_options
@click.pass_obj
def retire_command(reach: Reach, as_json: bool) -> None:
    """Take away the keys that nothing needs any more. Keep a copy of the key file for older backups."""
    done = json.loads(reach.client().text("POST", "/api/v1/keys/retire"))
    if as_json:
        click.echo(json.dumps(done, ensure_ascii=False))
        return
    for one in done["retired"] or ["nothing: there are no older keys"]:
        click.echo(f"retired {one}" if done["retired"] else one)


def _show(standing: dict[str, Any]) -> None:
    click.echo(f"key file {standing['key_file']}")
    masters = [
        ("master", "", one["id"], f"wraps {one['wraps']} data keys", "newest" if one["newest"] else "")
        for one in standing["master_keys"]
    ]
    data = [
        ("data", one["account"], one["id"], f"seals {one['seals']} texts", "newest" if one["newest"] else "")
        for one in standing["data_keys"]
    ]
    print_table(("key", "account", "id", "needed", ""), [*masters, *data])
    for one in standing["retirable"]:
        click.echo(f"{one} may be retired: offhook keys retire")
    for one in standing["broken"]:
        click.echo(f"{one} holds a secret that does not open: set it anew")
