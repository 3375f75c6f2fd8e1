"""Cursors: whoever gives one back finds the call where it was, and nobody can make one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.callflow.action import Reject
from offhook.callflow.call import Call, Outcome
from offhook.callflow.cursor import CallflowGone, CursorExpired, CursorForged, CursorOutdated, seal, unseal
from offhook.callflow.engine import resume, route
from offhook.callflow.memory import Exchange
from offhook.callflow.position import Position, Return
from offhook.directory import Directory
from tests.offices import entry_of, read_clear

from .calls import EXCHANGE, KEY, MARIE, MONDAY_NOON, call, flow, last, office, ring, rung, service, steps

texts = st.text(max_size=20)
numbers = st.integers(0, 2**32 - 1)
positions = st.builds(
    Position, account=texts, callflow=texts, mark=numbers, node=texts, call=st.builds(Call, called=texts, number=texts),
    number=texts, captures=st.dictionaries(texts, texts, max_size=2), seed=numbers, turn=numbers, expires=st.just(100.0),
    stack=st.lists(st.builds(Return, texts, numbers, texts), max_size=2).map(tuple), answered=st.booleans(),
    caller_name=st.one_of(st.none(), texts), vars=st.dictionaries(texts, texts, max_size=2),
)  # fmt: skip


@given(positions)
def test_a_position_survives_being_a_cursor(position: Position) -> None:
    assert unseal(KEY, seal(KEY, position), 99.0) == position


@given(positions, st.data())
def test_an_altered_cursor_is_refused(position: Position, data: st.DataObject) -> None:
    cursor = seal(KEY, position)
    index = data.draw(st.integers(0, len(cursor) - 1))
    sign = data.draw(st.sampled_from("ABCxyz019-_"))
    altered = cursor[:index] + sign + cursor[index + 1 :]
    if altered == cursor:
        return
    try:
        read = unseal(KEY, altered, 99.0)
    except CursorForged:
        return
    assert read == position, "only bits that base64 does not use may differ"


@given(st.text(max_size=200))
def test_any_text_is_refused_as_a_cursor(text: str) -> None:
    with pytest.raises(CursorForged):
        unseal(KEY, text, 0.0)


def test_a_cursor_of_a_server_with_another_key_is_refused() -> None:
    (step,) = steps(office(), call("101"))
    assert step.cursor is not None
    with pytest.raises(CursorForged, match="another key"):
        resume(office(), step.cursor, Outcome("busy"), Exchange(b"x" * 32), now=MONDAY_NOON)


def test_a_cursor_that_comes_back_too_late_is_refused_and_says_how_late() -> None:
    (step,) = steps(office(), call("101"))
    assert step.cursor is not None
    resume(office(), step.cursor, Outcome("busy"), EXCHANGE, now=MONDAY_NOON + 20 + 600)
    with pytest.raises(CursorExpired, match="ran out 5 s ago"):
        resume(office(), step.cursor, Outcome("busy"), EXCHANGE, now=MONDAY_NOON + 20 + 605)


def test_a_cursor_of_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (step,) = steps(office(), call("101"))
    monkeypatch.setattr("offhook.callflow.cursor.VERSION", b"\xff")
    assert step.cursor is not None
    with pytest.raises(CursorOutdated):
        resume(office(), step.cursor, Outcome("busy"), EXCHANGE, now=MONDAY_NOON)


def test_a_usual_cursor_is_short_and_holds_no_secret() -> None:
    (step,) = steps(office(), call("101", id="f81d4fae-7dec-11d0-a765-00a0c91e6bf6@10.0.0.1"))
    assert step.cursor is not None and len(step.cursor) < 300
    assert KEY.decode() not in step.cursor


def test_any_replica_takes_the_call_up() -> None:
    """Another process has its own directory of the same documents."""
    (step,) = steps(office(), call("101"))
    assert step.cursor is not None
    again = resume(office(), step.cursor, Outcome("busy"), Exchange(KEY), now=MONDAY_NOON)
    assert service(again.action)[0] == "voicemail"


def changed_office(later: dict[str, Any] | None) -> tuple[str, Directory]:
    """A call in callflow marie, which is then changed (None: removed)."""
    directory = office()
    step = route(directory, call("101"), EXCHANGE, now=MONDAY_NOON)
    assert step.cursor is not None
    entry = None
    if later is not None:
        entry = entry_of(read_clear("callflows", msgspec.json.encode({**MARIE, **later})), 2)
    return step.cursor, directory.changed(2, [(("default", "callflows", "marie"), entry)])


def test_a_call_goes_on_in_the_callflow_as_it_was_when_that_is_changed_meanwhile() -> None:
    ends: dict[str, Any] = {"start": "e", "nodes": {"e": {"type": "end", "code": 404}}}
    for later in (ends, None):
        cursor, directory = changed_office(later)
        step = resume(directory, cursor, Outcome("busy"), EXCHANGE, now=MONDAY_NOON)
        assert service(step.action)[0] == "voicemail"
        assert any("callflow marie has changed: this call goes on in it as it was" in line for line in step.trace)


def test_after_a_restart_the_call_goes_on_in_the_callflow_as_it_is() -> None:
    (step,) = steps(office(), call("101"))
    changed = flow(ring({"device": "hall"}), number="101", identity="marie")
    changed["nodes"]["r"] = {**changed["nodes"].pop("start"), "next": {"busy": "e"}}
    changed["nodes"]["e"] = {"type": "end", "code": 404}
    changed["start"] = "r"
    restarted = office(changed)
    assert step.cursor is not None
    again = resume(restarted, step.cursor, Outcome("busy"), EXCHANGE, now=MONDAY_NOON)
    assert again.action == Reject(404, "Not Found")
    assert rung(last(restarted, call("101"))) == ["hall"]


def test_a_place_that_is_gone_after_a_restart_is_said() -> None:
    (step,) = steps(office(), call("101"))
    assert step.cursor is not None
    elsewhere = flow({"type": "end"}, number="101", identity="marie")
    with pytest.raises(CallflowGone, match="node r of callflow marie was removed"):
        resume(office(elsewhere), step.cursor, Outcome("busy"), EXCHANGE, now=MONDAY_NOON)
