"""Nodes at which somebody else acts: menus, announcements, mailboxes, outside lines, settings."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.callflow.action import Ask, Change, Dial, Hangup, Over, Reject, Service

from .calls import call, flow, last, office, outside, ring, rung, said, service, steps

END = {"type": "end", "code": 404}
HALL = ring({"device": "hall"})


def menu(**fields: Any) -> dict[str, Any]:
    return {"type": "menu", "prompt": {"text": "choose"}, **fields}


def test_a_menu_answers_and_leads_where_the_digits_say() -> None:
    directory = office(flow(menu(next={"1": "r", "12": "e"}), r=HALL, e={"type": "voicemail", "box": "general"}))
    first = last(directory, call())
    assert isinstance(first, Service) and first.answer == "yes" and first.parameters["choices"] == ["1", "12"]
    assert rung(last(directory, call(), "digits:1")) == ["hall"]
    assert service(last(directory, call(), "digits:12"))[0] == "voicemail"


def test_wrong_and_missing_digits_use_up_the_tries_and_then_it_says_goodbye() -> None:
    made = steps(
        office(flow(menu(tries=3, next={"1": "r"}), r=HALL)), call(), "digits:9", "no_input", "digits:9", "done"
    )
    names = [service(step.action)[0] for step in made[:-1]]
    assert names == ["menu", "menu", "menu", "announce"] and made[-1].action == Hangup()
    assert [service(step.action)[1]["before"] for step in made[:3]] == ["", "invalid", "no_input"]


@pytest.mark.parametrize(("branch", "outcome"), [("no_input", "no_input"), ("invalid", "digits:9")])
def test_a_branch_of_its_own_is_taken_at_once(branch: str, outcome: str) -> None:
    assert rung(last(office(flow(menu(next={branch: "r"}), r=HALL)), call(), outcome)) == ["hall"]


@pytest.mark.parametrize("branch", ["out_of_tries", "else"])
def test_out_of_tries_has_its_branch_or_else(branch: str) -> None:
    assert rung(last(office(flow(menu(tries=1, next={branch: "r"}), r=HALL)), call(), "no_input")) == ["hall"]


@pytest.mark.parametrize(
    ("rules", "digits", "reaches"),
    [
        ({"extensions": True}, "103", True),
        ({"extensions": True, "deny": ["^10"]}, "103", False),
        ({"deny": ["^2"]}, "103", False),
        ({"extensions": True, "allow": ["^10"]}, "103", True),
        ({"extensions": True, "allow": ["^2"]}, "103", False),
        ({"extensions": False}, "103", False),
        (None, "103", False),
        ({"extensions": True}, "0612345678", False),
        ({"extensions": True}, "+33140000101", False),
        ({"extensions": True}, "112", False),
    ],
)
def test_an_extension_can_be_dialled_in_a_menu_that_allows_it_and_no_outside_line(
    rules: dict[str, Any] | None, digits: str, reaches: bool
) -> None:
    out = {**flow({"type": "dial_out"}, number="", identity="out"), "patterns": [r"\+?\d+"]}
    directory = office(out, flow(menu(direct_dial=rules)))
    action = last(directory, call(), f"digits:{digits}")
    assert (service(action)[0] == "menu") if not reaches else (rung(action) == ["ann-desk"])


def test_menus_that_lead_to_each_other_end_by_themselves() -> None:
    directory = office(flow(menu(next={"1": "start"})))
    made = steps(directory, call(), *["digits:1"] * 199)
    assert service(made[-1].action)[0] == "menu"
    assert last(directory, call(), *["digits:1"] * 200) == Hangup()


def test_an_announcement_can_be_early_and_then_the_call_be_refused() -> None:
    early = {"type": "announce", "media": "busy", "answer": "early", "next": {"done": "e"}}
    made = steps(office(flow(early, e=END)), call(), "done")
    assert isinstance(made[0].action, Service) and made[0].action.answer == "early"
    assert made[1].action == Reject(404, "Not Found")


def test_an_end_with_words_says_them_first() -> None:
    made = steps(office(flow({"type": "end", "code": 486, "text": "sorry"})), call(), "done")
    assert service(made[0].action)[1]["text"] == "sorry" and made[1].action == Reject(486, "Busy Here")
    made = steps(office(flow({"type": "end", "hangup": True, "text": "bye"})), call(), "done")
    assert made[1].action == Hangup()


def test_voicemail_names_the_box_and_where_it_is() -> None:
    made = steps(office(), call("101"), "no_answer", "operator")
    name, parameters = service(made[1].action)
    assert (name, parameters["box"], parameters["uri"]) == ("voicemail", "101", "sip:101@vm.a.example")
    assert made[2].action == Hangup()


def test_a_full_box_has_its_branch() -> None:
    node = {"type": "voicemail", "box": "general", "next": {"full": "r"}}
    assert rung(last(office(flow(node, r=HALL)), call(), "full")) == ["hall"]


def test_the_box_of_whom_the_call_rang_last() -> None:
    vm = {"type": "voicemail", "box": "owner_of_ring", "next": {"no_box": "e"}}
    directory = office(flow(ring({"user": "marie"}, next={"else": "vm"}), vm=vm, e=END))
    assert service(last(directory, call(), "busy"))[1]["box"] == "101"
    directory = office(flow(ring({"user": "josh"}, next={"else": "vm"}), vm=vm, e=END))
    assert last(directory, call(login="bell"), "busy") == Reject(404, "Not Found")
    directory = office(flow(ring({"group": "desk"}, next={"else": "vm"}), vm=vm, e=END))
    assert last(directory, call(login="bell"), "busy") == Reject(404, "Not Found")


def test_a_captured_box_number() -> None:
    node = {"type": "voicemail", "box": "general", "captured": True, "next": {"no_box": "e"}}
    directory = office({**flow(node, number="", e=END), "patterns": [r"\*9(\d*)"]})
    assert service(last(directory, call("*9101")))[1]["box"] == "101"
    assert service(last(directory, call("*9")))[1]["box"] == "800"
    assert last(directory, call("*9555")) == Reject(404, "Not Found")


@pytest.mark.parametrize(
    ("login", "diversions", "box", "ask_pin"),
    [
        ("marie-desk", (), "101", False),
        ("marie-desk", ("102",), "101", True),
        ("hall", (), "", True),
        ("josh-desk", (), "", True),
    ],
)
def test_only_the_owners_own_phone_listens_without_a_pin(
    login: str, diversions: tuple[str, ...], box: str, ask_pin: bool
) -> None:
    directory = office(flow({"type": "voicemail_check"}))
    _, parameters = service(last(directory, call(login=login, diversions=diversions)))
    assert (parameters["box"], parameters["ask_pin"]) == (box, ask_pin)


def test_somebody_elses_box_asks_for_the_pin() -> None:
    directory = office(flow({"type": "voicemail_check", "box": "marie"}))
    assert service(last(directory, call()))[1]["ask_pin"] is True
    assert service(last(directory, call(login="marie-home")))[1]["ask_pin"] is False


def test_the_directory_calls_whom_it_found() -> None:
    directory = office(flow({"type": "directory", "next": {"operator": "r"}}, r=HALL))
    assert rung(last(directory, call(), "found:ann")) == ["ann-desk"]
    assert rung(last(directory, call(), "operator")) == ["hall"]
    assert last(directory, call(), "found:nobody") == Hangup()


OUT = {
    **flow({"type": "dial_out", "routes": ["a", "b"], "next": {"busy": "e"}}, number="", e=END),
    "patterns": [r"\+\d{6,}"],
}


def test_an_outside_line_dials_the_public_form_as_the_caller() -> None:
    action = last(office(OUT), call("0612345678"))
    assert action == Dial("+33612345678", 60, ("a", "b"), "Office", "+33140000102", False)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("busy", 404), ("no_answer", 480), ("denied", 403), ("congestion", 503), ("failed", 503), ("odd", 503)],
)
def test_an_outside_line_that_fails_has_branches_and_tells_the_caller_why(outcome: str, code: int) -> None:
    action = last(office(OUT), call("0612345678"), outcome)
    assert isinstance(action, Reject) and action.code == code


def test_a_caller_from_outside_cannot_dial_on() -> None:
    it = {**flow({"type": "dial_out"}), "numbers": ["+33140000200"]}
    made = steps(office(it), outside("+33140000200"))
    assert made[0].action == Reject(403, "Forbidden") and "may not dial on" in said(made)
    it = {**flow({"type": "dial_out", "number": "+33612345678"}), "numbers": ["+33140000200"]}
    assert isinstance(last(office(it), outside("+33140000200")), Dial)


def test_an_emergency_number_behind_a_prefix_is_one_too() -> None:
    it = {**flow({"type": "dial_out", "number": "{1}"}, number=""), "patterns": [r"9(\d+)"]}
    action = last(office(it), call("9112"))
    assert isinstance(action, Dial) and action.emergency


@pytest.mark.parametrize(
    ("what", "target", "login", "change"),
    [
        ("dnd", "caller", "josh-desk", ("users", "josh", None)),
        ("dnd", "caller", "hall", ("devices", "hall", None)),
        ("forward", "caller", "josh-desk", ("users", "josh", "103")),
        ("mode", "night", "josh-desk", ("modes", "night", "day")),
        ("member", "desk", "josh-desk", ("groups", "desk", "103")),
        ("hotdesk", "caller", "josh-desk", ("devices", "josh-desk", "103")),
    ],
)
def test_a_setting_says_what_changes_of_whom(what: str, target: str, login: str, change: tuple[Any, ...]) -> None:
    node = {
        "type": "setting",
        "what": what,
        "target": target,
        "op": "toggle",
        **({"state": "day"} if what == "mode" else {}),
    }
    it = {**flow(node, number=""), "patterns": [r"\*72(\d*)"]}
    modes = "modes: [{id: night, states: [day, night]}]"
    action = last(office(it, also=modes), call("*72" + ("" if what == "dnd" else "103"), login=login))
    assert isinstance(action, Change) and (action.kind, action.id, action.value) == change


def test_what_became_of_a_setting_is_announced() -> None:
    made = steps(office(flow({"type": "setting", "what": "dnd"})), call(), "done:on", "done")
    assert service(made[1].action)[1]["media"] == "setting-dnd-on" and made[2].action == Hangup()


def test_a_caller_from_outside_changes_no_setting() -> None:
    it = {**flow({"type": "setting", "what": "mode", "target": "night"}), "numbers": ["+33140000200"]}
    assert isinstance(
        last(office(it, also="modes: [{id: night, states: [day, night]}]"), outside("+33140000200")), Reject
    )


def test_an_outside_service_is_told_of_the_call_and_names_a_branch() -> None:
    node = {"type": "ask", "url": "https://crm.example/route", "next": {"vip": "r", "failed": "e"}}
    directory = office(flow(node, r=HALL, e=END))
    action = last(directory, call(id="c1"))
    assert isinstance(action, Ask) and action.facts["caller"] == "102" and action.facts["call"] == "c1"
    assert rung(last(directory, call(), "label:vip")) == ["hall"]
    assert last(directory, call(), "failed") == Reject(404, "Not Found")
    assert isinstance(last(directory, call(), "label:unheard"), Reject)


def test_a_handoff_that_is_not_taken_is_refused() -> None:
    directory = office(flow({"type": "handoff", "to": "sip:queue@acd.example"}))
    assert service(last(directory, call())) == ("handoff", {"to": "sip:queue@acd.example"})
    assert last(directory, call(), "answered") == Over("connected")
    assert last(directory, call(), "failed") == Reject(503, "Service Unavailable")


def test_what_the_called_party_sees() -> None:
    shows = {"type": "set_caller", "name": "Sales ", "mode": "prefix", "next": {"done": "n"}}
    hides = {"type": "set_caller", "number": "0140000100", "hide": True, "next": {"done": "r"}}
    (step,) = steps(office(flow(shows, n=hides, r=HALL)), call())
    properties = step.properties
    assert (properties.caller_name, properties.caller_number, properties.hide) == ("Sales Josh", "0140000100", True)
    cleared = {"type": "set_caller", "mode": "clear", "next": {"done": "r"}}
    (step,) = steps(office(flow({**shows, "next": {"done": "n"}}, n=cleared, r=HALL)), call())
    assert step.properties.caller_name == "Josh"


def test_properties_of_the_call_last_from_node_to_node_and_step_to_step() -> None:
    sets = {
        "type": "set",
        "ring_tone": "door",
        "headers": {"X-A": "1"},
        "record": "on",
        "language": "fr",
        "next": {"done": "r"},
    }
    more = {"type": "set", "headers": {"X-B": "2"}, "next": {"done": "v"}}
    it = flow(sets, r={**HALL, "next": {"else": "m"}}, m=more, v={"type": "voicemail", "box": "general"})
    made = steps(office(it), call(), "busy")
    assert made[0].action.tone == "door"  # type: ignore[union-attr]
    properties = made[1].properties
    assert (properties.headers, properties.record, properties.language) == ({"X-A": "1", "X-B": "2"}, "on", "fr")


def test_who_is_told_is_told_once_and_not_of_every_call() -> None:
    tell = {"type": "notify", "on": "missed", "email": "a@b.example", "outside_only": True, "next": {"done": "r"}}
    it = {**flow(tell, r={**HALL, "rounds": 2}), "numbers": ["200", "+33140000200"]}
    made = steps(office(it), outside("+33140000200"), "busy")
    assert [len(step.notify) for step in made] == [1, 0] and made[0].notify[0].email == "a@b.example"
    assert steps(office(it), call())[0].notify == ()


@pytest.mark.parametrize(
    ("node", "name", "outcome"),
    [
        ({"type": "conference", "room": "sales"}, "conference", "left"),
        ({"type": "park", "return_to": "node"}, "park", "full"),
        ({"type": "wait", "seconds": 3}, "wait", "done"),
        ({"type": "announce", "text": "x"}, "announce", "done"),
        ({"type": "directory"}, "directory", "none"),
        ({"type": "voicemail_check", "box": "general"}, "voicemail_check", "done"),
    ],
)
def test_without_a_branch_a_service_ends_the_call_and_with_one_it_goes_on(
    node: dict[str, Any], name: str, outcome: str
) -> None:
    made = steps(office(flow(node)), call(), outcome)
    assert service(made[0].action)[0] == name and isinstance(made[1].action, Hangup | Reject)
    assert rung(last(office(flow({**node, "next": {outcome: "r"}}, r=HALL)), call(), outcome)) == ["hall"]
