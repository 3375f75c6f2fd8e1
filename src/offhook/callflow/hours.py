"""Opening hours: which period of a schedule a moment falls in, when that changes next, and the days to come.

Everything is compared in local wall-clock time, so hours keep through a change of the clocks. A day is decided by the
first of these that holds: the forced period; an exception of that day; an exception of the day before whose hours go
over midnight; the week's windows, in the order of the periods, that begin on that day or went over its midnight; the
`else` period.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from offhook.model.schedule import DAYS, DayException, Schedule, Window, nth_day

DAY: Final = 86_400
NOTHING_HOLDS: Final = "closed"
"""The period of a schedule without an `else`, when no other holds."""
_ONE_DAY: Final = timedelta(days=1)
_HORIZON: Final = 400
"""Days in which a change is looked for: a year and a month, for yearly exceptions."""


class Period(msgspec.Struct, frozen=True):
    """What holds at a moment."""

    name: str
    why: str
    """In words, with the local time that was tested."""


class Span(msgspec.Struct, frozen=True):
    """A time during which one period holds."""

    begin: float
    """Seconds since 1970."""
    end: float | None
    """None: as far as we look."""
    period: Period


def period_at(schedule: Schedule, zone: ZoneInfo, now: float) -> Period:
    """The period that a moment (seconds since 1970) falls in; `zone` is the schedule's, else the account's."""
    forced = schedule.forced
    if forced is not None and (forced.until is None or now < forced.until.timestamp()):
        until = f" until {forced.until.astimezone(zone):%Y-%m-%d %H:%M}" if forced.until else ""
        return Period(forced.period, f"{forced.period} is forced{until}")
    local = datetime.fromtimestamp(now, zone)
    said = f"{local:%a %Y-%m-%d %H:%M:%S} {zone.key}"
    today, yesterday, second = local.date(), local.date() - _ONE_DAY, _second(local)
    if exceptions := _exceptions(schedule, today):
        return _in_exceptions(schedule, exceptions, today, second, said)
    before = _exceptions(schedule, yesterday)
    for exception in before:
        if any(_holds(window, yesterday, second + DAY) for window in exception.hours):
            return Period(exception.period, f"{said} is in {_called(exception)} of the day before, over midnight")
    return _in_week(schedule, today, second, said, spill=not before)


def _in_exceptions(schedule: Schedule, exceptions: list[DayException], day: date, second: int, said: str) -> Period:
    for exception in exceptions:
        if not exception.hours or any(_holds(window, day, second) for window in exception.hours):
            return Period(exception.period, f"{said} is in {_called(exception)}")
    names = ", ".join(_called(exception) for exception in exceptions)
    return Period(_else(schedule), f"{said} is outside the hours of {names}")


def _in_week(schedule: Schedule, today: date, second: int, said: str, *, spill: bool) -> Period:
    for name, windows in schedule.periods.items():
        for window in windows if windows != "else" else ():
            if _holds(window, today, second) or (spill and _holds(window, today - _ONE_DAY, second + DAY)):
                return Period(name, f"{said} is in {name} {'/'.join(window.days)} {window.from_}–{window.to}")
    return Period(_else(schedule), f"{said} is in none of the week's windows")


def _else(schedule: Schedule) -> str:
    return next((name for name, windows in schedule.periods.items() if windows == "else"), NOTHING_HOLDS)


def _called(exception: DayException) -> str:
    when = exception.on or exception.nth or f"{exception.from_} to {exception.to}"
    return f"exception {exception.name} ({when})" if exception.name else f"exception {when}"


def _second(local: datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second


def _clock(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 3600 + int(minute) * 60


def _holds(window: Window, day: date, second: int) -> bool:
    """Whether a window that begins on `day` holds `second` seconds after its midnight (86,400 and more: the next day)."""
    if DAYS[day.weekday()] not in window.days:
        return False
    if window.since is not None:
        since = date.fromisoformat(window.since)
        if day < since or (_monday(day) - _monday(since)).days // 7 % window.weeks:
            return False
    begin, end = _clock(window.from_), _clock(window.to)
    return begin <= second < (end if begin < end else end + DAY)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _exceptions(schedule: Schedule, day: date) -> list[DayException]:
    return [exception for exception in schedule.exceptions if _is_on(exception, day)]


def _is_on(exception: DayException, day: date) -> bool:
    if exception.nth is not None:
        return _is_nth(exception.nth, day)
    first, last = exception.on or exception.from_, exception.on or exception.to
    if first is None or last is None:
        return False
    full, month_day = day.isoformat(), f"{day:%m-%d}"
    if exception.yearly:
        first, last = first[-5:], last[-5:]
        return first <= month_day <= last if first <= last else month_day >= first or month_day <= last
    return first <= full <= last


def _is_nth(text: str, day: date) -> bool:
    nth = nth_day(text)
    if day.weekday() != nth.weekday or nth.month not in (None, day.month):
        return False
    if nth.ordinal < 0:
        return day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    return (day.day - 1) // 7 + 1 == nth.ordinal


def next_change(schedule: Schedule, zone: ZoneInfo, now: float, within: float | None = None) -> float | None:
    """When (seconds since 1970) another period begins to hold; None: not within `within` seconds (else 400 days)."""
    name = period_at(schedule, zone, now).name
    limit = now + (within if within is not None else _HORIZON * DAY)
    for moment in _moments(schedule, zone, now, limit):
        if period_at(schedule, zone, moment).name != name:
            return moment
    return None


def preview(schedule: Schedule, zone: ZoneInfo, now: float, days: int = 30) -> list[Span]:
    """The periods from now on, for some days."""
    end = now + days * DAY
    spans: list[Span] = []
    begin = now
    while True:
        change = next_change(schedule, zone, begin, end - begin)
        spans.append(Span(begin, change, period_at(schedule, zone, begin)))
        if change is None or change >= end:
            return spans
        begin = change


def _moments(schedule: Schedule, zone: ZoneInfo, now: float, limit: float) -> Iterator[float]:
    """Every moment after `now` at which a period could begin or end, ascending, up to `limit`."""
    clocks = sorted(_clocks(schedule))
    forced = schedule.forced.until.timestamp() if schedule.forced and schedule.forced.until else None
    if schedule.forced is not None and schedule.forced.until is None:
        return
    day = datetime.fromtimestamp(now, zone).date()
    while True:
        midnight = datetime(day.year, day.month, day.day)
        begin, end = ((midnight + timedelta(days=days)).replace(tzinfo=zone).timestamp() for days in (0, 1))
        if begin > limit:
            return
        moments = {
            (midnight + timedelta(seconds=clock)).replace(tzinfo=zone, fold=fold).timestamp()
            for clock in clocks
            for fold in (0, 1)
        }
        moments |= _clock_change(zone, begin, end)
        if forced is not None:
            moments.add(forced)
        yield from sorted(moment for moment in moments if now < moment <= limit and begin <= moment < end)
        day += _ONE_DAY


def _clocks(schedule: Schedule) -> set[int]:
    """Seconds after midnight at which anything of the schedule begins or ends."""
    windows = [window for listed in schedule.periods.values() if listed != "else" for window in listed]
    windows += [window for exception in schedule.exceptions for window in exception.hours]
    return {0, *(_clock(text) % DAY for window in windows for text in (window.from_, window.to))}


def _clock_change(zone: ZoneInfo, begin: float, end: float) -> set[float]:
    """The moment between two at which the zone's clocks are put forward or back, to the second."""

    def offset(moment: float) -> timedelta | None:
        return datetime.fromtimestamp(moment, zone).utcoffset()

    if offset(begin) == offset(end):
        return set()
    low, high = int(begin), int(end)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
    return {float(high)}
