"""A schedule: opening hours by week with exceptions, and the named period that each moment falls in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .document import Document, Name, Struct

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClockTime = Annotated[str, Meta(pattern=r"^([01]?[0-9]|2[0-4]):[0-5][0-9]$")]
Date = Annotated[str, Meta(pattern=r"^([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
PeriodName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class Window(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A weekly window; `to` before `from` goes over midnight, the end itself is outside."""

    days: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    from_: ClockTime = "00:00"
    to: ClockTime = "24:00"


class DayException(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """A day, or a range of days, that does not follow the week."""

    name: Name | None = None
    on: Date | None = None
    """One day: `2026-12-24`, or `12-24` with `yearly`."""
    from_: Date | None = None
    """First day of a range."""
    to: Date | None = None
    """Last day of a range, itself inside."""
    nth: Annotated[str, Meta(max_length=40)] | None = None
    """The nth weekday of a month, such as `first mon of 09` or `last fri of 11`."""
    yearly: bool = False
    period: PeriodName
    hours: tuple[Window, ...] = ()
    """Hours of the period on that day; none = all day."""


class Schedule(Document, frozen=True, kw_only=True):
    """Opening hours."""

    name: Name | None = None
    timezone: str | None = None
    """IANA zone; absent: the account's."""
    periods: dict[PeriodName, Literal["else"] | tuple[Window, ...]] = msgspec.field(default_factory=dict)
    """Named periods of the week; the one that is `else` holds whenever no other does."""
    exceptions: tuple[DayException, ...] = ()
