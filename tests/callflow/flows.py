"""Callflows of any shape, for tests that must hold for all of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = ["a", "b", "c", "d", "e"]
ALSO = """
schedules:
- {id: week, periods: {open: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}], closed: else}}
modes:
- {id: night, states: [day, night], state: night}
"""
OUTCOMES = [
    "busy", "no_answer", "rejected", "unreachable", "failed", "redirected:102", "redirected:103", "redirected:999", "done",
    "full", "operator", "no_box", "denied", "congestion", "digits:1", "digits:2", "digits:103", "digits:", "no_input",
    "label:x", "label:", "found:ann", "found:nobody", "none", "refused", "nobody", "left", "returned", "nonsense", "",
]  # fmt: skip

targets = st.fixed_dictionaries(
    {},
    optional={"delay": st.integers(0, 30), "timeout": st.integers(0, 40), "confirm": st.booleans()},
).flatmap(
    lambda more: st.sampled_from(
        [{"user": "marie"}, {"user": "josh"}, {"user": "ann"}, {"device": "hall"}, {"device": "marie-desk"},
         {"group": "desk"}, {"number": "+33612345678"}, {"number": "102"}, {"number": "201"}, {"user": "gone"}]
    ).map(lambda who: {**who, **more})
)  # fmt: skip
cases = st.sampled_from(
    [{"name": "x", "user": "josh"}, {"name": "x", "inside": False}, {"name": "x", "patterns": ["10."]}]
)
fields: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("ring"), "targets": st.lists(targets, min_size=1, max_size=3)},
        optional={
            "order": st.sampled_from(["together", "in_order", "random", "rotate"]), "timeout": st.integers(0, 60),
            "rounds": st.integers(1, 3), "forwards": st.sampled_from(["follow", "direct_only", "ignore"]),
            "self": st.sampled_from(["ring", "skip"]), "on_reject": st.sampled_from(["next", "stop"]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("menu")},
        optional={"tries": st.integers(1, 3), "direct_dial": st.just({"extensions": True})},
    ),
    st.fixed_dictionaries({"type": st.just("caller_is"), "cases": st.lists(cases, max_size=2)}),
    st.fixed_dictionaries({"type": st.just("flow"), "flow": st.sampled_from(["one", "two"]), "return": st.booleans()}),
    st.sampled_from(
        [{"type": "dial_out"}, {"type": "dial_out", "number": "{1}"}, {"type": "voicemail", "box": "general"},
         {"type": "voicemail", "box": "owner_of_ring"}, {"type": "voicemail_check"}, {"type": "announce", "text": "x"},
         {"type": "announce", "media": "x", "answer": "early"}, {"type": "wait", "seconds": 1},
         {"type": "hours", "schedule": "week"}, {"type": "mode", "mode": "night"},
         {"type": "number_is", "cases": [{"name": "x", "values": ["201"]}]},
         {"type": "variable_is", "variable": "vars.v", "cases": [{"name": "x", "values": ["1"]}]},
         {"type": "set_caller", "name": "Sales ", "mode": "prefix"}, {"type": "set", "vars": {"v": "1"}},
         {"type": "setting", "what": "dnd"}, {"type": "directory"}, {"type": "conference", "room": "r"},
         {"type": "page", "targets": [{"group": "desk"}]}, {"type": "park"}, {"type": "pickup", "group": "desk"},
         {"type": "notify", "email": "a@b.example"}, {"type": "ask", "url": "https://x.example"},
         {"type": "handoff", "to": "sip:q@x.example"}, {"type": "end", "code": 486}, {"type": "end", "text": "bye"}]
    ),
)  # fmt: skip
BRANCHES = {
    "menu": ["1", "2", "no_input", "invalid", "out_of_tries"], "hours": ["open", "closed"], "mode": ["day", "night"],
    "caller_is": ["x"], "number_is": ["x"], "variable_is": ["x"], "ask": ["x", "failed"],
}  # fmt: skip
ANY_BRANCH = ["busy", "no_answer", "rejected", "unreachable", "failed", "done", "full", "none", "left", "refused"]


def with_next(node: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    branches = ["else", *BRANCHES.get(node["type"], ANY_BRANCH)]
    following = st.dictionaries(st.sampled_from(branches), st.sampled_from(NAMES), max_size=3)
    return following.map(lambda leads: {**node, "next": leads})


nodes = fields.flatmap(with_next)


def flows_named(identity: str, number: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(dict.fromkeys(NAMES, nodes)).map(
        lambda made: {"id": identity, "numbers": [number, f"+331400002{number[-2:]}"], "start": "a", "nodes": made}
    )


two_flows = st.tuples(flows_named("one", "201"), flows_named("two", "202"))
forwards = st.sampled_from(
    ["", ", dnd: true", ", enabled: false"]
    + [f', forward: {{enabled: true, number: "{number}", substitute: {substitute}}}' for number in ("101", "102", "103", "201")
       for substitute in ("true", "false")]
)  # fmt: skip
