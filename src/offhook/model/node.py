"""The nodes of a callflow: a closed set of types, each with its fields and the branches it can leave by.

`BRANCHES` of a type lists the branch names that `next` may use; None means that the document itself names them
(menu keys, period names, states), and then `else` is always allowed too.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from .document import Number, Seconds, Slug, Struct

NodeName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
BranchName = Annotated[str, Meta(min_length=1, max_length=64)]
Pattern = Annotated[str, Meta(min_length=1, max_length=200)]
"""A regular expression."""
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
    """in_order: one after the other; random and rotate: so too, in an order that each call changes."""
    timeout: Seconds = 20
    """Seconds that one round takes at most. Targets in order that have no timeout share it."""
    rounds: Annotated[int, Meta(ge=1, le=20)] = 1
    """How often it is tried; who is to be rung is looked up anew each time."""
    forwards: Literal["follow", "direct_only", "ignore"] = "follow"
    """direct_only: only of a user or device that this ring names alone. ignore: phones ring, whatever is forwarded."""
    busy: Literal["ring", "skip"] = "ring"
    """skip: who is in a call is not rung; the SIP proxy knows that."""
    self_: Literal["ring", "skip"] = msgspec.field(default="skip", name="self")
    """Whether the devices of the caller ring: the one that calls and those of its user."""
    on_reject: Literal["next", "stop"] = "next"
    """stop: whoever declines does so for all."""
    tone: Media | None = None
    """Name of the ring tone, sent in the Alert-Info header (RFC 3261 §20.4)."""
    caller: Annotated[str, Meta(max_length=60)] | None = None
    """What phones show before the caller's name, such as `Sales`."""


class DialOut(Node, frozen=True, kw_only=True, tag="dial_out"):
    """Call a number outside."""

    BRANCHES = ("busy", "no_answer", "denied", "congestion", "failed")
    number: str = "called"
    """`called`, or a number with `{…}` captures of the matched pattern: `{1}` by position, `{name}` by name."""
    routes: tuple[str, ...] = ()
    """Names of outside lines, tried in this order; none = the SIP proxy's own."""
    caller_id: str = "external"
    """`external`, `internal` or `emergency` identity of the calling user, or a number."""
    timeout: Seconds = 60


class Voicemail(Node, frozen=True, kw_only=True, tag="voicemail"):
    """Hand the caller to a mailbox."""

    BRANCHES = ("done", "full", "no_box", "operator")
    box: str
    """A mailbox id, or `owner_of_ring`: a mailbox of the user whom this call rang last."""
    greeting: Literal["normal", "busy", "none"] = "normal"
    captured: bool = False
    """True: the mailbox whose number the pattern captured; `box` when the pattern captured nothing."""


class VoicemailCheck(Node, frozen=True, kw_only=True, tag="voicemail_check"):
    """Let the caller listen to a mailbox."""

    BRANCHES = ("done",)
    box: str = "own"
    """A mailbox id, `own` (of the calling device's user) or `ask`."""
    captured: bool = False
    """True: the mailbox whose number the pattern captured; `box` when the pattern captured nothing."""


class DirectDial(Struct, frozen=True, kw_only=True):
    """What else a caller may dial in a menu."""

    extensions: bool = False
    """True: the internal numbers of callflows; never an outside line."""
    allow: tuple[Pattern, ...] = ()
    """One of these must be found in the digits; none: any digits."""
    deny: tuple[Pattern, ...] = ()
    """None of these may be found in them."""


class Menu(Node, frozen=True, kw_only=True, tag="menu"):
    """Let the caller choose by digits; `next` holds digit strings and no_input, invalid, out_of_tries."""

    BRANCHES = None
    prompt: dict[str, str] = msgspec.field(default_factory=dict)
    """`{media: name}` or `{text: words}`."""
    tries: Annotated[int, Meta(ge=1, le=10)] = 3
    """How often the caller may choose; without a branch no_input or invalid these only use up a try."""
    first_timeout: Seconds = 10
    """Seconds to the first digit."""
    digit_timeout: Seconds = 2
    """Seconds from one digit to the next."""
    max_digits: Annotated[int, Meta(ge=1, le=32)] = 4
    direct_dial: DirectDial | None = None
    """Absent: only the digits of `next` can be dialled."""


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


class Flow(Node, frozen=True, kw_only=True, tag="flow"):
    """Go on in another callflow."""

    BRANCHES = ("done",)
    flow: Slug
    return_: bool = msgspec.field(default=False, name="return")
    """True: when that callflow has run out, this one goes on by `done`."""


class SetCaller(Node, frozen=True, kw_only=True, tag="set_caller"):
    """Change what the called party sees."""

    BRANCHES = ("done",)
    name: str | None = None
    number: str | None = None
    mode: Literal["set", "prefix", "clear"] = "set"
    """clear: as the caller came."""
    hide: bool = False
    """True: the called party sees nobody (RFC 3323)."""


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
    state: str | None = None
    """What a mode is switched to; absent: the next of its states."""


class DirectoryNode(Node, frozen=True, kw_only=True, tag="directory"):
    """Dial by name."""

    BRANCHES = ("found", "operator", "none")
    directory: str = "users"


class Conference(Node, frozen=True, kw_only=True, tag="conference"):
    """Join a conference room."""

    BRANCHES = ("left",)
    room: str
    """Name of the room, with `{…}` captures of the matched pattern."""


class Page(Node, frozen=True, kw_only=True, tag="page"):
    """Call all at once, answered by the phones themselves."""

    BRANCHES = ("nobody",)
    targets: Annotated[tuple[Target, ...], Meta(min_length=1)]
    two_way: bool = False
    """True: the phones' microphones are open too."""
    barge: bool = False
    """True: also phones that are in a call."""


class Park(Node, frozen=True, kw_only=True, tag="park"):
    """Park the call."""

    BRANCHES = ("returned", "full")
    pool: str = "default"
    return_after: Seconds = 120
    """Seconds until a call that nobody takes comes back."""
    return_to: Literal["parker", "node"] = "parker"
    """Who gets it then: the phone that parked it, or this callflow by the branch `returned`."""


class Pickup(Node, frozen=True, kw_only=True, tag="pickup"):
    """Take a call that rings elsewhere."""

    BRANCHES = ("none",)
    user: Slug | None = None
    device: Slug | None = None
    group: Slug | None = None
    captured: bool = False
    """True: whoever has the number that the pattern captured."""
    allowed: tuple[str, ...] = ()
    """Ids of the users and groups that may; none: everybody inside."""


class Notify(Node, frozen=True, kw_only=True, tag="notify"):
    """Tell somebody about the call."""

    BRANCHES = ("done",)
    on: Literal["missed", "end", "now"] = "now"
    """missed: when the call ends and nobody has answered it."""
    email: str | None = None
    webhook: str | None = None
    outside_only: bool = False
    """True: only for calls from outside."""


class Ask(Node, frozen=True, kw_only=True, tag="ask"):
    """Ask a web service for the branch."""

    BRANCHES = None
    url: str
    """HTTPS address that answers with the name of a branch; a failure goes by `failed`."""
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


CALLER_CHOOSES: tuple[type[Node], ...] = (Menu, DirectoryNode, VoicemailCheck)
"""Nodes at which the caller decides where the call goes."""
