"""Lint: what is allowed and probably not meant, in callflows and in what they name, told before a caller finds it.

Each finding has a code, by which docs/callflow/checks.md explains it. What must never be is refused when it is saved
(`check.py`, and the registry's own checks) and is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model import node as nodes
from offhook.model.account import Account
from offhook.model.callflow import Callflow
from offhook.model.device import Device
from offhook.model.document import Forward
from offhook.model.group import Group
from offhook.model.mode import Mode
from offhook.model.schedule import Schedule
from offhook.model.user import User

from .graph import next_nodes, reachable

LONGEST_RING: Final = 180
"""Seconds of ringing on one way through a callflow after which many trunks have given up."""
_INTERNAL: Final = re.compile(r"[0-9*#]{1,31}")
_KEYS_THAT_DIAL: Final = ("speed_dial", "blf", "park", "intercom", "transfer", "pickup")
_ALWAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Finding(msgspec.Struct, frozen=True):
    """One thing that is probably not meant."""

    code: str
    """`C02`, as in docs/callflow/checks.md."""
    place: str
    """`callflows/reception.nodes.night`."""
    message: str


def lint(directory: Directory, account: Account) -> Iterator[Finding | None]:
    """Everything in an account; None comes for each document that was looked at, so that others may have their turn."""
    for identity in directory.ids(account.id, "callflows"):
        yield None
        flow = directory.find(Callflow, account.id, identity)
        if flow is not None and flow.enabled:
            yield from lint_callflow(directory, account, flow)
    for kind, look in (
        ("groups", _group),
        ("schedules", _schedule),
        ("modes", _mode),
        ("users", _user),
        ("devices", _device),
    ):
        for identity in directory.ids(account.id, kind):
            yield None
            yield from look(directory, account, identity)


def lint_callflow(directory: Directory, account: Account, flow: Callflow) -> Iterator[Finding]:
    """Everything in one callflow."""
    place = f"callflows/{flow.id}"
    within = reachable(flow)
    for name in flow.nodes:
        if name not in within:
            yield Finding("C02", f"{place}.nodes.{name}", "no way leads to this node: remove it, or lead one there")
    for number in flow.numbers:
        if number in account.dial.emergency:
            yield Finding(
                "C12", f"{place}.numbers", f"{number} is an emergency number: it never comes to this callflow"
            )
    for name, node in flow.nodes.items():
        if name in within:
            for code, message in _node(directory, account, node):
                yield Finding(code, f"{place}.nodes.{name}", message)
    seconds = _longest_ring(flow)
    if seconds > LONGEST_RING:
        yield Finding(
            "C13",
            place,
            f"it can ring for {seconds} s: many trunks give up after {LONGEST_RING} s, and no later node is reached",
        )


# --- nodes ------------------------------------------------------------------------------------------------------------


def _node(directory: Directory, account: Account, node: nodes.Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, nodes.Ring | nodes.Page):
        for target in node.targets:
            yield from _target(directory, account, target)
    elif isinstance(node, nodes.Announce) and node.media is None and node.text is None:
        yield "C15", "it plays nothing: give it a recording (media) or words (text)"
    elif isinstance(node, nodes.Menu):
        yield from _menu(node)
    elif isinstance(node, nodes.Voicemail) and node.box == "owner_of_ring" and not {"no_box", "else"} & set(node.next):
        yield "C14", "the user who was rung may have no mailbox: say what happens then (no_box, or else)"


def _target(directory: Directory, account: Account, target: nodes.Target) -> Iterator[tuple[str, str]]:
    if target.user is not None and not _rings(directory, account, target.user):
        yield "C07", f"user {target.user} has no enabled device: nothing rings for them"
    if target.device is not None:
        device = directory.find(Device, account.id, target.device)
        if device is not None and not device.enabled:
            yield "C07", f"device {target.device} is disabled: it does not ring"


def _rings(directory: Directory, account: Account, user: str) -> bool:
    """Whether a user has a device that is enabled, or sends calls elsewhere."""
    found = directory.find(User, account.id, user)
    if found is None or not found.enabled:
        return False
    devices = (directory.find(Device, account.id, device) for device in directory.owned(account.id, user, "devices"))
    return _forwards(found.forward) or any(device is not None and device.enabled for device in devices)


def _menu(node: nodes.Menu) -> Iterator[tuple[str, str]]:
    if not node.prompt:
        yield "C15", "it asks for a choice without a word: give it a prompt (media or text)"
    digits = [branch for branch in node.next if re.fullmatch(r"[0-9*#]+", branch)]
    if not digits and not node.direct_dial:
        yield "C03", "there is nothing to choose: give it a branch for a digit"
    longer = [branch for branch in digits if len(branch) > node.max_digits]
    if longer:
        yield "C03", f"{', '.join(longer)} cannot be dialled: max_digits is {node.max_digits}"
    dial = node.direct_dial
    if dial is not None and dial.extensions and not dial.allow and not dial.deny:
        yield "C11", "callers from outside can dial every internal number here: say which ones with allow or deny"


def _longest_ring(flow: Callflow) -> int:
    """Seconds of ringing on the longest way through a callflow without going round."""
    longest = 0
    ways: list[tuple[str, int, frozenset[str]]] = [(flow.start, 0, frozenset())]
    steps = 0
    while ways and steps < 10_000:
        steps += 1
        name, before, seen = ways.pop()
        node = flow.nodes.get(name)
        if node is None or name in seen:
            continue
        now = before + (node.timeout * node.rounds if isinstance(node, nodes.Ring) else 0)
        if isinstance(node, (*nodes.CALLER_CHOOSES, nodes.Announce)):
            now = 0  # answered: no trunk waits any more
        longest = max(longest, now)
        ways += [(following, now, seen | {name}) for following in next_nodes(node)]
    return longest


# --- what callflows name ----------------------------------------------------------------------------------------------


def _group(directory: Directory, account: Account, identity: str) -> Iterator[Finding]:
    group = directory.find(Group, account.id, identity)
    if group is not None and not group.members:
        yield Finding("C08", f"groups/{identity}", "it has no members: ringing it reaches nobody")


def _schedule(directory: Directory, account: Account, identity: str) -> Iterator[Finding]:
    schedule = directory.find(Schedule, account.id, identity)
    if schedule is None:
        return
    place = f"schedules/{identity}"
    always = False
    for name, windows in schedule.periods.items():
        if always:
            yield Finding("C09", f"{place}.periods.{name}", "a period before it holds always: it never does")
        if windows != "else" and not windows:
            yield Finding("C09", f"{place}.periods.{name}", "it has no hours: it never holds")
        always = always or any(
            window.days == _ALWAYS and window.from_ in ("00:00", "0:00") and window.to == "24:00" and window.weeks == 1
            for window in (windows if windows != "else" else ())
        )
    days: dict[str, int] = {}
    for index, exception in enumerate(schedule.exceptions):
        if exception.on is None or exception.hours:
            continue
        if exception.on in days:
            message = f"exceptions[{days[exception.on]}] holds on {exception.on} already: this one never does"
            yield Finding("C09", f"{place}.exceptions[{index}]", message)
        days.setdefault(exception.on, index)


def _mode(directory: Directory, account: Account, identity: str) -> Iterator[Finding]:
    mode = directory.find(Mode, account.id, identity)
    if mode is None or len(mode.states) < 2:
        return
    if not directory.feature_numbers("switches_mode", (account.id, identity)):
        yield Finding(
            "C17",
            f"modes/{identity}",
            "nothing switches it: make a callflow with a setting node for it, whose number a mode key can dial",
        )


def _user(directory: Directory, account: Account, identity: str) -> Iterator[Finding]:
    user = directory.find(User, account.id, identity)
    if user is None:
        return
    if _forwards(user.forward):
        own = {extension.number for extension in directory.extensions(account.id, "users", identity)}
        if user.forward.number in own:
            yield Finding(
                "C10", f"users/{identity}.forward", f"{user.forward.number} is their own number: calls go in a circle"
            )
        back = _forward_back(directory, account, user)
        if back is not None:
            yield Finding(
                "C10", f"users/{identity}.forward", f"{user.forward.number} rings {back}, whose calls come back here"
            )


def _forwards(forward: Forward) -> bool:
    return forward.enabled and forward.number is not None


def _forward_back(directory: Directory, account: Account, user: User) -> str | None:
    """The user at the number that a user's calls go to, when that user's calls go to them."""
    flow = directory.callflow_of_number(account.id, user.forward.number or "")
    if flow is None:
        return None
    own = {extension.number for extension in directory.extensions(account.id, "users", user.id)}
    for node in flow.nodes.values():
        for target in node.targets if isinstance(node, nodes.Ring) else ():
            other = directory.find(User, account.id, target.user)
            if other is not None and other.id != user.id and _forwards(other.forward) and other.forward.number in own:
                return other.id
    return None


def _device(directory: Directory, account: Account, identity: str) -> Iterator[Finding]:
    device = directory.find(Device, account.id, identity)
    if device is None:
        return
    for index, key in enumerate(device.keys):
        value = key.value or ""
        if key.type in _KEYS_THAT_DIAL and _INTERNAL.fullmatch(value) and not _answers(directory, account, value):
            message = f"no callflow has the number {value}: the key leads nowhere"
            yield Finding("C16", f"devices/{identity}.keys[{index}]", message)


def _answers(directory: Directory, account: Account, number: str) -> bool:
    if number in account.dial.emergency or directory.callflow_of_number(account.id, number) is not None:
        return True
    for identity in directory.patterned(account.id):
        flow = directory.find(Callflow, account.id, identity)
        if flow is not None and flow.enabled and any(re.fullmatch(pattern, number) for pattern in flow.patterns):
            return True
    return False
