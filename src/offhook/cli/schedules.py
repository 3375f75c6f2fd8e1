"""`offhook schedule preview|holidays|force|release`: what schedules have beside what every document has."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import click

from offhook.importers.holidays import CalendarRefused, holidays

from .client import AdminClient, Failed
from .options import Reach, account_option, admin_options, json_option
from .show import print_changes, print_table


@click.command("preview")
@click.argument("identity", metavar="ID")
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True)
@account_option
@json_option
@admin_options
@click.pass_obj
def preview_command(reach: Reach, identity: str, days: int, account: str, as_json: bool) -> None:
    """Print which period holds now and why, and all that come in the next days."""
    shown = _preview(reach.client(), identity, account, days)
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    zone = ZoneInfo(shown["timezone"])
    click.echo(f"now: {shown['now']['period']}, because {shown['now']['why']}")
    change = shown["next_change"]
    click.echo(f"next change: {_moment(change, zone) if change else 'none within 400 days'}\n")
    print_table(
        ["from", "to", "period", "because"],
        [
            (_moment(one["begin"], zone), _moment(one["end"], zone) if one["end"] else "", one["period"], one["why"])
            for one in shown["spans"]
        ],
    )


@click.command("holidays")
@click.argument("identity", metavar="ID")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--period", required=True, help="The schedule's period that holds on these days, such as closed.")
@click.option("--years", type=click.IntRange(1, 10), default=3, show_default=True, help="How far days are written out.")
@click.option("--replace", is_flag=True, help="Take away all other exceptions.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@account_option
@admin_options
@click.pass_obj
def holidays_command(
    reach: Reach, identity: str, file: Path, period: str, years: int, replace: bool, dry_run: bool, account: str
) -> None:
    """Add the events of an iCalendar FILE (.ics) to a schedule as exceptions."""
    client = reach.client()
    zone = ZoneInfo(_preview(client, identity, account, 1)["timezone"])
    try:
        text = file.read_text(encoding="utf-8-sig")
        found = holidays(text, period=period, zone=zone, today=datetime.now(zone).date(), years=years)
    except (CalendarRefused, UnicodeDecodeError) as error:
        raise Failed(f"{file}: {error}") from None
    document = client.get(f"/api/v1/schedules/{quote(identity)}", account=account)
    kept = [] if replace else [one for one in document.get("exceptions", []) if one not in found]
    _patch(client, identity, account, {"exceptions": kept + found}, document["rev"], dry_run=dry_run)


@click.command("force")
@click.argument("identity", metavar="ID")
@click.argument("period")
@click.option(
    "--until",
    type=click.DateTime(["%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    help="When the calendar holds again, on the schedule's own clock: 14:00, or 2026-12-24 14:00.",
)
@account_option
@admin_options
@click.pass_obj
def force_command(reach: Reach, identity: str, period: str, until: datetime | None, account: str) -> None:
    """Let PERIOD hold whatever the calendar says, for good or until a time."""
    client = reach.client()
    zone = ZoneInfo(_preview(client, identity, account, 1)["timezone"])
    forced: dict[str, Any] = {"period": period, "until": None}
    if until is not None:
        if until.year == HOUR_ALONE:
            today = datetime.now(zone)
            until = until.replace(year=today.year, month=today.month, day=today.day)
        forced["until"] = until.replace(tzinfo=zone).isoformat()
    _patch(client, identity, account, {"forced": forced}, None, dry_run=False)


HOUR_ALONE = 1900
"""The year of a time that was given without a date."""


@click.command("release")
@click.argument("identity", metavar="ID")
@account_option
@admin_options
@click.pass_obj
def release_command(reach: Reach, identity: str, account: str) -> None:
    """Let the calendar hold again."""
    _patch(reach.client(), identity, account, {"forced": None}, None, dry_run=False)


def _preview(client: AdminClient, identity: str, account: str, days: int) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"/api/v1/schedules/{quote(identity)}/preview", account=account, days=str(days))
    return shown


def _patch(
    client: AdminClient, identity: str, account: str, fields: dict[str, Any], rev: int | None, *, dry_run: bool
) -> None:
    path = f"/api/v1/schedules/{quote(identity)}"
    headers = {"If-Match": f'"{rev}"'} if rev is not None else {}
    body = json.dumps(fields).encode()
    query = {"account": account, "dry_run": "1"}
    changes = json.loads(client.text("PATCH", path, body, headers=headers, query=query))["changes"]
    if not dry_run:
        client.text("PATCH", path, body, headers=headers, query={"account": account})
    print_changes(changes, dry_run=dry_run)


def _moment(seconds: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(seconds, zone).strftime("%a %Y-%m-%d %H:%M")
