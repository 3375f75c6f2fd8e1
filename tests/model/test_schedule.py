"""Days that do not exist and words that mean nothing are refused when a schedule is saved."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.model.kind import make_document
from offhook.model.problem import Refused
from offhook.model.schedule import NthDay, Schedule, calendar_problems, nth_day


def schedule(**fields: Any) -> Schedule:
    made = make_document("schedules", {"id": "s", **fields}, "s")
    assert isinstance(made, Schedule)
    return made


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"on": "2026-02-30"}, "exceptions[0].on: there is no '2026-02-30': February 2026 has 28 days"),
    ({"on": "02-30", "yearly": True}, "exceptions[0].on: there is no '02-30': February has 29 days"),
    ({"on": "2026-11-31"}, "exceptions[0].on: there is no '2026-11-31': November 2026 has 30 days"),
    ({"on": "12-24"}, "exceptions[0].on: '12-24' has no year: write one before it, or yearly: true"),
    ({"from": "2026-08-14", "to": "2026-08-03"}, "exceptions[0].to: 2026-08-03 is before 2026-08-14: the range holds no day"),
    ({"from": "2026-08-14"}, "exceptions[0]: a range needs both from and to"),
    ({"nth": "1st monday of september"}, "exceptions[0].nth: '1st monday of september' is no day of a month: write first,"),
    ({"nth": "first mon of 13"}, "exceptions[0].nth: 'first mon of 13' is no day of a month"),
    ({}, "exceptions[0]: say when: one of on, from and to, or nth"),
    ({"on": "2026-12-24", "hours": [{"weeks": 2}]}, "exceptions[0].hours[0].weeks: say with since: YYYY-MM-DD"),
]  # fmt: skip


@pytest.mark.parametrize(("exception", "said"), WRONG)
def test_an_exception_that_can_never_be_is_said(exception: dict[str, Any], said: str) -> None:
    (problem,) = calendar_problems(schedule(exceptions=[{"period": "x", **exception}]))
    assert str(problem).startswith(said)


@pytest.mark.parametrize("when", [{"on": "2028-02-29"}, {"on": "02-29", "yearly": True}, {"nth": "last fri of 11"},
                                  {"from": "12-24", "to": "01-02", "yearly": True}])  # fmt: skip
def test_days_that_exist_pass(when: dict[str, Any]) -> None:
    assert list(calendar_problems(schedule(exceptions=[{"period": "x", **when}]))) == []


@pytest.mark.parametrize("clock", ["24:30", "25:00", "9", "12:60"])
def test_a_time_that_no_clock_shows_is_refused(clock: str) -> None:
    with pytest.raises(Refused):
        schedule(periods={"open": [{"from": clock, "to": "24:00"}]})


def test_a_day_of_a_window_must_exist() -> None:
    (problem,) = calendar_problems(schedule(periods={"a": [{"weeks": 2, "since": "2026-02-29"}]}))
    assert str(problem) == "periods.a[0].since: there is no '2026-02-29': February 2026 has 28 days"


def test_the_time_of_a_force_needs_its_offset() -> None:
    with pytest.raises(Refused):
        schedule(periods={"a": "else"}, forced={"period": "a", "until": "2026-12-24T14:00:00"})


@pytest.mark.parametrize(
    ("text", "nth"),
    [
        ("first mon of 09", NthDay(1, 0, 9)),
        ("last fri of month", NthDay(-1, 4, None)),
        ("fifth sun of 12", NthDay(5, 6, 12)),
    ],
)
def test_the_nth_weekday_is_taken_apart(text: str, nth: NthDay) -> None:
    assert nth_day(text) == nth
