"""How a device stands, for people: behind `offhook device show`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click


def print_standing(standing: dict[str, Any]) -> None:
    """What it was provisioned with, and whether its lines are registered; as comments, so that the whole stays YAML."""
    given = standing["provisioned"]
    if given is None:
        click.echo("# never provisioned, as far as is remembered")
    else:
        what = " ".join(part for part in (given["model"], given["version"]) if part)
        phone = f" ({what})" if what else ""
        click.echo(
            f"# provisioned {_moment(given['time'])} with {given['path']} over {given['transport']} to {given['peer']}{phone}"
        )
    for line in standing["lines"]:
        name = line["aor"].removeprefix("sip:") + (f" ({line['extension']})" if line["extension"] else "")
        calls = f", in {line['calls']} call(s)" if line["calls"] else ""
        if not line["contacts"]:
            click.echo(f"# line {line['line']} {name}: not registered{calls}")
        for contact in line["contacts"]:
            agent = f" by {contact['user_agent']}" if contact["user_agent"] else ""
            click.echo(
                f"# line {line['line']} {name}: registered from {contact['source']}{agent} since"
                f" {_moment(contact['since'])}{calls}"
            )


def _moment(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
