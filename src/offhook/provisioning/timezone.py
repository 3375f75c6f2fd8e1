"""Time zones as phones know them: an offset, and rules for summer time, from the zone's own POSIX TZ string.

Every TZif file ends with such a string (RFC 9636 §3.3), which holds for all years to come; phones take it as it is, or as
month, week, weekday and hour. Nothing here is a table of ours that could be out of date.

A change of the clock at 26:00 on the fourth Thursday is one at 2:00 on the Friday after it, and that Friday is the fourth
of its month in six years of seven: no month, week and weekday says it. Phones that know only those get the week that is
right most often, and the rule says that it is not `exact`.
"""

from __future__ import annotations

import re
import struct
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

import msgspec

from offhook.model.problem import did_you_mean

_NAME = r"(?:<[^>]+>|[A-Za-z]{3,})"
_OFFSET = r"[+-]?\d{1,2}(?::[0-5]\d)?"
_RULE = r"(?:M(?:1[0-2]|[1-9])\.[1-5]\.[0-6]|J?\d{1,3})(?:/[+-]?\d{1,3}(?::[0-5]\d){0,2})?"
_POSIX: Final = re.compile(
    rf"(?P<std>{_NAME})(?P<offset>{_OFFSET})"
    rf"(?:(?P<dst>{_NAME})(?P<dst_offset>{_OFFSET})?,(?P<start>{_RULE}),(?P<end>{_RULE}))?"
)
_HEADER: Final = struct.Struct(">4s c 15x 6l")
"""Magic, version and the counts isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt (RFC 9636 §3.1)."""
_DAY: Final = 86_400
_CYCLE: Final = range(2000, 2400)
"""The years after which the Gregorian calendar repeats itself, weekdays and all."""
_LAST_LISTED: Final = 2**31 - 1
"""2038-01-19, seconds since 1970: no file lists the changes that its rule makes after it."""


class UnknownZone(LookupError):
    """A time zone that this machine's database does not have, or has without a rule for the years to come."""


class ChangeRule(msgspec.Struct, frozen=True, kw_only=True):
    """When summer time begins or ends each year, as phones write it."""

    month: int
    """1-12."""
    week: int
    """1 = first such weekday of the month, 5 = last."""
    weekday: int
    """0 = Sunday."""
    seconds: int
    """Local time of day that the clock showed before the change, 0 to 86,399."""
    exact: bool
    """False when month, week, weekday and whole hour miss the true moment in some years (the POSIX string never does)."""


class ZoneRule(msgspec.Struct, frozen=True, kw_only=True):
    """One time zone."""

    zone: str
    """IANA name."""
    offset: int
    """Minutes east of UTC in standard time."""
    offset_text: str
    """The same as `-5`, `0`, `+5:45`."""
    posix: str
    """POSIX TZ string with letters as names and all offsets and times written out:
    `CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00`."""
    saved: int = 60
    """Minutes that the clock goes forward for summer time."""
    start: ChangeRule | None = None
    """When summer time begins; None = the zone has none."""
    end: ChangeRule | None = None
    regular: bool = True
    """False where the clock changes by no rule at all, as in Morocco for Ramadan: no phone can follow such a zone."""

    @property
    def exact(self) -> bool:
        """Whether a phone that only knows month, week, weekday and hour follows the zone in every year."""
        return self.regular and all(rule is None or rule.exact for rule in (self.start, self.end))


@lru_cache(maxsize=1024)
def zone_rule(zone: str) -> ZoneRule:
    """The rule of an IANA zone in the years to come, a year that the law still treats apart left out.

    Raises `UnknownZone` with the nearest name.
    """
    footer, last_change = _read(_tzif(zone))
    matched = _POSIX.fullmatch(footer)
    if matched is None:
        raise UnknownZone(f"the zone file of {zone} has no rule for the years to come: install a current tzdata")
    regular = last_change <= _LAST_LISTED
    standard = _Clock(_letters(matched["std"], "STD"), -_seconds(matched["offset"]))
    if matched["dst"] is None:
        return ZoneRule(
            zone=zone,
            offset=standard.offset // 60,
            offset_text=standard.text,
            posix=standard.posix,
            regular=regular,
        )
    shift = -_seconds(matched["dst_offset"]) if matched["dst_offset"] else standard.offset + 3600
    summer, start, end = _Clock(_letters(matched["dst"], "DST"), shift), matched["start"], matched["end"]
    if summer.offset < standard.offset:
        # Dublin's law calls winter the exception. Phones know the clock only as going forward: the same, turned round.
        standard, summer, start, end = summer, standard, end, start
    return ZoneRule(
        zone=zone,
        offset=standard.offset // 60,
        offset_text=standard.text,
        posix=f"{standard.posix}{summer.posix},{_written(start)},{_written(end)}",
        saved=(summer.offset - standard.offset) // 60,
        start=_change(start),
        end=_change(end),
        regular=regular,
    )


