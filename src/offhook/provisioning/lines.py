"""Lines: which SIP accounts a device carries, whose they are and what they are called (design: lines and keys).

An owned device has a line for each of its owner's extensions, the primary one first, then ascending, as far as the
model has accounts. A device of nobody has one line and no mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from offhook.directory import Directory, Extension
from offhook.extension_lines import extensions_of_user, login, shown_lines
from offhook.model.account import Account
from offhook.model.device import Device
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
    wanted = list(_wanted(directory, device, notes))
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


def _wanted(directory: Directory, device: Device, notes: list[str]) -> Iterator[_Wanted]:
    for line in shown_lines(directory, device):
        name = line.user.name if line.user else device.name or device.id
        number = line.extension.number if line.extension else None
        if line.unknown is not None:
            notes.append(f"a line shows {line.unknown}, which is the number of no callflow")
        if line.written is not None:
            label = line.written.label or line.written.extension or number or name
            yield _Wanted(line.user, line.extension, label, line.written.display_name or name)
        else:
            yield _Wanted(line.user, line.extension, number or name, name)
    _note_the_owners(directory, device, notes)


def _note_the_owners(directory: Directory, device: Device, notes: list[str]) -> None:
    """Say what is missing of the owner's extensions, where the lines follow from them."""
    owner = directory.find(User, device.account, device.owner)
    if owner is None or device.lines:
        return
    numbers = [extension.number for extension in extensions_of_user(directory, owner)]
    if owner.primary_extension and owner.primary_extension not in numbers:
        notes.append(f"user {owner.id}'s primary extension {owner.primary_extension} is none of their extensions")
    if not numbers:
        notes.append(f"no callflow rings user {owner.id} first: the line shows their name")


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
