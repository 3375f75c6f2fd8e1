"""Enrolment: how one device comes to its token. A pure machine: the time, the address and new tokens are arguments.

The theory. An enrolment is in one of three stages.

- `open`: a window is open for some hours. The first address that asks from a known network *claims* the device: it is given
  the device's config, and in it the steady token as part of the phone's own provisioning URL. Another address that asks in
  the same window cannot be the same phone: one of the two lies, nobody can tell which, so the device is locked. The first
  token, which an admin may hand out in a URL, claims in the same way.
- `enrolled`: the steady token was used, which proves that the phone took its config. From now on only it counts: the first
  token is dead and the window closed. A rotation makes a newer token; both are good until the newer one is used. A phone
  that shows its manufacturer's certificate is enrolled by that, and its certificate is kept in mind.
- `locked`: nothing is given out, and every token is dead for ever. Only an admin opens a new window.

This machine's own address (an admin who tries a phone, or a proxy for everybody) never locks, and what it claimed is given
up to the first other address: with a new token, as that one may be known.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from .networks import is_own, source_of
from .tokens import Issued

Stage = Literal["open", "enrolled", "locked"]

ROTATION_SECONDS: Final = 30 * 86_400.0
"""How long the token before a rotation stays good for a phone that does not come."""


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where one device stands."""

    account: str
    device: str
    mac: str | None
    """12 lower-case hexadecimal digits; None: the device has none yet."""
    stage: Stage = "open"
    opened: float
    """When its window was opened, in seconds since the epoch."""
    first: Issued | None = None
    """What claims the device from everywhere, as long as its window is open; None: nobody was given such a token."""
    steady: tuple[Issued, ...] = ()
    """Oldest first; the phone is always told the last one."""
    address: str | None = None
    """The source that claimed it, and from `enrolled` on the one that it last came from."""
    reason: str = ""
    """Why it is locked, in words."""
    leaf: bytes | None = None
    """SHA-256 of the manufacturer's certificate that it showed first; None: it has shown none in this window."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells one device from another."""
        return self.account, self.device

    def is_window_open(self, hours: int, now: float) -> bool:
        """Whether its window is open; one that was opened in the future (a clock that went back) is."""
        return self.stage == "open" and now < self.opened + hours * 3600

    def live(self, now: float) -> tuple[Issued, ...]:
        """The steady tokens that are good."""
        return tuple(one for one in self.steady if one.until is None or now < one.until)


def opened(account: str, device: str, mac: str | None, now: float, first: Issued | None = None) -> Enrolment:
    """A new window: whatever was before is dead."""
    return Enrolment(account=account, device=device, mac=mac, opened=now, first=first)


def may_claim(enrolment: Enrolment, peer: str) -> bool:
    """Whether an address would be the first one, or is the one that claimed; says nothing about the window."""
    return enrolment.address is None or enrolment.address == source_of(peer) or is_own(enrolment.address)


def claimed(enrolment: Enrolment, peer: str, steady: Issued) -> Enrolment:
    """An address is given the device's config; itself when it was before. Only for one that `may_claim`."""
    source = source_of(peer)
    if enrolment.address == source and enrolment.steady:
        return enrolment
    return msgspec.structs.replace(enrolment, address=source, steady=(steady,))


def used(enrolment: Enrolment, token: Issued, peer: str) -> Enrolment:
    """A good steady token came back; itself when that says nothing new."""
    newest = enrolment.steady[-1] == token
    steady = (token,) if newest else enrolment.steady
    return _if_changed(
        enrolment,
        msgspec.structs.replace(enrolment, stage="enrolled", first=None, steady=steady, address=source_of(peer)),
    )


def certified(enrolment: Enrolment, leaf: bytes, peer: str, steady: Issued | None) -> Enrolment:
    """The phone has shown its manufacturer's certificate, which needs no window; itself when that says nothing new.

    `steady` takes the place of the tokens that it has, which somebody else may know; None: they stay.
    """
    tokens = enrolment.steady if steady is None else (steady,)
    return _if_changed(
        enrolment,
        msgspec.structs.replace(
            enrolment, stage="enrolled", first=None, steady=tokens, address=source_of(peer), leaf=leaf
        ),
    )


def rotated(enrolment: Enrolment, now: float, newer: Issued) -> Enrolment:
    """A newer token; the one that the phone has stays good until the newer one is used, at most `ROTATION_SECONDS`."""
    last = msgspec.structs.replace(enrolment.steady[-1], until=now + ROTATION_SECONDS)
    return msgspec.structs.replace(enrolment, steady=(last, newer))


def locked(enrolment: Enrolment, reason: str) -> Enrolment:
    """Nothing is given out any more, and no token of before ever counts again."""
    return msgspec.structs.replace(enrolment, stage="locked", first=None, steady=(), reason=reason)


def _if_changed(before: Enrolment, after: Enrolment) -> Enrolment:
    return before if before == after else after
