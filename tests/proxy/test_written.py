"""Plans as proxies read them: steps in a list, and where to go on by cause."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.callflow.call import Call
from offhook.callflow.plan import plan
from offhook.directory import Directory
from offhook.proxy.causes import CAUSES
from offhook.proxy.headers import display_name, headers_of
from offhook.proxy.written import ALL_CAPS, written
from tests.callflow.calls import EXCHANGE, MONDAY_NOON, call, flow, office, outside, ring
from tests.callflow.flows import ALSO, flows_named


def steps_of(directory: Directory, made: Call, caps: frozenset[str] = ALL_CAPS) -> list[dict[str, Any]]:
    unrolled = plan(directory, made, EXCHANGE, now=MONDAY_NOON)
    return written(unrolled, realm="a.example", called=made.called, caps=caps)


def test_a_user_s_phones_ring_together_and_then_the_mailbox_takes_the_call() -> None:
    first, second, *_ = steps_of(office(), call("101"))
    assert [target["aor"] for target in first["targets"]] == ["sip:marie-desk@a.example", "sip:marie-home@a.example"]
    assert (first["type"], first["timeout"], first["next"]) == ("ring", 20, 1)
    assert (second["type"], second["uri"]) == ("forward", "sip:101@vm.a.example")
    assert {"name": "X-Offhook-Mailbox", "value": "101"} in second["headers"]


def test_phones_in_turn_become_steps_that_continue_one_another() -> None:
    made = flow(ring({"user": "josh", "timeout": 5}, {"user": "ann", "timeout": 7}, order="in_order"))
    first, second, *_ = steps_of(office(made), call("200", "bell"))
    assert [first["timeout"], second["timeout"]] == [5, 7]
    assert (first["continues"], second["continues"], first["next"], first["on"]) == (False, True, 1, {})


def test_who_declines_for_all_ends_every_part_of_a_ring() -> None:
    made = flow(
        ring({"user": "josh", "timeout": 5}, {"user": "ann", "timeout": 7}, order="in_order", on_reject="stop",
             next={"rejected": "no"}),
        no={"type": "end", "code": 603},
    )  # fmt: skip
    steps = steps_of(office(made), call("200", "bell"))
    for part in steps[:2]:
        assert part["decline_all"] is True
        assert steps[part["on"]["declined"]] == {"type": "reply", "code": 603, "reason": "Decline"}


def test_a_member_who_rings_later_and_shorter_is_told_by_what_the_proxy_can_do() -> None:
    directory = office(flow(ring({"user": "josh"}, {"user": "ann", "delay": 5, "timeout": 10}, timeout=30)))
    whole = steps_of(directory, call("200", "bell"))[0]["targets"][1]
    assert (whole["delay"], whole["timeout"], whole["headers"]) == (5, 10, [])
    told = steps_of(directory, call("200", "bell"), frozenset({"delay", "target_headers", "query"}))[0]["targets"][1]
    assert (told["delay"], told["headers"]) == (5, [{"name": "Expires", "value": "10"}]) and "timeout" not in told
    parts = steps_of(directory, call("200", "bell"), frozenset({"query"}))[:3]
    assert [(part["timeout"], len(part["targets"])) for part in parts] == [(5, 1), (10, 2), (15, 1)]
    assert [part["continues"] for part in parts] == [False, True, True]


def test_without_queries_a_redirection_counts_as_a_rejection() -> None:
    steps = steps_of(office(), call("101"), ALL_CAPS - {"query"})
    assert [step["type"] for step in steps] == ["ring", "forward", "reply"]
    assert steps[0]["on"].get("redirected", steps[0]["next"]) == 1


def test_a_line_that_may_not_be_registered_yet_names_the_first_line_of_its_phone() -> None:
    second = flow(ring({"user": "marie"}), number="151", identity="second")
    unrolled = plan(office(second), call("151", "bell"), EXCHANGE, now=MONDAY_NOON)
    logins = {"marie-desk": "marie-desk", "marie-home": "marie-home"}
    targets = written(unrolled, realm="a.example", called="151", first_login=logins.get)[0]["targets"]
    assert [(target["aor"], target["instead"]) for target in targets] == [
        ("sip:marie-desk-2@a.example", "sip:marie-desk@a.example"),
        ("sip:marie-home-2@a.example", "sip:marie-home@a.example"),
    ]


def test_a_forward_outside_says_who_forwarded() -> None:
    directory = office(marie=', forward: {enabled: true, number: "0612345678"}')
    (target,) = steps_of(directory, call("101"))[0]["targets"]
    assert (target["uri"], target["outside"]) == ("sip:+33612345678@a.example", True)
    assert target["headers"] == [{"name": "Diversion", "value": "<sip:101@a.example>;reason=unconditional"}]


def test_a_call_outside_names_trunks_and_the_identity_for_outside() -> None:
    made = flow({"type": "dial_out", "routes": ["cheap", "dear"], "caller_id": "external"}, number="0612345678")
    step = steps_of(office(made), call("0612345678"))[0]
    assert (step["type"], step["outside"], step["routes"], step["emergency"]) == (
        "forward",
        True,
        ["cheap", "dear"],
        False,
    )
    assert (step["caller"]["number"], step["caller"]["name"]) == ("+33140000102", "Office")


def test_a_call_for_help_is_marked() -> None:
    step = steps_of(office(), call("112"))[0]
    assert (step["emergency"], step["outside"], step["uri"]) == (True, True, "sip:112@a.example")


def test_a_caller_without_number_is_nobody_s_business() -> None:
    step = steps_of(office(), outside("+33140000101", anonymous=True))[0]
    assert step["caller"]["privacy"] is True


def test_signs_with_a_meaning_in_addresses_are_escaped() -> None:
    steps = steps_of(office(flow({"type": "handoff", "to": "#21 x@evil"})), call("200"))
    assert steps[0]["uri"] == "sip:%2321%20x%40evil@a.example"


def test_a_callflow_cannot_touch_the_headers_that_a_call_rests_on() -> None:
    wanted = {
        "X-Door": "1\r\nRoute: <sip:evil>",
        "Route": "<sip:evil>",
        "via": "x",
        "F": "x",
        "Bad Name": "x",
        "X:Y": "x",
    }
    assert headers_of(wanted) == [{"name": "X-Door", "value": "1 Route: <sip:evil>"}]


@given(st.text(max_size=300))
def test_a_name_can_always_stand_between_quotes(name: str) -> None:
    shown = display_name(name)
    assert not set(shown) & {'"', "\\", "\r", "\n", "\0"} and len(shown) <= 200
    shown.encode()


@settings(max_examples=150, deadline=None)
@given(
    flows_named("it", "200"), st.sets(st.sampled_from(sorted(ALL_CAPS))), st.sampled_from(["josh-desk", "bell", None])
)
def test_every_way_through_every_plan_leads_to_a_step_or_to_its_end(
    made: dict[str, Any], caps: set[str], login: str | None
) -> None:
    directory = office(made, also=ALSO)
    steps = steps_of(directory, call("200", login) if login else outside("+33140000200"), frozenset(caps))
    assert steps
    for step in steps:
        if step["type"] == "query":
            assert "query" in caps and 0 <= step["else"] < len(steps) and steps[step["else"]]["type"] != "query"
        elif step["type"] in ("ring", "forward"):
            ways = [step["on"].get(cause, step["next"]) for cause in CAUSES]
            assert all(0 <= place <= len(steps) for place in ways) and set(step["on"]) <= set(CAUSES)
            assert step["type"] == "forward" or step["targets"]
            for target in step.get("targets", ()):
                assert ("aor" in target) != ("uri" in target)
                assert "delay" in caps or target["delay"] == 0
                assert "target_timeout" in caps or "timeout" not in target
        else:
            assert step["type"] == "reply" and 400 <= step["code"] <= 699
