"""`offhook device resync|reboot`: phones are told over SIP to fetch their config again."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import click
from rich.console import Console
from rich.progress import Progress

from .client import Failed
from .options import Reach, account_option, admin_options, json_option

AT_ONCE = 8
"""Phones that are waited for at the same time."""
SAYS = {
    "resync": "Have phones fetch their config again, over SIP; - reads ids from standard input, one a line.",
    "reboot": "Have phones reboot, over SIP; - reads ids from standard input, one a line.",
}


def waking_commands() -> Iterator[click.Command]:
    """Both commands."""
    for action, says in SAYS.items():
        yield _command(action, says)


def _command(action: str, says: str) -> click.Command:
    @click.command(action, help=says)
    @click.argument("identities", metavar="ID…|-", nargs=-1, required=True)
    @click.option(
        "--per-second", type=click.FloatRange(0.1, 1000), default=20.0, show_default=True,
        help="Phones told each second, so that they do not all come at once.",
    )  # fmt: skip
    @account_option
    @json_option
    @admin_options
    @click.pass_obj
    def wake(reach: Reach, identities: tuple[str, ...], per_second: float, account: str, as_json: bool) -> None:
        client = reach.client()
        wanted = list(_named(identities))

        def tell(numbered: tuple[int, str]) -> dict[str, Any]:
            number, identity = numbered
            time.sleep(max(0.0, begun + number / per_second - time.monotonic()))
            try:
                path = f"/api/v1/devices/{quote(identity)}/{action}"
                told: dict[str, Any] = json.loads(client.text("POST", path, query={"account": account}))
            except Failed as error:
                return {"device": identity, "delivered": False, "status": None, "said": str(error)}
            return told

        begun, reached = time.monotonic(), 0
        with ThreadPoolExecutor(AT_ONCE) as pool, Progress(console=Console(stderr=True), transient=True) as progress:
            shown = progress.add_task(f"{action} of {len(wanted)} phones", total=len(wanted))
            for told in pool.map(tell, enumerate(wanted)):
                reached += told["delivered"]
                progress.advance(shown)
                click.echo(json.dumps(told) if as_json else f"{told['device']}: {told['said']}")
        if reached < len(wanted):
            click.echo(f"{reached} of {len(wanted)} phones have been told", err=True)
            sys.exit(1)

    return wake


def _named(identities: tuple[str, ...]) -> Iterator[str]:
    """The ids that are given, or read where a `-` stands; each once."""
    lines = itertools.chain.from_iterable(sys.stdin if one == "-" else (one,) for one in identities)
    return iter(dict.fromkeys(line.strip() for line in lines if line.strip()))
