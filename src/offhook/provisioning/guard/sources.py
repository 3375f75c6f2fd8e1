"""Sources: who asks for phones that are not theirs, and who is banned for it. A pure machine: the time is an argument.

The theory. Requests are no measure: one site may bring 500 phones behind one address, each with twenty requests, some for
files that are never there. What an honest site does not do is name many MACs that get nothing. So a source's *guesses* are
counted: distinct MACs (or tokens) that were refused within ten minutes. A phone that was served from there before is no
guess, whatever becomes of its requests.

A source that brings many phones of ours may have some strangers among them: it is allowed a guess for every four phones.
Guesses that lie close together in one maker's range are what somebody does who has read one phone's label: fewer of them
are enough. A ban is for an hour, then for twice as long each time, up to a day. It never concerns who has a good token.

A ban shows: so whatever is refused counts alike, or asking until the ban comes would tell which MACs are registered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

MOST_GUESSES: Final = 5
"""Distinct guesses that a source without phones of ours may make within `MEMORY`; the next one bans it."""
MOST_NEIGHBOURS: Final = 2
"""The same for MACs that are close to each other."""
NEIGHBOURHOOD: Final = 4096
"""How far apart two MACs are at most to be close: the last three hexadecimal digits."""
PHONES_A_GUESS: Final = 4
MEMORY: Final = 600.0
"""Seconds that a guess counts."""
FIRST_BAN: Final = 3600.0
LONGEST_BAN: Final = 86_400.0
"""Seconds."""
FORGIVEN: Final = 7 * 86_400.0
"""Seconds after a ban's end from which on the next one is a first one."""
SOURCES: Final = 100_000
"""Sources that are remembered; the one that was silent longest is forgotten first."""
PHONES: Final = 4096
"""Phones of one source that are remembered."""


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """A source that gets nothing without a token for a while."""

    source: str
    """An IPv4 address or an IPv6 /64."""
    began: float
    until: float
    """Seconds since the epoch."""
    times: int
    """1 = its first."""
    guesses: int
    reason: str
    """In words."""

    @property
    def minutes(self) -> int:
        """How long it lasts from its beginning."""
        return round((self.until - self.began) / 60)


class _Source:
    __slots__ = ("guesses", "phones")

    def __init__(self) -> None:
        self.guesses: dict[str, float] = {}
        self.phones: dict[str, None] = {}


class Sources:
    """Everybody who asked lately."""

    def __init__(self, limit: int = SOURCES) -> None:
        self._limit = limit
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        self._bans: dict[str, Ban] = {}

    def load(self, bans: Iterable[Ban]) -> None:
        """Bans from before."""
        self._bans.update((ban.source, ban) for ban in bans)

    def served(self, source: str, mac: str) -> None:
        """A phone of ours was given its own from there."""
        phones = self._of(source).phones
        phones.pop(mac, None)
        phones[mac] = None
        if len(phones) > PHONES:
            del phones[next(iter(phones))]

    def guess(self, source: str, what: str, now: float) -> Ban | None:
        """Something was refused: a MAC, or another thing that one can guess. The ban that this brings, if it does."""
        one = self._of(source)
        if what in one.phones or self.ban(source, now) is not None:
            return None
        while one.guesses and one.guesses[oldest := next(iter(one.guesses))] <= now - MEMORY:
            del one.guesses[oldest]
        one.guesses.pop(what, None)
        one.guesses[what] = now
        allowance = len(one.phones) // PHONES_A_GUESS
        near = _neighbours(what, one.guesses)
        if near > max(MOST_NEIGHBOURS, allowance):
            return self._banned(source, now, one, f"{near} MACs close to each other that got nothing")
        if len(one.guesses) > max(MOST_GUESSES, allowance):
            return self._banned(source, now, one, f"{len(one.guesses)} different MACs or tokens that got nothing")
        return None

    def ban(self, source: str, now: float) -> Ban | None:
        """The ban that a source is under."""
        ban = self._bans.get(source) if self._bans else None
        return ban if ban is not None and now < ban.until else None

    def bans(self, now: float) -> list[Ban]:
        """All bans that are in force, by source."""
        return [ban for _, ban in sorted(self._bans.items()) if now < ban.until]

    def clear(self, source: str | None) -> list[Ban]:
        """Lift the ban of a source (None: of all) and forget its guesses: what was lifted."""
        lifted = [ban for ban in self._bans.values() if source in (None, ban.source)]
        for ban in lifted:
            del self._bans[ban.source]
            if (one := self._sources.get(ban.source)) is not None:
                one.guesses.clear()
        return lifted

    def forget(self, now: float) -> list[Ban]:
        """Bans that ended so long ago that they count no more; they are forgotten."""
        over = [ban for ban in self._bans.values() if ban.until + FORGIVEN < now]
        for ban in over:
            del self._bans[ban.source]
        return over

    def __len__(self) -> int:
        """How many sources are remembered."""
        return len(self._sources)

    def _of(self, source: str) -> _Source:
        one = self._sources.get(source)
        if one is None:
            one = self._sources[source] = _Source()
            if len(self._sources) > self._limit:
                self._sources.popitem(last=False)
        else:
            self._sources.move_to_end(source)
        return one

    def _banned(self, source: str, now: float, one: _Source, reason: str) -> Ban:
        before = self._bans.get(source)
        times = before.times + 1 if before is not None and now < before.until + FORGIVEN else 1
        length = min(FIRST_BAN * 2 ** min(times - 1, 10), LONGEST_BAN)
        ban = Ban(
            source=source, began=now, until=now + length, times=times, guesses=len(one.guesses), reason=reason
        )  # fmt: skip
        self._bans[source] = ban
        one.guesses.clear()
        return ban


def _neighbours(what: str, guesses: Iterable[str]) -> int:
    """How many guesses are close to a MAC, itself included; 0 when it is no MAC."""
    number = _mac_number(what)
    if number is None:
        return 0
    others = (_mac_number(one) for one in guesses)
    return sum(one is not None and abs(one - number) < NEIGHBOURHOOD and one >> 24 == number >> 24 for one in others)


def _mac_number(what: str) -> int | None:
    return int(what, 16) if len(what) == 12 and ":" not in what else None
