"""What would leave a call without an answer is refused when the callflow is saved, by its field."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.callflow.check import check_callflow
from offhook.directory import Directory
from offhook.model.callflow import Callflow

from .calls import flow, office, ring
from .flows import ALSO

END = {"type": "end"}
HALL = ring({"device": "hall"})


def problems(directory: Directory, identity: str = "it") -> list[str]:
    callflow = directory.find(Callflow, "default", identity)
    assert callflow is not None
    return [str(problem) for problem in check_callflow(directory, callflow)]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"type": "hours", "schedule": "week", "next": {"open": "e"}}, "nodes.start.next: say what happens when it is closed"),
    ({"type": "mode", "mode": "night", "next": {"day": "e"}}, "nodes.start.next: say what happens when it is night"),
    ({"type": "ask", "url": "https://x.example", "next": {"vip": "e"}}, "nodes.start.next: say what happens when it is failed"),
    ({"type": "caller_is", "cases": [{"name": "a", "user": "josh"}], "next": {"a": "e"}}, "nodes.start.next: say what happens when no case holds"),
    ({"type": "caller_is", "cases": [{"name": "a"}], "next": {"else": "e"}}, "nodes.start.cases[0]: say who it is: one of device,"),
    ({"type": "caller_is", "cases": [{"name": "vip", "inside": True}], "next": {"vpi": "e", "else": "e"}}, "nodes.start.next.vpi: no case has this name; did you mean 'vip'?"),
    ({"type": "caller_is", "cases": [{"name": "a", "patterns": ["("]}], "next": {"else": "e"}}, "nodes.start.cases[0].patterns[0]: not a regular expression"),
    ({"type": "number_is", "cases": [{"name": "a"}], "next": {"else": "e"}}, "nodes.start.cases[0]: say what it is: values or patterns"),
    ({"type": "variable_is", "variable": "user.password", "next": {"else": "e"}}, "nodes.start.variable: there is no 'user.password': write vars.<name>"),
    ({"type": "variable_is", "variable": "device.modle", "next": {"else": "e"}}, "did you mean 'device.model'?"),
    ({"type": "menu", "next": {"one": "e"}}, "nodes.start.next.one: a menu has digits"),
    ({"type": "menu", "max_digits": 1, "next": {"12": "e"}}, "nodes.start.next.12: nobody can dial it: max_digits is 1"),
    ({"type": "menu", "prompt": {"sound": "x"}}, "nodes.start.prompt.sound: a prompt is media or text"),
    ({"type": "menu", "direct_dial": {"extensions": True, "deny": ["["]}}, "nodes.start.direct_dial.deny[0]: not a regular expression"),
    ({"type": "set", "headers": {"X A": "1"}, "next": {"done": "e"}}, "nodes.start.headers.X A: a header has a name"),
    ({"type": "set", "headers": {"X-A": "1\r\nEvil: 2"}, "next": {"done": "e"}}, "nodes.start.headers.X-A: a header has a name"),
    ({"type": "setting", "what": "mode"}, "nodes.start.target: name the mode: the caller is none"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "said"), WRONG)
def test_what_is_wrong_is_said_by_its_field(node: dict[str, Any], said: str) -> None:
    (problem,) = problems(office(flow(node, e=END), also=ALSO))
    assert said in problem


@pytest.mark.parametrize(
    "node",
    [
        {"type": "hours", "schedule": "week", "next": {"open": "e", "closed": "e"}},
        {"type": "hours", "schedule": "week", "next": {"else": "e"}},
        {"type": "mode", "mode": "night", "next": {"day": "e", "night": "e"}},
        {"type": "caller_is", "cases": [{"name": "a", "inside": False}], "next": {"a": "e", "else": "e"}},
        {"type": "menu", "prompt": {"media": "m"}, "next": {"1": "e", "*": "e", "no_input": "start", "else": "e"}},
        {"type": "setting", "what": "mode", "target": "night"},
        {"type": "variable_is", "variable": "vars.x", "cases": [{"name": "1", "values": ["1"]}], "next": {"else": "e"}},
    ],
)
def test_what_is_right_passes(node: dict[str, Any]) -> None:
    assert problems(office(flow(node, e=END), also=ALSO)) == []


def test_a_circle_that_asks_nobody_is_refused_and_shown() -> None:
    assert problems(office(flow({**HALL, "next": {"busy": "b"}}, b={**HALL, "next": {"else": "start"}}))) == [
        "nodes.start: goes in a circle without asking the caller: start → b → start; put a menu or a wait into it"
    ]


@pytest.mark.parametrize("between", [{"type": "menu"}, {"type": "wait", "seconds": 1}])
def test_a_circle_through_a_menu_or_a_wait_is_the_callers_own_will(between: dict[str, Any]) -> None:
    again = {**between, "next": {"else": "start"}}
    assert problems(office(flow({**HALL, "next": {"else": "b"}}, b=again))) == []


def test_two_ways_to_one_node_are_no_circle() -> None:
    assert (
        problems(office(flow({**HALL, "next": {"busy": "b", "else": "e"}}, b={**HALL, "next": {"else": "e"}}, e=END)))
        == []
    )


def test_a_pattern_that_another_callflow_has_is_refused() -> None:
    other = {**flow(END, number="", identity="other"), "patterns": ["9.*"]}
    it = {**flow(END), "patterns": ["8.*", "9.*"]}
    assert problems(office(other, it)) == ["patterns[1]: '9.*' is already that of callflow 'other'"]
    assert problems(office({**other, "enabled": False}, it)) == []
