"""Whatever a callflow looks like and whatever comes of its steps, the call is decided: always, the same way, and in time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.callflow.action import LAST, Page, Ring, Service, Step
from offhook.callflow.call import Call, Outcome
from offhook.callflow.engine import resume, route, start, step_of
from offhook.callflow.table import NODE_TYPES
from offhook.callflow.walk import MOST_JUMPS, MOST_NODES, Walk
from offhook.directory import Directory
from offhook.model.any_node import AnyNode

from .calls import EXCHANGE, MONDAY_NOON, call, office, outside
from .flows import ALSO, OUTCOMES, forwards, two_flows

MOST_OUTCOMES = 900
"""Steps that a call can take at most: each of 200 nodes may ask three times, and phones may redirect."""

offices = st.builds(
    lambda made, marie, josh, ann: office(*made, also=ALSO, marie=marie, josh=josh, ann=ann),
    two_flows, forwards, forwards, forwards,
)  # fmt: skip
callers = st.sampled_from([call("201"), call("201", login="marie-desk"), call("201", login="bell"),
                           outside("+33140000201"), outside("+33140000201", "", anonymous=True)])  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(offices, callers, st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=8), st.integers(0, 9))
def test_any_call_comes_to_an_end(directory: Directory, made: Call, outcomes: list[str], seed: int) -> None:
    step = route(directory, made, EXCHANGE, now=MONDAY_NOON, seed=seed)
    for count in range(MOST_OUTCOMES):
        sound(step)
        if step.cursor is None:
            return
        outcome = Outcome.of(outcomes[count % len(outcomes)])
        step = resume(directory, step.cursor, outcome, EXCHANGE, now=MONDAY_NOON)
    raise AssertionError(f"still at {step.node} of {step.callflow} after {MOST_OUTCOMES} outcomes")


def sound(step: Step) -> None:
    """What must be true of every step."""
    assert (step.cursor is None) == isinstance(step.action, LAST)
    assert step.trace, "every decision says how it was made"
    if isinstance(step.action, Ring):
        addresses = [leg.address for stage in step.action.stages for leg in stage.legs]
        assert addresses and len(addresses) == len(set(addresses)), "one leg an address"
        for stage in step.action.stages:
            assert stage.legs and stage.timeout > 0
            assert all(leg.timeout > 0 and leg.delay + leg.timeout <= stage.timeout for leg in stage.legs)
            assert [leg.delay for leg in stage.legs] == sorted(leg.delay for leg in stage.legs)
    if isinstance(step.action, Page):
        assert step.action.legs
    if isinstance(step.action, Service):
        assert step.action.outcomes


def in_one_process(directory: Directory, made: Call, outcomes: list[str], seed: int) -> list[Any]:
    """The walk without cursors: one position that goes through the whole call."""
    started = start(directory, made, EXCHANGE, now=MONDAY_NOON, seed=seed, turn=seed)
    assert isinstance(started, Walk)
    action = started.run()
    actions = [(action, step_of(started, action).properties)]
    for outcome in outcomes:
        if isinstance(action, LAST):
            break
        started.nobody, started.chain, started.spent = False, 0, [0]
        action = started.resume(Outcome.of(outcome))
        actions.append((action, step_of(started, action).properties))
    return actions


@settings(max_examples=150, deadline=None)
@given(offices, callers, st.lists(st.sampled_from(OUTCOMES), max_size=12), st.integers(0, 9))
def test_cursor_by_cursor_it_is_the_same_walk_as_in_one_process(
    directory: Directory, made: Call, outcomes: list[str], seed: int
) -> None:
    step = route(directory, made, EXCHANGE, now=MONDAY_NOON, seed=seed, turn=seed)
    actions = [(step.action, step.properties)]
    for outcome in outcomes:
        if step.cursor is None:
            break
        step = resume(directory, step.cursor, Outcome.of(outcome), EXCHANGE, now=MONDAY_NOON)
        actions.append((step.action, step.properties))
    assert actions == in_one_process(directory, made, outcomes, seed)


@settings(max_examples=60, deadline=None)
@given(offices, callers, st.sampled_from(OUTCOMES))
def test_the_same_question_has_the_same_answer(directory: Directory, made: Call, outcome: str) -> None:
    steps = [route(directory, made, EXCHANGE, now=MONDAY_NOON, seed=4) for _ in range(2)]
    assert steps[0] == steps[1]
    if steps[0].cursor is not None:
        again = [resume(directory, steps[0].cursor, Outcome.of(outcome), EXCHANGE, now=MONDAY_NOON) for _ in range(2)]
        assert again[0] == again[1]


def test_the_bounds_are_those_of_the_design() -> None:
    assert (MOST_NODES, MOST_JUMPS) == (200, 50)


def test_every_type_of_node_has_its_place_in_the_table_and_a_section_in_the_docs() -> None:
    types = set(get_args(AnyNode))
    assert set(NODE_TYPES) == types and len(types) == 25
    page = (Path(__file__).parents[2] / "docs" / "callflow" / "engine.md").read_text(encoding="utf-8")
    assert {str(one.__struct_config__.tag) for one in types} <= set(re.findall(r"^## (\w+)$", page, re.MULTILINE))
