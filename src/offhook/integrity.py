"""What must hold between documents: references lead somewhere, unique values are unique, names of the world exist."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final

from offhook.directory import Directory
from offhook.model.account import Security
from offhook.model.callflow import Callflow
from offhook.model.decision import Hours, ModeNode
from offhook.model.device import Device
from offhook.model.device import Key as PhoneKey
from offhook.model.document import Document
from offhook.model.group import Group, Member
from offhook.model.kind import SINGULAR, kind_of
from offhook.model.mode import Mode
from offhook.model.node import Page, Ring, Target
from offhook.model.problem import Problem, did_you_mean
from offhook.model.references import Key, base_login, claims_of, references_of
from offhook.model.schedule import Schedule, calendar_problems

Check = Callable[[Directory, Document], Iterable[Problem]]
"""A check of one saved document against the directory that it would be part of; places are fields."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NUMBER: Final = re.compile(r"[+*#0-9]{1,32}")
NAMED_BY_KEYS: Final = ("users", "groups", "modes")
"""What a key's value may name, in the order in which a name is looked up."""

_CLAIMED: Final = {
    "realm": "realm",
    "mac": "mac",
    "login": "sip.username",
    "mailbox_number": "number",
    "number": "numbers",
    "public_number": "numbers",
}
"""Unique value → the field that holds it."""


Rehearsal = Callable[[Directory, Directory, str], Iterator[Problem]]
"""What a change breaks in an account as a whole: (the directory before, the one after, the account's id)."""


def problems_of(directory: Directory, document: Document, more: Iterable[Check]) -> Iterator[Problem]:
    """Everything that is wrong with a document in the directory that it would be part of; places are its fields."""
    kind = kind_of(document)
    if kind != "accounts" and directory.entry(document.account, "accounts", document.account) is None:
        yield Problem(
            "account", f"there is no account {document.account!r}{_which_account(document.account, directory)}"
        )
        return
    yield from _references(directory, document)
    yield from _claims(directory, document)
    yield from _names_of_the_world(document)
    for check in (*_CHECKS.get(kind, ()), *more):
        yield from check(directory, document)


def _which_account(named: str, directory: Directory) -> str:
    known = directory.accounts()
    if not known:
        return f": make one with offhook account add {named} --set realm=example.com"
    return did_you_mean(named, known)


def still_used(directory: Directory, key: Key) -> Iterator[Problem]:
    """Why a document that was removed in `directory` must stay."""
    account, kind, identity = key
    for other in directory.referrers(*key)[:10]:
        yield Problem(
            f"{kind}/{identity}",
            f"cannot be removed: {SINGULAR[other[1]]} {other[2]!r} names it; change or remove that one first",
        )
    if kind == "accounts":
        left = next((entry.key for entry in directory.all() if entry.key[0] == account), None)
        if left is not None:
            yield Problem(f"{kind}/{identity}", f"cannot be removed: it still has {SINGULAR[left[1]]} {left[2]!r}")


def _references(directory: Directory, document: Document) -> Iterator[Problem]:
    for named in references_of(kind_of(document), document):
        if directory.entry(document.account, named.kind, named.id) is None:
            known = directory.ids(document.account, named.kind)
            yield Problem(
                named.field, f"there is no {SINGULAR[named.kind]} {named.id!r}{did_you_mean(named.id, known)}"
            )


def _claims(directory: Directory, document: Document) -> Iterator[Problem]:
    kind = kind_of(document)
    own = (document.account, kind, document.id)
    for what, value in claims_of(kind, document):
        others = [holder for holder in directory.holders(what, value) if holder != own]
        if others:
            shown = value[1] if isinstance(value, tuple) else value
            account, other_kind, identity = others[0]
            where = "" if account == document.account else " of another account"
            whose = where or f" of {SINGULAR[other_kind]} {identity!r}"
            yield Problem(_CLAIMED[what], f"{shown!r} is already that{whose}; it can belong to one only")


def _names_of_the_world(document: Document) -> Iterator[Problem]:
    """Time zones, languages and networks that the document names."""
    for field, holder in (("", document), ("settings.", getattr(document, "settings", None))):
        zone = getattr(holder, "timezone", None)
        if zone is not None and zone not in _zones():
            yield Problem(f"{field}timezone", f"there is no time zone {zone!r} (IANA){did_you_mean(zone, _zones())}")
        language = getattr(holder, "language", None)
        if language is not None and not _LANGUAGE.fullmatch(language):
            yield Problem(f"{field}language", f"{language!r} is no language tag (BCP 47): write fr, en-GB, pt-BR, …")
    security = getattr(document, "security", None)
    for field, networks in (
        ("networks", getattr(document, "networks", ())),
        ("security.networks", (security.networks or ()) if isinstance(security, Security) else ()),
    ):
        for index, network in enumerate(networks):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                yield Problem(f"{field}[{index}]", f"{error}: write a network such as 192.168.1.0/24")


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _check_device(directory: Directory, device: Document) -> Iterator[Problem]:
    assert isinstance(device, Device)
    yield from _logins(directory, device)
    places: dict[tuple[int, int, int], int] = {}
    for index, key in enumerate(device.keys):
        first = places.setdefault((key.module, key.page, key.position), index)
        if first != index:
            yield Problem(
                f"keys[{index}].position", f"keys[{first}] is on the same key: give one of them another position"
            )
        yield from _key_value(directory, device, index, key)


def _logins(directory: Directory, device: Device) -> Iterator[Problem]:
    """Line k of a device logs in as `<username>-<k>`: that name must not be another device's own."""
    if device.sip is None:
        return
    username = device.sip.username
    base = base_login(username)
    other = directory.device_of_login(device.account, base) if base is not None else None
    if other is not None and other.id != device.id:
        yield Problem(
            "sip.username", f"{username!r} is how a line of device {other.id!r} logs in: choose another user name"
        )
    for _, _, identity in directory.holders("login_base", (device.account, username)):
        named = directory.find(Device, device.account, identity)
        if named is not None and named.sip is not None and identity != device.id:
            yield Problem(
                "sip.username",
                f"a line of this device would log in as {named.sip.username}, which is device {identity!r}: choose another"
                " user name",
            )


def _key_value(directory: Directory, device: Device, index: int, key: PhoneKey) -> Iterator[Problem]:
    """A key that names somebody must name somebody who is there."""
    names = {"mode": ("modes",)}.get(key.type, NAMED_BY_KEYS)
    if key.type not in ("blf", "speed_dial", "intercom", "pickup", "transfer", "mode"):
        return
    field = f"keys[{index}].value"
    if key.value is None:
        if key.type in ("blf", "speed_dial", "mode"):
            yield Problem(field, f"a {key.type} key needs a value: whom to watch or dial")
        return
    if key.type != "mode" and is_dialable(key.value):
        return
    if not any(directory.entry(device.account, kind, key.value) for kind in names):
        known = [identity for kind in names for identity in directory.ids(device.account, kind)]
        what = " or ".join(SINGULAR[kind] for kind in names)
        yield Problem(
            field, f"{key.value!r} is no number, and there is no {what} of that name{did_you_mean(key.value, known)}"
        )


def is_dialable(value: str) -> bool:
    """Whether a key's value is a number or a SIP address, and no name of somebody."""
    return _NUMBER.fullmatch(value) is not None or "@" in value


def _exactly_one(named: Member | Target, field: str) -> Iterator[Problem]:
    choices = ("user", "device", "group", "number") if isinstance(named, Target) else ("user", "device", "group")
    if sum(getattr(named, choice) is not None for choice in choices) != 1:
        yield Problem(field, f"name exactly one of {', '.join(choices)}")


def _check_group(directory: Directory, group: Document) -> Iterator[Problem]:
    assert isinstance(group, Group)
    for index, member in enumerate(group.members):
        yield from _exactly_one(member, f"members[{index}]")
        if member.group is not None and _reaches(directory, group.account, member.group, group.id):
            yield Problem(
                f"members[{index}].group", f"group {member.group!r} holds this group: a group cannot hold itself"
            )


def _reaches(directory: Directory, account: str, start: str, wanted: str) -> bool:
    todo, seen = [start], {start}
    while todo:
        identity = todo.pop()
        if identity == wanted:
            return True
        group = directory.find(Group, account, identity)
        inner = {member.group for member in group.members if member.group} - seen if group else set()
        seen |= inner
        todo += sorted(inner)
    return False


def _check_callflow(directory: Directory, callflow: Document) -> Iterator[Problem]:
    assert isinstance(callflow, Callflow)
    if callflow.start not in callflow.nodes:
        yield Problem("start", f"there is no node {callflow.start!r}{did_you_mean(callflow.start, callflow.nodes)}")
    for index, pattern in enumerate(callflow.patterns):
        try:
            re.compile(pattern)
        except (re.error, OverflowError) as error:
            yield Problem(f"patterns[{index}]", f"not a regular expression: {error}")
    for name, node in callflow.nodes.items():
        allowed = _branches(directory, callflow.account, node)
        for branch, target in node.next.items():
            if allowed is not None and branch != "else" and branch not in allowed:
                yield Problem(
                    f"nodes.{name}.next", f"unknown branch {branch!r}{did_you_mean(branch, [*allowed, 'else'])}"
                )
            if target not in callflow.nodes:
                field = f"nodes.{name}.next.{branch}"
                yield Problem(field, f"there is no node {target!r}{did_you_mean(target, callflow.nodes)}")
        for index, ring_target in enumerate(node.targets if isinstance(node, Ring | Page) else ()):
            yield from _exactly_one(ring_target, f"nodes.{name}.targets[{index}]")


def _branches(directory: Directory, account: str, node: Any) -> tuple[str, ...] | None:
    """The branch names that a node can leave by; None when they cannot be told here."""
    if isinstance(node, Hours):
        schedule = directory.find(Schedule, account, node.schedule)
        return _periods(schedule) if schedule else None
    if isinstance(node, ModeNode):
        mode = directory.find(Mode, account, node.mode)
        return mode.states if mode else None
    branches: tuple[str, ...] | None = node.BRANCHES
    return branches


def _periods(schedule: Schedule) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*schedule.periods, *(exception.period for exception in schedule.exceptions))))


def _check_schedule(directory: Directory, schedule: Document) -> Iterator[Problem]:
    assert isinstance(schedule, Schedule)
    fallbacks = [name for name, windows in schedule.periods.items() if windows == "else"]
    if len(fallbacks) > 1:
        yield Problem("periods", f"only one period can be 'else', not {' and '.join(fallbacks)}")
    yield from calendar_problems(schedule)
    if schedule.forced is not None and schedule.forced.period not in _periods(schedule):
        period, known = schedule.forced.period, _periods(schedule)
        yield Problem("forced.period", f"the schedule has no period {period!r}{did_you_mean(period, known)}")


def _check_mode(directory: Directory, mode: Document) -> Iterator[Problem]:
    assert isinstance(mode, Mode)
    if mode.state is not None and mode.state not in mode.states:
        yield Problem("state", f"there is no state {mode.state!r}{did_you_mean(mode.state, mode.states)}")


_CHECKS: Final[dict[str, tuple[Check, ...]]] = {
    "devices": (_check_device,),
    "groups": (_check_group,),
    "callflows": (_check_callflow,),
    "schedules": (_check_schedule,),
    "modes": (_check_mode,),
}
