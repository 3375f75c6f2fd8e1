"""`offhook firmware`: the files that phones can be told to run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.parse import quote, urlencode

import click

from .client import Failed
from .options import Reach, admin_options, json_option
from .show import print_table


@click.group("firmware")
def firmware_group() -> None:
    """Keep the firmware files that phones are to run; nothing is ever downloaded from anywhere."""


@firmware_group.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", required=True, help="Whose phones it is for.")
@click.option("--version", help="Its version, where the file's name does not tell it.")
@click.option(
    "--model", "models", multiple=True, help="A model that runs it, where the name does not tell; repeatable."
)
@click.option("--sha256", help="What the vendor says its SHA-256 is; the file is refused when it is another.")
@json_option
@admin_options
@click.pass_obj
def add_firmware(
    reach: Reach,
    file: Path,
    vendor: str,
    version: str | None,
    models: tuple[str, ...],
    sha256: str | None,
    as_json: bool,
) -> None:
    """Put FILE on the shelf, after looking whether its name fits the vendor, the version and the models.

    Phones take it once something pins it: `offhook device edit ID --set firmware=VERSION`, or for all phones of a model
    `offhook account edit default --set firmware.vendor/Model=VERSION` (sites have the same).
    """
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if sha256 is not None and sha256.lower() != digest:
            raise Failed(f"{file} has SHA-256 {digest}, not {sha256}: fetch it again")
        opened.seek(0)
        asked = [("sha256", digest), *(("model", model) for model in models)] + (
            [("version", version)] if version else []
        )
        text = reach.client().text(
            "PUT",
            f"/api/v1/firmware/{quote(vendor, safe='')}/{quote(file.name, safe='')}?{urlencode(asked)}",
            opened,
            content_type="application/octet-stream",
            headers={"Content-Length": str(file.stat().st_size)},
        )
    if as_json:
        click.echo(text, nl=False)
        return
    added = json.loads(text)
    click.echo(f"+ firmware {added['vendor']} {added['version']} ({added['size']} bytes, SHA-256 {added['sha256']})")
    click.echo(f"  for {', '.join(added['models'])}")


@firmware_group.command("list")
@json_option
@admin_options
@click.pass_obj
def list_firmware(reach: Reach, as_json: bool) -> None:
    """Print the files on the shelf."""
    items = reach.client().get("/api/v1/firmware")["items"]
    if as_json:
        click.echo(json.dumps(items, ensure_ascii=False))
        return
    print_table(
        ["vendor", "version", "file", "bytes", "models"],
        [(one["vendor"], one["version"], one["name"], one["size"], ", ".join(one["models"])) for one in items],
    )


@firmware_group.command("remove")
@click.argument("vendor")
@click.argument("version")
@click.argument("name")
@admin_options
@click.pass_obj
def remove_firmware(reach: Reach, vendor: str, version: str, name: str) -> None:
    """Take a file off the shelf; VENDOR, VERSION and NAME as `firmware list` shows them."""
    place = "/".join(quote(part, safe="") for part in (vendor, version, name))
    reach.client().text("DELETE", f"/api/v1/firmware/{place}")
    click.echo(f"- firmware {vendor} {version} {name}")
