"""`offhook doctor`: what is wrong with this server, and how to mend it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.text import Text

from offhook.doctor.checks import examine
from offhook.doctor.finding import Finding, Verdict
from offhook.doctor.patient import Patient

from .client import AdminClient, Failed, data_folder
from .options import Reach, admin_options, json_option
from .serve import load_settings

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command("doctor")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings.  [offhook.toml in the data folder]",
)
@json_option
@admin_options
@click.pass_obj
def doctor_command(reach: Reach, config_file: Path | None, as_json: bool) -> None:
    """Look over the server and its machine, and say how to mend what is wrong. Exit code 1 when something fails."""
    data = data_folder(reach.data)
    client = reach.client()
    running = _running(client)
    told = tuple(_told(client)) if running is not None else ()
    findings = examine(Patient(data, load_settings(data, config_file).config, time.time(), running, told))
    failed = sum(one.verdict == "fail" for one in findings)
    if as_json:
        click.echo(msgspec.json.encode(findings).decode())
    else:
        for one in findings:
            _print(one)
    if failed:
        raise Failed(f"{failed} thing{'s' if failed > 1 else ''} to mend")


def _print(finding: Finding) -> None:
    line = Text.assemble((f"{finding.verdict:<4} ", _COLOURS[finding.verdict]), (f"{finding.check}: ", "bold"))
    line.append(f"{finding.where} " if finding.where else "").append(finding.what)
    console = Console(soft_wrap=True)
    console.print(line)
    if finding.mend:
        console.print(Text(f"       → {finding.mend}"))


def _running(client: AdminClient) -> dict[str, Any] | None:
    """What the server says of itself; None: none answers."""
    try:
        with urllib.request.urlopen(f"{client.url}/readyz", timeout=5) as answer:  # noqa: S310 - the admin chose the address
            return {**json.loads(answer.read()), "date": answer.headers.get("Date")}
    except urllib.error.HTTPError as error:
        return {**json.loads(error.read()), "date": error.headers.get("Date")} if error.code == 503 else None
    except (OSError, ValueError):
        return None


def _told(client: AdminClient) -> Iterator[Finding]:
    try:
        for one in client.get("/api/v1/check")["items"]:
            verdict: Verdict = "fail" if one["severity"] == "error" else "warn"
            yield Finding("documents", verdict, one["message"], one["place"])
        for one in client.get("/api/v1/doctor")["items"]:
            yield msgspec.convert(one, Finding)
    except Failed as error:
        yield Finding("documents", "fail", f"cannot be asked for: {error}")
