"""What phones are told of every time zone, held against Python's own reading of the zone database."""

from __future__ import annotations

import io
import struct
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from offhook.provisioning.timezone import ChangeRule, UnknownZone, ZoneRule, zone_rule

ZONES = sorted(zoneinfo.available_timezones())
YEARS = range(2028, 2034)
"""Years of which every zone's law is settled: some change it in 2026, and Havana leaves out the winter after."""
SECOND = timedelta(seconds=1)


def minutes_at(zone: zoneinfo.ZoneInfo, moment: datetime) -> float:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset.total_seconds() / 60


def day_of(change: ChangeRule, year: int) -> date:
    """The day that a phone takes month, week and weekday for."""
    days = [date(year, change.month, 1) + timedelta(index) for index in range(31)]
    fitting = [day for day in days if day.month == change.month and day.isoweekday() % 7 == change.weekday]
    return fitting[-1] if change.week == 5 else fitting[change.week - 1]


def changes_of(rule: ZoneRule, year: int) -> Iterator[tuple[datetime, int]]:
    """(moment, minutes east of UTC from then on) as a phone reckons them."""
    assert rule.start is not None
    assert rule.end is not None
    for change, before, after in (
        (rule.start, rule.offset, rule.offset + rule.saved),
        (rule.end, rule.offset + rule.saved, rule.offset),
    ):
        midnight = datetime.combine(day_of(change, year), datetime.min.time(), UTC)
        yield midnight + timedelta(seconds=change.seconds) - timedelta(minutes=before), after


def noons() -> Iterator[datetime]:
    day = datetime(YEARS.start, 1, 1, 12, tzinfo=UTC)
    while day.year < YEARS.stop:
        yield day
        day += timedelta(1)


def tzif(footer: str, version: bytes = b"2", listed: tuple[int, ...] = ()) -> bytes:
    """A zone file that lists changes of the clock at some moments (seconds since 1970)."""
    types = struct.pack(">lBB", 0, 0, 0) + b"LMT\0"
    old = struct.pack(">4s c 15x 6l", b"TZif", version, 0, 0, 0, 0, 1, 4) + types
    new = struct.pack(">4s c 15x 6l", b"TZif", version, 0, 0, 0, len(listed), 1, 4)
    return old + new + struct.pack(f">{len(listed)}q", *listed) + bytes(len(listed)) + types + f"\n{footer}\n".encode()


def zone_of_string(posix: str) -> zoneinfo.ZoneInfo:
    """A zone that follows a POSIX TZ string alone: a zone file that lists no change (RFC 9636 §3)."""
    return zoneinfo.ZoneInfo.from_file(io.BytesIO(tzif(posix)))


def test_every_zone_has_a_rule_and_a_phone_that_follows_it_shows_the_right_time() -> None:
    checked = 0
    for name in ZONES:
        rule = zone_rule(name)
        if not rule.exact:
            continue
        checked += 1
        zone = zoneinfo.ZoneInfo(name)
        expected = 0
        if rule.start is not None:
            for year in YEARS:
                for moment, minutes in changes_of(rule, year):
                    expected += 1
                    assert minutes_at(zone, moment) == minutes, (name, moment)
                    assert minutes_at(zone, moment - SECOND) != minutes, (name, moment)
        offsets = [minutes_at(zone, noon) for noon in noons()]
        assert sum(before != after for before, after in pairwise(offsets)) == expected, name
        assert set(offsets) == {rule.offset} | ({rule.offset + rule.saved} if rule.start else set()), name
    assert checked > 550


