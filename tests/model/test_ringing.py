"""Whose extension a callflow's number is: who it rings first and alone, before the caller had any choice."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.model.callflow import Callflow
from offhook.model.kind import make_document
from offhook.model.ringing import first_rung

MARIE, JOSH, HALL, DESK = {"user": "marie"}, {"user": "josh"}, {"device": "hall"}, {"group": "desk"}


def flow(nodes: dict[str, Any], identity: str = "flow", start: str = "a") -> Callflow:
    document = make_document("callflows", {"id": identity, "start": start, "nodes": nodes}, "callflow")
    assert isinstance(document, Callflow)
    return document


def first(*flows: Callflow) -> set[tuple[str, str]]:
    by_id = {one.id: one for one in flows}
    return {rung.target for rung in first_rung(by_id.get, flows[0].id) if rung.first}


def ring(*targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "ring", "targets": list(targets), **more}


def test_a_flow_that_rings_one_user_is_that_users() -> None:
    assert first(flow({"a": ring(MARIE, next={"else": "b"}), "b": {"type": "voicemail", "box": "marie"}})) == {
        ("users", "marie")
    }


def test_a_flow_that_rings_everybody_is_nobodys_extension() -> None:
    assert first(flow({"a": ring(MARIE, JOSH, HALL)})) == set()


def test_a_number_outside_that_rings_beside_changes_nothing() -> None:
    assert first(flow({"a": ring(MARIE, {"number": "+15145550199"})})) == {("users", "marie")}


def test_who_joins_later_does_not_count() -> None:
    assert first(flow({"a": ring(MARIE, {**JOSH, "delay": 10})})) == {("users", "marie")}


def test_in_order_the_first_counts_and_at_random_nobody() -> None:
    assert first(flow({"a": ring(MARIE, JOSH, order="in_order")})) == {("users", "marie")}
    assert first(flow({"a": ring(MARIE, JOSH, order="random")})) == set()


def test_whoever_is_rung_second_has_no_extension() -> None:
    assert first(flow({"a": ring(MARIE, next={"else": "b"}), "b": ring(JOSH)})) == {("users", "marie")}


def test_opening_hours_are_no_choice_of_the_caller() -> None:
    hours = {"type": "hours", "schedule": "s", "next": {"open": "b", "closed": "c"}}
    assert first(flow({"a": hours, "b": ring(MARIE), "c": ring(DESK)})) == {("users", "marie"), ("groups", "desk")}


@pytest.mark.parametrize(
    "choice", [{"type": "menu", "next": {"1": "b"}}, {"type": "directory", "next": {"found": "b"}}]
)
def test_behind_a_menu_nobody_has_an_extension(choice: dict[str, Any]) -> None:
    assert first(flow({"a": choice, "b": ring(MARIE)})) == set()


def test_another_flow_is_followed_even_in_a_circle() -> None:
    one = flow({"a": {"type": "flow", "flow": "two"}}, "one")
    two = flow({"a": {"type": "hours", "schedule": "s", "next": {"open": "b", "closed": "c"}}, "b": ring(MARIE),
                "c": {"type": "flow", "flow": "one"}}, "two")  # fmt: skip
    assert first(one, two) == {("users", "marie")}


def returning(to: str, **following: str) -> dict[str, Any]:
    return {"type": "flow", "flow": to, "return": True, "next": following}


def test_behind_a_callflow_that_returns_without_ringing_whoever_rings_is_first() -> None:
    sub = flow({"a": {"type": "announce", "text": "moment"}}, "sub")
    assert first(flow({"a": returning("sub", done="b"), "b": ring(MARIE)}), sub) == {("users", "marie")}
    assert first(flow({"a": returning("sub"), "b": ring(MARIE)}), sub) == set()


def test_behind_a_callflow_that_rings_somebody_nobody_is_first() -> None:
    sub = flow({"a": ring(JOSH)}, "sub")
    assert first(flow({"a": returning("sub", done="b"), "b": ring(MARIE)}), sub) == {("users", "josh")}


def test_a_callflow_whose_own_branches_lead_on_does_not_come_back() -> None:
    sub = flow({"a": {"type": "announce", "text": "x", "next": {"else": "b"}}, "b": ring(JOSH)}, "sub")
    assert first(flow({"a": returning("sub", done="b"), "b": ring(MARIE)}), sub) == {("users", "josh")}


def test_a_callflow_comes_back_through_another_one_and_from_a_circle() -> None:
    inner = flow({"a": {"type": "set"}}, "inner")
    outer = flow({"a": returning("inner")}, "outer")
    main = flow({"a": returning("outer", done="b"), "b": ring(MARIE)})
    assert first(main, outer, inner) == {("users", "marie")}
    again = flow({"a": returning("again", done="b"), "b": ring(MARIE)}, "again")
    assert first(again) == set()
