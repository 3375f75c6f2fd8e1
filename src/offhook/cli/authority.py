"""`offhook ca`: the certification authorities whose certificates phones may prove themselves with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from .options import Reach, admin_options, json_option
from .show import print_table


@click.group("ca")
def ca_group() -> None:
    """Say which manufacturers' authorities are believed; offhook comes with none."""


@ca_group.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--vendor", required=True, help="Whose phones it vouches for, such as snom.")
@click.option("--refuse-expired", is_flag=True, help="Phones' certificates that ran out count no more.")
@json_option
@admin_options
@click.pass_obj
def import_(reach: Reach, file: Path, vendor: str, refuse_expired: bool, as_json: bool) -> None:
    """Believe the authorities of a PEM file; print what they are, to be compared with what the vendor says."""
    text = file.read_text(encoding="utf-8", errors="replace")
    wanted = {"vendor": vendor, "pem": text, "refuse_expired": refuse_expired}
    made = json.loads(reach.client().text("POST", "/api/v1/authorities", json.dumps(wanted).encode()))["items"]
    if as_json:
        click.echo(json.dumps(made, ensure_ascii=False))
        return
    for one in made:
        click.echo(
            f"{one['subject']}\n"
            f"  SHA-256    {_in_pairs(one['fingerprint'])}\n"
            f"  expires    {_date(one['expires'])}\n"
            f"  key        {one['key']}, signed with {one['signature']}\n"
            f"  vouches for phones of {one['vendor']}; their certificates that ran out"
            f" {'count no more' if one['refuse_expired'] else 'count all the same'}"
        )


@ca_group.command("list")
@json_option
@admin_options
@click.pass_obj
def list_(reach: Reach, as_json: bool) -> None:
    """List the authorities that are believed."""
    items = reach.client().get("/api/v1/authorities")["items"]
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False))
        return
    print_table(["vendor", "fingerprint", "subject", "expires", "key", "signed with", "expired phones", "revoked"],
                [_row(one) for one in items])  # fmt: skip


@ca_group.command("remove")
@click.argument("fingerprint")
@admin_options
@click.pass_obj
def remove(reach: Reach, fingerprint: str) -> None:
    """Believe an authority no more; the first 8 digits of its fingerprint are enough."""
    gone = json.loads(reach.client().text("DELETE", f"/api/v1/authorities/{quote(fingerprint, safe='')}"))
    click.echo(f"{gone['subject']} vouches for nobody any more")


@ca_group.command("revoke")
@click.argument("fingerprint")
@click.argument("serial")
@click.option("--undo", is_flag=True, help="Believe it again.")
@admin_options
@click.pass_obj
def revoke(reach: Reach, fingerprint: str, serial: str, undo: bool) -> None:
    """Believe one certificate below an authority no more, by its SERIAL number in hexadecimal."""
    path = f"/api/v1/authorities/{quote(fingerprint, safe='')}/revoked/{quote(serial, safe='')}"
    now = json.loads(reach.client().text("DELETE" if undo else "PUT", path))
    click.echo(f"{now['subject']}: {', '.join(now['revoked']) or 'nothing'} is revoked")


def _row(one: dict[str, Any]) -> tuple[object, ...]:
    return (
        one["vendor"], one["fingerprint"][:16], one["subject"], _date(one["expires"]), one["key"], one["signature"],
        "no" if one["refuse_expired"] else "yes", ", ".join(one["revoked"]) or "-",
    )  # fmt: skip


def _in_pairs(fingerprint: str) -> str:
    """As vendors and openssl print it."""
    return ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper()


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
