"""Inspection: what would keep phones from their files, found before a phone asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from offhook.directory import Directory
from offhook.model.device import Device
from offhook.model.problem import Problem

from .assets import pinned_firmware
from .firmware import FirmwareShelf
from .provisioner import Provisioner
from .render import Renderer, TemplateBroken

FolderState = tuple[tuple[str, int, int], ...]
"""(path, time of the last change in nanoseconds, bytes) of every file."""


def folder_state(folder: Path) -> FolderState:
    """What tells whether a folder's templates have changed; touches the disk."""
    if not folder.is_dir():
        return ()
    found = [(path, path.stat()) for path in sorted(folder.rglob("*.j2"))]
    return tuple((str(path), state.st_mtime_ns, state.st_size) for path, state in found)


def inspect_templates(folders: Sequence[Path]) -> Iterator[Problem]:
    """Every template that cannot be read, as the files are now; an admin's own copies are named by their full path."""
    for broken in Renderer(folders).preload():
        yield Problem("templates", broken)


def inspect_files(
    directory: Directory, provisioner: Provisioner, accounts: Collection[str]
) -> Iterator[Problem | None]:
    """A trial of the files of one device of each model of some accounts: what of them cannot be made.

    None comes for each device that was looked at, so that others may have their turn between two.
    """
    tried: set[tuple[str, str | None]] = set()
    for entry in directory.all("devices"):
        yield None
        if entry.key[0] not in accounts:
            continue
        device = directory.find(Device, entry.key[0], entry.key[2])
        if device is None or device.mac is None or device.model is None:
            continue
        if (device.model, device.firmware) in tried:
            continue
        tried.add((device.model, device.firmware))
        try:
            explanation = provisioner.explain(directory, device)
        except TemplateBroken as error:
            yield Problem(f"devices/{device.id}", f"its config cannot be made: {error}")
        except LookupError as error:
            yield Problem(f"devices/{device.id}", str(error))
        else:
            for fault in explanation.faults:
                yield Problem(f"devices/{device.id}", fault)


def inspect_pins(
    directory: Directory, provisioner: Provisioner, shelf: FirmwareShelf, accounts: Collection[str]
) -> Iterator[Problem | None]:
    """Every model of some accounts whose devices are to run a firmware that was never added; None as above."""
    told: set[tuple[str, str]] = set()
    for entry in directory.all("devices"):
        yield None
        if entry.key[0] not in accounts:
            continue
        device = directory.find(Device, entry.key[0], entry.key[2])
        profile = provisioner.profiles.of_model(device.model) if device is not None else None
        if device is None or profile is None or device.model is None:
            continue
        model = profile.model_name(device.model.partition("/")[2]) or None
        pinned = pinned_firmware(directory, device, profile.vendor, model)
        if pinned and (device.model, pinned[0]) not in told and shelf.wanted(profile.vendor, model, pinned[0]) is None:
            told.add((device.model, pinned[0]))
            yield Problem(
                f"devices/{device.id}",
                f"{pinned[1]} pins firmware {pinned[0]} for {device.model}, of which no file was added: offhook firmware add",
            )
