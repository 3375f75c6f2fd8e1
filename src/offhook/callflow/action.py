"""What the engine asks for: a closed set of actions, and the step that carries one with its cursor and its trace."""

from __future__ import annotations

from typing import Literal

import msgspec


class Leg(msgspec.Struct, frozen=True):
    """One phone line or number that rings."""

    address: str
    """`sip:<login>@<realm>` of a device's line (RFC 3261 §10: address of record), or the number to dial."""
    device: str | None = None
    """Id of the device; None: a number."""
    user: str | None = None
    """Id of the user for whom it rings, for a number on whose behalf it is dialled."""
    delay: int = 0
    """Seconds after the stage began."""
    timeout: int = 0
    """Seconds that it rings."""
    confirm: bool = False
    """Whoever answers must press a key, so that no mailbox takes the call."""
    outside: bool = False
    """True for a number that no callflow of the account has."""
    forwarded: bool = False
    """True when it rings because a user or device forwards its calls."""


class Stage(msgspec.Struct, frozen=True):
    """Legs that ring together."""

    legs: tuple[Leg, ...]
    """Earliest first; each address once."""
    timeout: int
    """Seconds until the next stage."""


class Ring(msgspec.Struct, frozen=True, tag="ring"):
    """Ring phones, stage after stage, until somebody answers. A stage all of whose legs failed ends at once."""

    stages: tuple[Stage, ...]
    order: Literal["together", "in_order"] = "together"
    decline_all: bool = False
    """True: the first who declines ends the whole ring, and the outcome is `rejected`."""
    skip_busy: bool = False
    """True: who is in a call is not rung."""
    tone: str | None = None
    """Value of the Alert-Info header."""
    caller_prefix: str | None = None
    """What stands before the caller's name on the phones."""


class Dial(msgspec.Struct, frozen=True, tag="dial"):
    """Call a number outside."""

    number: str
    """E.164 with `+`, or as it was dialled when it has no such form."""
    timeout: int
    """Seconds."""
    routes: tuple[str, ...] = ()
    """Outside lines in order; none = the proxy's own."""
    caller_name: str | None = None
    caller_number: str | None = None
    """Who calls, for the outside; None: the proxy's own number."""
    emergency: bool = False
    """True: to the emergency call centre, before everything else."""


class Service(msgspec.Struct, frozen=True, tag="service"):
    """Something that the proxy or a media server does: its name is that of the node type."""

    name: str
    parameters: dict[str, str | int | bool | list[str]]
    answer: Literal["no", "early", "yes"] = "no"
    """Whether the call is answered for it; early: audio before the answer (183)."""
    outcomes: tuple[str, ...] = ("done",)
    """What can come of it, besides `gone`."""


class Page(msgspec.Struct, frozen=True, tag="page"):
    """Call phones that answer by themselves, all at once."""

    legs: tuple[Leg, ...]
    two_way: bool
    barge: bool


class Change(msgspec.Struct, frozen=True, tag="change"):
    """Change a setting; ours to do, no proxy sees it. The outcome is `done` or `refused`."""

    what: str
    op: str
    kind: str
    """Plural kind of the document that changes: users, devices, groups, modes."""
    id: str
    value: str | None = None
    """What it is set to: the number of a forward, the state of a mode; None: what `op` says."""
    by: str | None = None
    """Id of the user who asks."""


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Ask a web service; ours to do, no proxy sees it. The outcome is `label:<branch>` or `failed`."""

    url: str
    timeout: int
    """Seconds."""
    facts: dict[str, str]
    """What the service is told."""


class Reject(msgspec.Struct, frozen=True, tag="reject"):
    """Refuse the call before it was answered."""

    code: int
    """SIP status, 400 to 699."""
    reason: str


class Hangup(msgspec.Struct, frozen=True, tag="hangup"):
    """End an answered call."""


class Over(msgspec.Struct, frozen=True, tag="over"):
    """There is nothing more to decide."""

    why: Literal["connected", "gone", "left"]
    """connected: they talk; gone: the caller hung up; left: another server has the call."""


Action = Ring | Dial | Service | Page | Change | Ask | Reject | Hangup | Over
LAST = (Reject, Hangup, Over)
"""Actions after which nothing is asked."""


class Notify(msgspec.Struct, frozen=True):
    """Somebody who is to be told of this call."""

    on: Literal["missed", "end", "now"]
    email: str | None
    webhook: str | None


class Properties(msgspec.Struct, frozen=True):
    """How the call looks and sounds from here on."""

    caller_name: str = ""
    caller_number: str = ""
    hide: bool = False
    tone: str | None = None
    language: str | None = None
    priority: int | None = None
    record: str | None = None
    headers: dict[str, str] = {}
    vars: dict[str, str] = {}


class Step(msgspec.Struct, frozen=True):
    """One decision."""

    action: Action
    cursor: str | None
    """What `resume` wants back, with the outcome; None: the call has been decided."""
    outcomes: tuple[str, ...]
    """What can come of the action, besides `gone`; `digits` and `label` stand for any value of theirs."""
    properties: Properties
    notify: tuple[Notify, ...]
    """Who is to be told, as the nodes on the way to this step say."""
    trace: tuple[str, ...]
    """How this decision was made, in words."""
    account: str | None
    callflow: str | None
    """Id of the callflow that the action is of; None: none was reached."""
    node: str | None
    clocks: tuple[str, ...]
    """`schedules/<id>` and `modes/<id>` that were looked at since the step before."""