def test_the_posix_string_of_every_regular_zone_tells_the_same_time_as_the_zone() -> None:
    checked: set[str] = set()
    for name in ZONES:
        rule = zone_rule(name)
        if not rule.regular or rule.posix in checked:
            continue
        checked.add(rule.posix)
        told, zone = zone_of_string(rule.posix), zoneinfo.ZoneInfo(name)
        assert [minutes_at(told, noon) for noon in noons()] == [minutes_at(zone, noon) for noon in noons()], name
        if rule.start is not None:
            for moment in (moment for year in YEARS for moment, _ in changes_of(rule, year)):
                for near in (moment - timedelta(hours=1), moment - SECOND, moment, moment + timedelta(hours=1)):
                    assert minutes_at(told, near) == minutes_at(zone, near), (name, near)
    assert len(checked) > 60


def test_phones_get_names_of_letters_only() -> None:
    for name in ZONES:
        assert "<" not in zone_rule(name).posix
        assert zone_rule(name).posix[:3].isalpha()


@pytest.mark.parametrize(
    ("zone", "offset", "posix"),
    [
        ("Europe/Paris", "+1", "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00"),
        ("America/Montreal", "-5", "EST5EDT4,M3.2.0/02:00:00,M11.1.0/02:00:00"),
        ("America/St_Johns", "-3:30", "NST3:30NDT2:30,M3.2.0/02:00:00,M11.1.0/02:00:00"),
        ("Asia/Kathmandu", "+5:45", "STD-5:45"),
        ("Asia/Tehran", "+3:30", "STD-3:30"),
        ("Asia/Kolkata", "+5:30", "IST-5:30"),
        ("UTC", "0", "UTC0"),
        ("Europe/London", "0", "GMT0BST-1,M3.5.0/01:00:00,M10.5.0/02:00:00"),
        ("Australia/Lord_Howe", "+10:30", "STD-10:30DST-11,M10.1.0/02:00:00,M4.1.0/02:00:00"),
        ("America/Nuuk", "-2", "STD2DST1,M3.5.0/-01:00:00,M10.5.0/00:00:00"),
        ("Asia/Jerusalem", "+2", "IST-2IDT-3,M3.4.4/26:00:00,M10.5.0/02:00:00"),
    ],
)
def test_a_zone_is_written_as_phones_take_it(zone: str, offset: str, posix: str) -> None:
    assert (zone_rule(zone).offset_text, zone_rule(zone).posix) == (offset, posix)


def test_dublin_s_phones_go_forward_in_summer_whatever_the_law_calls_it() -> None:
    rule = zone_rule("Europe/Dublin")
    assert rule.posix == "GMT0IST-1,M3.5.0/01:00:00,M10.5.0/02:00:00"
    assert (rule.offset, rule.saved) == (0, 60)
    assert rule.start == ChangeRule(month=3, week=5, weekday=0, seconds=3600, exact=True)


def test_an_island_that_saves_half_an_hour_says_so() -> None:
    assert zone_rule("Australia/Lord_Howe").saved == 30


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        # 26:00 on the fourth Thursday of March: Friday, the fourth of its month but when Thursday is the 28th.
        ("Asia/Jerusalem", (3, 4, 5, 7200, False), (10, 5, 0, 7200, True)),
        # An hour before the last Sunday of March: the last Saturday, but when that is the 31st.
        ("America/Nuuk", (3, 5, 6, 82800, False), (10, 5, 0, 0, True)),
        ("Africa/Cairo", (4, 5, 5, 0, True), (10, 5, 5, 0, False)),
        ("America/Santiago", (9, 1, 0, 0, False), (4, 1, 0, 0, False)),
        # 22:00 is a time of day as any other.
        ("Pacific/Easter", (9, 1, 6, 79200, True), (4, 1, 6, 79200, True)),
        # Phones count whole hours.
        ("Pacific/Chatham", (9, 5, 0, 9900, False), (4, 1, 0, 13500, False)),
    ],
)
def test_a_change_that_no_week_and_weekday_names_gets_the_nearest_and_says_so(
    zone: str, start: tuple[int, int, int, int, bool], end: tuple[int, int, int, int, bool]
) -> None:
    rule = zone_rule(zone)
    for change, (month, week, weekday, seconds, exact) in ((rule.start, start), (rule.end, end)):
        assert change == ChangeRule(month=month, week=week, weekday=weekday, seconds=seconds, exact=exact)
    assert rule.exact == (start[4] and end[4])


