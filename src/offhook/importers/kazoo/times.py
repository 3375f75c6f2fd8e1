"""Temporal rules: what each one means on the calendar, as weekly windows and as days.

A rule comes out as windows of the week where it can (daily, weekly, and monthly on every one of a weekday), else as days
that come back each year. What comes back in no way that a schedule can say is written out date by date. Kazoo's slips
are not kept: a day that a month does not have is no day of the next month, and what begins on a day holds on it.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from offhook.importers.fields import Fields, shown
from offhook.model.schedule import DAYS, ORDINALS

GREGORIAN: Final = 62_167_219_200
"""Seconds from the year 0 to 1970: Kazoo counts from there."""
YEARS: Final = 10
"""How far dates are written out."""
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MISSPELT: Final = {"wensday": "wednesday"}
_DAY: Final = 86_400
_LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MOST_WEEKS: Final = 52


class Times(msgspec.Struct, frozen=True):
    """When a rule holds: in windows of the week, or on days. One of the two is empty."""

    windows: tuple[dict[str, Any], ...] = ()
    """As a schedule's periods have them."""
    days: tuple[dict[str, Any], ...] = ()
    """As a schedule's exceptions have them, without period and hours."""
    hours: tuple[dict[str, Any], ...] = ()
    """The window on each of the days; none: all day."""


NEVER: Final = Times()
ALWAYS: Final = Times(windows=({},))


def times_of(rule: Fields, zone: ZoneInfo, now: datetime) -> Times:
    """When a rule holds, on the clocks of a zone; `enabled` is not looked at."""
    window = _window(rule)
    start = _start(rule, zone)
    cycle = rule.text("cycle") or ""
    say = _CYCLES.get(cycle)
    if say is None:
        rule.remark("cycle", shown(cycle), "no calendar has this cycle", "Set the schedule's hours.")
        return NEVER
    if window is None:
        return NEVER
    found = say(_Rule(rule, start, now.astimezone(zone).date(), window))
    rule.passed("cycle", "interval", "days", "wdays", "month", "ordinal", "start_date", "name", "enabled")
    return found


class _Rule(msgspec.Struct, frozen=True):
    """A rule while it is being read."""

    fields: Fields
    start: date
    today: date
    window: dict[str, Any]
    """`from` and `to`, where they are not midnight."""

    @property
    def interval(self) -> int:
        return max(self.fields.number("interval", 1), 1)

    @property
    def weekdays(self) -> list[int]:
        """0 = Monday; ascending."""
        names = [_MISSPELT.get(str(day), str(day)) for day in self.fields.items("wdays")]
        return sorted({_WEEKDAYS.index(name) for name in names if name in _WEEKDAYS})

    @property
    def month_days(self) -> list[int]:
        listed = self.fields.items("days")
        return sorted({int(day) for day in listed if str(day).isdigit() and 1 <= int(day) <= 31})

    def since(self) -> dict[str, str]:
        """The first day, where it is still to come."""
        return {"since": self.start.isoformat()} if self.start > self.today else {}

    def on_days(self, days: list[dict[str, Any]]) -> Times:
        if not days:
            self.fields.remark("", "the rule", "it names no day that there is", "Set the schedule's hours.")
        return Times(days=tuple(days), hours=(self.window,) if self.window else ())

    def written_out(self, holds: Iterator[date]) -> Times:
        """Dates one by one, from the beginning (or today, when that is past) for `YEARS` years."""
        end = date(self.today.year + YEARS, 12, 31)
        days = [{"on": day.isoformat()} for day in holds if max(self.start, self.today) <= day <= end]
        self.fields.remark(
            "", f"what comes after {end.isoformat()}", "days that come back so are written out one by one",
            "Write the later ones into the schedule's exceptions in time.",
        )  # fmt: skip
        return self.on_days(days)


def _window(rule: Fields) -> dict[str, Any] | None:
    """From and to; None when the window never holds. An end that counts in Kazoo is just outside in ours."""
    begin, end = rule.number("time_window_start", 0), rule.number("time_window_stop", _DAY)
    if end < begin:
        rule.remark(
            "time_window_stop", f"{clock(begin)}–{clock(end)}", "a window over midnight never holds in Kazoo",
            "Write it into the schedule's period: a window of ours may pass midnight.",
        )  # fmt: skip
        return None
    begin = max(begin, 0)
    # 17:59:59 is meant as until 18:00, whose first second is outside.
    end = min(end + 1 if end % 60 == 59 else end, _DAY)
    if begin % 60 or end % 60:
        rule.remark("time_window_start", f"{begin}–{end} s", "schedules know minutes, not seconds")
    if begin // 60 >= end // 60:
        rule.remark("time_window_stop", f"{clock(begin)}–{clock(end)}", "a window without length holds for one second")
        return None
    return {
        **({"from": clock(begin)} if begin >= 60 else {}),
        **({"to": clock(end)} if end < _DAY else {}),
    }  # fmt: skip


