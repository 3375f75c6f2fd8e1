"""Assets: files that many phones fetch as they are, such as firmware, given out from the disk and not from memory."""

from __future__ import annotations

import re
from typing import Final

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.site import Site

from .firmware import FirmwareFile, FirmwareShelf
from .phone import Firmware
from .profile import Profile, version_numbers
from .request import BootAnswer

_FIRMWARE: Final = re.compile(r"^/*(?:p/[^/]+/)?firmware/(?P<place>[^/]+/[^/]+/[^/]+)$", re.IGNORECASE)


def firmware_place(path: str) -> str | None:
    """The `<vendor>/<version>/<name>` that a path below `/firmware/` asks for; None for every other path."""
    matched = _FIRMWARE.match(path)
    return matched["place"] if matched else None


def firmware_answer(shelf: FirmwareShelf, file: FirmwareFile) -> BootAnswer:
    """A firmware file as an answer."""
    return BootAnswer(
        status=200,
        content_type="application/octet-stream",
        etag=f'"{file.sha256[:32]}"',
        file=shelf.path(file),
        file_size=file.size,
    )


def pinned_firmware(directory: Directory, device: Device, vendor: str, model: str | None) -> tuple[str, str] | None:
    """The version (or channel) that a device is to run, and the layer that says so; None when nobody does.

    A device's own pin comes first, then its site's, then its account's; of these the model's before the vendor's.
    """
    if device.firmware is not None:
        return device.firmware, f"device {device.id}"
    site = directory.find(Site, device.account, device.site)
    layers: list[tuple[str, Site | Account | None]] = [
        (f"site {device.site}", site),
        (f"account {device.account}", directory.account(device.account)),
    ]
    for where, layer in layers:
        for name in (f"{vendor}/{model}", vendor) if layer is not None else ():
            if layer is not None and name in layer.firmware:
                return layer.firmware[name], where
    return None


def firmware_to_take(
    shelf: FirmwareShelf, profile: Profile, model: str | None, pin: str | None, reported: str | None, base_url: str
) -> Firmware | None:
    """Where a phone is to get its firmware: only when it reported a version, and not the one that is pinned."""
    if pin is None or reported is None or not base_url:
        return None
    file = shelf.wanted(profile.vendor, model, pin)
    running = version_numbers(reported)
    if file is None or version_numbers(file.version) in (running, running[profile.file.version_skip :]):
        return None
    return Firmware(version=file.version, file=file.name, folder=f"{base_url}firmware/{file.vendor}/{file.version}/")
