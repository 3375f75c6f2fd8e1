"""Whatever a Kazoo callflow looks like, what it becomes is taken by the server, and nothing of it is lost without a word."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.importers.kazoo import import_kazoo
from offhook.importers.kazoo.callflows import MODULES
from tests.importers.kazoo_office import ACCOUNT, NOW, documents_of, problems

PEOPLE: dict[str, Any] = {
    "accounts": [{**ACCOUNT, "call_restriction": {"toll_us": {"action": "deny"}}}],
    "users": [
        {"id": "u1", "first_name": "Ann", "username": "ann", "email": "ann@acme.example"},
        {"id": "u2", "first_name": "Bob", "call_restriction": {"international": {"action": "deny"}}},
    ],
    "devices": [{"id": "d1", "owner_id": "u1", "sip": {"username": "d1"}}, {"id": "d2", "sip": {"username": "d2"}}],
    "groups": [
        {"id": "g1", "endpoints": {"u1": {"type": "user", "weight": 2}, "d2": {"type": "device", "delay": 5}}},
        {"id": "g2", "endpoints": {"g1": {"type": "group", "weight": 1}, "gone": {"type": "user"}}},
    ],
    "vmboxes": [{"id": "v1", "mailbox": "100", "owner_id": "u1"}, {"id": "v2", "mailbox": "200", "operator_number": "*5"}],
    "menus": [{"id": "m1", "hunt": True, "hunt_allow": "^2", "media": {"greeting": "hello"}}, {"id": "m2"}],
    "temporal_rules": [
        {"id": "open", "name": "Open", "cycle": "weekly", "wdays": ["monday"], "time_window_start": 32400},
        {"id": "xmas", "name": "Xmas", "cycle": "yearly", "month": 12, "days": [25, 26]},
        {"id": "half", "cycle": "date", "start_date": 63_900_000_000, "time_window_stop": 43200},
        {"id": "on", "cycle": "daily", "enabled": True},
    ],
    "temporal_rules_sets": [{"id": "days", "name": "Days", "temporal_rules": ["xmas", "half", "gone"]}],
    "lists": [{"id": "l1", "name": "Blocked"}, {"id": "l2", "name": "Empty"}],
    "list_entries": [{"id": "e1", "list_id": "l1", "prefix": "1555"}, {"id": "e2", "list_id": "l1", "pattern": "^4(9|8"}],
}  # fmt: skip
IDS = st.sampled_from(
    [
        "u1",
        "u2",
        "d1",
        "d2",
        "g1",
        "g2",
        "v1",
        "v2",
        "m1",
        "m2",
        "open",
        "xmas",
        "half",
        "on",
        "days",
        "l1",
        "l2",
        "f0",
        "f1",
        "gone",
        "",
    ]
)
ENDPOINT = st.fixed_dictionaries(
    {},
    optional={
        "id": IDS,
        "endpoint_type": st.sampled_from(["user", "device", "group", "odd"]),
        "delay": st.integers(-1, 40),
        "timeout": st.sampled_from([0, 5, 20, "15"]),
        "disable_until": st.sampled_from([0, 66_269_664_000]),
    },
)
VALUES = st.one_of(
    IDS,
    st.integers(-5, 100_000),
    st.booleans(),
    st.none(),
    st.text(max_size=5),
    st.lists(IDS, max_size=3),
    st.just({"a": 1}),
)
DATA = st.fixed_dictionaries(
    {},
    optional={
        "id": IDS,
        "callflow_id": IDS,
        "endpoints": st.lists(ENDPOINT, max_size=4),
        "strategy": st.sampled_from(["simultaneous", "single", "weighted_random", "odd"]),
        "timeout": st.sampled_from([0, 20, 45, "30"]),
        "repeats": st.sampled_from([1, 2, 50]),
        "rules": st.lists(IDS, max_size=4),
        "rule_set": IDS,
        "action": st.sampled_from(
            [
                "compose",
                "check",
                "menu",
                "enable",
                "disable",
                "toggle",
                "activate",
                "login",
                "logout",
                "bridge",
                "reset",
                "park",
                "",
            ]
        ),
        "regex": st.sampled_from(["^1", ".*", "(", "1|2", "^4$"]),
        "use_absolute_mode": st.booleans(),
        "code": st.sampled_from([486, 603, 200]),
        "text": st.sampled_from(["Hello", ""]),
        "duration": st.sampled_from([0, 3, 0.5]),
        "unit": st.sampled_from(["s", "ms", "odd"]),
        "variable": st.sampled_from(["name", "odd", ""]),
        "scope": st.sampled_from(["user", "custom_channel_vars", "merged"]),
        "timezone": st.sampled_from(["inherit", "Asia/Tokyo", "Nowhere/None"]),
        "recipients": st.lists(
            st.sampled_from([{"type": "user", "id": "u1"}, {"type": "email", "id": ["a@b.example"]}, {}])
        ),
        "skip_module": st.booleans(),
        "voice_url": st.sampled_from(["https://a.example/", ""]),
        "uri": st.sampled_from(["https://a.example/", ""]),
        "user_id": IDS,
        "odd": VALUES,
    },
)
KEYS = st.sampled_from(
    ["_", "_", "_", "1", "22", "12345", "timeout", "max_retries", "match", "nomatch", "USER_BUSY", "NO_ANSWER", "sip:486",
     "sip:480", "sip:404", "CALL_REJECTED", "GONE", "open", "xmas", "days", "rule_set", "+15551230000", "odd key", "else"]
)  # fmt: skip
LEAF = st.fixed_dictionaries({"module": st.sampled_from([*MODULES, "nosuch", "disa", "dead_air", ""]), "data": DATA})
TREE = st.recursive(
    LEAF | st.just({}),
    lambda trees: st.tuples(LEAF, st.dictionaries(KEYS, trees, max_size=3)).map(
        lambda one: {**one[0], "children": one[1]}
    ),
    max_leaves=8,
)
NUMBERS = st.sampled_from([["0"], ["200", "+15145550100"], ["no_match"], ["no_match", "300"], []])
PATTERNS = st.sampled_from([[], [r"^\*98(\d+)$"], [r"9(\d+)"], ["("], [r"^(?<area>\d{3})(\d*)$"]])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TREE, NUMBERS, PATTERNS), min_size=1, max_size=2))
def test_the_server_takes_whatever_a_kazoo_tree_becomes(flows: list[tuple[Any, list[str], list[str]]]) -> None:
    callflows = [
        {"id": f"f{index}", "flow": tree, "numbers": numbers, "patterns": patterns}
        for index, (tree, numbers, patterns) in enumerate(flows)
    ]
    text = json.dumps({**PEOPLE, "callflows": callflows})
    made = import_kazoo(text, now=NOW)
    assert problems(documents_of(made)) == []
    assert import_kazoo(text, now=NOW) == made


@settings(max_examples=200, deadline=None)
@given(TREE)
def test_a_module_that_is_not_carried_over_is_always_reported(tree: Any) -> None:
    told = {
        remark.what
        for remark in import_kazoo(json.dumps({**PEOPLE, "callflows": [{"id": "f0", "flow": tree}]}), now=NOW).remarks
    }
    modules = {"nosuch", "disa"} & {tree.get("module")}
    assert {f"module {module}" for module in modules} <= told
