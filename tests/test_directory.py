"""The directory answers the same whichever way it came to be, and old revisions never change."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.directory import Directory, Documents
from offhook.model.kind import make_document
from tests.offices import entry_of, read_clear

USERS, DEVICES, FLOWS = ["u1", "u2"], ["d1", "d2", "d3"], ["f1", "f2", "f3"]


def named(kind: str, identity: str, **fields: Any) -> tuple[tuple[str, str, str], Any]:
    return ("default", kind, identity), make_document(kind, {"id": identity, **fields}, "")


users = st.sampled_from(USERS).map(lambda identity: named("users", identity, name=identity))
devices = st.builds(
    lambda identity, owner, mac: named(
        "devices", identity, mac=f"00156500000{mac}", **({"owner": owner} if owner else {}), sip={"username": identity}
    ),
    st.sampled_from(DEVICES),
    st.sampled_from([None, *USERS]),
    st.integers(1, 4),
)
targets = st.one_of(
    st.sampled_from(USERS).map(lambda user: {"user": user}),
    st.sampled_from(DEVICES).map(lambda device: {"device": device}),
)
nodes = st.one_of(
    st.lists(targets, min_size=1, max_size=2).map(lambda chosen: {"type": "ring", "targets": chosen}),
    st.sampled_from(FLOWS).map(lambda flow: {"type": "flow", "flow": flow}),
)
flows = st.builds(
    lambda identity, number, node: named("callflows", identity, numbers=[number], start="a", nodes={"a": node}),
    st.sampled_from(FLOWS),
    st.sampled_from(["101", "102", "+15145550100"]),
    nodes,
)


def removal(kind: str, identity: str) -> tuple[tuple[str, str, str], None]:
    return ("default", kind, identity), None


removals = st.one_of(
    st.builds(removal, st.just("users"), st.sampled_from(USERS)),
    st.builds(removal, st.just("devices"), st.sampled_from(DEVICES)),
    st.builds(removal, st.just("callflows"), st.sampled_from(FLOWS)),
)


def answers(directory: Directory) -> dict[str, Any]:
    """Everything that one can ask."""
    named_by = {kind: directory.ids("default", kind) for kind in ("users", "devices", "callflows")}
    everybody = [("users", user) for user in USERS] + [("devices", device) for device in DEVICES]
    return {
        **named_by,
        "macs": {mac: directory.holders("mac", f"00156500000{mac}") for mac in range(1, 5)},
        "numbers": {
            number: directory.holders("number", ("default", number)) for number in ("101", "102", "+15145550100")
        },
        "public": directory.holders("public_number", "+15145550100"),
        "logins": {device: directory.holders("login", ("default", device)) for device in DEVICES},
        "owned": {user: directory.owned("default", user, "devices") for user in USERS},
        "rung": {who: directory.rung_by("default", *who) for who in everybody},
        "extensions": {who: directory.extensions("default", *who) for who in everybody},
        "referrers": {
            (kind, identity): directory.referrers("default", kind, identity)
            for kind, ids in (("users", USERS), ("devices", DEVICES), ("callflows", FLOWS))
            for identity in ids
        },
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.one_of(users, devices, flows, removals), min_size=1, max_size=4), max_size=8))
def test_changed_step_by_step_it_answers_like_one_built_at_once(steps: list[list[tuple[Any, Any]]]) -> None:
    directory = Directory.empty(Documents(read_clear))
    final: dict[Any, Any] = {}
    history = []
    for revision, changes in enumerate(steps, start=1):
        entries = []
        for key, document in changes:
            final.pop(key, None)
            if document is not None:
                final[key] = document
            entries.append((key, entry_of(document, revision) if document is not None else None))
        history.append((directory, answers(directory)))
        directory = directory.changed(revision, entries)
    at_once = Directory.empty(Documents(read_clear)).changed(
        1, [(key, entry_of(document)) for key, document in final.items()]
    )
    assert answers(directory) == answers(at_once)
    for before, then in history:
        assert answers(before) == then


def test_a_phone_that_changes_hands_belongs_to_the_new_owner_only() -> None:
    directory = Directory.empty(Documents(read_clear)).changed(
        1, [(key, entry_of(document)) for key, document in (named("users", "u1", name="1"), named("users", "u2", name="2"),
                                                            named("devices", "d1", owner="u1"))]
    )  # fmt: skip
    key, moved = named("devices", "d1", owner="u2")
    after = directory.changed(2, [(key, entry_of(moved, 2))])
    assert after.owned("default", "u1", "devices") == () and after.owned("default", "u2", "devices") == ("d1",)
    assert directory.owned("default", "u1", "devices") == ("d1",)
