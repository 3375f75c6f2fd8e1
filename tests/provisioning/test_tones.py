"""What callers hear in each country, and how a table that says it badly is answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.provisioning.tones import Tone, TonePlan, TonesBroken, load_tones

TABLE = Path(__file__).parents[2] / "firmware-profiles" / "tones.toml"
PLANS = load_tones(TABLE)

FULL = 'XX = { dial = "425", ringback = "425 1000/4000", busy = "425 500/500", congestion = "425 250/250"'


def table(folder: Path, text: str) -> Path:
    path = folder / "tones.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_offices_of_forty_countries_hear_their_own_tones() -> None:
    assert len(PLANS) >= 40
    expected = (
        "AR AT AU BE BG BR CA CH CL CN CZ DE DK EE ES FI FR GB GR HU ID IE IL IN IT JP LT MX MY NL NO NZ PH PL PT RU SE"
        " SG TR TW US VE ZA"
    )
    assert set(expected.split()) <= PLANS.keys()


@pytest.mark.parametrize(
    ("country", "plan"),
    [
        (
            "US",
            TonePlan(
                dial=Tone((350, 440)),
                ringback=Tone((440, 480), ((2000, 4000),)),
                busy=Tone((480, 620), ((500, 500),)),
                congestion=Tone((480, 620), ((250, 250),)),
                call_waiting=Tone((440,), ((300, 10000),)),
                stutter=Tone((350, 440), ((100, 100),)),
            ),
        ),
        (
            "IE",
            TonePlan(
                dial=Tone((425,)),
                ringback=Tone((400, 450), ((400, 200), (400, 2000))),
                busy=Tone((425,), ((500, 500),)),
                congestion=Tone((425,), ((200, 200),)),
                call_waiting=Tone((425,), ((180, 200), (200, 4500))),
            ),
        ),
        (
            "BR",
            TonePlan(
                dial=Tone((425,)),
                ringback=Tone((425,), ((1000, 4000),)),
                busy=Tone((425,), ((250, 250),)),
                congestion=Tone((425,), ((250, 250), (750, 250))),
                call_waiting=Tone((425,), ((50, 1000),)),
            ),
        ),
    ],
)
def test_a_country_s_tones_are_those_of_its_network(country: str, plan: TonePlan) -> None:
    assert PLANS[country] == plan


@pytest.mark.parametrize(
    ("country", "frequencies", "cadence"),
    [
        ("FR", (440,), ((1500, 3500),)),
        ("DE", (425,), ((1000, 4000),)),
        ("GB", (400, 450), ((400, 200), (400, 2000))),
        ("ES", (425,), ((1500, 3000),)),
        ("AT", (420,), ((1000, 5000),)),
        ("AU", (413, 438), ((400, 200), (400, 2000))),
        ("IL", (414,), ((1000, 3000),)),
        ("TR", (450,), ((2000, 4000),)),
        ("IN", (400, 425, 375), ((400, 200), (400, 2000))),
    ],
)
def test_a_called_phone_rings_back_as_at_home(
    country: str, frequencies: tuple[int, ...], cadence: tuple[tuple[int, int], ...]
) -> None:
    assert PLANS[country].ringback == Tone(frequencies, cadence)


def test_canada_sounds_like_its_neighbour() -> None:
    assert PLANS["CA"] == PLANS["US"]


@pytest.mark.parametrize("country", sorted(PLANS))
def test_every_tone_can_be_heard_and_told_from_the_others(country: str) -> None:
    plan = PLANS[country]
    for tone in (plan.dial, plan.ringback, plan.busy, plan.congestion, plan.call_waiting, plan.stutter):
        if tone is not None:
            assert all(300 <= frequency <= 1500 for frequency in tone.frequencies), tone
            assert all(20 <= on <= 5000 and 0 <= off <= 15000 for on, off in tone.cadence), tone
    assert plan.ringback.cadence and plan.busy.cadence and plan.congestion.cadence
    assert len({plan.dial, plan.ringback, plan.busy}) == 3


def test_the_table_is_in_the_order_of_its_countries() -> None:
    written = re.findall(r"^([A-Z]{2}) =", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    assert written == sorted(PLANS)


@given(
    frequencies=st.lists(st.integers(1, 4000), min_size=1, max_size=4),
    cadence=st.lists(st.tuples(st.integers(1, 60_000), st.integers(0, 60_000)), max_size=4),
)
def test_any_tone_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, frequencies: list[int], cadence: list[tuple[int, int]]
) -> None:
    text = "+".join(map(str, frequencies))
    if cadence:
        text += " " + ",".join(f"{on}/{off}" for on, off in cadence)
    path = table(tmp_path_factory.mktemp("tones"), f'{FULL}, stutter = "{text}" }}')
    assert load_tones(path)["XX"].stutter == Tone(tuple(frequencies), tuple(cadence))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'{FULL}, stutter = "loud" }}', r"XX\.stutter: 'loud' is no tone: write frequencies and cadence"),
        (f'{FULL}, stutter = "425 500" }}', r"XX\.stutter: '425 500' is no tone"),
        (f'{FULL}, stutter = "425 0/500" }}', r"XX\.stutter: '425 0/500' is no tone"),
        (f'{FULL}, stutter = "0" }}', r"XX\.stutter: '0' is no tone"),
        (f"{FULL}, stutter = 425 }}", r"XX\.stutter: 425 is no tone"),
        (f'{FULL}, ring = "425" }}', r"XX\.ring: no such tone; there are dial, ringback, busy"),
        ('XX = { dial = "425" }', r"XX\.ringback is missing"),
        (FULL.replace("XX", "Xx") + " }", r"Xx: write an ISO 3166 country"),
        ('XX = "425"', r"XX: write an ISO 3166 country"),
        ("XX = {", r"tones\.toml: "),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_country_and_tone(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TonesBroken, match=message):
        load_tones(table(tmp_path, text))


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TonesBroken, match=r"none\.toml"):
        load_tones(tmp_path / "none.toml")
