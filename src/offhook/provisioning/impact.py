"""Impact: which phones' files a change would alter, and how, told before it is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.device import Device
from offhook.model.secret import MASK

from .provisioner import Provisioner
from .tracked import Dependencies, TrackedDirectory

COMPARED: Final = 200
"""Phones whose files are made both ways to see whether they differ; of more, those are told for which what templates are
given differs, which is never too few."""


class Impact(msgspec.Struct, frozen=True):
    """The phones whose own files a change alters."""

    devices: tuple[tuple[str, str], ...]
    """(account, id) of each, ascending; who is new or removed is not among them."""
    exact: bool
    """False: there are so many that files were not compared, and some of them may come out as they are."""


class Difference(msgspec.Struct, frozen=True):
    """One parameter of one file that a change alters."""

    file: str
    """The file's name in the profile."""
    parameter: str
    before: str | None
    """None: the file does not have it. Secrets are masked."""
    after: str | None


def impact(provisioner: Provisioner, before: Directory, after: Directory, accounts: Iterable[str]) -> Impact:
    """What becomes of the phones of these accounts when one directory takes the place of another."""
    found = [
        (account, identity)
        for account in sorted(accounts)
        for identity in before.ids(account, "devices")
        if _is_given_another(provisioner, before, after, account, identity)
    ]
    if len(found) > COMPARED:
        return Impact(tuple(found), exact=False)
    return Impact(tuple(one for one in found if file_differences(provisioner, before, after, *one)), exact=True)


def _is_given_another(
    provisioner: Provisioner, before: Directory, after: Directory, account: str, identity: str
) -> bool:
    """Whether templates would be given something else for a device that stays."""
    tracked = TrackedDirectory(before)
    old = tracked.find(Device, account, identity)
    had = provisioner.resolution(tracked, old) if old is not None else None
    if Dependencies(tracked).hold(after):
        return False
    new = after.find(Device, account, identity)
    if old is None or new is None:
        return False
    gets = provisioner.resolution(after, new)
    return (had.phone if had else None) != (gets.phone if gets else None)


def file_differences(
    provisioner: Provisioner, before: Directory, after: Directory, account: str, identity: str
) -> list[Difference]:
    """What a change alters in a device's own files, parameter by parameter; raises `TemplateBroken`."""
    had = _parameters(provisioner, before, account, identity)
    gets = _parameters(provisioner, after, account, identity)
    found = []
    for key in dict.fromkeys([*had, *gets]):
        old, new = had.get(key), gets.get(key)
        if old != new:
            found.append(Difference(*key, _shown(old), _shown(new)))
    return found


def _parameters(
    provisioner: Provisioner, directory: Directory, account: str, identity: str
) -> dict[tuple[str, str], tuple[str, bool]]:
    """(file, parameter) → (value, whether it is a secret)."""
    device = directory.find(Device, account, identity)
    if device is None or provisioner.resolution(directory, device) is None:
        return {}
    files = provisioner.explain(directory, device).files
    return {
        (name, one.name): (one.value, one.secret) for name, rendered in files.items() for one in rendered.parameters
    }


def _shown(given: tuple[str, bool] | None) -> str | None:
    if given is None:
        return None
    value, is_secret = given
    return MASK if is_secret else value
