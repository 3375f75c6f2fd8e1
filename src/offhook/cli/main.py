"""The root of the command: its groups, the options that all share, and what becomes an exit code."""

from __future__ import annotations

import sys

import click

from offhook import __version__

from .audit import audit_group
from .authority import ca_group
from .backup import backup_command, restore_command
from .boot import boot_command
from .check import check_command
from .client import Failed
from .doctor import doctor_command
from .documents import kind_groups
from .firmware import firmware_group
from .guard import bans_group
from .importing import import_group
from .keys import keys_group
from .office import apply_command, export_command
from .options import admin_options
from .people import admin_group
from .phones import explain_group, uploads_command, why_command
from .serve import config_command, serve_command
from .token import token_group
from .vendors import vendors_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="offhook")
@admin_options
def cli() -> None:
    """Phone auto-provisioning: a desk phone asks by its MAC and gets its config, with its user's lines.

    Exit codes: 0 done, 1 refused (the message says what, where and how to mend it), 2 wrong usage.
    """


for command in (
    serve_command,
    config_command,
    apply_command,
    export_command,
    why_command,
    uploads_command,
    explain_group,
    boot_command,
    firmware_group,
    check_command,
    vendors_command,
    import_group,
    token_group,
    admin_group,
    audit_group,
    doctor_command,
    backup_command,
    restore_command,
    bans_group,
    keys_group,
    ca_group,
):
    cli.add_command(command)
for group in kind_groups():
    cli.add_command(group)


def main() -> None:
    """Run the command; a refusal is one message on standard error and exit code 1."""
    try:
        cli(standalone_mode=True)
    except Failed as error:
        click.echo(f"offhook: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
