"""Forwards: whose, where to, and where they end."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.callflow.action import Reject

from .calls import call, flow, last, legs, office, ring, rung, said, service, steps

CELL = "+33612345678"


def forward(number: str = CELL, **fields: Any) -> str:
    also = "".join(f", {name}: {str(value).lower()}" for name, value in fields.items())
    return f', forward: {{enabled: true, number: "{number}"{also}}}'


def test_a_user_forwards_once_whatever_number_of_phones() -> None:
    (leg,) = legs(last(office(marie=forward()), call("101")))
    assert (leg.address, leg.user, leg.outside, leg.forwarded) == (CELL, "marie", True, True)


def test_a_forward_that_does_not_substitute_rings_beside_the_phones() -> None:
    assert rung(last(office(marie=forward(substitute=False)), call("101"))) == ["marie-desk", "marie-home", CELL]


def test_a_device_forwards_for_itself() -> None:
    assert rung(last(office(marie_desk=forward()), call("101"))) == ["marie-home", CELL]


def test_whoever_answers_a_forward_with_confirm_must_press_a_key() -> None:
    (leg,) = legs(last(office(marie=forward(confirm=True)), call("101")))
    assert leg.confirm


@pytest.mark.parametrize("broken", [", forward: {enabled: true}", f', forward: {{number: "{CELL}"}}'])
def test_a_forward_without_a_number_or_switched_off_does_nothing(broken: str) -> None:
    assert rung(last(office(marie=broken), call("101"))) == ["marie-desk", "marie-home"]


@pytest.mark.parametrize(
    ("forwards", "direct_only", "targets", "follows"),
    [
        ("follow", False, [{"group": "desk"}], True),
        ("follow", True, [{"group": "desk"}], False),
        ("follow", True, [{"user": "marie"}], True),
        ("follow", True, [{"user": "marie"}, {"number": "+4930123456"}], True),
        ("direct_only", False, [{"group": "desk"}], False),
        ("direct_only", False, [{"user": "marie"}], True),
        ("ignore", False, [{"user": "marie"}], False),
    ],
)
def test_which_rings_follow_a_forward(forwards: str, direct_only: bool, targets: list[Any], follows: bool) -> None:
    directory = office(flow(ring(*targets, forwards=forwards)), marie=forward(direct_only=direct_only))
    assert (CELL in rung(last(directory, call(login="bell")))) == follows


def test_a_forward_to_a_colleague_rings_that_colleagues_phones() -> None:
    made = steps(office(marie=forward("102")), call("101", login="ann-desk"))
    assert rung(made[0].action) == ["josh-desk"] and "102 is followed in callflow josh" in said(made)


def test_a_chain_of_forwards_is_followed() -> None:
    directory = office(marie=forward("102"), josh=forward("103"))
    assert rung(last(directory, call("101", login="bell"))) == ["ann-desk"]


def test_two_who_forward_to_each_other_ring_nobody() -> None:
    directory = office(marie=forward("102"), josh=forward("101"))
    made = steps(directory, call("101", login="bell"))
    assert service(made[0].action)[0] == "voicemail"
    assert "user marie forwarded this call: not rung again" in said(made)


def test_a_chain_ends_after_five_forwards() -> None:
    users = "users:\n" + "".join(
        f'- {{id: u{n}, name: U{n}, forward: {{enabled: true, number: "30{n + 1}"}}}}\n' for n in range(8)
    )
    devices = "devices:\n" + "".join(
        f"- {{id: d{n}, owner: u{n}, sip: {{username: d{n}, password: x}}}}\n" for n in range(8)
    )
    flows = [flow(ring({"user": f"u{n}"}), number=f"30{n}", identity=f"f{n}") for n in range(8)]
    directory = office(*flows, also=users + devices)
    made = steps(directory, call("300", login="bell"))
    assert made[0].action == Reject(480, "Temporarily Unavailable")
    assert "306 is not dialled: 5 forwards came before it" in said(made)


def test_forwards_before_the_call_came_to_us_count() -> None:
    directory = office(marie=forward("102"))
    assert rung(last(directory, call("101", login="bell", diversions=("1", "2", "3", "4")))) == ["josh-desk"]
    made = steps(directory, call("101", login="bell", diversions=("1", "2", "3", "4", "5")))
    assert service(made[0].action)[0] == "voicemail"


def test_nothing_is_forwarded_to_an_emergency_number() -> None:
    made = steps(office(marie=forward("112")), call("101"))
    assert service(made[0].action)[0] == "voicemail" and "112 is an emergency number" in said(made)


def test_a_forward_to_opening_hours_rings_whom_these_ring_now() -> None:
    hours = flow({"type": "hours", "schedule": "week", "next": {"open": "h", "closed": "e"}}, number="300", identity="hours",
                 h=ring({"device": "hall"}), e={"type": "end", "code": 480})  # fmt: skip
    week = 'schedules:\n- {id: week, periods: {open: [{days: [mon], from: "09:00", to: "17:00"}], closed: else}}\n'
    directory = office(hours, marie=forward("300"), also=week)
    assert rung(last(directory, call("101"))) == ["hall"]
    assert service(last(directory, call("101"), now=1_795_000_000.0 + 86_400))[0] == "voicemail"


def test_a_forward_to_a_menu_dials_its_number() -> None:
    menu = flow({"type": "menu", "prompt": {"text": "?"}}, number="300", identity="menu")
    (leg,) = legs(last(office(menu, marie=forward("300")), call("101")))
    assert (leg.address, leg.outside, leg.device) == ("300", False, None)


def test_in_order_the_phones_behind_a_forward_ring_in_their_turn() -> None:
    hunt = flow(ring({"user": "josh", "timeout": 6}, {"user": "ann", "timeout": 6}, order="in_order", timeout=12),
                number="300", identity="hunt")  # fmt: skip
    action = last(office(hunt, marie=forward("300")), call("101", login="bell"))
    assert [(leg.device, leg.delay, leg.timeout) for leg in legs(action)] == [("josh-desk", 0, 6), ("ann-desk", 6, 6)]


def test_a_phone_that_redirects_reaches_only_numbers_of_callflows() -> None:
    directory = office()
    assert rung(last(directory, call("102", login="bell"), "redirected:103")) == ["ann-desk"]
    assert last(directory, call("102", login="bell"), "redirected:+33999999999") == Reject(603, "Decline")
    assert last(directory, call("102", login="bell"), "redirected:112") == Reject(603, "Decline")


def test_phones_that_redirect_in_circles_come_to_an_end() -> None:
    directory = office()
    five = ["redirected:103", "redirected:102"] * 2 + ["redirected:103"]
    assert rung(last(directory, call("102", login="bell"), *five)) == ["ann-desk"]
    assert last(directory, call("102", login="bell"), *five, "redirected:102") == Reject(603, "Decline")


def test_a_number_in_a_ring_is_dialled_beside_the_phones() -> None:
    target = {"number": "0612345678", "delay": 10, "confirm": True}
    action = last(office(flow(ring({"device": "hall"}, target, timeout=30))), call(login="bell"))
    assert [(leg.address, leg.delay, leg.confirm, leg.outside, leg.forwarded) for leg in legs(action)] == [
        ("sip:hall@a.example", 0, False, False, False),
        (CELL, 10, True, True, False),
    ]


def test_a_user_who_does_not_want_to_be_disturbed_is_not_forwarded() -> None:
    made = steps(office(marie=", dnd: true" + forward()), call("101"))
    assert service(made[0].action)[0] == "voicemail"


def test_forwards_that_branch_without_end_are_decided_in_time() -> None:
    numbers = [{"number": f"3{n:02}", "delay": n} for n in range(10)]
    flows = [flow(ring(*numbers, {"device": "hall"}), number=f"3{n:02}", identity=f"f{n}") for n in range(10)]
    made = steps(office(*flows), call("300", login="bell"))
    assert rung(made[0].action) == ["hall"] and len(made[0].trace) < 3_000
