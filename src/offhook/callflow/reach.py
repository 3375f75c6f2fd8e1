"""Who can be rung of a user or a device: the lines of enabled devices, and where their calls are forwarded.

What is found here follows from the directory alone; which of it rings in one call, `gather` says.
"""

from __future__ import annotations

import msgspec

from offhook.directory import Directory
from offhook.extension_lines import login, shown_lines
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.document import Forward
from offhook.model.user import User

from .action import Leg
from .memory import Exchange, Memory, keep


class Reach(msgspec.Struct, frozen=True):
    """A user or a device, as far as it can be rung."""

    legs: tuple[Leg, ...] = ()
    """One a device, ascending by its id, without delay and timeout."""
    forward: Forward | None = None
    """Where the calls of the one that was asked for are forwarded; None: nowhere."""
    of_devices: tuple[tuple[str, Forward], ...] = ()
    """(device, forward) of a user's devices that forward on their own."""
    dead: bool = False
    """True: there is no such document."""
    skipped: tuple[str, ...] = ()
    """Who does not ring and why, in words."""


def reach_of(
    directory: Directory,
    memory: Memory,
    exchange: Exchange,
    account: Account,
    named: tuple[str, str],
    called: tuple[str, str],
) -> Reach:
    """How to ring `named` (users or devices, id) in a call for `called` (number, callflow id)."""
    key = (account.id, *named, *called)
    known: Reach | None = memory.legs.get(key)
    if known is None:
        find = _of_user if named[0] == "users" else _of_device
        known = keep(memory.legs, key, find(directory, exchange, account, named[1], called))
    return known


def _of_user(
    directory: Directory, exchange: Exchange, account: Account, identity: str, called: tuple[str, str]
) -> Reach:
    user = directory.find(User, account.id, identity)
    if user is None:
        return Reach(dead=True, skipped=(f"there is no user {identity}",))
    if not user.enabled:
        return Reach(skipped=(f"user {identity} is not enabled",))
    if user.dnd:
        return Reach(skipped=(f"user {identity} does not want to be disturbed",))
    legs: list[Leg] = []
    forwards: list[tuple[str, Forward]] = []
    skipped: list[str] = []
    for _, _, device_id in directory.referrers(account.id, "users", identity, "devices"):
        device = directory.find(Device, account.id, device_id)
        assert device is not None
        line = _line(directory, exchange, device, identity, called)
        if line is None:
            continue
        if reason := _silent(device):
            skipped.append(reason)
            continue
        if forward := _active(device.forward):
            forwards.append((device.id, forward))
        legs.append(Leg(f"sip:{login(device, line)}@{account.realm}", device.id, identity))
    if not legs and not skipped:
        skipped.append(f"user {identity} has no device")
    return Reach(tuple(legs), _active(user.forward), tuple(forwards), skipped=tuple(skipped))


def _of_device(
    directory: Directory, exchange: Exchange, account: Account, identity: str, called: tuple[str, str]
) -> Reach:
    device = directory.find(Device, account.id, identity)
    if device is None:
        return Reach(dead=True, skipped=(f"there is no device {identity}",))
    owner = directory.find(User, account.id, device.owner)
    if reason := _silent(device):
        return Reach(skipped=(reason,))
    if owner is not None and not owner.enabled:
        return Reach(skipped=(f"user {owner.id}, whose device {identity} is, is not enabled",))
    if owner is not None and owner.dnd:
        return Reach(skipped=(f"user {owner.id}, whose device {identity} is, does not want to be disturbed",))
    line = _line(directory, exchange, device, None, called) or 1
    leg = Leg(f"sip:{login(device, line)}@{account.realm}", device.id, device.owner)
    forward = _active(device.forward) or (_active(owner.forward) if owner is not None else None)
    return Reach((leg,), forward)


def _line(
    directory: Directory, exchange: Exchange, device: Device, user: str | None, called: tuple[str, str]
) -> int | None:
    """The line that rings, counted from 1: the one that shows the number, else one of the callflow, else the first.

    Only lines of `user` count (None: all); None when the device has none of them.
    """
    shown = list(enumerate(shown_lines(directory, device), start=1))
    lines = [(line, show) for line, show in shown if user is None or (show.user is not None and show.user.id == user)]
    limit = exchange.accounts(device.model)
    fitting = [(line, show) for line, show in lines if limit is None or line <= limit]
    if not fitting:
        return None
    number, flow = called
    for line, show in fitting:
        if show.extension is not None and show.extension.number == number:
            return line
    return next((line for line, show in fitting if show.extension and show.extension.callflow == flow), fitting[0][0])


def _silent(device: Device) -> str | None:
    """Why a device cannot be rung."""
    if not device.enabled:
        return f"device {device.id} is not enabled"
    if device.dnd:
        return f"device {device.id} does not want to be disturbed"
    return None if device.sip is not None else f"device {device.id} has no SIP user name"


def _active(forward: Forward) -> Forward | None:
    return forward if forward.enabled and forward.number else None
