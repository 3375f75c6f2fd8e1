"""Who rings, when, for how long, and what happens when nobody answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from offhook.callflow.action import Hangup, Over, Reject, Ring
from offhook.callflow.memory import Exchange

from .calls import EXCHANGE, KEY, call, flow, last, legs, office, outside, ring, rung, said, service, steps

MARIE, JOSH, ANN, HALL, DESK = (
    {"user": "marie"},
    {"user": "josh"},
    {"user": "ann"},
    {"device": "hall"},
    {"group": "desk"},
)
BELL = "bell"


def times(*targets: dict[str, Any], login: str = BELL, **fields: Any) -> list[tuple[str, int, int]]:
    """(who, after how many seconds, for how many seconds) rings."""
    action = last(office(flow(ring(*targets, **fields))), call(login=login))
    return [(leg.device or leg.address, leg.delay, leg.timeout) for leg in legs(action)]


def stages(
    *targets: dict[str, Any], chance: dict[str, int] | None = None, **fields: Any
) -> list[tuple[list[str], int]]:
    action = last(office(flow(ring(*targets, **fields))), call(login=BELL), **(chance or {}))
    assert isinstance(action, Ring)
    return [([leg.device or leg.address for leg in stage.legs], stage.timeout) for stage in action.stages]


def test_a_user_rings_on_every_device_at_its_line() -> None:
    second = flow(ring(MARIE), number="151", identity="marie-2")
    action = last(office(second), call("151", login=BELL))
    assert [leg.address for leg in legs(action)] == ["sip:marie-desk-2@a.example", "sip:marie-home-2@a.example"]
    action = last(office(second), call("101", login=BELL))
    assert [leg.address for leg in legs(action)] == ["sip:marie-desk@a.example", "sip:marie-home@a.example"]


def test_a_public_number_rings_the_line_of_its_callflow() -> None:
    second = {**flow(ring(MARIE), identity="marie-2"), "numbers": ["+33140000151", "151"]}
    action = last(office(second), outside("+33140000151"))
    assert {leg.address for leg in legs(action)} == {"sip:marie-desk-2@a.example", "sip:marie-home-2@a.example"}


def test_a_phone_that_holds_one_account_rings_at_its_first_line() -> None:
    second = flow(ring(MARIE), number="151", identity="marie-2")
    one_line = Exchange(KEY, accounts=lambda model: 1)
    action = last(office(second), call("151", login=BELL), exchange=one_line)
    assert [leg.address for leg in legs(action)] == ["sip:marie-desk@a.example", "sip:marie-home@a.example"]


def test_another_number_rings_the_first_line() -> None:
    second = flow(ring(MARIE), number="151", identity="marie-2")
    action = last(office(second, flow(ring(MARIE, {**HALL, "timeout": 5}))), call(login=BELL))
    assert [leg.address for leg in legs(action)][:2] == ["sip:marie-desk@a.example", "sip:marie-home@a.example"]


def test_a_handset_of_a_base_rings_on_the_line_that_is_its_users() -> None:
    base = "devices:\n- {id: base, sip: {username: base, password: x}, lines: [{user: marie}, {user: ann}]}\n"
    action = last(office(also=base), call("103", login=BELL))
    assert [leg.address for leg in legs(action)] == ["sip:ann-desk@a.example", "sip:base-2@a.example"]


def test_an_unowned_device_is_rung_and_has_no_mailbox() -> None:
    made = steps(office(), call("110", login=BELL), "no_answer")
    assert rung(made[0].action) == ["hall"] and made[1].action == Reject(480, "Temporarily Unavailable")


def test_a_group_rings_its_members_with_their_delays() -> None:
    assert times(DESK, timeout=30) == [
        ("marie-desk", 0, 30), ("marie-home", 0, 30), ("josh-desk", 5, 25), ("hall", 10, 20)
    ]  # fmt: skip


def test_delays_of_a_group_count_from_the_targets_own_delay() -> None:
    assert times({**DESK, "delay": 3, "timeout": 4}, timeout=30)[2:] == [("josh-desk", 8, 4), ("hall", 13, 4)]


def test_who_would_begin_after_the_end_does_not_ring() -> None:
    assert times(HALL, {**JOSH, "delay": 20}, timeout=20) == [("hall", 0, 20)]


def test_a_device_that_is_named_twice_rings_once_at_the_earlier_time() -> None:
    assert times({**DESK, "delay": 4}, {**HALL, "delay": 1}, JOSH, timeout=20) == [
        ("josh-desk", 0, 20), ("hall", 1, 19), ("marie-desk", 4, 16), ("marie-home", 4, 16)
    ]  # fmt: skip


def test_a_group_within_a_group_rings_and_one_that_holds_itself_rings_once() -> None:
    groups = "groups:\n- {id: all, members: [{group: desk}, {user: ann}, {group: all}]}\n"
    made = steps(office(flow(ring({"group": "all"})), also=groups), call(login=BELL))
    assert rung(made[0].action) == ["marie-desk", "marie-home", "ann-desk", "josh-desk", "hall"]
    assert "group all holds itself" in said(made)


def test_in_order_each_rings_its_time_and_a_users_devices_ring_together() -> None:
    targets = ({**JOSH, "timeout": 12}, {**MARIE, "timeout": 8}, HALL)
    assert stages(*targets, order="in_order", timeout=24) == [
        (["josh-desk"], 12), (["marie-desk", "marie-home"], 8), (["hall"], 4)
    ]  # fmt: skip


def test_in_order_those_without_a_time_share_what_is_left() -> None:
    assert [seconds for _, seconds in stages(JOSH, {**MARIE, "timeout": 10}, HALL, order="in_order", timeout=50)] == [
        20, 10, 20
    ]  # fmt: skip


def test_in_order_who_has_no_time_left_is_not_rung() -> None:
    assert stages({**JOSH, "timeout": 20}, {**MARIE, "timeout": 20}, order="in_order", timeout=20) == [
        (["josh-desk"], 20)
    ]  # fmt: skip


def test_in_order_a_group_is_its_members_and_nobody_rings_twice() -> None:
    assert [who for who, _ in stages(HALL, DESK, order="in_order", timeout=40)] == [
        ["hall"], ["marie-desk", "marie-home"], ["josh-desk"]
    ]  # fmt: skip


def test_at_random_everybody_rings_in_an_order_that_follows_from_the_seed() -> None:
    def order(seed: int) -> tuple[str, ...]:
        return tuple(who[0] for who, _ in stages(JOSH, ANN, HALL, order="random", timeout=30, chance={"seed": seed}))

    orders = {order(seed) for seed in range(60)}
    assert len(orders) == 6 and all(sorted(one) == ["ann-desk", "hall", "josh-desk"] for one in orders)
    assert order(7) == order(7)


def test_rotation_begins_one_further_with_each_call() -> None:
    firsts = [stages(JOSH, ANN, HALL, order="rotate", timeout=30, chance={"turn": turn})[0][0][0] for turn in range(4)]
    assert firsts == ["josh-desk", "ann-desk", "hall", "josh-desk"]


def test_rounds_go_on_until_they_are_used_up() -> None:
    directory = office(flow(ring(HALL, rounds=3, next={"busy": "b"}), b={"type": "voicemail", "box": "general"}))
    made = steps(directory, call(login=BELL), "no_answer", "rejected", "busy")
    assert [type(step.action).__name__ for step in made] == ["Ring", "Ring", "Ring", "Service"]
    assert steps(directory, call(login=BELL), "unreachable")[-1].action == Reject(480, "Temporarily Unavailable")


@pytest.mark.parametrize(
    ("outcome", "refusal"),
    [("busy", 486), ("no_answer", 480), ("rejected", 603), ("unreachable", 480), ("failed", 480), ("nonsense", 480)],
)
def test_a_ring_without_branches_ends_with_what_happened(outcome: str, refusal: int) -> None:
    action = last(office(), call("102", login=BELL), outcome)
    assert isinstance(action, Reject) and action.code == refusal


def test_a_branch_of_its_own_wins_over_else() -> None:
    node = ring(MARIE, next={"busy": "b", "else": "e"})
    directory = office(flow(node, b={"type": "end", "code": 486}, e={"type": "end", "code": 404}))
    assert last(directory, call(), "busy") == Reject(486, "Busy Here")
    assert last(directory, call(), "rejected") == Reject(404, "Not Found")


def test_who_answers_and_who_hangs_up_end_the_decisions() -> None:
    directory = office()
    assert last(directory, call("101"), "answered") == Over("connected")
    made = steps(directory, call("101"), "gone")
    assert made[-1].action == Over("gone") and made[-1].cursor is None


def test_nobody_to_ring_is_unreachable_at_once() -> None:
    bare = "users:\n- {id: newcomer, name: New}\n"
    directory = office(flow(ring({"user": "newcomer"}, next={"unreachable": "vm"}), vm={"type": "voicemail", "box": "general"}),
                       also=bare)  # fmt: skip
    made = steps(directory, call())
    assert service(made[0].action)[0] == "voicemail" and "user newcomer has no device" in said(made)


@pytest.mark.parametrize(
    ("blanks", "rings", "why"),
    [
        ({"marie": ", dnd: true"}, None, "user marie does not want to be disturbed"),
        ({"marie": ", enabled: false"}, None, "user marie is not enabled"),
        ({"marie_desk": ", dnd: true"}, ["marie-home"], "device marie-desk does not want to be disturbed"),
        ({"marie_desk": ", enabled: false"}, ["marie-home"], "device marie-desk is not enabled"),
    ],
)
def test_who_is_not_rung_is_said_with_the_reason(blanks: dict[str, str], rings: list[str] | None, why: str) -> None:
    made = steps(office(**blanks), call("101"))
    if rings is None:
        assert service(made[0].action)[0] == "voicemail"
    else:
        assert rung(made[0].action) == rings
    assert why in said(made)


def test_a_device_obeys_the_do_not_disturb_of_its_owner() -> None:
    directory = office(flow(ring({"device": "marie-desk"})), marie=", dnd: true")
    assert last(directory, call()) == Reject(480, "Temporarily Unavailable")


def test_a_reference_that_leads_nowhere_is_a_failure_and_is_said() -> None:
    directory = office(flow(ring({"user": "gone"}, next={"failed": "e"}), e={"type": "end", "code": 404}))
    made = steps(directory, call())
    assert made[0].action == Reject(404, "Not Found") and "there is no user gone" in said(made)


def test_a_caller_does_not_ring_itself_nor_its_users_other_phones() -> None:
    directory = office(flow(ring(MARIE, {"device": "marie-home"}, HALL)))
    assert rung(last(directory, call(login="marie-desk"))) == ["hall"]
    assert rung(last(directory, call(login="hall"))) == ["marie-desk", "marie-home"]


def test_with_self_ring_ones_own_phones_ring() -> None:
    directory = office(flow(ring(MARIE, self="ring")))
    assert rung(last(directory, call(login="marie-desk"))) == ["marie-desk", "marie-home"]


def test_what_the_ring_says_of_tone_and_rejection_goes_to_the_proxy() -> None:
    action = last(office(flow(ring(HALL, on_reject="stop", busy="skip", tone="door", caller="Sales"))), call())
    assert isinstance(action, Ring)
    assert (action.decline_all, action.skip_busy, action.tone, action.caller_prefix) == (True, True, "door", "Sales")


def test_one_who_declines_for_all_ends_the_rounds() -> None:
    directory = office(flow(ring(HALL, on_reject="stop", rounds=3)))
    assert last(directory, call(), "rejected") == Reject(603, "Decline")


def test_after_an_announcement_a_call_is_hung_up_and_not_refused() -> None:
    directory = office(flow({"type": "announce", "text": "moment", "next": {"done": "r"}}, r=ring(HALL)))
    made = steps(directory, call(), "done", "busy")
    assert isinstance(made[1].action, Ring) and made[2].action == Hangup()


def test_every_target_is_in_the_trace() -> None:
    words = said(steps(office(flow(ring(DESK, timeout=30))), call(login=BELL), exchange=EXCHANGE))
    assert "marie-desk rings for 30 s" in words and "josh-desk rings after 5 s for 25 s" in words


def test_a_page_calls_devices_and_nobody_is_a_branch() -> None:
    page = {"type": "page", "targets": [MARIE, {"number": "+4930123"}], "next": {"nobody": "e"}}
    directory = office(flow(page, e={"type": "end", "code": 404}))
    action = last(directory, call())
    assert [leg.device for leg in action.legs] == ["marie-desk", "marie-home"]  # type: ignore[union-attr]
    assert last(directory, call(login="marie-desk")) == Reject(404, "Not Found")


def test_pickup_takes_a_call_of_those_whom_the_number_rings_and_only_who_may() -> None:
    pick = {**flow({"type": "pickup", "captured": True, "allowed": ["desk"]}, number=""), "patterns": [r"\*8(\d+)"]}
    directory = office(pick)
    name, parameters = service(last(directory, call("*8103")))
    assert (name, parameters["addresses"]) == ("pickup", ["sip:ann-desk@a.example"])
    assert last(directory, call("*8103", login="ann-desk")) == Reject(480, "Temporarily Unavailable")
    assert last(directory, call("*8999")) == Reject(480, "Temporarily Unavailable")


def test_the_rounds_of_one_ring_are_not_those_of_the_next() -> None:
    directory = office(flow(ring(HALL, rounds=2, next={"else": "b"}), b=ring(JOSH, rounds=2)))
    made = steps(directory, call(login=BELL), *["no_answer"] * 4)
    assert [type(step.action).__name__ for step in made] == ["Ring", "Ring", "Ring", "Ring", "Reject"]


def test_groups_that_multiply_are_rung_as_far_as_a_ring_looks() -> None:
    both = [{"group": f"g{n}"} for n in range(1, 14)]
    groups = [{"id": f"g{n}", "members": [both[n % 13], both[n % 13], {"device": "hall"}]} for n in range(1, 14)]
    made = steps(office(flow(ring({"group": "g1"})), also=json.dumps({"groups": groups})), call(login=BELL))
    assert rung(made[0].action) == ["hall"] and "more than 1000 members of groups" in said(made)
