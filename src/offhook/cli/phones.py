"""`offhook why` and `offhook explain`: what a phone did, and where its config comes from."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

import click

from .calls import explain_call
from .options import Reach, admin_options, json_option
from .show import print_table


@click.command("why")
@click.argument("mac")
@json_option
@admin_options
@click.pass_obj
def why_command(reach: Reach, mac: str, as_json: bool) -> None:
    """Print the last boot requests of a phone, and what became of each."""
    story = reach.client().get(f"/api/v1/why/{quote(mac)}")
    if as_json:
        click.echo(json.dumps(story, ensure_ascii=False))
        return
    registered = f"device {story['device']}" if story["device"] else "no device has it"
    click.echo(f"{story['mac']}: {registered}")
    if not story["events"]:
        click.echo("it has not asked for anything: does it know the server's address (DHCP option 66 or its web page)?")
        return
    print_table(
        ["time", "from", "asked for", "sure", "answer", "bytes", "ms", "verdict"],
        [
            (
                _when(event["time"]),
                f"{event['peer']} {event['transport']}",
                event["path"],
                event["assurance"],
                event["status"],
                event["bytes"],
                event["milliseconds"],
                event["verdict"],
            )
            for event in story["events"]
        ],
    )
    click.echo(f"known by: {story['events'][-1]['identified']}")


@click.command("uploads")
@click.argument("mac")
@click.argument("name", required=False)
@json_option
@admin_options
@click.pass_obj
def uploads_command(reach: Reach, mac: str, name: str | None, as_json: bool) -> None:
    """List what a phone has sent (its logs, what its user changed on it), or print the file NAME."""
    if name is not None:
        click.echo(reach.client().text("GET", f"/api/v1/uploads/{quote(mac)}/{quote(name, safe='')}"), nl=False)
        return
    items = reach.client().get(f"/api/v1/uploads/{quote(mac)}")["items"]
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False))
        return
    print_table(["time", "file", "bytes"], [(_when(one["time"]), one["name"], one["bytes"]) for one in items])


@click.group("explain")
def explain_group() -> None:
    """Say where an answer comes from."""


explain_group.add_command(explain_call)


@explain_group.command("config")
@click.argument("mac")
@click.option("--parameters", is_flag=True, help="Also print every parameter of the phone's own files.")
@json_option
@admin_options
@click.pass_obj
def explain_config(reach: Reach, mac: str, parameters: bool, as_json: bool) -> None:
    """Print each value of a phone's config with the layer that set it, and its lines with the callflow that gave them."""
    explained = reach.client().get(f"/api/v1/explain/config/{quote(mac)}")
    if as_json:
        click.echo(json.dumps(explained, ensure_ascii=False))
        return
    model = "/".join(part for part in (explained["vendor"], explained["model"]) if part)
    click.echo(f"device {explained['device']} ({explained['mac']}), {model}, templates {explained['generation']}")
    servers = ", ".join(f"{one['host']}:{one['port']} {one['transport']}" for one in explained["servers"])
    click.echo(f"SIP servers: {servers}\n")
    print_table(
        ["line", "label", "shows", "login", "mailbox", "message key", "because"], map(_line, explained["lines"])
    )
    click.echo()
    if explained["keys"]:
        print_table(
            ["key", "module", "type", "value", "label", "line"],
            [(k["position"], k["module"], k["type"], k["value"], k["label"], k["line"]) for k in explained["keys"]],
        )
        click.echo()
    print_table(
        ["setting", "value", "set by"], [(s["name"], _plain(s["value"]), s["layer"]) for s in explained["settings"]]
    )
    if explained["overrides"]:
        click.echo()
        print_table(
            ["override", "value", "set by"], [(o["parameter"], o["value"], o["layer"]) for o in explained["overrides"]]
        )
    for note in explained["notes"]:
        click.echo(f"\nnote: {note}")
    for name, listed in explained["files"].items() if parameters else ():
        click.echo(f"\nfile {name}:")
        print_table(
            ["parameter", "value", ""],
            [(p["parameter"], p["value"], "override" if p["override"] else "") for p in listed],
        )


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _line(line: dict[str, Any]) -> tuple[object, ...]:
    if line["callflow"]:
        because = f"callflow {line['callflow']} rings " + (
            f"user {line['user']} first" if line["user"] else "this device"
        )
    else:
        because = "no callflow gives it a number"
    name = line["display_name"]
    return line["number"], line["label"], name, line["login"], line["mailbox"], line["voicemail_number"], because


def _plain(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
