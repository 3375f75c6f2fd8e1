"""The plan of a call says beforehand what stepping through it would decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.callflow.action import LAST, Ask, Change, Reject, Ring
from offhook.callflow.call import Call, Outcome
from offhook.callflow.engine import resume, route
from offhook.callflow.plan import MOST_BYTES, MOST_STEPS, Plan, Query, plan, plan_from
from offhook.directory import Directory

from .calls import EXCHANGE, MONDAY_NOON, call, flow, office, ring, service
from .flows import ALSO, OUTCOMES
from .test_walk import callers, offices

HALL = ring({"device": "hall"})


def planned(directory: Directory, made: Call | None = None, **more: Any) -> Plan:
    return plan(directory, made or call(), EXCHANGE, now=more.pop("now", MONDAY_NOON), **more)


def names(made: Plan) -> list[str]:
    return [type(step.action).__name__ for step in made.steps]


def test_a_users_callflow_is_two_steps_and_a_question_for_redirections() -> None:
    made = planned(office(), call("101"))
    assert names(made)[:2] == ["Ring", "Service"]
    first = made.steps[0]
    assert {first.on[cause] for cause in ("busy", "no_answer", "rejected", "unreachable", "failed")} == {1}
    assert first.next is not None and isinstance(query := made.steps[first.next].action, Query) and query.otherwise == 1
    assert made.steps[made.steps[1].on["done"]].action.__class__.__name__ == "Hangup"


def test_branches_lead_to_their_own_steps() -> None:
    directory = office(flow({**HALL, "next": {"busy": "b"}}, b={"type": "voicemail", "box": "general"}))
    made = planned(directory)
    assert service(made.steps[made.steps[0].on["busy"]].action)[0] == "voicemail"  # type: ignore[arg-type]
    assert made.steps[made.steps[0].on["no_answer"]].action == Reject(480, "Temporarily Unavailable")


def test_a_menu_is_unrolled_by_its_digits_and_asked_about_extensions() -> None:
    menu = {"type": "menu", "tries": 1, "direct_dial": {"extensions": True}, "next": {"1": "r"}}
    made = planned(office(flow(menu, r=HALL)))
    first = made.steps[0]
    assert isinstance(made.steps[first.on["digits:1"]].action, Ring)
    assert first.next is not None and isinstance(made.steps[first.next].action, Query)
    made = planned(office(flow({"type": "menu", "tries": 1, "next": {"1": "r"}}, r=HALL)))
    assert service(made.steps[made.steps[0].next or 0].action)[1]["media"] == "goodbye"  # type: ignore[arg-type]


def test_a_circle_through_a_menu_is_a_circle_in_the_plan() -> None:
    wait = {"type": "wait", "seconds": 1, "next": {"done": "start"}}
    made = planned(office(flow({"type": "menu", "tries": 1, "next": {"1": "w"}}, w=wait)))
    waits = made.steps[0].on["digits:1"]
    again = made.steps[waits].on["done"]
    assert made.steps[again].on["digits:1"] == waits and len(made.steps) < 10


def test_the_tries_of_a_menu_are_steps_of_their_own() -> None:
    made = planned(office(flow({"type": "menu", "tries": 3, "next": {"1": "r"}}, r=HALL)))
    index, heard = 0, []
    for _ in range(4):
        heard.append(service(made.steps[index].action)[0])  # type: ignore[arg-type]
        index = made.steps[index].on.get("no_input", 0)
    assert heard == ["menu", "menu", "menu", "announce"]


def test_what_a_web_service_or_a_setting_decides_is_asked_for_when_it_is_due() -> None:
    ask = {"type": "ask", "url": "https://x.example", "next": {"vip": "r", "failed": "e"}}
    made = planned(office(flow({**HALL, "next": {"else": "ask"}}, ask=ask, r=HALL, e={"type": "end", "code": 404})))
    asked = made.steps[made.steps[0].on["busy"]].action
    assert isinstance(asked, Query) and made.steps[asked.otherwise].action == Reject(404, "Not Found")
    step = resume(office(flow({**HALL, "next": {"else": "ask"}}, ask=ask, r=HALL, e={"type": "end"})), asked.cursor,
                  Outcome("busy"), EXCHANGE, now=MONDAY_NOON)  # fmt: skip
    assert isinstance(step.action, Ask)


def test_hours_that_may_have_changed_by_then_are_asked_for_again() -> None:
    hours = {"type": "hours", "schedule": "week", "next": {"open": "o", "closed": "c"}}
    it = flow({**HALL, "timeout": 30, "next": {"else": "hours"}}, hours=hours, o={"type": "end", "code": 486},
              c={"type": "end", "code": 480})  # fmt: skip
    directory = office(it, also=ALSO)
    closing = datetime.fromisoformat("2026-11-23T16:59:40+01:00").timestamp()
    late = planned(directory, now=closing)
    asked = late.steps[late.steps[0].on["busy"]].action
    assert isinstance(asked, Query) and late.steps[asked.otherwise].action == Reject(486, "Busy Here")
    at_noon = planned(directory)
    assert at_noon.steps[at_noon.steps[0].on["busy"]].action == Reject(486, "Busy Here")


def test_a_cursor_of_a_late_step_is_taken_back_late() -> None:
    directory = office(flow({**HALL, "timeout": 9000, "next": {"else": "b"}}, b={**HALL, "timeout": 9000}))
    made = planned(directory)
    second = made.steps[made.steps[0].on["busy"]]
    asked = made.steps[second.next or 0].action
    assert isinstance(asked, Query)
    later = resume(directory, asked.cursor, Outcome.of("redirected:103"), EXCHANGE, now=MONDAY_NOON + 18_000)
    assert isinstance(later.action, Ring)


@settings(max_examples=150, deadline=None)
@given(offices, callers, st.lists(st.sampled_from(OUTCOMES), max_size=10), st.integers(0, 9))
def test_carrying_out_the_plan_is_stepping(directory: Directory, made: Call, outcomes: list[str], seed: int) -> None:
    """As a proxy does it: by the plan, and where that says so by asking again; what is ours to do is done first."""
    step = route(directory, made, EXCHANGE, now=MONDAY_NOON, seed=seed)
    steps, index = plan_from(directory, step, EXCHANGE, now=MONDAY_NOON).steps, 0
    for text in outcomes:
        assert steps[index].action == step.action
        if isinstance(step.action, LAST):
            return
        assert step.cursor is not None
        outcome = Outcome.of(text)
        known = outcome.cause in step.outcomes and (outcome.cause != "digits" or outcome.value)
        if not known:
            continue
        following = resume(directory, step.cursor, outcome, EXCHANGE, now=MONDAY_NOON)
        next_index = steps[index].on.get(str(outcome), steps[index].next)
        assert next_index is not None
        index = next_index
        if isinstance(query := steps[index].action, Query):
            asked = resume(directory, query.cursor, outcome, EXCHANGE, now=MONDAY_NOON)
            assert asked.action == following.action
            steps, index = plan_from(directory, asked, EXCHANGE, now=MONDAY_NOON).steps, 0
        step = following


@settings(max_examples=150, deadline=None)
@given(offices, callers, st.integers(0, 9))
def test_a_plan_is_bounded_and_every_way_in_it_leads_somewhere(directory: Directory, made: Call, seed: int) -> None:
    steps = plan(directory, made, EXCHANGE, now=MONDAY_NOON, seed=seed).steps
    assert len(steps) <= MOST_STEPS
    later = sum(len(msgspec.msgpack.encode(step.action)) for step in steps[1:] if not isinstance(step.action, Query))
    assert later <= MOST_BYTES
    for number, step in enumerate(steps):
        ways = [*step.on.values(), *([step.next] if step.next is not None else [])]
        assert all(0 <= index < len(steps) for index in ways)
        if isinstance(step.action, Query):
            assert 0 <= step.action.otherwise < len(steps)
            assert not isinstance(steps[step.action.otherwise].action, Query), "the way out needs no question"
        elif not isinstance(step.action, LAST):
            assert ways
        if number:
            assert not isinstance(step.action, Ask | Change), "what is ours to do is no proxy's"
