"""Who calls: the line of a device and its user, or somebody outside."""

from __future__ import annotations

import msgspec

from offhook.directory import Directory
from offhook.extension_lines import shown_lines
from offhook.model.account import Account, Dial
from offhook.model.device import Device
from offhook.model.group import Group
from offhook.model.references import base_login
from offhook.model.user import Identity, User

from .call import Call
from .memory import Memory, keep
from .number import e164, tidy


class Caller(msgspec.Struct, frozen=True):
    """The calling side."""

    account: Account | None
    """The account of a registered caller; None: the call is from outside, or its realm is nobody's."""
    device: Device | None = None
    """None: outside."""
    user: User | None = None
    """The user of the line that calls; None: outside, or a device of nobody."""
    name: str = ""
    number: str = ""
    """Inside the extension that the line shows; outside E.164 where there is such a form."""
    refused: str | None = None
    """Why this caller may only call for help."""

    @property
    def inside(self) -> bool:
        """True for a registered device of the account."""
        return self.device is not None

    def own_devices(self, directory: Directory) -> frozenset[str]:
        """Ids of the calling device and of all devices of its user: they do not ring one another."""
        if self.device is None:
            return frozenset()
        owned = directory.owned(self.device.account, self.user.id, "devices") if self.user else ()
        return frozenset((self.device.id, *owned))


def caller_of(directory: Directory, memory: Memory, call: Call) -> Caller:
    """Who calls. A caller from outside gets its account from the number that it dials."""
    if call.login is None:
        return Caller(None, name=call.name, number=tidy(call.number))
    key = (call.realm, call.login)
    known: Caller | None = memory.callers.get(key)
    if known is None:
        known = keep(memory.callers, key, _registered(directory, call.realm, call.login))
    return known


def outside(caller: Caller, dial: Dial) -> Caller:
    """A caller from outside, with its number in the public form that the account's way of writing gives it."""
    return Caller(None, name=caller.name, number=e164(dial, caller.number) or caller.number)


def _registered(directory: Directory, realm: str, login: str) -> Caller:
    account = directory.account_of_realm(realm.lower())
    if account is None:
        return Caller(None, refused=f"no account has the realm {realm!r}")
    device, line = _line_of(directory, account.id, login)
    if device is None:
        return Caller(account, refused=f"no device of account {account.id} logs in as {login!r}")
    refused = f"device {device.id} is not enabled" if not device.enabled else None
    shown = shown_lines(directory, device)
    showing = shown[line - 1] if line <= len(shown) else shown[0]
    identity = (showing.user.caller_id.internal if showing.user else None) or Identity()
    return Caller(
        account,
        device,
        showing.user,
        name=identity.name or (showing.user.name if showing.user else device.name or device.id),
        number=identity.number or (showing.extension.number if showing.extension else login),
        refused=refused,
    )


def _line_of(directory: Directory, account: str, login: str) -> tuple[Device | None, int]:
    """The device that logs in so, and with which of its lines, counted from 1."""
    device = directory.device_of_login(account, login)
    if device is not None:
        return device, 1
    base = base_login(login)
    return (directory.device_of_login(account, base), int(login.rpartition("-")[2])) if base else (None, 1)


def is_member(directory: Directory, account: str, group: str, user: str | None, device: str | None) -> bool:
    """Whether a user or device belongs to a group, also through groups in it."""
    todo, seen = [group], {group}
    while todo:
        found = directory.find(Group, account, todo.pop())
        for member in found.members if found else ():
            if (member.user is not None and member.user == user) or (
                member.device is not None and member.device == device
            ):
                return True
            if member.group is not None and member.group not in seen:
                seen.add(member.group)
                todo.append(member.group)
    return False
