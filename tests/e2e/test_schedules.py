"""Opening hours as an admin keeps them: what holds when, holidays from a calendar, closed until this afternoon."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from .running import RunningServer

OFFICE = """
accounts: [{id: default, realm: example.com, timezone: Europe/Paris}]
schedules:
  - id: office
    periods:
      open: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00"}]
      closed: else
"""
CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//t//t//EN\r
BEGIN:VEVENT\r
UID:1\r
SUMMARY:Noël\r
DTSTART;VALUE=DATE:20201225\r
RRULE:FREQ=YEARLY\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_holidays_are_taken_from_a_calendar_once(empty: RunningServer, tmp_path: Path) -> None:
    empty.run("apply", "-f", "-", stdin=OFFICE)
    file = tmp_path / "holidays.ics"
    file.write_text(CALENDAR, encoding="utf-8")
    said = empty.run("schedule", "holidays", "office", str(file), "--period", "closed", "--dry-run").stdout
    assert "Noël" in said and "nothing was changed" in said
    for _ in range(2):
        empty.run("schedule", "holidays", "office", str(file), "--period", "closed")
    shown = json.loads(empty.run("schedule", "show", "office", "--json").stdout)
    assert shown["exceptions"] == [{"name": "Noël", "on": "12-25", "yearly": True, "period": "closed"}]
    spans = json.loads(empty.run("schedule", "preview", "office", "--days", "400", "--json").stdout)["spans"]
    opened = [
        datetime.fromtimestamp(one["begin"], ZoneInfo("Europe/Paris")).date()
        for one in spans
        if one["period"] == "open"
    ]
    assert date(2026, 12, 24) in opened and date(2026, 12, 25) not in opened
    file.write_text("nothing", encoding="utf-8")
    refused = empty.run("schedule", "holidays", "office", str(file), "--period", "closed", check=False)
    assert refused.returncode == 1 and "no iCalendar file" in refused.stderr


def test_a_period_is_forced_and_released(empty: RunningServer) -> None:
    empty.run("apply", "-f", "-", stdin=OFFICE)
    empty.run("schedule", "force", "office", "closed", "--until", "2099-12-24 14:00")
    assert "closed is forced until 2099-12-24 14:00" in empty.run("schedule", "preview", "office").stdout
    empty.run("schedule", "release", "office")
    assert "forced" not in empty.run("schedule", "preview", "office").stdout
    refused = empty.run("schedule", "force", "office", "colsed", check=False)
    assert refused.returncode == 1 and "did you mean 'closed'" in refused.stderr
