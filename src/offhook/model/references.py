"""What one document says about others: the documents that it refers to, and the values that only it may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec

from .account import Account
from .callflow import Callflow
from .decision import CallerIs, Hours, ModeNode
from .device import Device
from .document import Document
from .group import Group
from .mailbox import Mailbox
from .node import Flow, Page, Pickup, Ring, Setting, Voicemail, VoicemailCheck

T = TypeVar("T")

Key = tuple[str, str, str]
"""(account, kind, id) of a document."""

Claim = tuple[str, Any]
"""(what, value) that at most one document may have; `Directory.holders` lists what there is."""


MOST_LINES: Final = 250
"""SIP accounts of the device that has most."""


class Reference(msgspec.Struct, frozen=True):
    """One document named by another."""

    field: str
    """Where it is named, such as `nodes.ring.targets[0].user`."""
    kind: str
    id: str


class Facts(msgspec.Struct, frozen=True):
    """What the directory's indexes need to know of one document."""

    references: frozenset[Key]
    claims: tuple[Claim, ...]
    """Unique values, and marks by which documents of a sort are found."""


class _Sip(msgspec.Struct, frozen=True):
    username: str


class _Line(msgspec.Struct, frozen=True):
    user: str | None = None


class _DeviceFacts(msgspec.Struct, frozen=True):
    """The few fields of a device that are indexed: 100,000 devices are read without opening one secret."""

    account: str = "default"
    mac: str | None = None
    owner: str | None = None
    site: str | None = None
    sip: _Sip | None = None
    lines: tuple[_Line, ...] = ()


class _MailboxFacts(msgspec.Struct, frozen=True):
    number: str
    account: str = "default"
    owner: str | None = None


class _AccountFacts(msgspec.Struct, frozen=True):
    realm: str
    account: str = "default"


_FACTS_IN: Final[dict[str, Any]] = {
    "accounts": _AccountFacts,
    "devices": _DeviceFacts,
    "mailboxes": _MailboxFacts,
    "groups": Group,
    "callflows": Callflow,
}


def facts_of(kind: str, body: bytes) -> Facts:
    """References and unique claims of a document as it lasts; sealed secrets are not looked at."""
    if kind not in _FACTS_IN:
        return NO_FACTS
    document: Any = msgspec.json.decode(body, type=_FACTS_IN[kind])
    references = frozenset((document.account, named.kind, named.id) for named in _said(_REFERENCES, kind, document))
    return Facts(references, (*_said(_CLAIMS, kind, document), *_said(_MARKS, kind, document)))


NO_FACTS: Final = Facts(frozenset(), ())


def references_of(kind: str, document: Document) -> Iterator[Reference]:
    """Every document that this one names, with the field that does it."""
    return _said(_REFERENCES, kind, document)


def claims_of(kind: str, document: Document) -> Iterator[Claim]:
    """Every value of this document that no other may have."""
    return _said(_CLAIMS, kind, document)


def _said(table: Mapping[str, Callable[[Any], Iterator[T]]], kind: str, document: Any) -> Iterator[T]:
    """What the table's function for a kind says of a document; nothing for a kind that is not in it."""
    say = table.get(kind)
    return say(document) if say is not None else iter(())


def _of_device(device: Device) -> Iterator[Reference]:
    if device.owner is not None:
        yield Reference("owner", "users", device.owner)
    if device.site is not None:
        yield Reference("site", "sites", device.site)
    for index, line in enumerate(device.lines):
        if line.user is not None:
            yield Reference(f"lines[{index}].user", "users", line.user)


def _of_mailbox(mailbox: Mailbox) -> Iterator[Reference]:
    if mailbox.owner is not None:
        yield Reference("owner", "users", mailbox.owner)


def _of_target(target: Any, field: str) -> Iterator[Reference]:
    for name, kind in (("user", "users"), ("device", "devices"), ("group", "groups")):
        if (identity := getattr(target, name)) is not None:
            yield Reference(f"{field}.{name}", kind, identity)


def _of_group(group: Group) -> Iterator[Reference]:
    for index, member in enumerate(group.members):
        yield from _of_target(member, f"members[{index}]")


