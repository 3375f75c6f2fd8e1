"""Opening hours: which period a moment falls in, and when that changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.callflow.hours import next_change, period_at, preview
from offhook.model.kind import make_document
from offhook.model.schedule import DAYS, Schedule

PARIS = ZoneInfo("Europe/Paris")
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Beirut")
]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def schedule(**fields: Any) -> Schedule:
    made = make_document("schedules", {"id": "s", **fields}, "")
    assert isinstance(made, Schedule)
    return made


def at(text: str, zone: ZoneInfo = PARIS, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def period(made: Schedule, text: str, zone: ZoneInfo = PARIS) -> str:
    return period_at(made, zone, at(text, zone)).name


OFFICE = schedule(periods={"open": [{"days": WEEKDAYS, "from": "09:00", "to": "17:00"}], "closed": "else"})


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-11-23 08:59:59", "closed"),
        ("2026-11-23 09:00:00", "open"),
        ("2026-11-23 16:59:59", "open"),
        ("2026-11-23 17:00:00", "closed"),
        ("2026-11-21 12:00:00", "closed"),
    ],
)
def test_a_window_begins_with_its_first_second_and_ends_before_its_last(moment: str, name: str) -> None:
    assert period(OFFICE, moment) == name


def test_hours_keep_their_wall_clock_over_a_change_of_the_clocks() -> None:
    new_york = ZoneInfo("America/New_York")
    for day in ("2024-07-01", "2024-12-02"):
        assert period(OFFICE, f"{day} 09:00:00", new_york) == "open"
        assert period(OFFICE, f"{day} 08:59:59", new_york) == "closed"


NIGHT = schedule(periods={"night": [{"days": ["fri"], "from": "22:00", "to": "06:00"}], "day": "else"})


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-11-20 21:59:59", "day"),
        ("2026-11-20 22:00:00", "night"),
        ("2026-11-21 05:59:59", "night"),
        ("2026-11-21 06:00:00", "day"),
        ("2026-11-20 05:00:00", "day"),
        ("2026-11-21 22:30:00", "day"),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins(moment: str, name: str) -> None:
    assert period(NIGHT, moment) == name


def test_a_window_may_last_until_midnight_or_all_day() -> None:
    late = schedule(periods={"open": [{"from": "18:00", "to": "24:00"}]})
    assert [period(late, f"2026-11-23 {clock}") for clock in ("17:59:59", "23:59:59", "00:00:00")] == [
        "closed", "open", "closed"
    ]  # fmt: skip
    assert period(schedule(periods={"open": [{}]}), "2026-11-23 00:00:00") == "open"


def test_the_first_period_that_holds_counts() -> None:
    made = schedule(periods={"lunch": [{"from": "12:00", "to": "13:00"}], "open": [{"from": "09:00", "to": "17:00"}]})
    assert [period(made, f"2026-11-23 {clock}:00") for clock in ("11:59", "12:30", "13:00", "18:00")] == [
        "open", "lunch", "open", "closed"
    ]  # fmt: skip


HOLIDAYS: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"on": "2026-12-24"}, ["2026-12-24"], ["2027-12-24", "2026-12-23"]),
    ({"on": "12-25", "yearly": True}, ["2026-12-25", "2031-12-25"], ["2026-12-24"]),
    ({"on": "2020-12-25", "yearly": True}, ["2026-12-25"], ["2026-12-26"]),
    ({"on": "02-29", "yearly": True}, ["2028-02-29"], ["2027-03-01", "2027-02-28"]),
    ({"from": "2026-08-03", "to": "2026-08-14"}, ["2026-08-03", "2026-08-14"], ["2026-08-17", "2027-08-04"]),
    ({"from": "12-24", "to": "01-01", "yearly": True}, ["2026-12-31", "2027-01-01", "2026-12-24"], ["2026-12-23", "2027-01-04"]),
    ({"nth": "fourth thu of 11"}, ["2024-11-28", "2026-11-26"], ["2026-11-19", "2026-11-27"]),
    ({"nth": "last mon of 05"}, ["2026-05-25"], ["2026-05-18"]),
    ({"nth": "fifth fri of month"}, ["2026-05-29"], ["2026-05-22", "2026-06-26"]),
    ({"nth": "first mon of month"}, ["2026-06-01", "2026-09-07"], ["2026-09-14"]),
]  # fmt: skip


@pytest.mark.parametrize(("when", "on", "off"), HOLIDAYS)
def test_an_exception_wins_over_the_week_on_its_days_and_no_others(
    when: dict[str, Any], on: list[str], off: list[str]
) -> None:
    made = schedule(periods={"open": [{}]}, exceptions=[{**when, "period": "holiday"}])
    assert {period(made, f"{day} 10:00:00") for day in on} == {"holiday"}
    assert {period(made, f"{day} 10:00:00") for day in off} == {"open"}


def test_a_half_day_is_open_in_its_hours_and_closed_for_the_rest() -> None:
    half = {"on": "2026-12-24", "period": "open", "hours": [{"from": "10:00", "to": "12:00"}]}
    made = schedule(periods={"open": [{"from": "09:00", "to": "17:00"}], "closed": "else"}, exceptions=[half])
    assert [period(made, f"2026-12-24 {clock}:00") for clock in ("09:30", "10:00", "12:00", "16:00")] == [
        "closed", "open", "closed", "closed"
    ]  # fmt: skip


def test_an_exception_over_midnight_and_a_holiday_after_a_long_night() -> None:
    party = {"on": "2026-12-31", "period": "party", "hours": [{"from": "22:00", "to": "04:00"}]}
    made = schedule(periods={"open": [{"from": "20:00", "to": "03:00"}], "closed": "else"}, exceptions=[party])
    assert [period(made, moment) for moment in ("2026-12-31 21:00:00", "2027-01-01 02:00:00", "2027-01-01 05:00:00")] == [
        "closed", "party", "closed"
    ]  # fmt: skip
    made = schedule(
        periods={"open": [{"from": "20:00", "to": "03:00"}]}, exceptions=[{"on": "2027-01-01", "period": "holiday"}]
    )
    assert [period(made, f"2027-01-01 {clock}:00") for clock in ("01:00", "21:00")] == ["holiday", "holiday"]


def test_a_night_that_a_holiday_takes_away_does_not_go_on_after_midnight() -> None:
    made = schedule(
        periods={"open": [{"from": "20:00", "to": "03:00"}], "closed": "else"},
        exceptions=[{"on": "2026-12-31", "period": "holiday", "hours": [{"from": "10:00", "to": "12:00"}]}],
    )
    assert [period(made, moment) for moment in ("2027-01-01 01:00:00", "2027-01-02 01:00:00")] == ["closed", "open"]


def test_every_other_week_is_counted_from_the_week_of_its_beginning() -> None:
    made = schedule(periods={"a": [{"days": ["mon"], "weeks": 2, "since": "2024-07-03"}], "b": "else"})
    days = ("2024-07-01", "2024-07-08", "2024-07-15", "2024-07-29")
    assert [period(made, f"{day} 12:00:00") for day in days] == ["b", "b", "a", "a"]


def test_a_forced_period_holds_until_its_time_is_over() -> None:
    made = schedule(periods={"open": [{}]}, forced={"period": "closed", "until": "2026-11-23T14:00:00+01:00"})
    assert [period(made, f"2026-11-23 {clock}") for clock in ("13:59:59", "14:00:00")] == ["closed", "open"]
    assert next_change(made, PARIS, at("2026-11-23 10:00:00")) == at("2026-11-23 14:00:00")
    for_good = schedule(periods={"open": [{}]}, forced={"period": "closed"})
    assert period(for_good, "2030-01-01 00:00:00") == "closed"
    assert next_change(for_good, PARIS, at("2026-11-23 10:00:00")) is None


def test_the_reason_names_the_local_time_that_was_tested() -> None:
    said = period_at(OFFICE, PARIS, at("2026-11-23 10:00:00")).why
    assert said == "Mon 2026-11-23 10:00:00 Europe/Paris is in open mon/tue/wed/thu/fri 09:00–17:00"


def test_the_next_change_is_the_next_opening() -> None:
    assert next_change(OFFICE, PARIS, at("2026-11-20 18:00:00")) == at("2026-11-23 09:00:00")
    assert next_change(OFFICE, PARIS, at("2026-11-20 18:00:00"), within=3600) is None
    yearly = schedule(periods={"open": [{}]}, exceptions=[{"on": "12-25", "yearly": True, "period": "holiday"}])
    assert next_change(yearly, PARIS, at("2026-12-26 10:00:00")) == at("2027-12-25 00:00:00")


def test_a_window_in_an_hour_that_the_clocks_skip_begins_when_they_jump() -> None:
    made = schedule(periods={"open": [{"from": "02:30", "to": "04:00"}], "closed": "else"})
    assert next_change(made, PARIS, at("2026-03-29 01:00:00")) == at("2026-03-29 03:00:00")


def test_an_hour_that_comes_twice_opens_twice() -> None:
    made = schedule(periods={"open": [{"from": "02:00", "to": "02:30"}], "closed": "else"})
    changes, moment = [], at("2026-10-25 01:00:00")
    for _ in range(4):
        following = next_change(made, PARIS, moment)
        assert following is not None
        changes.append(following)
        moment = following
    assert changes == [at("2026-10-25 02:00:00"), at("2026-10-25 02:30:00"),
                       at("2026-10-25 02:00:00", fold=1), at("2026-10-25 02:30:00", fold=1)]  # fmt: skip


def test_the_preview_covers_thirty_days_without_a_gap() -> None:
    begin = at("2026-11-23 12:00:00")
    spans = preview(OFFICE, PARIS, begin)
    assert spans[0].begin == begin and spans[-1].end is None
    assert all(one.end == other.begin for one, other in pairwise(spans))
    assert sum(span.period.name == "open" for span in spans) == 23


clocks = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.sampled_from([0, 15, 30]))
windows = st.builds(
    lambda days, begin, end: {"days": days, "from": begin, "to": end},
    st.lists(st.sampled_from(DAYS), min_size=1, max_size=4),
    clocks,
    st.one_of(clocks, st.just("24:00")),
)
exceptions = st.builds(
    lambda when, hours: {**when, "period": "special", "hours": hours},
    st.sampled_from([{"on": "2026-10-25"}, {"on": "2026-03-29"}, {"nth": "last sun of month"},
                     {"from": "03-28", "to": "04-02", "yearly": True}]),
    st.lists(windows, max_size=2),
)  # fmt: skip
schedules = st.builds(
    lambda first, second, excepted: schedule(periods={"a": first, "b": second, "c": "else"}, exceptions=excepted),
    st.lists(windows, max_size=3),
    st.lists(windows, max_size=2),
    st.lists(exceptions, max_size=2),
)
moments = st.builds(
    lambda zone, day, second: (zone, at(day, zone) + second),
    st.sampled_from(ZONES),
    st.sampled_from(["2026-03-27", "2026-03-28", "2026-10-24", "2026-10-31", "2026-04-04", "2026-06-15"]),
    st.integers(0, 86_400),
)


@settings(max_examples=120, deadline=None)
@given(schedules, moments)
def test_between_now_and_the_next_change_nothing_changes(made: Schedule, where: tuple[ZoneInfo, float]) -> None:
    zone, now = where
    change = next_change(made, zone, now, within=3 * 86_400)
    name = period_at(made, zone, now).name
    end = change if change is not None else now + 3 * 86_400
    step = timedelta(minutes=5).total_seconds()
    assert all(period_at(made, zone, now + step * n).name == name for n in range(int((end - now - 1) // step) + 1))
    if change is not None:
        assert period_at(made, zone, change).name != name and period_at(made, zone, change - 1).name == name
