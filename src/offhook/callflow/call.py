"""A call as the engine is told of it, and what came of the step that it was given."""

from __future__ import annotations

import msgspec


class Call(msgspec.Struct, frozen=True, array_like=True):
    """One call set-up, in the words of the SIP request that asks for it."""

    called: str
    """What was dialled: the user part of the Request-URI."""
    realm: str = ""
    """The SIP domain that was dialled in."""
    login: str | None = None
    """User name of the line that calls, once the proxy has authenticated it; None: the call came over a trunk."""
    number: str = ""
    """The caller's number as the far side gives it (From or P-Asserted-Identity); only looked at for trunk calls."""
    name: str = ""
    """The caller's name as the far side gives it."""
    anonymous: bool = False
    """True when the caller hides itself (RFC 3323)."""
    diversions: tuple[str, ...] = ()
    """The numbers that the call was forwarded from on its way to us, the latest first (Diversion, RFC 5806)."""
    id: str = ""
    """Call-ID, for logs."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a step: a branch of its node, or one of the words below.

    `answered`: somebody talks to the caller; `gone`: the caller hung up; `digits` (value: the digits): what the caller
    dialled in a menu; `redirected` (value: number): a phone sends the call elsewhere; `found` (value: user id): chosen
    in the directory; `label` (value: branch): the web service's word.
    """

    cause: str
    value: str = ""
    status: int | None = None
    """SIP code of the far side, where it gave one."""

    @classmethod
    def of(cls, text: str, status: int | None = None) -> Outcome:
        """An outcome from its writing: `busy`, `digits:12`."""
        cause, _, value = text.partition(":")
        return cls(cause, value, status)

    def __str__(self) -> str:
        return f"{self.cause}:{self.value}" if self.value else self.cause
