"""What a document names and what only it may have, read from the document and from the bytes that last."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from offhook.model.callflow import Callflow
from offhook.model.kind import KINDS, make_document, public_values
from offhook.model.references import base_login, claims_of, facts_of, references_of


def flow(**nodes: dict[str, Any]) -> Callflow:
    made = make_document("callflows", {"id": "f", "numbers": ["101"], "start": "a", "nodes": nodes}, "")
    assert isinstance(made, Callflow)
    return made


def named(kind: str, raw: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one.field, one.kind, one.id) for one in references_of(kind, make_document(kind, raw, ""))]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"type": "ring", "targets": [{"user": "u"}, {"number": "911"}, {"group": "g"}, {"device": "d"}]},
         [("targets[0].user", "users", "u"), ("targets[2].group", "groups", "g"), ("targets[3].device", "devices", "d")]),
        ({"type": "page", "targets": [{"group": "g"}]}, [("targets[0].group", "groups", "g")]),
        ({"type": "pickup", "user": "u"}, [("user", "users", "u")]),
        ({"type": "voicemail", "box": "m"}, [("box", "mailboxes", "m")]),
        ({"type": "voicemail", "box": "owner_of_ring"}, []),
        ({"type": "voicemail_check"}, []),
        ({"type": "voicemail_check", "box": "ask"}, []),
        ({"type": "voicemail_check", "box": "m"}, [("box", "mailboxes", "m")]),
        ({"type": "hours", "schedule": "s"}, [("schedule", "schedules", "s")]),
        ({"type": "mode", "mode": "n"}, [("mode", "modes", "n")]),
        ({"type": "flow", "flow": "x"}, [("flow", "callflows", "x")]),
        ({"type": "setting", "what": "mode", "target": "n"}, [("target", "modes", "n")]),
        ({"type": "setting", "what": "member", "target": "g"}, [("target", "groups", "g")]),
        ({"type": "setting", "what": "dnd", "target": "u"}, [("target", "users", "u")]),
        ({"type": "setting", "what": "dnd"}, []),
        ({"type": "caller_is", "cases": [{"name": "x", "numbers": ["911"]}, {"name": "y", "device": "d"}]},
         [("cases[1].device", "devices", "d")]),
        ({"type": "menu", "next": {"1": "a"}}, []),
    ],
)  # fmt: skip
def test_every_node_says_whom_it_names_and_where(node: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    found = [(one.field.removeprefix("nodes.a."), one.kind, one.id) for one in references_of("callflows", flow(a=node))]
    assert found == expected


def test_a_device_names_its_owner_its_site_and_the_users_of_its_lines() -> None:
    assert named("devices", {"id": "d", "owner": "u", "site": "s", "lines": [{}, {"user": "v"}]}) == [
        ("owner", "users", "u"), ("site", "sites", "s"), ("lines[1].user", "users", "v"),
    ]  # fmt: skip


def test_members_of_a_group_and_the_owner_of_a_mailbox_are_named() -> None:
    members = [{"user": "u"}, {"device": "d"}, {"group": "h"}]
    assert named("groups", {"id": "g", "members": members}) == [
        ("members[0].user", "users", "u"), ("members[1].device", "devices", "d"), ("members[2].group", "groups", "h"),
    ]  # fmt: skip
    assert named("mailboxes", {"id": "m", "number": "1", "owner": "u"}) == [("owner", "users", "u")]


def test_only_public_numbers_are_unique_over_all_accounts_and_each_is_claimed_once() -> None:
    document = make_document(
        "callflows",
        {"id": "f", "account": "acme", "numbers": ["101", "+33140000100", "101"], "start": "a", "nodes": {"a": {"type": "end"}}},
        "",
    )  # fmt: skip
    assert list(claims_of("callflows", document)) == [
        ("number", ("acme", "101")),
        ("number", ("acme", "+33140000100")),
        ("public_number", "+33140000100"),
    ]


RICH: dict[str, dict[str, Any]] = {
    "accounts": {"id": "acme", "realm": "a.example", "settings": {"web_admin_password": "x"}},
    "sites": {"id": "s"},
    "users": {"id": "u", "name": "U"},
    "devices": {"id": "d", "account": "acme", "mac": "001565000001", "owner": "u", "site": "s", "lines": [{"user": "v"}],
                "sip": {"username": "d", "password": "x"}, "overrides": {"yealink": {"a": {"secret": "x"}}}},
    "groups": {"id": "g", "members": [{"user": "u"}]},
    "mailboxes": {"id": "m", "account": "acme", "number": "101", "owner": "u", "pin": "1"},
    "schedules": {"id": "s"},
    "modes": {"id": "n", "states": ["day"]},
    "contacts": {"id": "c", "name": "C"},
    "callflows": {"id": "f", "numbers": ["101", "+33140000100"], "start": "a", "nodes": {"a": {"type": "flow", "flow": "g"}}},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_that_last_tell_the_same_without_one_secret_being_opened(kind: str) -> None:
    document = make_document(kind, RICH[kind], "")
    values = public_values(document)
    for path in (("sip", "password"), ("settings", "web_admin_password"), ("pin",)):
        holder = values
        for name in path[:-1]:
            holder = holder.get(name, {})
        if path[-1] in holder:
            holder[path[-1]] = {"$sealed": "nobody can open this"}
    facts = facts_of(kind, msgspec.json.encode(values))
    assert facts.references == {(document.account, one.kind, one.id) for one in references_of(kind, document)}
    assert set(claims_of(kind, document)) <= set(facts.claims)
    if kind in ("accounts", "devices", "mailboxes", "callflows"):
        assert facts.claims


def test_features_that_keys_dial_are_marked() -> None:
    def marks(**nodes: dict[str, Any]) -> set[str]:
        return {what for what, _ in facts_of("callflows", msgspec.json.encode(public_values(flow(**nodes)))).claims}

    assert "checks_voicemail" in marks(a={"type": "voicemail_check"})
    assert "checks_voicemail" not in marks(a={"type": "voicemail_check", "box": "general"})
    assert "checks_voicemail" not in marks(a={"type": "announce"}, b={"type": "voicemail_check"})
    assert "switches_mode" in marks(a={"type": "announce"}, b={"type": "setting", "what": "mode", "target": "night"})
    assert "switches_mode" not in marks(a={"type": "setting", "what": "dnd"})


@pytest.mark.parametrize(
    ("username", "base"),
    [("desk-2", "desk"), ("desk-250", "desk"), ("a-b-3", "a-b"), ("desk", None), ("desk-1", None), ("desk-02", None),
     ("desk-251", None), ("desk-2500", None), ("desk-2x", None), ("desk-", None)],
)  # fmt: skip
def test_only_a_name_with_a_line_number_is_a_line_of_another_login(username: str, base: str | None) -> None:
    assert base_login(username) == base
