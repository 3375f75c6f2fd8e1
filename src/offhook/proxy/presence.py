"""Presence: which lines are registered from where, and who talks, as the proxies tell us; in bounded memory.

Best effort and for people to look at: no call is routed by it, and it is gone with a restart until phones register again.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

MOST_LINES: Final = 200_000
MOST_CONTACTS: Final = 8
"""Contacts of one line."""
MOST_CALLS: Final = 50_000
LONGEST_CALL: Final = 6 * 3600
"""Seconds after which a call whose end nobody told of is taken as over."""
TOGETHER: Final = 30
"""Seconds in which registrations run out that are counted together: a line may be counted so much too long."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One registration (RFC 3261 §10)."""

    aor: str
    contact: str
    """The URI that the phone gave."""
    source: str
    """Address and port that it came from."""
    user_agent: str
    proxy: str
    """Name of the proxy that told of it."""
    since: float
    """Seconds since 1970."""
    until: float
    """When it runs out, unless the phone registers again."""


class Presence:
    """Who is online."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, dict[str, Contact]] = OrderedDict()
        """AOR → contact URI → registration."""
        self._calls: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()
        """Call → when it began, and the AORs that take part."""
        self._running_out: Counter[int] = Counter()
        """Moment, in units of `TOGETHER` → lines whose last registration runs out by then. Looking at each line for every
        count would hold up calls."""

    def count(self, now: float) -> int:
        """Lines that are registered, to within `TOGETHER` seconds."""
        for moment in [moment for moment in self._running_out if moment * TOGETHER <= now]:
            del self._running_out[moment]
        return self._running_out.total()

    def registered(self, contact: Contact) -> None:
        """A line has registered, or has done so again."""
        contacts = self._lines.setdefault(contact.aor, {})
        self._counted(contacts, -1)
        before = contacts.pop(contact.contact, None)
        if before is not None and before.until >= contact.since:
            contact = msgspec.structs.replace(contact, since=before.since)
        contacts[contact.contact] = contact
        if len(contacts) > MOST_CONTACTS:
            contacts.pop(next(iter(contacts)))
        self._counted(contacts, 1)
        self._lines.move_to_end(contact.aor)
        if len(self._lines) > MOST_LINES:
            self._counted(self._lines.popitem(last=False)[1], -1)

    def unregistered(self, aor: str, contact: str | None) -> None:
        """A line has gone from one contact, or from all (None)."""
        contacts = self._lines.get(aor, {})
        self._counted(contacts, -1)
        for gone in [contact] if contact is not None else list(contacts):
            contacts.pop(gone, None)
        self._counted(contacts, 1)
        if not contacts:
            self._lines.pop(aor, None)

    def _counted(self, contacts: Mapping[str, Contact], by: int) -> None:
        """Count a line with these contacts in (1) or out (-1); one whose moment is over is counted no more."""
        if not contacts:
            return
        moment = math.ceil(max(contact.until for contact in contacts.values()) / TOGETHER)
        self._running_out[moment] += by
        if self._running_out[moment] <= 0:
            del self._running_out[moment]

    def talks(self, call: str, aor: str, now: float) -> None:
        """A line takes part in a call."""
        begun, parties = self._calls.get(call, (now, frozenset()))
        self._calls[call] = (begun, parties | {aor})
        if len(self._calls) > MOST_CALLS:
            self._calls.popitem(last=False)

    def ended(self, call: str) -> None:
        """A call is over."""
        self._calls.pop(call, None)

    def of_line(self, aor: str, now: float) -> list[Contact]:
        """From where a line is registered, the latest last; none: it is not."""
        return [contact for contact in self._lines.get(aor, {}).values() if contact.until > now]

    def calls_of(self, aor: str, now: float) -> int:
        """In how many calls a line is."""
        return sum(aor in parties and now - begun < LONGEST_CALL for begun, parties in self._calls.values())

    def told(self, aor: str, now: float) -> dict[str, Any]:
        """What is known of a line, for people to look at."""
        contacts = [msgspec.to_builtins(contact) for contact in self.of_line(aor, now)]
        return {"contacts": contacts, "calls": self.calls_of(aor, now)}
