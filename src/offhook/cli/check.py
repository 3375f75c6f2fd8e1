"""`offhook check`: what is wrong, before a phone or a caller finds it."""

from __future__ import annotations

import json

import click

from .client import Failed
from .options import Reach, admin_options, json_option


@click.command("check")
@json_option
@admin_options
@click.pass_obj
def check_command(reach: Reach, as_json: bool) -> None:
    """Look for everything that is wrong now: templates, configs that cannot be made, firmware that is missing.

    Exit code 1 when there is an error; a warning is none.
    """
    items = reach.client().get("/api/v1/check")["items"]
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False))
    for one in () if as_json else items:
        click.echo(f"{one['severity']}: {one['place']}: {one['message']}")
    errors = sum(one["severity"] == "error" for one in items)
    if errors:
        raise Failed(f"{errors} error{'s' if errors > 1 else ''} found")
    if not items and not as_json:
        click.echo("nothing is wrong")
