"""`offhook device files`: what a device was given lately, and what differs between two of it."""

from __future__ import annotations

import difflib
import json
from datetime import datetime
from urllib.parse import quote

import click

from .options import Reach, account_option, admin_options, json_option
from .show import print_table

SHOWN = 12
"""Digits of a hash that a list shows."""


@click.command("files")
@click.argument("identity", metavar="ID")
@click.argument("hashes", metavar="[HASH [HASH]]", nargs=-1)
@account_option
@json_option
@admin_options
@click.pass_obj
def files_command(reach: Reach, identity: str, hashes: tuple[str, ...], account: str, as_json: bool) -> None:
    """List the contents that a device's own files had, print the one of HASH, or the differences of two.

    What is printed holds passwords; reading it is written into the audit.
    """
    client, path = reach.client(), f"/api/v1/devices/{quote(identity)}/files"
    if not hashes:
        items = client.get(path, account=account)["items"]
        if as_json:
            click.echo(json.dumps(items))
            return
        print_table(
            ["first given", "file", "hash", "bytes", "to", "firmware", "revision"],
            [
                (
                    datetime.fromtimestamp(one["time"]).astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                    one["file"],
                    one["hash"][:SHOWN],
                    one["bytes"],
                    one["peer"],
                    one["version"],
                    one["revision"],
                )
                for one in items
            ],
        )
        return
    if len(hashes) > 2:
        raise click.UsageError("give one hash to print that content, or two to see what differs")
    contents = [client.text("GET", f"{path}/{quote(one)}", query={"account": account}) for one in hashes]
    if len(contents) == 1:
        click.echo(contents[0], nl=False)
        return
    before, after = (content.splitlines() for content in contents)
    for line in difflib.unified_diff(before, after, hashes[0], hashes[1], lineterm=""):
        click.echo(line)
