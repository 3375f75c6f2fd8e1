"""The nodes of a callflow: a closed set of types, each with its fields and the branches it can leave by.

`BRANCHES` of a type lists the branch names that `next` may use; None means that the document itself names them
(menu keys, period names, states), and then `else` is always allowed too.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from .document import Number, Seconds, Slug, Struct

NodeName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
Media = Annotated[str, Meta(max_length=200)]


class Node(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every node."""

    BRANCHES: ClassVar[tuple[str, ...] | None] = ()

    next: dict[str, NodeName] = msgspec.field(default_factory=dict)
    """Branch → node. A branch that is left out goes to `else`, or to what the node's type states."""


class Target(Struct, frozen=True, kw_only=True):
    """Whom to ring: exactly one of user, device, group and number is set."""

    user: Slug | None = None
    device: Slug | None = None
    group: Slug | None = None
    number: Number | None = None
    delay: Seconds = 0
    """Seconds after the ring began until this target rings."""
    timeout: Seconds | None = None
    """Seconds that this target rings."""
    confirm: bool = False
    """Ask whoever answers to press a key."""


class Ring(Node, frozen=True, kw_only=True, tag="ring"):
    """Ring phones."""

    BRANCHES = ("busy", "no_answer", "rejected", "unreachable", "failed")
    targets: Annotated[tuple[Target, ...], Meta(min_length=1)]
    order: Literal["together", "in_order", "random", "rotate"] = "together"
    timeout: Seconds = 20
    rounds: Annotated[int, Meta(ge=1, le=20)] = 1
    forwards: Literal["follow", "direct_only", "ignore"] = "follow"
    busy: Literal["ring", "skip"] = "ring"
    self_: Literal["ring", "skip"] = msgspec.field(default="skip", name="self")
    """Whether a caller's own device rings."""
    on_reject: Literal["next", "stop"] = "next"
    tone: Media | None = None
    caller: str | None = None


class DialOut(Node, frozen=True, kw_only=True, tag="dial_out"):
    """Call a number outside."""

    BRANCHES = ("busy", "no_answer", "denied", "congestion", "failed")
    number: str = "called"
    """`called`, or a number with `{…}` captures of the matched pattern."""
    routes: tuple[str, ...] = ()
    caller_id: str = "external"
    timeout: Seconds = 60


class Voicemail(Node, frozen=True, kw_only=True, tag="voicemail"):
    """Hand the caller to a mailbox."""

    BRANCHES = ("done", "full", "no_box", "operator")
    box: str
    """A mailbox id, or `owner_of_ring`."""
    greeting: Literal["normal", "busy", "none"] = "normal"


class VoicemailCheck(Node, frozen=True, kw_only=True, tag="voicemail_check"):
    """Let the caller listen to a mailbox."""

    BRANCHES = ("done",)
    box: str = "own"
    """A mailbox id, `own` or `ask`."""


class Menu(Node, frozen=True, kw_only=True, tag="menu"):
    """Let the caller choose by digits; `next` holds digit strings and no_input, invalid, out_of_tries."""

    BRANCHES = None
    prompt: dict[str, str] = msgspec.field(default_factory=dict)
    """`{media: name}` or `{text: words}`."""
    tries: Annotated[int, Meta(ge=1, le=10)] = 3
    first_timeout: Seconds = 10
    digit_timeout: Seconds = 2
    max_digits: Annotated[int, Meta(ge=1, le=32)] = 4
    direct_dial: dict[str, Any] | None = None
    """`{extensions: true, allow: [pattern], deny: [pattern]}`; absent: no."""


class Announce(Node, frozen=True, kw_only=True, tag="announce"):
    """Play a recording or speak a text."""

    BRANCHES = ("done",)
    media: Media | None = None
    text: str | None = None
    answer: Literal["yes", "early"] = "yes"
    stop_keys: str = ""
    repeat: Annotated[int, Meta(ge=1, le=100)] = 1


class Wait(Node, frozen=True, kw_only=True, tag="wait"):
    """Wait."""

    BRANCHES = ("done",)
    seconds: Seconds
    answer: bool = False


class Hours(Node, frozen=True, kw_only=True, tag="hours"):
    """Branch by a schedule's period."""

    BRANCHES = None
    schedule: Slug


class ModeNode(Node, frozen=True, kw_only=True, tag="mode"):
    """Branch by a mode's state."""

    BRANCHES = None
    mode: Slug


