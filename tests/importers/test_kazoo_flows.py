"""A Kazoo tree becomes a graph that people can read, and what Kazoo does without being told stands in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.kazoo_office import documents_of, first, flow, imported, node, nodes, only, problems, said

USERS = [
    {"id": "u1", "first_name": "Marie", "username": "marie"},
    {"id": "u2", "first_name": "Bob", "username": "bob"},
]
BOX = {"id": "v1", "mailbox": "101", "owner_id": "u1"}
PLAY = node("play", {"id": "hello"})


def test_a_user_with_a_mailbox_is_readable_and_its_owner_listens() -> None:
    tree = node("user", {"id": "u1", "timeout": "25"}, after=node("voicemail", {"id": "v1"}))
    office = imported(users=USERS, vmboxes=[BOX], callflows=[flow(tree, "101")])
    assert nodes(office) == {
        "ring-marie": {
            "type": "ring",
            "targets": [{"user": "u1"}],
            "timeout": 25,
            "next": {"else": "calls-own-mailbox"},
        },
        "calls-own-mailbox": {
            "type": "caller_is",
            "cases": [{"name": "owner", "user": "u1"}],
            "next": {"owner": "voicemail-check", "else": "voicemail"},
        },
        "voicemail": {"type": "voicemail", "box": "v1", "next": {"else": "hang-up"}},
        "hang-up": {"type": "end", "hangup": True},
        "voicemail-check": {"type": "voicemail_check", "box": "v1", "next": {"done": "hang-up"}},
    }
    assert problems(documents_of(office)) == []


def test_zero_in_a_mailbox_leads_to_the_operators_callflow() -> None:
    operator = flow(PLAY, "0", identity="desk")
    office = imported(
        vmboxes=[{"id": "v1", "mailbox": "8"}], callflows=[flow(node("voicemail", {"id": "v1"})), operator]
    )
    assert nodes(office)["voicemail"]["next"]["operator"] == "operator"
    assert nodes(office)["operator"] == {"type": "flow", "flow": "desk"}


def test_a_callflow_that_others_come_back_from_runs_out_and_does_not_hang_up() -> None:
    main = flow(node("callflow", {"id": "sub"}, after=PLAY), identity="main")
    sub = flow(node("check_cid", {"regex": "^1"}, match=PLAY), "200", identity="sub")
    office = imported(callflows=[main, sub])
    assert first(office, "main") == {"type": "flow", "flow": "sub", "return": True, "next": {"done": "play-hello"}}
    assert first(office, "sub")["next"]["else"] == "back"
    assert nodes(office, "sub")["back"] == {"type": "set"}
    assert "next" not in nodes(office, "sub")["play-hello"]


def test_children_that_are_named_by_causes_become_branches() -> None:
    children = {
        "USER_BUSY": node("response", {"code": 486}),
        "sip:480": PLAY,
        "sip:404": node("hangup"),
        "sip:500": PLAY,
    }
    office = imported(users=USERS, callflows=[flow(node("user", {"id": "u1"}, **children))])
    branches = {"busy": "refuse", "no_answer": "play-hello", "unreachable": "play-hello", "failed": "hang-up-2"}
    assert {branch: first(office)["next"][branch] for branch in ("busy", "no_answer", "unreachable")} == {
        branch: branches[branch] for branch in ("busy", "no_answer", "unreachable")
    }
    assert nodes(office)[first(office)["next"]["failed"]] == {"type": "end", "hangup": True}
    assert "child sip:500: failed is one branch, and sip:404 has it" in said(office)


def test_rounds_that_a_child_ends_are_rings_of_their_own() -> None:
    group = {"endpoints": [{"id": "u1", "endpoint_type": "user"}, {"id": "u2", "endpoint_type": "user"}], "repeats": 2}
    plain = imported(users=USERS, callflows=[flow(node("ring_group", group, after=PLAY))])
    assert first(plain)["rounds"] == 2
    ended = imported(users=USERS, callflows=[flow(node("ring_group", group, NO_ANSWER=PLAY))])
    assert first(ended)["next"] == {"unreachable": "hang-up", "else": "ring-marie-bob-2", "no_answer": "play-hello"}


def test_a_ring_group_of_one_is_a_group_and_no_extension() -> None:
    tree = node("ring_group", {"endpoints": [{"id": "u1", "endpoint_type": "user", "timeout": 15}]})
    office = imported(users=USERS, callflows=[flow(tree, name="Sales")])
    assert only(office, "groups") == {"id": "sales-group", "members": [{"user": "u1", "timeout": 15}]}
    assert first(office)["targets"] == [{"group": "sales-group"}]


def test_members_whose_turn_would_never_come_share_the_time() -> None:
    endpoints = [{"id": user, "endpoint_type": "user", "timeout": 20} for user in ("u1", "u2")]
    office = imported(
        users=USERS, callflows=[flow(node("ring_group", {"strategy": "single", "timeout": 20, "endpoints": endpoints}))]
    )
    assert first(office)["targets"] == [{"user": "u1"}, {"user": "u2"}] and first(office)["order"] == "in_order"
    assert "not all would have their turn" in said(office)


def test_users_log_in_and_out_of_a_group_of_ours() -> None:
    ring = flow(node("ring_group", {"endpoints": [{"id": "u1"}, {"id": "u2"}]}), "300", identity="sales")
    toggle = flow(node("ring_group_toggle", {"callflow_id": "sales", "action": "logout"}), "*31", identity="out")
    office = imported(users=USERS, callflows=[ring, toggle])
    assert first(office, "sales")["targets"] == [{"group": "sales-group"}]
    assert first(office, "out") == {"type": "setting", "what": "member", "op": "off", "target": "sales-group"}


def test_what_a_menu_says_at_its_end_stands_behind_it() -> None:
    menu = {"id": "m", "name": "Main", "retries": 2, "hunt": True, "hunt_deny": "^9", "media": {"greeting": "welcome"}}
    tree = node("menu", {"id": "m"}, **{"1": node("user", {"id": "u1"}), "timeout": PLAY})
    office = imported(users=USERS, menus=[menu], callflows=[flow(tree)])
    assert first(office) == {
        "type": "menu",
        "prompt": {"media": "welcome"},
        "tries": 2,
        "first_timeout": 10,
        "digit_timeout": 2,
        "max_digits": 4,
        "direct_dial": {"extensions": True, "deny": ["^9"]},
        "next": {"1": "ring-marie", "no_input": "play-hello", "out_of_tries": "menu-exit"},
    }
    assert nodes(office)["menu-exit"]["next"] == {"done": "menu-goodbye"}
    assert nodes(office)["menu-goodbye"] == {"type": "announce", "media": "vm-goodbye", "next": {"done": "hang-up"}}


def test_calls_outside_never_go_on_to_the_child_that_kazoo_ignores() -> None:
    office = imported(callflows=[flow(node("resources", {}, after=PLAY, USER_BUSY=PLAY), "no_match")])
    document = only(office, "callflows")
    assert document["patterns"] == [r"\+?[0-9]+"] and "numbers" not in document
    assert first(office) == {"type": "dial_out", "next": {"busy": "play-hello"}}
    assert "child _: Kazoo never goes there after a call outside" in said(office)


def test_patterns_are_anchored_and_give_way_to_none() -> None:
    flows = [
        flow(PLAY, "1", identity="a", patterns=[r"^\*98(\d+)$", r"77(?<box>\d)"]),
        flow(node("resources"), "no_match", identity="b", patterns=[r"^(\d{7})$"]),
    ]
    office = imported(callflows=flows)
    assert office.office["callflows"][0]["patterns"] == [r"\*98(\d+)", r".*?77(?P<box>\d).*"]
    assert office.office["callflows"][1]["patterns"] == [
        r"(\d{7})",
        r"(?!(?:(?:\d{7})|.*?77(?:\d).*)$)\+?[0-9]+",
    ]
    assert "it is found anywhere in a number" in said(office)


def test_who_may_not_dial_abroad_is_refused_before_the_line() -> None:
    users = [
        {**USERS[0], "call_restriction": {"international": {"action": "deny"}, "closed_groups": {"action": "deny"}}}
    ]
    office = imported(users=users, callflows=[flow(node("resources"), "no_match")])
    assert first(office) == {
        "type": "caller_is",
        "cases": [{"name": "international", "user": "u1"}],
        "next": {"international": "class-international", "else": "dial-out"},
    }
    check = nodes(office)["class-international"]
    assert check["next"]["international"] == "not-allowed" and check["next"]["did_us"] == "dial-out"
    assert nodes(office)["not-allowed"] == {"type": "end", "hangup": True, "media": "cf-unauthorized_call"}
    assert "call_restriction.closed_groups: deny: who may call whom inside is not restricted" in said(office)


def test_a_denial_with_nothing_to_guard_is_reported() -> None:
    users = [{**USERS[0], "call_restriction": {"international": {"action": "deny"}}}]
    assert "no callflow of the file dials outside" in said(imported(users=users))


def test_a_dial_plan_makes_short_numbers_and_ways_outside() -> None:
    account = {"id": "a", "realm": "acme.example", "dial_plan": {r"^(\d{7})$": {"prefix": "+1415"}}}
    flows = [flow(PLAY, "+14155550100", identity="main"), flow(node("resources"), "no_match", identity="out")]
    office = imported(accounts=[account], callflows=flows)
    main, out, plan = office.office["callflows"]
    assert main["numbers"] == ["+14155550100", "5550100"]
    assert plan["id"] == "out-dial-plan-1" and plan["patterns"] == [r"(\d{7})"]
    assert plan["nodes"]["dial-out"] == {"type": "dial_out", "number": "+1415{1}"}
    assert out["nodes"]["dial-out"] == {"type": "dial_out"}


def test_the_preflow_stands_before_every_other_callflow() -> None:
    account = {"id": "a", "realm": "acme.example", "preflow": {"always": "pre"}}
    office = imported(accounts=[account], callflows=[flow(PLAY, "1", identity="pre"), flow(PLAY, "2", identity="main")])
    assert first(office, "main") == {"type": "flow", "flow": "pre", "return": True, "next": {"done": "play-hello"}}
    assert first(office, "pre")["type"] == "announce"


@pytest.mark.parametrize(
    ("module", "data", "made"),
    [
        ("tts", {"text": "Hello", "terminators": ["1", "#"]}, {"type": "announce", "text": "Hello", "stop_keys": "1#"}),
        ("sleep", {"duration": 1500, "unit": "ms"}, {"type": "wait", "seconds": 2}),
        ("set_cid", {"caller_id_name": "Sales"}, {"type": "set_caller", "name": "Sales"}),
        ("prepend_cid", {"caller_id_name_prefix": "S "}, {"type": "set_caller", "mode": "prefix", "name": "S "}),
        ("set_alert_info", {"alert_info": "door"}, {"type": "set", "ring_tone": "door"}),
        ("language", {"language": "fr"}, {"type": "set", "language": "fr"}),
        ("record_call", {"action": "stop"}, {"type": "set", "record": "off"}),
        ("call_forward", {"action": "deactivate"}, {"type": "setting", "what": "forward", "op": "off"}),
        ("do_not_disturb", {"action": "toggle"}, {"type": "setting", "what": "dnd", "op": "toggle"}),
        ("hotdesk", {"action": "login"}, {"type": "setting", "what": "hotdesk", "op": "on"}),
        ("conference", {"id": "weekly"}, {"type": "conference", "room": "weekly"}),
        ("park", {"action": "auto"}, {"type": "park", "return_after": 120}),
        ("webhook", {"uri": "https://a.example/"}, {"type": "notify", "on": "now", "webhook": "https://a.example/"}),
        ("voicemail", {"action": "check"}, {"type": "voicemail_check", "box": "own", "captured": True}),
        ("group_pickup", {"user_id": "u1"}, {"type": "pickup", "user": "u1"}),
        ("page_group", {"endpoints": [{"id": "u1"}], "audio": "two-way"}, {"type": "page", "targets": [{"user": "u1"}], "two_way": True}),
        ("acdc_member", {"id": "q"}, {"type": "handoff", "to": "queue:q"}),
        ("transfer", {"target": "102"}, {"type": "ring", "targets": [{"number": "102"}], "timeout": 60}),
    ],
)  # fmt: skip
def test_a_module_becomes_its_node(module: str, data: dict[str, Any], made: dict[str, Any]) -> None:
    office = imported(users=USERS, callflows=[flow(node(module, data))])
    found = {field: value for field, value in first(office).items() if field != "next"}
    assert found == made
    assert problems(documents_of(office)) == []


@pytest.mark.parametrize("module", ["disa", "nosuch", "manual_presence", "intercom", "collect_dtmf"])
def test_a_module_that_callflows_do_not_do_is_passed_and_reported(module: str) -> None:
    office = imported(callflows=[flow(node(module, {"pin": "1"}, after=PLAY, odd=PLAY))])
    assert first(office)["media"] == "hello"
    assert f"callflows/flow flow: module {module}: callflows do not do this" in said(office)
    assert "callflows/flow flow: child odd" in said(office)


def test_a_field_that_nobody_reads_is_reported_where_it_stands() -> None:
    tree = node("user", {"id": "u1", "suppress_clid": True}, after=node("play", {"id": "x", "volume": 3}))
    told = said(imported(users=USERS, callflows=[flow(tree)]))
    assert "callflows/flow flow.data.suppress_clid: true: a caller is hidden by a set_caller node." in told.replace(
        "data suppress", "data.suppress"
    )
    assert "callflows/flow flow.children._.data.volume: 3: nothing here has this meaning." in told


def test_a_tree_without_end_is_cut_and_told() -> None:
    tree: dict[str, Any] = PLAY
    for _ in range(150):
        tree = node("sleep", {"duration": 1}, after=tree)
    office = imported(callflows=[flow(tree)])
    assert "more than 100 nodes stand below one another" in said(office)
    assert problems(documents_of(office)) == []


def test_callers_told_by_numbers_that_nobody_wrote_down_go_on() -> None:
    office = imported(callflows=[flow(node("check_cid", {"use_absolute_mode": True}, after=PLAY), "100")])
    assert first(office)["type"] == "announce" and problems(documents_of(office)) == []
