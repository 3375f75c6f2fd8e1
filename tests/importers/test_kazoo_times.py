"""Temporal rules hold when the calendar says so: on schedules, from the first second to just before the last."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.callflow.hours import period_at
from offhook.importers.kazoo.times import GREGORIAN
from offhook.model.kind import make_document
from offhook.model.schedule import Schedule
from tests.importers.kazoo_office import documents_of, first, flow, imported, node, nodes, only, problems, said

PLAY = node("play", {"id": "hello"})
OPEN = {"id": "open", "name": "Open", "cycle": "weekly", "wdays": ["monday", "tuesday", "wensday", "thursday", "friday"],
        "time_window_start": 32400, "time_window_stop": 61200}  # fmt: skip
XMAS = {"id": "xmas", "name": "Xmas", "cycle": "yearly", "month": 12, "days": [25]}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def route(*rules: dict[str, Any], data: dict[str, Any] | None = None, **more: Any) -> Any:
    """An office whose callflow asks for rules in this order, each with a child."""
    children = {rule["id"]: PLAY for rule in rules}
    tree = node("temporal_route", {"rules": [rule["id"] for rule in rules], **(data or {})}, **children)
    return imported(temporal_rules=list(rules), callflows=[flow(tree)], **more)


def holds(office: Any, at: str, zone: str = "UTC") -> str:
    """The period of the one schedule at a local time."""
    schedule = make_document("schedules", only(office, "schedules"), "")
    assert isinstance(schedule, Schedule)
    here = ZoneInfo(schedule.timezone or zone)
    return period_at(schedule, here, datetime.fromisoformat(at).replace(tzinfo=here).timestamp()).name


def test_holidays_and_hours_are_one_schedule() -> None:
    office = route(XMAS, OPEN)
    assert only(office, "schedules") == {
        "id": "xmas-open",
        "name": "xmas-open",
        "periods": {
            "open": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}],
            "closed": "else",
        },
        "exceptions": [{"name": "Xmas", "on": "12-25", "yearly": True, "period": "xmas"}],
    }
    assert first(office)["type"] == "hours"
    assert first(office)["next"] == {"xmas": "play-hello", "open": "play-hello-2", "closed": "hang-up"}
    assert holds(office, "2024-12-25T10:00") == "xmas" and holds(office, "2024-12-24T10:00") == "open"


def test_hours_that_come_before_holidays_hide_them_in_a_schedule_of_their_own() -> None:
    office = route(OPEN, XMAS)
    assert [schedule["id"] for schedule in office.office["schedules"]] == ["open", "xmas"]
    assert first(office)["next"]["closed"] == "hours-xmas"


def test_half_a_day_leaves_the_week_its_other_hours() -> None:
    half = {"id": "half", "name": "Half", "cycle": "yearly", "month": 12, "days": [24], "time_window_start": 43200}
    office = route(half, OPEN)
    told = [holds(office, f"2024-12-24T{hour}:00") for hour in ("08", "10", "13", "18")]
    assert told == ["closed", "open", "half", "half"]
    assert holds(office, "2024-12-23T13:00") == "open"


def test_two_callflows_with_the_same_hours_share_a_schedule() -> None:
    tree = node("temporal_route", {"rules": ["open"]}, open=PLAY)
    flows = [flow(tree, "1", identity="a"), flow(tree, "2", identity="b")]
    assert len(imported(temporal_rules=[OPEN], callflows=flows).office["schedules"]) == 1


def test_a_set_is_one_period_and_its_child_one_branch() -> None:
    days = {"id": "days", "name": "Holidays", "temporal_rules": ["xmas", "new"]}
    tree = node("temporal_route", {"rules": ["days"]}, days=PLAY)
    new = {**XMAS, "id": "new", "name": "New Year", "month": 1, "days": [1]}
    office = imported(temporal_rules=[XMAS, new], temporal_rules_sets=[days], callflows=[flow(tree)])
    assert first(office)["next"] == {"holidays": "play-hello", "closed": "hang-up"}
    assert [one["on"] for one in only(office, "schedules")["exceptions"]] == ["12-25", "01-01"]


def test_a_zone_of_its_own_is_the_schedules() -> None:
    assert only(route(OPEN, data={"timezone": "Asia/Tokyo"}), "schedules")["timezone"] == "Asia/Tokyo"
    assert "timezone" not in only(route(OPEN, data={"timezone": "inherit"}), "schedules")


def test_a_window_over_midnight_never_held_and_is_told() -> None:
    office = route({**OPEN, "time_window_start": 79200, "time_window_stop": 21600})
    assert holds(office, "2024-07-01T23:00") == "closed"
    assert "a window over midnight never holds in Kazoo" in said(office)


def test_an_end_at_59_seconds_is_meant_as_the_full_minute() -> None:
    office = route({**OPEN, "time_window_stop": 61199})
    assert only(office, "schedules")["periods"]["open"][0]["to"] == "17:00"


@pytest.mark.parametrize(("enabled", "period"), [(True, "open"), (False, "closed"), (None, "closed")])
def test_a_rule_that_is_switched_for_good_is_so(enabled: bool | None, period: str) -> None:
    office = route({**OPEN, "enabled": enabled})
    assert holds(office, "2024-07-06T03:00") == period
    assert ("is switched" in said(office)) == (enabled is not None)


def test_a_date_stored_as_midnight_in_utc_is_that_date_in_new_york() -> None:
    stored = int(datetime(2024, 7, 4, tzinfo=UTC).timestamp()) + GREGORIAN
    office = route(
        {"id": "d", "name": "D", "cycle": "date", "start_date": stored}, data={"timezone": "America/New_York"}
    )
    assert only(office, "schedules")["exceptions"][0]["on"] == "2024-07-04"


def test_rules_that_callers_switch_become_modes() -> None:
    switch = node("temporal_route", {"rules": ["open"], "action": "disable"})
    flows = [
        flow(node("temporal_route", {"rules": ["open"]}, open=PLAY), "1", identity="main"),
        flow(switch, "*1", identity="close"),
    ]
    office = imported(temporal_rules=[OPEN], callflows=flows)
    assert only(office, "modes") == {"id": "open", "name": "Open", "states": ["auto", "on", "off"]}
    assert first(office, "close") == {"type": "setting", "what": "mode", "op": "on", "target": "open", "state": "off"}
    assert first(office, "main") == {
        "type": "mode",
        "mode": "open",
        "next": {"auto": "hours-open", "on": "play-hello", "off": "hang-up"},
    }
    assert nodes(office, "main")["hours-open"]["next"] == {"open": "play-hello", "closed": "hang-up"}


def test_rules_that_do_not_exist_never_hold_and_are_told() -> None:
    tree = node("temporal_route", {"rules": ["gone"]}, gone=PLAY, after=node("play", {"id": "else"}))
    office = imported(temporal_rules=[], callflows=[flow(tree)])
    assert first(office)["media"] == "else" and "rule gone: there is no such document" in said(office)


# --- the calendar -------------------------------------------------------------------------------------------------------

RULES = st.one_of(
    st.fixed_dictionaries({"cycle": st.just("date")}),
    st.fixed_dictionaries({"cycle": st.just("daily"), "interval": st.integers(1, 60)}),
    st.fixed_dictionaries(
        {
            "cycle": st.just("weekly"),
            "interval": st.integers(1, 5),
            "wdays": st.lists(st.sampled_from(DAYS), max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "cycle": st.sampled_from(["monthly", "yearly"]),
            "interval": st.integers(1, 14),
            "month": st.integers(1, 12),
            "days": st.lists(st.integers(1, 31), min_size=1, max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "cycle": st.sampled_from(["monthly", "yearly"]),
            "interval": st.integers(1, 14),
            "month": st.integers(1, 12),
            "ordinal": st.sampled_from(["every", "first", "second", "third", "fourth", "fifth", "last"]),
            "wdays": st.lists(st.sampled_from(DAYS), min_size=1, max_size=2),
        }
    ),
)


def is_on(rule: dict[str, Any], start: date, day: date) -> bool:
    """The calendar, told once more and plainly."""
    interval = rule.get("interval", 1)
    if day < start:
        return False
    match rule["cycle"]:
        case "date":
            return bool(day == start)
        case "daily":
            return bool((day - start).days % interval == 0)
        case "weekly":
            weeks = ((day - timedelta(days=day.weekday())) - (start - timedelta(days=start.weekday()))).days // 7
            return weeks % interval == 0 and DAYS[day.weekday()] in (rule["wdays"] or DAYS)
        case "monthly":
            in_month = ((day.year - start.year) * 12 + day.month - start.month) % interval == 0
        case _:
            in_month = day.month == rule["month"] and (day.year - start.year) % interval == 0
    if "days" in rule:
        return bool(in_month and day.day in rule["days"])
    last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
    names = {"every", ("first", "second", "third", "fourth", "fifth")[(day.day - 1) // 7], *(["last"] if last else [])}
    return bool(in_month and DAYS[day.weekday()] in rule["wdays"] and rule["ordinal"] in names)


@settings(max_examples=400, deadline=None)
@given(RULES, st.dates(date(2015, 1, 1), date(2026, 1, 1)), st.integers(0, 3000))
def test_a_rule_holds_on_the_days_that_the_calendar_says(rule: dict[str, Any], start: date, days: int) -> None:
    stored = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()) + GREGORIAN
    office = route({**rule, "id": "r", "name": "r", "start_date": stored})
    assert problems(documents_of(office)) == []
    for later in range(days, days + 40):
        day = date(2024, 7, 1) + timedelta(days=later)
        held = holds(office, f"{day}T12:00") == "r"
        assert held == is_on(rule, start, day), day
