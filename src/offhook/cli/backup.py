"""`offhook backup` and `offhook restore`."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

import click

from offhook.backup.archive import BackupRefused
from offhook.backup.restore import restore
from offhook.secrets.privatefile import PrivateFileRefused

from .client import Failed, data_folder
from .options import Reach, admin_options


@click.command("backup")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file.  [offhook-<time>.backup]"
)
@click.option("--without-firmware", is_flag=True, help="Leave out firmware files.")
@admin_options
@click.pass_obj
def backup_command(reach: Reach, output: Path | None, without_firmware: bool) -> None:
    """Save all that the server knows into one file, while it goes on.

    The file is of no use without the key file (<data>/keys/master.key), which is not in it: keep a copy of that elsewhere.
    """
    path = output or Path(time.strftime("offhook-%Y%m%d-%H%M%S.backup"))
    coming = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            size = reach.client().save("/api/v1/backup", file, query={"firmware": "0" if without_firmware else None})
            os.fsync(file.fileno())
        coming.replace(path)
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}") from None
    finally:
        coming.unlink(missing_ok=True)
    click.echo(f"{path}: {size:,} bytes; keep the key file elsewhere, without it nothing of this can be read")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="The data folder.  [OFFHOOK_DATA; else ./data]"
)
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The key file of the server that was saved.  [that of DATA]",
)
@click.option("--force", is_flag=True, help="Replace a folder that is not empty; it is kept beside.")
def restore_command(file: Path, data: Path | None, key_file: Path | None, force: bool) -> None:
    """Make the data folder what a backup holds; the server must not run.

    Everything is tried in a folder beside first, and then takes its place at once: whatever happens, DATA is the old one or
    the new one.
    """
    folder = data_folder(data)
    try:
        done = restore(file, folder, key_file, force=force)
    except (BackupRefused, PrivateFileRefused) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"nothing was restored: {error}") from None
    made = datetime.fromtimestamp(done.manifest.made).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    click.echo(f"{folder}: {done.documents} documents as of {made}, revision {done.manifest.revision}")
    if done.kept is not None:
        click.echo(f"what was there before is in {done.kept}")
    click.echo("a new admin token is made at the next start; TLS certificates are not part of a backup")
