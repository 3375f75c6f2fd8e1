"""Which of its user's extensions each line of a device shows, and how a line logs in: what rings must be what is provisioned.

An owned device has a line for each of its owner's extensions, the primary one first, then ascending (design: lines and
keys); written lines depart from that. Provisioning gives phones these lines, callflows ring them.
"""

from __future__ import annotations

import msgspec

from offhook.directory import Directory, Extension
from offhook.model.device import Device, Line
from offhook.model.user import User


class ShownLine(msgspec.Struct, frozen=True):
    """What one line of a device shows."""

    user: User | None
    """Whose line it is; None: nobody's."""
    extension: Extension | None
    """The internal number that it shows; None: it has none."""
    written: Line | None = None
    """The device's own word on this line; None: the line follows from the owner's extensions."""
    unknown: str | None = None
    """A written number that no callflow has."""


def extensions_of_user(directory: Directory, user: User) -> list[Extension]:
    """A user's extensions, the primary one first, then ascending."""
    extensions = directory.extensions(user.account, "users", user.id)
    return sorted(extensions, key=lambda extension: extension.number != user.primary_extension)


def login(device: Device, line: int) -> str:
    """The SIP user name of a device's line, counted from 1."""
    assert device.sip is not None
    return device.sip.username if line == 1 else f"{device.sip.username}-{line}"


def shown_lines(directory: Directory, device: Device) -> list[ShownLine]:
    """The lines of a device, the first one first, as many as are wanted: its model may hold fewer."""
    owner = directory.find(User, device.account, device.owner)
    if device.lines:
        return [_as_written(directory, device, line, owner) for line in device.lines]
    if owner is None:
        return [ShownLine(None, _of_nobody(directory, device))]
    return [ShownLine(owner, extension) for extension in extensions_of_user(directory, owner)] or [
        ShownLine(owner, None)
    ]


def _as_written(directory: Directory, device: Device, line: Line, owner: User | None) -> ShownLine:
    user = directory.find(User, device.account, line.user) if line.user else owner
    extensions = extensions_of_user(directory, user) if user else []
    extension = next((known for known in extensions if line.extension in (None, known.number)), None)
    if extension is not None or line.extension is None:
        return ShownLine(user, extension, line)
    flow = directory.callflow_of_number(device.account, line.extension)
    if flow is None:
        return ShownLine(user, None, line, unknown=line.extension)
    return ShownLine(user, Extension(line.extension, flow.id), line)


def _of_nobody(directory: Directory, device: Device) -> Extension | None:
    named = (device.account, "devices", device.id)
    rung = directory.extensions(*named) or directory.ringing_numbers(*named)
    return rung[0] if rung else None
