"""A schedule: opening hours by week with exceptions, and the named period that each moment falls in."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta

from .document import Document, Name, Struct
from .problem import Problem

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClockTime = Annotated[str, Meta(pattern=r"^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$", description="00:00 to 24:00")]
Date = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description="a date such as 2026-12-24, or 12-24 with yearly",
    ),
]
FullDate = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", description="a date such as 2026-12-24"),
]
PeriodName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Moment = Annotated[datetime, Meta(tz=True, description="a time with its offset, such as 2026-12-24T14:00:00+01:00")]

DAYS: Final[tuple[str, ...]] = get_args(Day)
"""Monday first, as ISO 8601 counts."""
ORDINALS: Final[tuple[str, ...]] = ("first", "second", "third", "fourth", "fifth", "last")
_NTH: Final = re.compile(rf"({'|'.join(ORDINALS)}) ({'|'.join(DAYS)}) of (month|0[1-9]|1[0-2])")


class Window(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A weekly window; `to` before `from` goes over midnight, the end itself is outside."""

    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    """The days on which the window begins."""
    from_: ClockTime = "00:00"
    to: ClockTime = "24:00"
    weeks: Annotated[int, Meta(ge=1, le=52)] = 1
    """Every how many weeks it holds: 2 = every other week, counted from the week (Monday to Sunday) of `since`."""
    since: FullDate | None = None
    """The first day on which it can begin; absent: always."""


class DayException(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A day, or a range of days, that does not follow the week."""

    name: Name | None = None
    on: Date | None = None
    """One day: `2026-12-24`, or `12-24` with `yearly`."""
    from_: Date | None = None
    """First day of a range."""
    to: Date | None = None
    """Last day of a range, itself inside; a yearly one may go over the end of the year."""
    nth: Annotated[str, Meta(max_length=40)] | None = None
    """The nth weekday of a month, each year: `first mon of 09`, `last fri of 11`, or of each month: `first mon of month`."""
    yearly: bool = False
    period: PeriodName
    hours: tuple[Window, ...] = ()
    """Hours of the period on that day, the rest of which is the schedule's `else` period; none = all day."""


class Forced(Struct, frozen=True, kw_only=True):
    """A period that holds whatever the calendar says: `closed until 14:00`."""

    period: PeriodName
    until: Moment | None = None
    """When the calendar holds again; absent: when somebody takes the force away."""


class Schedule(Document, frozen=True, kw_only=True):
    """Opening hours."""

    name: Name | None = None
    timezone: str | None = None
    """IANA zone; absent: the account's."""
    periods: dict[PeriodName, Literal["else"] | tuple[Window, ...]] = msgspec.field(default_factory=dict)
    """Named periods of the week, the first that holds counts; the one that is `else` holds whenever no other does."""
    exceptions: tuple[DayException, ...] = ()
    """The first that holds counts; an exception always wins over the week."""
    forced: Forced | None = None


class NthDay(msgspec.Struct, frozen=True):
    """The nth weekday of a month, taken apart."""

    ordinal: int
    """1 to 5, or -1 for the last."""
    weekday: int
    """0 = Monday."""
    month: int | None
    """1 to 12; None = each month."""


def nth_day(text: str) -> NthDay:
    """What `first mon of 09` means; raises `ValueError` that says how to write it."""
    matched = _NTH.fullmatch(text)
    if matched is None:
        raise ValueError(
            f"{text!r} is no day of a month: write first, second, third, fourth, fifth or last, then mon … sun, then"
            " 'of' and a month 01 to 12 or 'month', such as 'first mon of 09'"
        )
    ordinal, day, month = matched.groups()
    number = -1 if ordinal == "last" else ORDINALS.index(ordinal) + 1
    return NthDay(number, DAYS.index(day), None if month == "month" else int(month))


def calendar_problems(schedule: Schedule) -> Iterator[Problem]:
    """Days and windows that are none; places are fields of the schedule."""
    for name, windows in schedule.periods.items():
        yield from _windows(windows if windows != "else" else (), f"periods.{name}")
    for index, exception in enumerate(schedule.exceptions):
        yield from _when(exception, f"exceptions[{index}]")
        yield from _windows(exception.hours, f"exceptions[{index}].hours")


def _when(exception: DayException, field: str) -> Iterator[Problem]:
    """An exception says in one way when it is, with days that exist."""
    ways = [exception.on is not None, (exception.from_ or exception.to) is not None, exception.nth is not None]
    if sum(ways) != 1:
        yield Problem(field, "say when: one of on, from and to, or nth")
        return
    if (exception.from_ is None) != (exception.to is None):
        yield Problem(field, "a range needs both from and to")
        return
    if exception.nth is not None:
        try:
            nth_day(exception.nth)
        except ValueError as error:
            yield Problem(f"{field}.nth", str(error))
    for name, text in (("on", exception.on), ("from", exception.from_), ("to", exception.to)):
        if text is not None and (wrong := _date_problem(text, yearly=exception.yearly)) is not None:
            yield Problem(f"{field}.{name}", wrong)
    if exception.from_ and exception.to and not exception.yearly and exception.from_ > exception.to:
        yield Problem(f"{field}.to", f"{exception.to} is before {exception.from_}: the range holds no day")


def _windows(windows: Iterable[Window], field: str) -> Iterator[Problem]:
    for index, window in enumerate(windows):
        if window.since is not None and (wrong := _date_problem(window.since, yearly=False)) is not None:
            yield Problem(f"{field}[{index}].since", wrong)
        if window.weeks > 1 and window.since is None:
            yield Problem(f"{field}[{index}].weeks", "say with since: YYYY-MM-DD from which week they are counted")


def _date_problem(text: str, *, yearly: bool) -> str | None:
    """What is wrong with a date of an exception, in words; None when nothing is."""
    *year, month, day = (int(part) for part in text.split("-"))
    if not year and not yearly:
        return f"{text!r} has no year: write one before it, or yearly: true"
    days = calendar.monthrange(year[0], month)[1] if year and year[0] else (29 if month == 2 else _LENGTH[month - 1])
    if day > days:
        when = f"{calendar.month_name[month]}{f' {year[0]}' if year else ''}"
        return f"there is no {text!r}: {when} has {days} days"
    if year and not year[0]:
        return f"there is no year 0: {text!r}"
    return None


_LENGTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