class CallerIs(Node, frozen=True, kw_only=True, tag="caller_is"):
    """Branch by who calls."""

    BRANCHES = None
    cases: tuple[dict[str, Any], ...] = ()
    """In order; each has a `name` (the branch) and one of device, user, group, numbers, patterns, anonymous, inside."""


class NumberIs(Node, frozen=True, kw_only=True, tag="number_is"):
    """Branch by what was dialled."""

    BRANCHES = None
    capture: str = "called"
    cases: tuple[dict[str, Any], ...] = ()


class VariableIs(Node, frozen=True, kw_only=True, tag="variable_is"):
    """Branch by a variable of the call, caller's device, user or account."""

    BRANCHES = None
    variable: str
    cases: tuple[dict[str, Any], ...] = ()


class Flow(Node, frozen=True, kw_only=True, tag="flow"):
    """Go on in another callflow."""

    BRANCHES = ("done",)
    flow: Slug
    return_: bool = msgspec.field(default=False, name="return")


class SetCaller(Node, frozen=True, kw_only=True, tag="set_caller"):
    """Change what the called party sees."""

    BRANCHES = ("done",)
    name: str | None = None
    number: str | None = None
    mode: Literal["set", "prefix", "clear"] = "set"
    hide: bool = False


class Set(Node, frozen=True, kw_only=True, tag="set"):
    """Set properties of the call."""

    BRANCHES = ("done",)
    ring_tone: str | None = None
    language: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    priority: int | None = None
    record: Literal["on", "off"] | None = None
    vars: dict[str, str] = msgspec.field(default_factory=dict)


class Setting(Node, frozen=True, kw_only=True, tag="setting"):
    """Change a setting by dialling."""

    BRANCHES = ("done", "refused")
    what: Literal["dnd", "forward", "call_waiting", "hotdesk", "member", "mode"]
    op: Literal["on", "off", "toggle", "ask"] = "toggle"
    target: str = "caller"
    """`caller`, or the id of a user, group or mode."""


class DirectoryNode(Node, frozen=True, kw_only=True, tag="directory"):
    """Dial by name."""

    BRANCHES = ("found", "operator", "none")
    directory: str = "users"


class Conference(Node, frozen=True, kw_only=True, tag="conference"):
    """Join a conference room."""

    BRANCHES = ("left",)
    room: str


class Page(Node, frozen=True, kw_only=True, tag="page"):
    """Call all at once, answered by the phones themselves."""

    BRANCHES = ("nobody",)
    targets: Annotated[tuple[Target, ...], Meta(min_length=1)]
    two_way: bool = False
    barge: bool = False


class Park(Node, frozen=True, kw_only=True, tag="park"):
    """Park the call."""

    BRANCHES = ("returned", "full")
    pool: str = "default"
    return_after: Seconds = 120
    return_to: str = "parker"


class Pickup(Node, frozen=True, kw_only=True, tag="pickup"):
    """Take a call that rings elsewhere."""

    BRANCHES = ("none",)
    user: Slug | None = None
    device: Slug | None = None
    group: Slug | None = None
    captured: bool = False
    allowed: tuple[str, ...] = ()


class Notify(Node, frozen=True, kw_only=True, tag="notify"):
    """Tell somebody about the call."""

    BRANCHES = ("done",)
    on: Literal["missed", "end", "now"] = "now"
    email: str | None = None
    webhook: str | None = None


class Ask(Node, frozen=True, kw_only=True, tag="ask"):
    """Ask a web service for the branch."""

    BRANCHES = None
    url: str
    timeout: Seconds = 2


class Handoff(Node, frozen=True, kw_only=True, tag="handoff"):
    """Give the call to another server."""

    BRANCHES = ("done", "failed")
    to: str
    """A SIP URI or a named service."""


class End(Node, frozen=True, kw_only=True, tag="end"):
    """End the call."""

    BRANCHES = ()
    code: Annotated[int, Meta(ge=400, le=699)] | None = None
    hangup: bool = False
    text: str | None = None
    media: Media | None = None


AnyNode = (
    Ring | DialOut | Voicemail | VoicemailCheck | Menu | Announce | Wait | Hours | ModeNode | CallerIs | NumberIs
    | VariableIs | Flow | SetCaller | Set | Setting | DirectoryNode | Conference | Page | Park | Pickup | Notify | Ask
    | Handoff | End
)  # fmt: skip

CALLER_CHOOSES: tuple[type[Node], ...] = (Menu, DirectoryNode, VoicemailCheck)
"""Nodes at which the caller decides where the call goes."""
