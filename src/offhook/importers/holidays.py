"""Holidays from an iCalendar file (RFC 5545): each event becomes an exception of a schedule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

_DAY: Final = timedelta(days=1)
_PLAINLY_YEARLY: Final = frozenset({"FREQ", "INTERVAL"})
"""What a rule may say to be a yearly exception, which never ends; anything else is written out day by day."""


class CalendarRefused(ValueError):
    """A file that is no calendar; the message says why."""


def holidays(text: str, *, period: str, zone: ZoneInfo, today: date, years: int) -> list[dict[str, Any]]:
    """The exceptions of a calendar, by date, as an office file writes them.

    Events that are over are left out. An event that comes back every year on its date is written once, as yearly; other
    repetitions are written out for `years` years from `today`. An event with hours holds for those of the schedule's `zone`.
    Raises `CalendarRefused`.
    """
    try:
        calendar = icalendar.Calendar.from_ical(text)
    except (ValueError, IndexError) as error:
        raise CalendarRefused(f"it is no iCalendar file: {error}") from None
    yearly, others = [], icalendar.Calendar()
    for event in calendar.walk("VEVENT"):
        if isinstance(event, icalendar.Event) and _is_yearly(event):
            yearly.append(event)
        else:
            others.add_component(event)
    for part in calendar.walk("VTIMEZONE"):
        others.add_component(part)
    end = today.replace(month=1, day=1, year=today.year + years + 1)
    found = [_yearly(event, period) for event in yearly]
    for event in recurring_ical_events.of(others).between(today, end):
        found.extend(_once(event, period, zone))
    unique = {tuple(sorted((name, str(value)) for name, value in one.items())): one for one in found}
    return sorted(unique.values(), key=lambda one: (str(one.get("on") or one.get("from")), str(one.get("name", ""))))


def _is_yearly(event: icalendar.Event) -> bool:
    rule = event.get("RRULE")
    return (
        rule is not None
        and rule.get("FREQ") == ["YEARLY"]
        and rule.get("INTERVAL", [1]) == [1]
        and set(rule) <= _PLAINLY_YEARLY
        and _all_day(event)
        and not event.get("EXDATE")
    )


def _all_day(event: icalendar.Event) -> bool:
    return not isinstance(event.start, datetime)


def _yearly(event: icalendar.Event, period: str) -> dict[str, Any]:
    return {**_name(event), **_days(event.start, event.end - _DAY, "%m-%d"), "yearly": True, "period": period}


def _once(event: icalendar.Event, period: str, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    if _all_day(event):
        last = max(event.start, event.end - _DAY)
        yield {**_name(event), **_days(event.start, last, "%Y-%m-%d"), "period": period}
        return
    begin, end = _local(event.start, zone), _local(event.end, zone)
    if begin >= end:
        return
    day = begin.date()
    while day <= end.date():
        first = begin.strftime("%H:%M") if day == begin.date() else "00:00"
        last_ = end.strftime("%H:%M") if day == end.date() else "24:00"
        if first != last_:
            window = {"from": first, "to": last_}
            yield {**_name(event), "on": day.isoformat(), "period": period, "hours": [window]}
        day += _DAY


def _local(moment: date, zone: ZoneInfo) -> datetime:
    """A moment on the schedule's clock; one without a zone is on it already (RFC 5545 §3.3.5, form 1)."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=zone)
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _days(first: date, last: date, form: str) -> dict[str, str]:
    if first >= last:
        return {"on": first.strftime(form)}
    return {"from": first.strftime(form), "to": last.strftime(form)}


def _name(event: icalendar.Event) -> dict[str, str]:
    summary = " ".join(str(event.get("SUMMARY", "")).split())
    return {"name": summary[:200]} if summary else {}
