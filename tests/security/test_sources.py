"""Who is banned for guessing, and who never is."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from offhook.provisioning.guard.networks import is_inside, source_of
from offhook.provisioning.guard.sources import PHONES, Ban, Sources

SCANNER = "203.0.113.9"


def far(number: int) -> str:
    """MACs that are not close to each other."""
    return f"0015{number * 7919 % 256:02x}{number * 5003 % 65536:04x}00"


def mac(number: int) -> str:
    return f"001565{number:06x}"


def test_the_sixth_mac_that_gets_nothing_brings_an_hour() -> None:
    sources = Sources()
    bans = [sources.guess(SCANNER, far(number), number) for number in range(6)]
    assert bans[:5] == [None] * 5
    assert bans[5] is not None and (bans[5].minutes, bans[5].times, bans[5].guesses) == (60, 1, 6)
    assert sources.ban(SCANNER, 3600.0) is not None
    assert sources.ban(SCANNER, 3606.0) is None


def test_the_third_neighbour_is_enough() -> None:
    sources = Sources()
    bans = [sources.guess(SCANNER, mac(number), 0.0) for number in (0x10, 0x20, 0xFFF)]
    assert bans[:2] == [None, None] and bans[2] is not None and "close to each other" in bans[2].reason


def test_the_same_mac_a_thousand_times_is_one_guess() -> None:
    sources = Sources()
    assert not any(sources.guess(SCANNER, mac(1), float(number)) for number in range(1000))


def test_slow_guesses_are_forgotten() -> None:
    sources = Sources()
    assert not any(sources.guess(SCANNER, far(number), number * 121.0) for number in range(100))


def test_each_ban_is_twice_as_long_up_to_a_day_and_a_quiet_week_is_forgiven() -> None:
    sources, now, minutes = Sources(), 0.0, []
    for _ in range(7):
        ban = next(one for number in range(9) if (one := sources.guess(SCANNER, far(number), now)) is not None)
        minutes.append(ban.minutes)
        now = ban.until + 1
    assert minutes == [60, 120, 240, 480, 960, 1440, 1440]
    now += 8 * 86_400
    assert next(ban for ban in (sources.guess(SCANNER, far(number), now) for number in range(9)) if ban).times == 1


def test_five_hundred_phones_behind_one_address_are_not_banned_whatever_strangers_they_have_among_them() -> None:
    sources = Sources()
    for number in range(500):
        sources.served(SCANNER, mac(number))
    for number in range(500):
        assert sources.guess(SCANNER, mac(number), 1.0) is None
    assert not any(sources.guess(SCANNER, mac(0x9000 + number), 2.0) for number in range(100))


def test_one_who_guesses_from_a_site_of_five_hundred_is_found_all_the_same() -> None:
    sources = Sources()
    for number in range(500):
        sources.served(SCANNER, mac(number))
    assert any(sources.guess(SCANNER, far(number), 2.0) for number in range(200))


def test_a_lifted_ban_is_gone_and_so_are_its_guesses() -> None:
    sources = Sources()
    for number in range(6):
        sources.guess(SCANNER, far(number), 0.0)
    assert [ban.source for ban in sources.clear(None)] == [SCANNER]
    assert sources.bans(0.0) == [] and sources.guess(SCANNER, far(9), 0.0) is None


def test_old_bans_are_forgotten_and_those_in_force_are_kept() -> None:
    sources = Sources()
    old, young = (
        Ban(source=str(until), began=0.0, until=until, times=1, guesses=6, reason="x") for until in (10.0, 900_000.0)
    )
    sources.load([old, young])
    assert sources.forget(10.0 + 7 * 86_400 + 1) == [old]
    assert sources.bans(10.0) == [young]


def test_a_million_addresses_take_bounded_memory() -> None:
    sources = Sources(limit=100)
    for number in range(1000):
        sources.guess(f"198.51.{number // 256}.{number % 256}", mac(number), 0.0)
    for number in range(PHONES * 2):
        sources.served(SCANNER, mac(number))
    assert len(sources) <= 100


@pytest.mark.parametrize(
    ("peer", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_an_ipv6_network_is_one_source(peer: str, source: str) -> None:
    assert source_of(peer) == source


@given(st.text(max_size=40))
def test_whatever_an_address_is_it_is_judged(peer: str) -> None:
    assert isinstance(source_of(peer), str)
    assert is_inside(peer, ("0.0.0.0/0",)) in (True, False)


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 5000)), max_size=80))
def test_no_more_than_five_macs_in_ten_minutes_never_ban(asked: list[tuple[int, float]]) -> None:
    sources = Sources()
    recent: list[tuple[float, str]] = []
    for number, now in sorted(asked, key=lambda one: one[1]):
        recent = [one for one in recent if one[0] > now - 600 and one[1] != far(number)] + [(now, far(number))]
        ban = sources.guess(SCANNER, far(number), now)
        if ban is not None:
            assert len(recent) > 5
            return
