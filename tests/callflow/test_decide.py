"""Nodes that decide by themselves, and going from one callflow into another."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.callflow.action import Hangup, Reject

from .calls import MONDAY_NOON, call, flow, last, office, outside, ring, rung, said, service, steps

WEEK = """
schedules:
- {id: week, periods: {open: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}], closed: else}}
modes:
- {id: night, states: [day, night], state: night, until: "2026-11-23T13:00:00+01:00"}
"""


def ends(**branches: int) -> dict[str, Any]:
    return {name: {"type": "end", "code": code} for name, code in branches.items()}


def code(directory: Any, made: Any, **more: Any) -> int:
    action = last(directory, made, **more)
    assert isinstance(action, Reject), action
    return action.code


def test_hours_branch_by_the_period_in_the_accounts_own_time() -> None:
    node = {"type": "hours", "schedule": "week", "next": {"open": "o", "closed": "c"}}
    directory = office(flow(node, **ends(o=486, c=480)), also=WEEK)
    made = steps(directory, call())
    assert code(directory, call()) == 486 and made[0].clocks == ("schedules/week",)
    assert "schedule week: Mon 2026-11-23 12:00:00 Europe/Paris is in open" in said(made)
    assert code(directory, call(), now=MONDAY_NOON + 5 * 3600) == 480


def test_a_mode_goes_back_to_its_resting_state_when_its_time_is_over() -> None:
    node = {"type": "mode", "mode": "night", "next": {"day": "o", "night": "c"}}
    directory = office(flow(node, **ends(o=486, c=480)), also=WEEK)
    assert code(directory, call()) == 480
    assert code(directory, call(), now=MONDAY_NOON + 3600) == 486


CASES: list[tuple[dict[str, Any], Any, bool]] = [
    ({"device": "bell"}, call(login="bell"), True),
    ({"device": "bell"}, call(), False),
    ({"user": "josh"}, call(), True),
    ({"user": "josh"}, call(login="hall"), False),
    ({"group": "desk"}, call(), True),
    ({"group": "desk"}, call(login="hall"), True),
    ({"group": "desk"}, call(login="ann-desk"), False),
    ({"numbers": ["102"]}, call(), True),
    ({"numbers": ["01 40 00 09 09"]}, outside("+33140000200", "+33140000909"), True),
    ({"patterns": [r"\+331.*"]}, outside("+33140000200", "0140000909"), True),
    ({"patterns": [r"331"]}, outside("+33140000200", "+33140000909"), False),
    ({"anonymous": True}, outside("+33140000200", "", anonymous=True), True),
    ({"anonymous": True}, outside("+33140000200", "+33140000909"), False),
    ({"inside": False}, outside("+33140000200"), True),
    ({"inside": True}, outside("+33140000200"), False),
    ({"user": "josh", "numbers": ["103"]}, call(), False),
]


@pytest.mark.parametrize(("case", "made", "is_it"), CASES)
def test_who_calls(case: dict[str, Any], made: Any, is_it: bool) -> None:
    node = {"type": "caller_is", "cases": [{"name": "yes", **case}], "next": {"yes": "y", "else": "n"}}
    directory = office({**flow(node, **ends(y=486, n=480)), "numbers": ["200", "+33140000200"]})
    assert code(directory, made) == (486 if is_it else 480)


def test_of_several_cases_the_first_that_holds_counts() -> None:
    cases = [{"name": "a", "inside": False}, {"name": "b", "user": "josh"}, {"name": "c", "inside": True}]
    node = {"type": "caller_is", "cases": cases, "next": {"a": "a", "b": "b", "c": "c", "else": "a"}}
    assert code(office(flow(node, **ends(a=404, b=486, c=480))), call()) == 486


@pytest.mark.parametrize(("called", "expected"), [("*7101", 486), ("*79", 480), ("*755", 404)])
def test_what_was_captured_can_be_looked_at(called: str, expected: int) -> None:
    cases = [{"name": "a", "values": ["101", "102"]}, {"name": "b", "patterns": [r"\d"]}]
    node = {"type": "number_is", "capture": "1", "cases": cases, "next": {"a": "a", "b": "b", "else": "c"}}
    it = {**flow(node, number="", **ends(a=486, b=480, c=404)), "patterns": [r"\*7(\d+)"]}
    assert code(office(it), call(called)) == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [("user.id", "josh"), ("device.id", "josh-desk"), ("account.timezone", "Europe/Paris"), ("call.called", "200"),
     ("call.number", "102"), ("vars.colour", "red 200"), ("call.priority", "3"), ("user.language", "")],
)  # fmt: skip
def test_a_variable_of_the_call_or_its_caller(variable: str, value: str) -> None:
    looks = {"type": "variable_is", "variable": variable, "cases": [{"name": "yes", "values": [value]}],
             "next": {"yes": "y", "else": "n"}}  # fmt: skip
    sets = {"type": "set", "vars": {"colour": "red {1}"}, "priority": 3, "next": {"done": "look"}}
    it = {**flow(sets, number="", look=looks, **ends(y=486, n=480)), "patterns": [r"(2\d\d)"]}
    assert code(office(it), call()) == 486


def test_no_secret_of_a_device_can_be_looked_at() -> None:
    node = {"type": "variable_is", "variable": "device.sip", "cases": [{"name": "no", "values": [""]}],
            "next": {"no": "n", "else": "y"}}  # fmt: skip
    assert code(office(flow(node, **ends(n=404, y=486))), call()) == 404


ANNOUNCE = {"type": "announce", "text": "hello"}


def test_another_callflow_goes_on_with_its_own_lines() -> None:
    go = flow({"type": "flow", "flow": "marie"})
    made = steps(office(go), call())
    assert made[0].callflow == "marie" and rung(made[0].action) == ["marie-desk", "marie-home"]


def test_a_callflow_that_returns_goes_on_by_done_when_the_other_has_run_out() -> None:
    sub = flow(ANNOUNCE, number="", identity="sub")
    main = flow({"type": "flow", "flow": "sub", "return": True, "next": {"done": "r"}}, r=ring({"device": "hall"}))
    made = steps(office(sub, main), call(), "done")
    assert service(made[0].action)[1]["text"] == "hello" and rung(made[1].action) == ["hall"]
    assert "callflow sub has run out: back to start of callflow it" in said(made)


def test_without_return_the_other_callflow_has_the_last_word() -> None:
    sub = flow(ANNOUNCE, number="", identity="sub")
    main = flow({"type": "flow", "flow": "sub", "next": {"done": "r"}}, r=ring({"device": "hall"}))
    assert last(office(sub, main), call(), "done") == Hangup()


def test_a_returning_callflow_within_another_comes_back_twice() -> None:
    inner = flow(ANNOUNCE, number="", identity="inner")
    middle = flow({"type": "flow", "flow": "inner", "return": True}, number="", identity="middle")
    main = flow({"type": "flow", "flow": "middle", "return": True, "next": {"done": "r"}}, r=ring({"device": "hall"}))
    assert rung(last(office(inner, middle, main), call(), "done")) == ["hall"]


def test_a_callflow_that_is_not_there_is_passed_by() -> None:
    main = flow({"type": "flow", "flow": "gone", "next": {"done": "r"}}, r=ring({"device": "hall"}))
    made = steps(office(main), call())
    assert rung(made[0].action) == ["hall"] and "callflow gone does not exist" in said(made)


def test_callflows_that_call_each_other_come_to_an_end() -> None:
    one = flow({"type": "flow", "flow": "two"}, identity="one")
    two = flow({"type": "flow", "flow": "one"}, number="", identity="two")
    made = steps(office(one, two), call())
    assert made[0].action == Reject(482, "Loop Detected") and "another callflow 50 times" in said(made)


def test_nodes_that_go_in_a_circle_come_to_an_end() -> None:
    a = {"type": "set", "next": {"done": "b"}}
    made = steps(office(flow(a, b={"type": "notify", "next": {"done": "start"}})), call())
    assert made[0].action == Reject(482, "Loop Detected") and "200 nodes" in said(made)
