"""`offhook audit`: who changed what and who read which secret."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from .client import Failed
from .options import Reach, admin_options, json_option
from .show import print_differences, print_table


@click.group("audit")
def audit_group() -> None:
    """See who changed what and who read which secret, and whether that record is whole."""


@audit_group.command("list")
@click.option("--who", help="Only by somebody with this in their name.")
@click.option("--what", help="Only to something with this in its name: devices/marie-desk.")
@click.option("--action", help="Only what was done so; `read`: secrets that somebody has read.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Entries, the newest first.")
@click.option("--details", is_flag=True, help="With each field that changed, before and after.")
@json_option
@admin_options
@click.pass_obj
def list_(
    reach: Reach, who: str | None, what: str | None, action: str | None, limit: int, details: bool, as_json: bool
) -> None:
    """List the newest entries."""
    items = reach.client().get("/api/v1/audit", who=who, what=what, action=action, limit=str(limit))["items"]
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False))
    elif details:
        for one in items:
            click.echo("  ".join(str(cell) for cell in _row(one)))
            print_differences([dict(zip(("field", "before", "after"), row, strict=True)) for row in one["differences"]])
    else:
        print_table(["no", "time", "who", "action", "what", "account"], [_row(one) for one in items])


@audit_group.command("verify")
@json_option
@admin_options
@click.pass_obj
def verify(reach: Reach, as_json: bool) -> None:
    """Check every entry against the one before it. Exit code 1 when one was changed or is missing."""
    verdict = reach.client().get("/api/v1/audit/verify")
    if as_json:
        click.echo(json.dumps(verdict))
    if verdict["fault"] is not None:
        raise Failed(f"the audit is not as it was written, after {verdict['entries']} good entries: {verdict['fault']}")
    if not as_json:
        click.echo(f"{verdict['entries']} entries, all as they were written")


def _row(entry: dict[str, Any]) -> tuple[object, ...]:
    moment = datetime.fromtimestamp(entry["time"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return entry["seq"], moment, entry["who"], entry["action"], entry["what"], entry["account"] or ""
