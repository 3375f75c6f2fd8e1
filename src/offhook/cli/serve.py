"""`offhook serve` and `offhook config`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from offhook import logs, resources
from offhook.admin.office import OfficeFile
from offhook.config import ConfigRefused, LoadedConfig, load_config
from offhook.server import REFUSALS, Server, serve

from .client import Failed, data_folder
from .options import json_option

data_option = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="The data folder.  [OFFHOOK_DATA; else ./data]"
)
config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings.  [offhook.toml in the data folder]",
)


def load_settings(data: Path, config_file: Path | None) -> LoadedConfig:
    """The settings of a data folder; raises `Failed`."""
    own = data / "offhook.toml"
    try:
        return load_config(config_file or (own if own.is_file() else None))
    except ConfigRefused as error:
        raise Failed(str(error)) from None


@click.command("serve")
@data_option
@config_option
@click.option("--demo", is_flag=True, help="Load the demo office when there is no document yet.")
def serve_command(data: Path | None, config_file: Path | None, demo: bool) -> None:
    """Answer phones, admins and proxies until Ctrl-C."""
    folder = data_folder(data)
    loaded = load_settings(folder, config_file)
    logs.set_up(loaded.config.log.format, loaded.config.log.level)
    demo_file = resources.demo_office()
    office = OfficeFile(demo_file.read_text(encoding="utf-8"), demo_file.name) if demo else None
    try:
        run = serve(loaded.config, folder, office=office, ready=_announce)
        with asyncio.Runner(loop_factory=_fast_loop()) as runner:
            runner.run(run)
    except REFUSALS as error:
        raise Failed(str(error)) from None


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it is installed (`pip install offhook[fast]`)."""
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return uvloop.new_event_loop


def _announce(server: Server) -> None:
    """Tell where everything is, once it answers."""
    for name, url in server.addresses().items():
        click.echo(f"{name:<11} {url}")
    click.echo(f"admin token {server.token_file}")
    if (example := server.example()) is not None:
        click.echo(f"a config    {example}")
    sys.stdout.flush()


@click.command("config")
@data_option
@config_option
@json_option
def config_command(data: Path | None, config_file: Path | None, as_json: bool) -> None:
    """Print the server's settings in force, and where each came from."""
    loaded = load_settings(data_folder(data), config_file)
    values = msgspec.to_builtins(loaded.config)
    for setting, origin in sorted(loaded.origins.items()):
        section, _, name = setting.partition(".")
        if not as_json:
            click.echo(f"{setting:<20} = {values[section][name]!r:<28} # {origin}")
    if as_json:
        click.echo(msgspec.json.encode({"settings": values, "origins": loaded.origins}).decode())
