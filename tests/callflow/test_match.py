"""Which callflow a dialled number reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.callflow.action import Dial, Reject, Service
from offhook.callflow.expression import expression
from offhook.callflow.number import e164, tidy
from offhook.model.account import Dial as Dialling

from .calls import call, flow, last, office, outside, ring, rung, said, service, steps

FRANCE = Dialling(country_code="33", national_prefix="0", international_prefix="00")
AMERICA = Dialling(country_code="1", national_prefix="1", international_prefix="011")
SPAIN = Dialling(country_code="34", national_prefix="", international_prefix="00")


@pytest.mark.parametrize(
    ("dial", "dialled", "public"),
    [
        (FRANCE, "0140000101", "+33140000101"),
        (FRANCE, "0049301234567", "+49301234567"),
        (FRANCE, "+33140000101", "+33140000101"),
        (FRANCE, "101", None),
        (FRANCE, "*97", None),
        (FRANCE, "marie", None),
        (AMERICA, "4155550100", "+14155550100"),
        (AMERICA, "14155550100", "+14155550100"),
        (AMERICA, "011442071234567", "+442071234567"),
        (AMERICA, "201", None),
        (AMERICA, "22345678", None),
        (SPAIN, "910000000", "+34910000000"),
        (SPAIN, "101", None),
        (Dialling(), "0140000101", None),
    ],
)
def test_a_number_has_one_public_form(dial: Dialling, dialled: str, public: str | None) -> None:
    assert e164(dial, dialled) == public


def test_brackets_and_blanks_of_a_dialled_number_do_not_count() -> None:
    assert tidy("+33 (1) 40.00-01 01;phone-context=x") == "+33140000101"
    assert tidy("front-door") == "front-door"


@given(st.text(alphabet="+0123456789*#", max_size=20))
def test_the_public_form_of_a_public_form_is_itself(number: str) -> None:
    public = e164(FRANCE, tidy(number))
    assert public is None or e164(FRANCE, public) == public


@pytest.mark.parametrize("called", ["101", "+33140000101", "0140000101", "0033140000101", "01 40 00 01 01"])
def test_every_writing_of_a_number_reaches_its_callflow(called: str) -> None:
    (step,) = steps(office(), call(called))
    assert step.callflow == "marie" and rung(step.action) == ["marie-desk", "marie-home"]


@pytest.mark.parametrize("called", ["+33140000101", "33140000101", "0140000101"])
def test_a_trunk_reaches_public_numbers_however_it_writes_them(called: str) -> None:
    assert steps(office(), outside(called))[0].callflow == "marie"


@pytest.mark.parametrize("called", ["101", "102", "*97", "+33999999999", "", "x" * 100])
def test_a_trunk_reaches_no_internal_number_and_no_pattern(called: str) -> None:
    dial_out = {**flow({"type": "dial_out"}, number=""), "patterns": [r"\+?[0-9*]+"]}
    assert last(office(dial_out), outside(called)) == Reject(404, "Not Found")


def patterns(**by_flow: str) -> list[dict[str, object]]:
    return [
        {**flow({"type": "announce", "text": name}, number="", identity=name), "patterns": [pattern]}
        for name, pattern in by_flow.items()
    ]


@pytest.mark.parametrize(
    ("called", "wins"),
    [
        ("2001", "exact"),
        ("2002", "literal"),
        ("2102", "prefix"),
        ("2999", "wide"),
        ("*31234", "star"),
        ("29991", "none"),
    ],
)
def test_the_exact_number_wins_then_the_more_literal_pattern_then_the_longer_beginning(called: str, wins: str) -> None:
    exact = flow({"type": "announce", "text": "exact"}, number="2001", identity="exact")
    flows = patterns(wide=r"2\d{3}", literal=r"200\d", prefix=r"21\d\d", suffix=r"2\d\d2", star=r"\*3(\d+)")
    action = last(office(exact, *flows), call(called))
    if wins == "none":
        assert action == Reject(404, "Not Found")
    else:
        assert service(action)[1]["text"] == wins


def test_more_literal_signs_win_over_a_longer_beginning() -> None:
    action = last(office(*patterns(beginning=r"20\d\d", signs=r"2\d01")), call("2001"))
    assert service(action)[1]["text"] == "signs"


def test_the_trace_says_which_pattern_won_and_which_lost() -> None:
    words = said(steps(office(*patterns(wide=r"2\d{3}", literal=r"200\d")), call("2002")))
    assert r"2002 matches 200\d of callflow literal, with 3 literal sign(s), 3 of them at the beginning" in words
    assert r"it also matches 2\d{3} of callflow wide" in words


def test_patterns_are_anchored() -> None:
    assert last(office(*patterns(short="20")), call("2001")) == Reject(404, "Not Found")


@pytest.mark.parametrize(
    ("pattern", "literals", "prefix"),
    [
        (r"2001", 4, 4),
        (r"^2001$", 4, 4),
        (r"20\d\d", 2, 2),
        (r"2\d01", 3, 1),
        (r"\*3(\d+)", 2, 2),
        (r"\+?[0-9]+", 0, 0),
        (r"(12|345)6", 3, 3),
        (r"9{3}1", 4, 3),
        (r"9{2,3}1", 3, 2),
        (r"1?23", 2, 0),
        (r"12*3", 2, 1),
        (r"1(?=2)2", 2, 1),
        (r"(?P<box>100)x", 4, 4),
    ],
)
def test_how_literal_a_pattern_is(pattern: str, literals: int, prefix: int) -> None:
    measured = expression(pattern)
    assert (measured.literals, measured.prefix) == (literals, prefix)


@given(st.text(alphabet="0123456789*#", min_size=1, max_size=10))
def test_a_number_written_as_a_pattern_is_literal_throughout(number: str) -> None:
    measured = expression(number.replace("*", r"\*"))
    assert measured.literals == measured.prefix == len(number) and measured.matcher.fullmatch(number)


def test_a_callflow_that_is_not_enabled_is_not_reached_and_that_is_said() -> None:
    made = steps(office({**flow({"type": "end"}), "enabled": False}), call("200"))
    assert made[0].action == Reject(404, "Not Found")
    assert "callflow it has the number 200, but is not enabled" in said(made)


@pytest.mark.parametrize("number", ["112", "15"])
def test_an_emergency_number_comes_before_a_callflow_that_has_it(number: str) -> None:
    (step,) = steps(office(flow({"type": "end", "code": 403}, number="112")), call(number))
    assert isinstance(step.action, Dial) and step.action.emergency and step.action.number == number
    assert step.action.caller_number == "+33140000102"


def test_an_emergency_call_is_never_refused() -> None:
    directory = office(also="", marie_desk=", enabled: false")
    assert last(directory, call("101", login="marie-desk")) == Reject(403, "Forbidden")
    assert isinstance(last(directory, call("112", login="marie-desk")), Dial)
    assert isinstance(last(directory, call("112", login="nobody-knows")), Dial)


def test_an_emergency_call_that_fails_tells_the_caller_so() -> None:
    assert last(office(), call("112"), "congestion") == Reject(503, "Service Unavailable")
    assert last(office(), call("112"), "busy") == Reject(486, "Busy Here")


def test_a_login_that_nobody_has_may_not_call() -> None:
    made = steps(office(), call("101", login="ghost"))
    assert made[0].action == Reject(403, "Forbidden") and "no device of account default logs in as 'ghost'" in said(
        made
    )


def test_a_caller_is_known_by_the_line_that_calls() -> None:
    second = flow(ring({"user": "marie"}), number="151", identity="marie-2")
    (step,) = steps(office(second), call("102", login="marie-desk-2"))
    assert (step.properties.caller_number, step.properties.caller_name) == ("151", "Marie")


def test_a_realm_that_nobody_has_reaches_nothing() -> None:
    stranger = call("101").__class__("101", "other.example", "josh-desk")
    assert isinstance(last(office(), stranger), Reject)


def test_what_a_pattern_captured_can_be_dialled() -> None:
    out = {**flow({"type": "dial_out", "number": "{rest}"}, number=""), "patterns": [r"9(?P<rest>\d{6,})"]}
    action = last(office(out), call("90140000999"))
    assert isinstance(action, Dial) and action.number == "+33140000999"
    assert not isinstance(action, Service)
