"""Where a call stands between two decisions: all that the engine knows of it, and all that a cursor carries.

A position is worked on while one decision is made and belongs to that decision alone: it was made by `route` or read
from a cursor, and nobody else holds it. Its lists and mappings are replaced, never changed, so a copy is cheap.
"""

from __future__ import annotations

import msgspec

from .call import Call


class Return(msgspec.Struct, frozen=True, array_like=True):
    """A callflow that waits for another one to run out."""

    callflow: str
    mark: int
    """`Entry.mark` of the callflow as it was."""
    node: str
    """The `flow` node that goes on by `done`."""


class Position(msgspec.Struct, array_like=True):
    """A call between two decisions."""

    account: str
    callflow: str
    mark: int
    """`Entry.mark` of the callflow as it was when the call came into it."""
    node: str
    call: Call
    number: str
    """The called number as it was matched; in another callflow the number by which that was reached."""
    captures: dict[str, str]
    """Of the matched pattern: by position (`1`) and by name."""
    seed: int
    """Chance of this call."""
    turn: int
    """Where rotation begins for this call."""
    expires: float = 0.0
    """Seconds since 1970 after which the cursor is not taken back."""
    stack: tuple[Return, ...] = ()
    jumps: int = 0
    """How often the call has gone into another callflow."""
    visits: int = 0
    """How many nodes it has entered."""
    answered: bool = False
    """True once audio flows to the caller: the call can then be hung up, but not refused any more."""
    trial: int = 0
    """Of the node at hand: which round of a ring, or try of a menu, counted from 0."""
    closing: bool = False
    """True when the action at hand is the last thing before the call ends, such as a goodbye."""
    redirects: int = 0
    """How often phones have sent the call elsewhere."""
    rung: str | None = None
    """Id of the user whom the call rang last; None when several or nobody's devices rang."""
    caller_name: str | None = None
    """What the called party sees; None: as the caller came."""
    caller_number: str | None = None
    hide: bool = False
    tone: str | None = None
    language: str | None = None
    priority: int | None = None
    record: str | None = None
    headers: dict[str, str] = {}
    vars: dict[str, str] = {}