@pytest.mark.parametrize("name", [name for name in ZONES if zone_rule(name).regular and not zone_rule(name).exact])
def test_the_nearest_week_is_the_right_one_in_most_years(name: str) -> None:
    rule, zone = zone_rule(name), zoneinfo.ZoneInfo(name)
    years = range(YEARS.start, YEARS.start + 28)
    moments = [moment for year in years for moment, _ in changes_of(rule, year)]
    right = sum(minutes_at(zone, moment) != minutes_at(zone, moment - SECOND) for moment in moments)
    assert right >= 0.8 * len(moments)


def test_an_unknown_zone_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UnknownZone, match="did you mean 'Europe/Paris'"):
        zone_rule("Europe/Pariss")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/localtime", "Europe", ""])
def test_no_other_file_is_read_for_a_zone(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone_rule(name)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """The only zone database of this machine, as long as the test runs."""
    zoneinfo.reset_tzpath([str(tmp_path)])
    zone_rule.cache_clear()
    yield tmp_path
    zoneinfo.reset_tzpath()
    zone_rule.cache_clear()


def test_a_zone_whose_clock_follows_the_moon_is_not_followed_exactly(database: Path) -> None:
    ramadan_2050 = int(datetime(2050, 5, 1, tzinfo=UTC).timestamp())
    (database / "Moon").write_bytes(tzif("AAA-1", listed=(0, ramadan_2050)))
    assert not zone_rule("Moon").regular
    assert not zone_rule("Moon").exact


def test_changes_that_are_listed_for_old_readers_make_no_zone_irregular(database: Path) -> None:
    (database / "Moon").write_bytes(tzif("AAA-1", listed=(0, 2**31 - 1)))
    assert zone_rule("Moon").exact


def test_a_machine_without_a_database_of_its_own_takes_the_package_s(database: Path) -> None:
    assert zone_rule("Europe/Paris").posix == "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00"
    assert zone_rule("America/Argentina/Buenos_Aires").offset_text == "-3"


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("J60/2", (3, 1)),  # 1 March, leap year or not
        ("59", (3, 1)),  # the 60th day: 29 February in leap years
        ("J365/23", (12, 5)),
        ("0/0", (1, 1)),
    ],
)
def test_a_law_that_names_a_date_gets_a_week_near_it(database: Path, rule: str, place: tuple[int, int]) -> None:
    (database / "Moon").write_bytes(tzif(f"AAA5BBB,{rule},M11.1.0"))
    start = zone_rule("Moon").start
    assert start is not None
    assert not start.exact
    assert (start.month, start.week) == place
    assert zone_rule("Moon").posix.split(",")[1].startswith(rule.partition("/")[0] + "/")


def test_an_offset_of_summer_that_is_written_out_is_kept(database: Path) -> None:
    (database / "Moon").write_bytes(tzif("AAA-1BBB-3:30,M3.5.0,M10.5.0"))
    assert zone_rule("Moon").saved == 150
    assert zone_rule("Moon").posix == "AAA-1BBB-3:30,M3.5.0/02:00:00,M10.5.0/02:00:00"


@pytest.mark.parametrize(
    "body",
    [tzif("CET-1", version=b"\0"), tzif(""), tzif("CET-1CEST"), tzif("CET-1")[:60], b"TZif2", b"TZif" + bytes(40)],
    ids=["version 1", "no string", "summer without rules", "cut short", "only a name", "empty"],
)
def test_a_zone_file_without_a_rule_for_the_years_to_come_is_refused_with_the_mend(database: Path, body: bytes) -> None:
    (database / "Moon").write_bytes(body)
    with pytest.raises(UnknownZone, match=r"Moon .* install a current tzdata"):
        zone_rule("Moon")
