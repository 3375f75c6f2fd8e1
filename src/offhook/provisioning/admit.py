"""Admit: may this request have this file, and why (not), in words that an admin can act on."""

from __future__ import annotations

from typing import Final

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.device import Device

from .guard.assurance import Rung, rules_of
from .guard.caller import Caller
from .guard.guard import Guard
from .guard.verdict import Verdict
from .guard.words import outside
from .identify import Identity
from .profile import Profile
from .profile_file import FileRule

_NEVER_KEPT: Final = {
    "absent": "the vendor's phones ask for it and go on when it is not there, as it never is",
    "asset": "no such file is kept here",
}


def admit_file(
    directory: Directory,
    guard: Guard,
    caller: Caller,
    identity: Identity,
    profile: Profile,
    rule: FileRule,
    scope: str | None,
    shown: str | None,
    *,
    gives: bool = True,
) -> Verdict:
    """Judge a request for a file of a known vendor.

    `scope` is the account of a `/p/<account>/` path, `shown` the one whose settings a shared file shows; `gives` is False
    when a phone sends the file.
    """
    if (never := _nobody_s(directory, identity, rule, scope)) is not None:
        return Verdict(False, never)
    if rule.kind == "book":
        return _admit_book(directory, caller, shown)
    if "{mac}" not in rule.path and rule.kind != "device":
        return guard.shared(caller, "a file without secrets, for every phone of the vendor")
    if caller.device is None:
        how = f"offhook device add {identity.mac}" if identity.mac else "the request names no MAC"
        return Verdict(False, f"no device has MAC {identity.mac}: {how}" if identity.mac else how)
    account = directory.account(caller.device.account)
    closed = _closed(account, caller.device, scope) or _of_another_vendor(caller.device, identity, profile)
    if closed is not None:
        return Verdict(False, closed)
    return guard.secrets(caller, gives=gives) if rule.kind == "device" else guard.own(caller)


def _nobody_s(directory: Directory, identity: Identity, rule: FileRule, scope: str | None) -> str | None:
    """Why nobody gets a file by such a request; None: somebody may."""
    if rule.kind in _NEVER_KEPT:
        return _NEVER_KEPT[rule.kind]
    if scope is not None and directory.entry(scope, "accounts", scope) is None:
        return f"there is no account {scope!r}"
    if identity.conflicts and identity.mac is None:
        return f"{identity.conflicts[0]}: a file goes only to the device that it belongs to"
    return None


def _admit_book(directory: Directory, caller: Caller, shown: str | None) -> Verdict:
    """Names and numbers of people are no secret of a phone, but nobody's outside of the account's networks either."""
    if shown is None:
        return Verdict(False, "nothing says whose phone book it is: it is asked for below /p/<account>/")
    account, device = directory.account(shown), caller.device
    if not account.enabled:
        return Verdict(False, _disabled(account))
    if device is not None and device.account != shown:
        return Verdict(False, f"device {device.id} belongs to account {device.account}, not to {shown}")
    if not (caller.rung > Rung.L1 or rules_of(directory, shown, device).knows(caller.peer)):
        return outside(caller.peer, "the phone book", account.id)
    return Verdict(True, f"the phone book of account {shown}")


def _of_another_vendor(device: Device, identity: Identity, profile: Profile) -> str | None:
    """Why a phone that says it is another vendor's gets nothing; None: it does not say so."""
    if identity.said_vendor is None or identity.said_vendor == profile.vendor:
        return None
    return (
        f"device {device.id} is registered as {device.model} but a {identity.said_vendor} phone asks: correct its"
        f" model with offhook device edit {device.id} --set model={identity.said_vendor}/{identity.model or ''}"
    )


def _closed(account: Account, device: Device, scope: str | None) -> str | None:
    """Why a device gets nothing at all; None: it may."""
    if scope is not None and scope != account.id:
        return f"device {device.id} belongs to account {account.id}, not to {scope}"
    if not account.enabled:
        return _disabled(account)
    if not device.enabled:
        return f"device {device.id} is disabled: offhook device edit {device.id} --set enabled=true"
    return None


def _disabled(account: Account) -> str:
    return f"account {account.id} is disabled: offhook account edit {account.id} --set enabled=true"
