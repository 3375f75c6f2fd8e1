"""Lines: which SIP accounts a device carries, whose they are and what they are called (design: lines and keys).

An owned device has a line for each of its owner's extensions, the primary one first, then ascending, as far as the
model has accounts. A device of nobody has one line and no mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from offhook.directory import Directory, Extension
from offhook.model.account import Account
from offhook.model.device import Device, Line
from offhook.model.mailbox import Mailbox
from offhook.model.settings import Settings
from offhook.model.user import User

from .phone import PhoneLine

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Lines(msgspec.Struct, frozen=True):
    """A device's lines."""

    lines: tuple[PhoneLine, ...]
    notes: tuple[str, ...]
    """What did not fit or is missing, in words for the admin."""


class _Wanted(msgspec.Struct, frozen=True):
    """What a line is to show, before it has a number on the device."""

    user: User | None
    extension: Extension | None
    label: str
    display_name: str


def resolve_lines(
    directory: Directory, account: Account, device: Device, settings: Settings, accounts: int | None
) -> Lines:
    """The lines of a device whose model holds `accounts` SIP accounts (None: unknown, no limit)."""
    notes: list[str] = []
    wanted = list(_wanted(directory, account, device, notes))
    if accounts is not None and len(wanted) > accounts:
        left_out = ", ".join(line.label for line in wanted[accounts:])
        notes.append(f"the model holds {accounts} line(s); left out: {left_out}")
        wanted = wanted[:accounts]
    assert device.sip is not None and device.sip.password is not None
    lines = []
    for number, line in enumerate(wanted, start=1):
        box = _mailbox(directory, account, line, first=number == 1)
        lines.append(
            PhoneLine(
                number=number,
                label=one_line(line.label),
                display_name=one_line(line.display_name),
                extension=line.extension.number if line.extension else None,
                login=login(device, number),
                password=device.sip.password,
                realm=account.realm,
                user=line.user.id if line.user else None,
                callflow=line.extension.callflow if line.extension else None,
                mailbox=box.number if box else None,
                voicemail_number=_voicemail_number(directory, account, line, settings),
            )
        )
    return Lines(tuple(lines), tuple(notes))


def one_line(text: str) -> str:
    """A name as it may stand in a SIP header: phones send what they show, and no name may end a header line."""
    return _CONTROL.sub(" ", text).strip()


def login(device: Device, line: int) -> str:
    """The SIP user name of a device's line, counted from 1."""
    assert device.sip is not None
    return device.sip.username if line == 1 else f"{device.sip.username}-{line}"


def extensions_of_user(directory: Directory, user: User) -> list[Extension]:
    """A user's extensions, the primary one first, then ascending."""
    extensions = directory.extensions(user.account, "users", user.id)
    return sorted(extensions, key=lambda extension: extension.number != user.primary_extension)


def _wanted(directory: Directory, account: Account, device: Device, notes: list[str]) -> Sequence[_Wanted]:
    owner = directory.find(User, account.id, device.owner)
    if device.lines:
        return [_as_written(directory, account, device, line, owner, notes) for line in device.lines]
    if owner is None:
        return [_of_nobody(directory, account, device)]
    extensions = extensions_of_user(directory, owner)
    if owner.primary_extension and owner.primary_extension not in [extension.number for extension in extensions]:
        notes.append(f"user {owner.id}'s primary extension {owner.primary_extension} is none of their extensions")
    if not extensions:
        notes.append(f"no callflow rings user {owner.id} first: the line shows their name")
        return [_Wanted(owner, None, owner.name, owner.name)]
    return [_Wanted(owner, extension, extension.number, owner.name) for extension in extensions]


def _as_written(
    directory: Directory, account: Account, device: Device, line: Line, owner: User | None, notes: list[str]
) -> _Wanted:
    user = directory.find(User, account.id, line.user) if line.user else owner
    extensions = extensions_of_user(directory, user) if user else []
    extension = next((known for known in extensions if line.extension in (None, known.number)), None)
    if extension is None and line.extension is not None:
        flow = directory.callflow_of_number(account.id, line.extension)
        extension = Extension(line.extension, flow.id) if flow else None
        if flow is None:
            notes.append(f"a line shows {line.extension}, which is the number of no callflow")
    name = user.name if user else device.name or device.id
    label = line.label or line.extension or (extension.number if extension else name)
    return _Wanted(user, extension, label, line.display_name or name)


def _of_nobody(directory: Directory, account: Account, device: Device) -> _Wanted:
    name = device.name or device.id
    rung = directory.extensions(account.id, "devices", device.id) or directory.ringing_numbers(
        account.id, "devices", device.id
    )
    if not rung:
        return _Wanted(None, None, name, name)
    return _Wanted(None, rung[0], rung[0].number, name)


def _mailboxes(directory: Directory, account: Account, user: User | None) -> list[Mailbox]:
    if user is None:
        return []
    found = [directory.find(Mailbox, account.id, box) for box in directory.owned(account.id, user.id, "mailboxes")]
    return sorted((box for box in found if box is not None), key=lambda box: (len(box.number), box.number))


def _mailbox(directory: Directory, account: Account, line: _Wanted, *, first: bool) -> Mailbox | None:
    """The box that lights this line's lamp: the one of the line's number; on the first line else the user's first."""
    boxes = _mailboxes(directory, account, line.user)
    own = [box for box in boxes if line.extension is not None and box.number == line.extension.number]
    return next(iter(own or (boxes if first else [])), None)


def _voicemail_number(directory: Directory, account: Account, line: _Wanted, settings: Settings) -> str | None:
    """What the message key dials, for a line whose user has a mailbox."""
    boxes = _mailboxes(directory, account, line.user)
    if not boxes:
        return None
    if settings.voicemail_number is not None:
        return settings.voicemail_number
    if features := directory.feature_numbers("checks_voicemail", account.id):
        return features[0].number
    own = [box for box in boxes if line.extension is not None and box.number == line.extension.number]
    return account.voicemail_uri.replace("{box}", (own or boxes)[0].number).replace("{realm}", account.realm)
