"""Each departure from Kazoo, with a case of its own: what Kazoo does, and that ours does what the rule makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.kazoo_cases import Rehearsal
from tests.importers.kazoo_departures import DEPARTURES, ours, told_alike

Flow = dict[str, Any]
PHONES = {"d1": {"owner": "u1"}, "d2": {"owner": "u1"}, "d3": {"owner": "u2"}, "door": {}, "d9": {"owner": "u9"}}
TRUNK = {"trunk": True, "caller_id": "+15551230000"}
CONNECTED = [{"do": "connected"}, {"do": "end"}]


def play(name: str) -> Flow:
    return {"module": "play", "data": {"id": name}}


def played(name: str) -> list[dict[str, Any]]:
    return [{"do": "answer"}, {"do": "play", "what": name}, {"do": "end"}]


def ring(*targets: dict[str, Any], how: str = "together", timeout: int = 20) -> dict[str, Any]:
    return {"do": "ring", "targets": list(targets), "how": how, "timeout": timeout}


def group_of(*endpoints: tuple[str, dict[str, Any]], **data: Any) -> Flow:
    listed = [{"endpoint_type": "device", "id": name, **times} for name, times in endpoints]
    return {"module": "ring_group", "data": {"endpoints": listed, **data}}


def case(
    flow: Flow, *expected: dict[str, Any], called: str = "1001", also: tuple[Flow, ...] = (), at: str | None = None,
    caller: dict[str, Any] | None = None, digits: tuple[str, ...] = (), outcomes: tuple[str, ...] = (), **given: Any,
) -> dict[str, Any]:  # fmt: skip
    """A case whose callflow cf1 has the number 1001, called by d9."""
    users = {"u1": {"name": "Alice"}, "u2": {"name": "Bob"}, "u9": {}, **given.pop("users", {})}
    devices = {**PHONES, **given.pop("devices", {})}
    return {
        "name": "of our own",
        "given": {
            "account": {"realm": "acme.example", "timezone": "UTC"}, "users": users, "devices": devices,
            "callflows": [{"id": "cf1", "numbers": ["1001"], "flow": flow}, *also], **given,
        },
        "call": {
            "called": called, "from": caller or {"device": "d9"}, "digits": list(digits), "outcomes": list(outcomes),
            **({"at": at} if at else {}),
        },
        "expect": [*([{"do": "flow", "id": "cf1"}] if not expected or expected[0]["do"] != "flow" else []), *expected],
    }  # fmt: skip


FORWARD = {"enabled": True, "number": "5551234567", "substitute": True}
CASES: dict[str, dict[str, Any]] = {
    "end outside": case(
        {"module": "temporal_route", "data": {"rules": ["r"]}, "children": {"r": play("r"), "_": play("else")}},
        {"do": "rule", "rule": "r"}, *played("r"), at="2024-07-02T00:00:00Z",
        rules={"r": {"cycle": "date", "start_date": "2024-07-01"}},
    ),
    "no early answer": case(
        {"module": "group", "data": {"id": "g"}}, {"do": "answer"}, ring({"device": "door"}), *CONNECTED,
        groups={"g": {"members": {"door": {"type": "device"}}}},
    ),
    "forward once": case(
        {"module": "user", "data": {"id": "u1"}},
        ring({"number": "5551234567", "forwarded_for": "d1"}, {"number": "5551234567", "forwarded_for": "d2"}), *CONNECTED,
        users={"u1": {"call_forward": FORWARD}},
    ),
    "no direct calls in groups": case(
        {"module": "group", "data": {"id": "g"}}, ring({"number": "5551234567", "forwarded_for": "d3"}), *CONNECTED,
        groups={"g": {"members": {"d3": {"type": "device"}}}},
        devices={"d3": {"owner": "u2", "call_forward": {**FORWARD, "direct_calls_only": True}}},
    ),
    "equal weights": case(
        {"module": "ring_group", "data": {"strategy": "single", "endpoints": [{"endpoint_type": "group", "id": "g"}]}},
        ring({"device": "door"}, {"device": "d3"}, how="in_order"), *CONNECTED,
        groups={"g": {"members": {name: {"type": "device", "weight": weight} for name, weight in (("d3", 2), ("d2", 1), ("door", 1))}}},
    ),
    "users off": case(
        group_of(("d1", {}), ("door", {})), ring({"device": "d1"}, {"device": "door"}), *CONNECTED,
        users={"u1": {"enabled": False}},
    ),
    "users together": case(
        {"module": "user", "data": {"id": "u1", "strategy": "single"}},
        ring({"device": "d1"}, {"device": "d2"}, how="in_order"), *CONNECTED,
    ),
    "one leg": case(
        group_of(("d1", {"delay": 5}), ("door", {}), ("d1", {"delay": 2})),
        ring({"device": "door"}, {"device": "d1", "delay": 2}, {"device": "d1", "delay": 5}), *CONNECTED,
    ),
    "within the ring": case(
        group_of(("door", {}), ("d1", {"delay": 25})), ring({"device": "door"}, {"device": "d1", "delay": 25}), *CONNECTED
    ),
    "more literal": case(
        play("x"), {"do": "flow", "id": "long", "capture": "12345"}, *played("l"), called="912345",
        also=({"id": "long", "patterns": [r"^9(\d+)$"], "flow": play("l")},
              {"id": "plain", "patterns": [r"^912(\d+)$"], "flow": play("p")}),
    ),
    "no guessed countries": case(
        play("x"), {"do": "flow", "id": "nm"}, {"do": "dial_out", "number": "+44207123"}, *CONNECTED, called="44207123",
        also=({"id": "nm", "numbers": ["no_match"], "flow": {"module": "resources", "data": {}}},),
    ),
    "trunks": case(
        play("x"), {"do": "flow", "id": "p", "capture": "5"}, *played("p"), called="95", caller=TRUNK,
        also=({"id": "p", "patterns": [r"^9(\d)$"], "flow": play("p")},),
    ),
    "menu's words": case(
        {"module": "menu", "data": {"id": "m"}, "children": {"max_retries": play("over")}},
        {"do": "answer"}, {"do": "menu", "menu": "m"}, {"do": "play", "what": "invalid"}, {"do": "menu", "menu": "m"},
        {"do": "play", "what": "invalid"}, {"do": "play", "what": "exit"}, *played("over"), caller=TRUNK,
        digits=("7", "8"), menus={"m": {"retries": 2}},
    ),
    "no return from menus": case(
        {"module": "menu", "data": {"id": "m"}, "children": {"_": play("after")}},
        {"do": "answer"}, {"do": "menu", "menu": "m"}, {"do": "flow", "id": "e"}, ring({"device": "door"}), *played("after"),
        digits=("201",), outcomes=("no_answer",), menus={"m": {"hunt": True}},
        also=({"id": "e", "numbers": ["201"], "flow": {"module": "device", "data": {"id": "door"}}},),
    ),
    "calendar": {
        **case(
            {"module": "temporal_route", "data": {"rules": ["leap"]}, "children": {"leap": play("leap")}},
            {"do": "rule", "rule": "leap"}, *played("leap"), at="2023-03-01T12:00:00Z",
            rules={"leap": {"cycle": "yearly", "month": 2, "days": [29], "start_date": "2011-01-01"}},
        ),
        "name": "QUIRK yearly 29 February",
    },
}  # fmt: skip


def test_every_departure_has_a_case() -> None:
    assert set(CASES) == set(DEPARTURES)


@pytest.mark.parametrize("name", CASES)
def test_ours_departs_as_the_rule_says_and_in_nothing_else(name: str) -> None:
    made = CASES[name]
    rehearsal = Rehearsal(made)
    assert not rehearsal.problems
    expected, taken = ours(made)
    assert taken == [name]
    assert told_alike(rehearsal.actions()) == told_alike(expected)


FAITHFUL: dict[str, dict[str, Any]] = {
    "a rule at midnight of a day on which it begins anew": case(
        {"module": "temporal_route", "data": {"rules": ["r"]}, "children": {"r": play("r")}},
        {"do": "rule", "rule": "r"}, *played("r"), at="2024-07-02T00:00:00Z", rules={"r": {"cycle": "weekly"}},
    ),
    "rounds": case(
        {**group_of(("d1", {}), ("door", {}), repeats=2), "children": {"_": play("x")}},
        ring({"device": "d1"}, {"device": "door"}), ring({"device": "d1"}, {"device": "door"}), *played("x"),
        outcomes=("no_answer", "busy"),
    ),
    "a child ends the rounds": case(
        {**group_of(("d1", {}), ("door", {}), repeats=3), "children": {"USER_BUSY": play("busy"), "_": play("x")}},
        ring({"device": "d1"}, {"device": "door"}), ring({"device": "d1"}, {"device": "door"}), *played("busy"),
        outcomes=("no_answer", "busy"),
    ),
    "turns with their own times": case(
        group_of(("door", {"timeout": 10}), ("d1", {"timeout": 15}), strategy="single", timeout=25),
        ring({"device": "door", "timeout": 10}, {"device": "d1", "timeout": 15}, how="in_order", timeout=25), *CONNECTED,
    ),
    "at random": case(
        group_of(("door", {"weight": 9}), ("d1", {}), strategy="weighted_random"),
        ring({"device": "d1"}, {"device": "door"}, how="random_order"), *CONNECTED,
    ),
    "an owner calls the own mailbox": case(
        {"module": "user", "data": {"id": "u1"}, "children": {"_": {"module": "voicemail", "data": {"id": "v"}}}},
        {"do": "answer"}, {"do": "voicemail_check", "box": "v"}, {"do": "end"}, caller={"device": "d1"},
        vmboxes={"v": {"mailbox": "1001", "owner": "u1"}},
    ),
    "a mailbox that its owner may not open so": case(
        {"module": "voicemail", "data": {"id": "v"}},
        {"do": "answer"}, {"do": "voicemail", "box": "v"}, {"do": "end"}, caller={"device": "d1"},
        vmboxes={"v": {"mailbox": "1001", "owner": "u1", "check_if_owner": False}},
    ),
    "a callflow below a callflow hangs up for good": case(
        {"module": "callflow", "data": {"id": "sub"}, "children": {"_": play("after")}}, {"do": "hangup"},
        also=({"id": "sub", "numbers": ["9"], "flow": {"module": "hangup", "data": {}}},),
    ),
    "an account that is not to be disturbed": case(
        {"module": "user", "data": {"id": "u1"}, "children": {"_": play("x")}}, *played("x"),
        account={"realm": "acme.example", "timezone": "UTC", "dnd": True},
    ),
    "a dial plan": case(
        play("x"), {"do": "flow", "id": "nm"}, {"do": "dial_out", "number": "+14155550100"}, *CONNECTED, called="5550100",
        also=({"id": "nm", "numbers": ["no_match"], "flow": {"module": "resources", "data": {}}},),
        account={"realm": "acme.example", "timezone": "UTC", "dial_plan": {r"^(\d{7})$": {"prefix": "+1415"}}},
    ),
    "a rule that a caller switched on": case(
        {"module": "temporal_route", "data": {"rules": ["r"], "action": "enable"}, "children": {
            "_": {"module": "temporal_route", "data": {"rules": ["r"]}, "children": {"r": play("r"), "_": play("else")}}}},
        {"do": "set_rules", "rules": ["r"], "to": "enable"}, {"do": "rule", "rule": "r"}, *played("r"),
        at="2024-07-01T05:00:00Z", rules={"r": {"cycle": "daily", "from": 32400}},
    ),
    "nobody registered": case(
        {"module": "user", "data": {"id": "u1"}, "children": {"USER_NOT_REGISTERED": play("away"), "_": play("x")}},
        ring({"device": "d1"}, {"device": "d2"}), *played("away"), outcomes=("unreachable",),
    ),
    "a forward beside the phone": case(
        {"module": "device", "data": {"id": "d1"}},
        ring({"device": "d1"}, {"number": "5551234567", "forwarded_for": "d1"}), *CONNECTED,
        devices={"d1": {"owner": "u1", "call_forward": {"enabled": True, "number": "5551234567"}}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAITHFUL)
def test_what_kazoo_does_ours_does(name: str) -> None:
    made = FAITHFUL[name]
    rehearsal = Rehearsal(made)
    assert not rehearsal.problems
    expected, taken = ours(made)
    assert taken == []
    assert told_alike(rehearsal.actions()) == told_alike(expected)
