"""The directory answers the same whichever way it came to be, and old revisions never change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook import directory as directory_module
from offhook.directory import Directory
from offhook.entry import Documents
from offhook.model.document import Document
from offhook.model.kind import make_document
from offhook.model.references import Facts, facts_of
from tests.offices import entry_of, read_clear

USERS, DEVICES, FLOWS, BOXES = ["u1", "u2"], ["d1", "d2", "d3"], ["f1", "f2", "f3"], ["m1", "m2"]
LOGINS = ["d1", "d2", "d1-2"]
NUMBERS = ["101", "102", "9", "+15145550100"]


def named(kind: str, identity: str, **fields: Any) -> tuple[tuple[str, str, str], Any]:
    return ("default", kind, identity), make_document(kind, {"id": identity, **fields}, "")


users = st.sampled_from(USERS).map(lambda identity: named("users", identity, name=identity))
devices = st.builds(
    lambda identity, owner, line_of, mac, login: named(
        "devices",
        identity,
        mac=f"00156500000{mac}",
        owner=owner,
        lines=[{"user": line_of}] if line_of else [],
        sip={"username": login},
    ),
    st.sampled_from(DEVICES),
    st.sampled_from([None, *USERS]),
    st.sampled_from([None, *USERS]),
    st.integers(1, 4),
    st.sampled_from(LOGINS),
)
mailboxes = st.builds(
    lambda identity, number, owner: named("mailboxes", identity, number=number, owner=owner),
    st.sampled_from(BOXES),
    st.sampled_from(["101", "102"]),
    st.sampled_from([None, *USERS]),
)
targets = st.one_of(
    st.sampled_from(USERS).map(lambda user: {"user": user}),
    st.sampled_from(DEVICES).map(lambda device: {"device": device}),
)
nodes = st.one_of(
    st.lists(targets, min_size=1, max_size=2).map(lambda chosen: {"type": "ring", "targets": chosen}),
    st.sampled_from(FLOWS).map(lambda flow: {"type": "flow", "flow": flow}),
    st.sampled_from(
        [{"type": "hours", "schedule": "s"}, {"type": "menu"}, {"type": "voicemail_check"},
         {"type": "setting", "what": "mode", "target": "n"}]
    ).map(lambda node: {**node, "next": {"1": "b", "2": "c"}}),
)  # fmt: skip
flows = st.builds(
    lambda identity, enabled, numbers, a, b, c: named(
        "callflows", identity, enabled=enabled, numbers=numbers, start="a", nodes={"a": a, "b": b, "c": c}
    ),
    st.sampled_from(FLOWS),
    st.booleans(),
    st.lists(st.sampled_from(NUMBERS), max_size=2),
    nodes,
    nodes,
    nodes,
)


def removal(kind: str, identity: str) -> tuple[tuple[str, str, str], None]:
    return ("default", kind, identity), None


removals = st.one_of(
    st.builds(removal, st.just("users"), st.sampled_from(USERS)),
    st.builds(removal, st.just("devices"), st.sampled_from(DEVICES)),
    st.builds(removal, st.just("callflows"), st.sampled_from(FLOWS)),
    st.builds(removal, st.just("mailboxes"), st.sampled_from(BOXES)),
)


def answers(directory: Directory) -> dict[str, Any]:
    """Everything that one can ask."""
    everybody = [("users", user) for user in USERS] + [("devices", device) for device in DEVICES]
    kinds = (("users", USERS), ("devices", DEVICES), ("callflows", FLOWS), ("mailboxes", BOXES))
    everything = [(kind, identity) for kind, ids in kinds for identity in ids]
    macs = [f"00156500000{mac}" for mac in range(1, 5)]
    return {
        "ids": {kind: directory.ids("default", kind) for kind, _ in kinds},
        "documents": {named: _without_revision(directory.get("default", *named)) for named in everything},
        "all": sorted(entry.key for entry in directory.all()),
        "macs": {mac: directory.holders("mac", mac) for mac in macs},
        "device_of_mac": {mac: _id(directory.device_of_mac(mac)) for mac in macs},
        "device_of_login": {login: _id(directory.device_of_login("default", login)) for login in LOGINS},
        "login_base": directory.holders("login_base", ("default", "d1")),
        "numbers": {number: directory.holders("number", ("default", number)) for number in NUMBERS},
        "callflow_of_number": {number: _id(directory.callflow_of_number("default", number)) for number in NUMBERS},
        "public": directory.holders("public_number", "+15145550100"),
        "mailbox_numbers": {number: directory.holders("mailbox_number", ("default", number)) for number in NUMBERS},
        "owned": {
            user: [directory.owned("default", user, kind) for kind in ("devices", "mailboxes")] for user in USERS
        },
        "rung": {who: directory.rung_by("default", *who) for who in everybody},
        "extensions": {who: directory.extensions("default", *who) for who in everybody},
        "ringing": {who: directory.ringing_numbers("default", *who) for who in everybody},
        "voicemail": directory.feature_numbers("checks_voicemail", "default"),
        "switches": directory.feature_numbers("switches_mode", ("default", "n")),
        "referrers": {named: directory.referrers("default", *named) for named in everything},
        "referring_flows": {named: directory.referrers("default", *named, by="callflows") for named in everything},
    }


def _id(document: Document | None) -> str | None:
    return document.id if document is not None else None


def _without_revision(document: Document | None) -> Document | None:
    return msgspec.structs.replace(document, rev=0) if document is not None else None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.one_of(users, devices, mailboxes, flows, removals), min_size=1, max_size=4), max_size=8))
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


def office_of_phones(phones: int) -> Directory:
    documents = [
        named("users", "u", name="U"),
        *(named("devices", f"d{n}", owner="u", mac=f"001565{n:06x}") for n in range(phones)),
    ]
    flows = [named("callflows", f"f{n}", numbers=[f"1{n:04}"], start="r", nodes={"r": {"type": "ring", "targets": [{"device": f"d{n}"}]}})
             for n in range(phones)]  # fmt: skip
    empty = Directory.empty(Documents(read_clear))
    return empty.changed(1, [(key, entry_of(document)) for key, document in (*documents, *flows)])


@pytest.mark.parametrize(
    ("change", "looked_at"),
    [
        (named("devices", "d7", owner="u", mac="0015650f0f0f"), 2),
        (named("devices", "new"), 1),
        (named("users", "u", name="Other"), 2),
        (named("callflows", "f7", numbers=["9"], start="e", nodes={"e": {"type": "end"}}), 2),
    ],
)
def test_one_change_in_an_office_of_1000_phones_looks_at_one_document_only(
    monkeypatch: pytest.MonkeyPatch, change: tuple[tuple[str, str, str], Any], looked_at: int
) -> None:
    directory = office_of_phones(1000)
    calls: list[str] = []

    def counted(kind: str, body: bytes) -> Facts:
        calls.append(kind)
        return facts_of(kind, body)

    monkeypatch.setattr(directory_module, "facts_of", counted)
    key, document = change
    after = directory.changed(2, [(key, entry_of(document, 2))])
    assert len(calls) == looked_at
    unchanged = [entry for entry in directory.all() if entry.key != key]
    assert all(after.entry(*entry.key) is entry for entry in unchanged)


def test_looking_at_a_phone_decodes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    def counted(kind: str, body: bytes) -> Document:
        read.append(body)
        return read_clear(kind, body)

    directory = Directory.empty(Documents(counted)).changed(
        1, [(key, entry_of(document)) for key, document in (named("devices", f"d{n}", mac=f"00156500000{n}") for n in range(9))]
    )  # fmt: skip
    assert directory.device_of_mac("001565000003") is directory.device_of_mac("001565000003")
    assert len(read) == 1


def test_numbers_come_in_the_order_in_which_people_count() -> None:
    flow = {"start": "r", "nodes": {"r": {"type": "ring", "targets": [{"user": "u"}]}}}
    documents = (named("users", "u", name="U"), named("callflows", "f", numbers=["101", "*9", "20", "9", "door", "+331"], **flow))  # fmt: skip
    directory = Directory.empty(Documents(read_clear)).changed(1, [(key, entry_of(one)) for key, one in documents])
    found = [extension.number for extension in directory.extensions("default", "users", "u")]
    assert found == ["9", "20", "101", "*9", "door"]