class _Clock(msgspec.Struct, frozen=True):
    """Standard or summer time."""

    name: str
    offset: int
    """Seconds east of UTC."""

    @property
    def text(self) -> str:
        """The offset as people write it: `+5:45`."""
        sign = "-" if self.offset < 0 else "+" if self.offset > 0 else ""
        return sign + self._hours

    @property
    def posix(self) -> str:
        """Name and offset; POSIX counts westwards: five hours behind UTC are 5."""
        return f"{self.name}{'-' if self.offset > 0 else ''}{self._hours}"

    @property
    def _hours(self) -> str:
        hours, minutes = divmod(abs(self.offset) // 60, 60)
        return f"{hours}:{minutes:02}" if minutes else str(hours)


def _tzif(zone: str) -> bytes:
    """The zone's file, from where `zoneinfo` takes it: the system's database, else the package's."""
    if zone not in zoneinfo.available_timezones():
        raise UnknownZone(f"there is no time zone {zone!r} (IANA){did_you_mean(zone, zoneinfo.available_timezones())}")
    for folder in zoneinfo.TZPATH:
        path = Path(folder, zone)
        if path.is_file():
            return path.read_bytes()
    *packages, name = zone.split("/")
    return resources.files(".".join(("tzdata", "zoneinfo", *packages))).joinpath(name).read_bytes()


def _read(tzif: bytes) -> tuple[str, int]:
    """The POSIX TZ string of a TZif file, and its last listed change (seconds since 1970, 0 when none is listed).

    The string is empty where the file has none: one of version 1, or one that is cut short.
    """
    try:
        magic, version, *counts = _HEADER.unpack_from(tzif)
        if magic != b"TZif" or version < b"2":
            return "", 0
        # The first block has times of 4 bytes, for readers of version 1; the second has its own counts, and 8 bytes.
        second = _HEADER.size + _block_size(4, *counts)
        _, _, *counts = _HEADER.unpack_from(tzif, second)
        start = second + _HEADER.size
        changes = counts[3]
        (last,) = struct.unpack_from(">q", tzif, start + (changes - 1) * 8) if changes else (0,)
    except struct.error:
        return "", 0
    return tzif[start + _block_size(8, *counts) :].strip(b"\n").decode("ascii", "replace"), last


def _block_size(time: int, utc: int, standard: int, leaps: int, changes: int, types: int, letters: int) -> int:
    """Bytes of a data block whose times take `time` bytes (RFC 9636 §3.2)."""
    return changes * (time + 1) + types * 6 + letters + leaps * (time + 4) + standard + utc


def _letters(name: str, otherwise: str) -> str:
    """An abbreviation as phones take it: one made of signs and digits (`<+0330>`) becomes a word, always the same."""
    return name if name.isalpha() else otherwise


def _seconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds = (*(int(part) for part in text.lstrip("+-").split(":")), 0, 0)[:3]
    return sign * (hours * 3600 + minutes * 60 + seconds)


def _day_and_seconds(rule: str) -> tuple[str, int]:
    """`M10.5.0/3` → (`M10.5.0`, 10800); the time is 2:00 where none is written (RFC 9636 §3.3.1)."""
    day, _, time = rule.partition("/")
    return day, _seconds(time or "2")


def _written(rule: str) -> str:
    """A rule with its time written out."""
    day, seconds = _day_and_seconds(rule)
    minutes, seconds_left = divmod(abs(seconds), 60)
    return f"{day}/{'-' if seconds < 0 else ''}{minutes // 60:02}:{minutes % 60:02}:{seconds_left:02}"


def _change(rule: str) -> ChangeRule:
    """A rule as month, week, weekday and time of day: the one that is right in the most years."""
    day, seconds = _day_and_seconds(rule)
    days, seconds = divmod(seconds, _DAY)
    dates = [named + timedelta(days) for named in _days(day)]
    votes = Counter(place for moment in dates for place in _places(moment))
    (month, week, weekday), right = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
    exact = right == len(dates) and seconds % 3600 == 0
    return ChangeRule(month=month, week=week, weekday=weekday, seconds=seconds, exact=exact)


def _days(day: str) -> Iterator[date]:
    """The days of every year that `M3.5.0`, `J60` (never counts 29 February) or `59` (counts it, from 0) names."""
    if day.startswith("M"):
        month, week, weekday = (int(part) for part in day[1:].split("."))
        for year in _CYCLE:
            first = date(year, month, 1)
            named = first + timedelta((weekday - first.isoweekday()) % 7 + 7 * (week - 1))
            yield named if named.month == month else named - timedelta(7)
    elif day.startswith("J"):
        of_any_year = date(2001, 1, 1) + timedelta(int(day[1:]) - 1)
        yield from (of_any_year.replace(year=year) for year in _CYCLE)
    else:
        yield from (date(year, 1, 1) + timedelta(int(day)) for year in _CYCLE)


def _places(day: date) -> Iterator[tuple[int, int, int]]:
    """(month, week, weekday) that name a day: the last one of its month can be the fourth too."""
    weekday = day.isoweekday() % 7
    if day.day <= 28:
        yield day.month, (day.day + 6) // 7, weekday
    if (day + timedelta(7)).month != day.month:
        yield day.month, 5, weekday