def _of_targets(node: Ring | Page, field: str) -> Iterator[Reference]:
    for index, target in enumerate(node.targets):
        yield from _of_target(target, f"{field}.targets[{index}]")


def _of_box(node: Voicemail | VoicemailCheck, field: str) -> Iterator[Reference]:
    if node.box not in ("owner_of_ring", "own", "ask"):
        yield Reference(f"{field}.box", "mailboxes", node.box)


def _of_setting(node: Setting, field: str) -> Iterator[Reference]:
    kind = {"mode": "modes", "member": "groups"}.get(node.what, "users")
    if node.target != "caller":
        yield Reference(f"{field}.target", kind, node.target)


def _of_cases(node: CallerIs, field: str) -> Iterator[Reference]:
    for index, case in enumerate(node.cases):
        yield from _of_target(case, f"{field}.cases[{index}]")


def _of_callflow(callflow: Callflow) -> Iterator[Reference]:
    for name, node in callflow.nodes.items():
        if (say := _OF_NODE.get(type(node))) is not None:
            yield from say(node, f"nodes.{name}")


_OF_NODE: Final[dict[type, Callable[[Any, str], Iterator[Reference]]]] = {
    Ring: _of_targets,
    Page: _of_targets,
    Pickup: _of_target,
    Voicemail: _of_box,
    VoicemailCheck: _of_box,
    Setting: _of_setting,
    CallerIs: _of_cases,
    Hours: lambda node, field: iter((Reference(f"{field}.schedule", "schedules", node.schedule),)),
    ModeNode: lambda node, field: iter((Reference(f"{field}.mode", "modes", node.mode),)),
    Flow: lambda node, field: iter((Reference(f"{field}.flow", "callflows", node.flow),)),
}

_REFERENCES: Final[dict[str, Callable[[Any], Iterator[Reference]]]] = {
    "devices": _of_device,
    "mailboxes": _of_mailbox,
    "groups": _of_group,
    "callflows": _of_callflow,
}


def _claims_of_account(account: Account) -> Iterator[Claim]:
    yield "realm", account.realm


def _claims_of_device(device: Device) -> Iterator[Claim]:
    if device.mac is not None:
        yield "mac", device.mac
    if device.sip is not None:
        yield "login", (device.account, device.sip.username)


def _claims_of_mailbox(mailbox: Mailbox) -> Iterator[Claim]:
    yield "mailbox_number", (mailbox.account, mailbox.number)


def _claims_of_callflow(callflow: Callflow) -> Iterator[Claim]:
    for number in dict.fromkeys(callflow.numbers):
        yield "number", (callflow.account, number)
        if number.startswith("+"):
            yield "public_number", number


_CLAIMS: Final[dict[str, Callable[[Any], Iterator[Claim]]]] = {
    "accounts": _claims_of_account,
    "devices": _claims_of_device,
    "mailboxes": _claims_of_mailbox,
    "callflows": _claims_of_callflow,
}


def _marks_of_callflow(callflow: Callflow) -> Iterator[Claim]:
    """Feature callflows, which phones' keys dial: listening to one's messages, switching a mode."""
    start = callflow.nodes.get(callflow.start)
    if isinstance(start, VoicemailCheck) and start.box in ("own", "ask"):
        yield "checks_voicemail", callflow.account
    for node in callflow.nodes.values():
        if isinstance(node, Setting) and node.what == "mode" and node.target != "caller":
            yield "switches_mode", (callflow.account, node.target)


def base_login(username: str) -> str | None:
    """The user name of the device whose line k would log in by this name (`<base>-<k>`); None when it has no such form."""
    base, dash, number = username.rpartition("-")
    # Lines are counted without leading zeros: phone-02 is nobody's second line.
    is_line = number.isdigit() and not number.startswith("0") and 2 <= int(number[:4]) <= MOST_LINES
    return base if dash and is_line else None


def _marks_of_device(device: Device) -> Iterator[Claim]:
    if device.sip is not None and (base := base_login(device.sip.username)) is not None:
        yield "login_base", (device.account, base)


_MARKS: Final[dict[str, Callable[[Any], Iterator[Claim]]]] = {
    "callflows": _marks_of_callflow,
    "devices": _marks_of_device,
}
