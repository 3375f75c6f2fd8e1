"""Holidays out of other people's calendars."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from offhook.importers.holidays import CalendarRefused, holidays
from offhook.model.kind import make_document

PARIS = ZoneInfo("Europe/Paris")


def calendar(*events: str) -> str:
    parts = "\r\n".join(f"BEGIN:VEVENT\r\nUID:{number}\r\n{event}\r\nEND:VEVENT" for number, event in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n{parts}\r\nEND:VCALENDAR\r\n"


def read(*events: str, years: int = 2) -> list[dict[str, object]]:
    return holidays(calendar(*events), period="closed", zone=PARIS, today=date(2026, 11, 23), years=years)


def test_a_day_that_comes_back_every_year_is_written_once() -> None:
    assert read("SUMMARY:Noël\r\nDTSTART;VALUE=DATE:20201225\r\nDTEND;VALUE=DATE:20201226\r\nRRULE:FREQ=YEARLY") == [
        {"name": "Noël", "on": "12-25", "yearly": True, "period": "closed"}
    ]


def test_a_range_keeps_its_last_day_inside_though_the_calendar_s_end_is_outside() -> None:
    assert read("SUMMARY:Été\r\nDTSTART;VALUE=DATE:20270801\r\nDTEND;VALUE=DATE:20270816") == [
        {"name": "Été", "from": "2027-08-01", "to": "2027-08-15", "period": "closed"}
    ]


def test_a_weekday_of_a_month_is_written_out_for_the_years_that_are_asked() -> None:
    thanksgiving = "SUMMARY:Thanksgiving\r\nDTSTART;VALUE=DATE:20251127\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"
    assert [one["on"] for one in read(thanksgiving)] == ["2026-11-26", "2027-11-25", "2028-11-23"]


def test_an_event_with_hours_holds_for_them_in_the_schedule_s_zone() -> None:
    assert read("SUMMARY:Team\r\nDTSTART:20270310T130000Z\r\nDTEND:20270310T170000Z") == [
        {"name": "Team", "on": "2027-03-10", "period": "closed", "hours": [{"from": "14:00", "to": "18:00"}]}
    ]
    night = read("DTSTART:20270310T220000Z\r\nDTEND:20270311T050000Z")
    assert [(one["on"], one["hours"]) for one in night] == [
        ("2027-03-10", [{"from": "23:00", "to": "24:00"}]),
        ("2027-03-11", [{"from": "00:00", "to": "06:00"}]),
    ]


def test_what_is_over_is_left_out_and_nothing_stands_twice() -> None:
    old = "SUMMARY:Old\r\nDTSTART;VALUE=DATE:20200101\r\nDTEND;VALUE=DATE:20200102"
    new = "SUMMARY:New\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270102"
    assert [one["name"] for one in read(old, new, new)] == ["New"]


def test_a_schedule_takes_them_as_they_are() -> None:
    found = read(
        "SUMMARY:Noël\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY",
        "SUMMARY:Team\r\nDTSTART:20270310T130000Z\r\nDTEND:20270310T170000Z",
        "SUMMARY:Pont\r\nDTSTART;VALUE=DATE:20270507\r\nDTEND;VALUE=DATE:20270509",
    )
    make_document("schedules", {"id": "office", "periods": {"closed": "else"}, "exceptions": found}, "")


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:yesterday\r\nEND:VEVENT"])
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(CalendarRefused):
        holidays(text, period="closed", zone=PARIS, today=date(2026, 1, 1), years=1)