def clock(seconds: int) -> str:
    """Seconds after midnight as 09:30; seconds are cut off."""
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def _start(rule: Fields, zone: ZoneInfo) -> date:
    """The first day. A date that was stored as midnight in UTC is meant as that date, also west of Greenwich."""
    seconds = rule.number("start_date", 62_586_115_200) - GREGORIAN
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment.date() if seconds % _DAY == 0 else moment.astimezone(zone).date()


def _date(rule: _Rule) -> Times:
    return rule.on_days([{"on": rule.start.isoformat()}])


def _daily(rule: _Rule) -> Times:
    """Every nth day comes back on one weekday every n weeks: seven windows, one for each day of the week."""
    if rule.interval == 1:
        return Times(windows=({**rule.window, **rule.since()},))
    if rule.interval > _MOST_WEEKS:
        end = date(rule.today.year + YEARS, 12, 31)
        return rule.written_out(
            rule.start + timedelta(days=days) for days in range(0, max((end - rule.start).days, 0) + 1, rule.interval)
        )
    starts = [rule.start + timedelta(days=index * rule.interval) for index in range(7)]
    return Times(
        windows=tuple(
            {"days": [DAYS[day.weekday()]], **rule.window, "weeks": rule.interval, "since": day.isoformat()}
            for day in starts
        )
    )


def _weekly(rule: _Rule) -> Times:
    days = rule.weekdays or list(range(7))
    listed = {} if len(days) == 7 else {"days": [DAYS[day] for day in days]}
    interval = rule.interval
    if interval > _MOST_WEEKS:
        rule.fields.remark("interval", str(interval), "a schedule counts up to 52 weeks", "Set the schedule's hours.")
        return NEVER
    if interval == 1:
        return Times(windows=({**listed, **rule.window, **rule.since()},))
    return Times(windows=({**listed, **rule.window, "weeks": interval, "since": rule.start.isoformat()},))


def _monthly(rule: _Rule) -> Times:
    """On days of the month, or on the nth of a weekday, every `interval` months from that of the start."""
    months = sorted({(rule.start.month - 1 + step * rule.interval) % 12 + 1 for step in range(12)})
    regular = 12 % rule.interval == 0
    return _in_months(rule, months if regular else None)


def _yearly(rule: _Rule) -> Times:
    month = min(max(rule.fields.number("month", 1), 1), 12)
    return _in_months(rule, [month] if rule.interval == 1 else None, month)


def _in_months(rule: _Rule, months: list[int] | None, only: int | None = None) -> Times:
    """Days in months that come back each year; `months` is None when they do not, and all is written out."""
    ordinal = rule.fields.text("ordinal") or "first"
    days, weekdays = rule.month_days, rule.weekdays
    if days:
        if months is None or rule.start > rule.today:
            return rule.written_out(day for day in _dates(rule, only) if day.day in days)
        return rule.on_days(
            [
                {"on": f"{month:02}-{day:02}", "yearly": True}
                for month in months
                for day in days
                if day <= _LENGTHS[month - 1]
            ]
        )
    if ordinal == "every" and months == list(range(1, 13)):
        listed = {"days": [DAYS[day] for day in weekdays]}
        return Times(windows=({**listed, **rule.window, **rule.since()},)) if weekdays else rule.on_days([])
    wanted = ORDINALS[:5] if ordinal == "every" else (ordinal,)
    if months is None or rule.start > rule.today:
        return rule.written_out(day for day in _dates(rule, only) if _is_nth(day, wanted, weekdays))
    said = ["month"] if months == list(range(1, 13)) else [f"{month:02}" for month in months]
    return rule.on_days(
        [
            {"nth": f"{nth} {DAYS[day]} of {month}"}
            for month in said
            for nth in wanted
            if nth in ORDINALS
            for day in weekdays
        ]
    )


def _dates(rule: _Rule, only: int | None) -> Iterator[date]:
    """Every date in the rule's months; `only`: the month of a yearly rule."""
    first, year = (rule.start.year * 12 + rule.start.month - 1), rule.today.year + YEARS
    for month in range(first, year * 12 + 12):
        if only is None and (month - first) % rule.interval:
            continue
        if only is not None and (month % 12 + 1 != only or (month // 12 - rule.start.year) % rule.interval):
            continue
        for day in range(1, calendar.monthrange(month // 12, month % 12 + 1)[1] + 1):
            yield date(month // 12, month % 12 + 1, day)


def _is_nth(day: date, wanted: tuple[str, ...], weekdays: list[int]) -> bool:
    if day.weekday() not in weekdays:
        return False
    last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    return ORDINALS[(day.day - 1) // 7] in wanted or (last and "last" in wanted)


_CYCLES: Final = {"date": _date, "daily": _daily, "weekly": _weekly, "monthly": _monthly, "yearly": _yearly}
