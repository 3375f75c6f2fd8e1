"""Sessions: who has signed in with name and password, kept in memory and known by a cookie; and who guesses passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

COOKIE: Final = "offhook_session"
IDLE: Final = 8 * 3600.0
"""Seconds without a request after which a session ends."""
LONGEST: Final = 24 * 3600.0
"""Seconds after which it ends at all events."""
MOST: Final = 10_000
"""Sessions, and sources of wrong passwords, that are remembered; beyond it the oldest are forgotten."""
GUESSES: Final = 10
"""Wrong passwords of one name or from one source within `GUESSING`, after which none is tried for a while."""
GUESSING: Final = 300.0
"""Seconds."""


class _Session(msgspec.Struct):
    name: str
    begun: float
    used: float


class Sessions:
    """Sessions by the hash of their cookie, so that a dump of memory gives nobody one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    def begin(self, name: str) -> str:
        """A new session of somebody; gives the cookie's value."""
        value = secrets.token_urlsafe(32)
        now = self._clock()
        self._sessions[_hash(value)] = _Session(name, now, now)
        while len(self._sessions) > MOST:
            self._sessions.popitem(last=False)
        return value

    def name_of(self, value: str) -> str | None:
        """Whose session a cookie is; None when it is none or has ended."""
        key, now = _hash(value), self._clock()
        session = self._sessions.get(key)
        if session is None:
            return None
        if now - session.used > IDLE or now - session.begun > LONGEST:
            del self._sessions[key]
            return None
        session.used = now
        return session.name

    def end(self, value: str) -> None:
        """End a session."""
        self._sessions.pop(_hash(value), None)

    def end_all_of(self, name: str) -> None:
        """End every session of somebody, whose password or role has changed."""
        for key in [key for key, session in self._sessions.items() if session.name == name]:
            del self._sessions[key]

    def wait(self, *sources: str) -> float:
        """Seconds that must pass before one more password is tried for these names and addresses; 0: none."""
        now, longest = self._clock(), 0.0
        for source in sources:
            recent = [time for time in self._wrong.get(source, ()) if now - time < GUESSING]
            if len(recent) >= GUESSES:
                longest = max(longest, recent[-GUESSES] + GUESSING - now)
        return longest

    def wrong(self, *sources: str) -> None:
        """A password was wrong."""
        for source in sources:
            times = self._wrong.pop(source, [])
            self._wrong[source] = [*times[1 - GUESSES :], self._clock()]
            while len(self._wrong) > MOST:
                self._wrong.popitem(last=False)


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()
