"""`offhook <kind> history|diff|rollback`: a document's past, one way for every kind."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import quote

import click

from offhook.model.kind import SINGULAR

from .options import Reach, account_option, admin_options, force_option, json_option
from .show import print_changes, print_differences, print_table


def history_command(kind: str) -> click.Command:
    """Who changed a document when."""

    @click.command("history", help=f"List the changes of one {SINGULAR[kind]}: who, when, and what.")
    @click.argument("identity", metavar="ID")
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def history(reach: Reach, identity: str, account: str, as_json: bool) -> None:
        items = reach.client().get(f"/api/v1/{kind}/{quote(identity)}/history", account=account)["items"]
        if as_json:
            click.echo(json.dumps(items, ensure_ascii=False))
            return
        print_table(
            ["rev", "time", "who", "what", "fields"],
            [
                (
                    one["rev"],
                    datetime.fromtimestamp(one["time"]).astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                    one["who"],
                    one["action"],
                    ", ".join(part["field"] for part in one["differences"]) if one["action"] == "changed" else "",
                )
                for one in items
            ],
        )

    return history


def diff_command(kind: str) -> click.Command:
    """What a revision changed."""

    @click.command("diff", help=f"Print what a revision of one {SINGULAR[kind]} changed; secrets are masked.")
    @click.argument("identity", metavar="ID")
    @click.argument("rev", type=int)
    @account_option
    @admin_options
    @click.pass_obj
    def diff(reach: Reach, identity: str, rev: int, account: str) -> None:
        items = reach.client().get(f"/api/v1/{kind}/{quote(identity)}/history", account=account)["items"]
        for one in items:
            if one["rev"] == rev:
                print_differences(one["differences"])
                return
        known = ", ".join(str(one["rev"]) for one in items)
        raise click.UsageError(f"revision {rev} is not kept; known are {known}")

    return diff


def rollback_command(kind: str) -> click.Command:
    """Back to how it was."""

    @click.command("rollback", help=f"Make one {SINGULAR[kind]} what it was at a revision.")
    @click.argument("identity", metavar="ID")
    @click.argument("rev", type=int)
    @click.option("--dry-run", is_flag=True, help="Only print what would change.")
    @force_option
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def rollback(
        reach: Reach, identity: str, rev: int, dry_run: bool, force: bool, account: str, as_json: bool
    ) -> None:
        answer = reach.client().text(
            "POST",
            f"/api/v1/{kind}/{quote(identity)}/rollback/{rev}",
            query={"account": account, "dry_run": "1" if dry_run else None, "force": "1" if force else None},
        )
        if as_json:
            click.echo(answer, nl=False)
        else:
            made = json.loads(answer)
            print_changes(made["changes"], dry_run=dry_run, files=made.get("files"))

    return rollback
