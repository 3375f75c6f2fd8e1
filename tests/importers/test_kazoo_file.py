"""A file of Kazoo documents comes in every form that Kazoo's API gives, and what is none is refused in words."""

from __future__ import annotations

import json

import pytest

from offhook.importers.kazoo import Unreadable, import_kazoo
from tests.importers.kazoo_office import ACCOUNT, NOW, flow, imported, node, nodes, only, said

USER = {"id": "8f1e", "first_name": "Marie", "last_name": "Tremblay", "username": "marie"}


@pytest.mark.parametrize(
    "values",
    [
        USER,
        [USER],
        {"data": USER, "status": "success", "auth_token": "t"},
        {"users": [USER]},
        {"users": {"data": [USER], "status": "success"}},
        [{"data": USER, "revision": "1-a"}],
    ],
)
def test_a_user_is_found_in_any_form(values: object) -> None:
    office = import_kazoo(json.dumps(values), now=NOW).office
    assert office == {"users": [{"id": "8f1e", "name": "Marie Tremblay"}]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not readable as JSON"),
        ("{}", "no Kazoo documents"),
        ('"users"', "documents are mappings"),
        ('{"id": "x"}', "'x' does not tell its kind"),
        ('{"usres": []}', "did you mean 'users'?"),
        ('{"users": ["x"]}', "users holds something that is no document"),
    ],
)
def test_what_is_no_kazoo_document_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words.replace("?", r"\?")):
        import_kazoo(text, now=NOW)


def test_ids_become_slugs_and_stay_apart() -> None:
    users = [{**USER, "id": name} for name in ("Marie T", "marie-t", "MARIE_T")]
    office = imported(users=users, callflows=[flow(node("user", {"id": "MARIE_T"}))])
    assert [user["id"] for user in office.office["users"]] == ["marie-t", "marie-t-2", "marie_t"]
    assert nodes(office)["ring-marie"]["targets"] == [{"user": "marie_t"}]
    assert "users/Marie T id: Marie T: ids are slugs; it is marie-t now." in said(office)


def test_everything_belongs_to_the_account_that_is_named() -> None:
    text = json.dumps({"accounts": [ACCOUNT], "users": [USER], "vmboxes": [{"id": "b", "mailbox": "1"}]})
    office = import_kazoo(text, account="acme", now=NOW).office
    assert office["accounts"][0]["id"] == "acme"
    assert {office[kind][0]["account"] for kind in ("users", "mailboxes")} == {"acme"}


def test_a_kind_that_the_file_lists_is_complete_and_another_is_on_the_server() -> None:
    tree = node("user", {"id": "8f1e"}, after=node("voicemail", {"id": "box"}))
    alone = import_kazoo(json.dumps(flow(tree)), now=NOW)
    assert nodes(alone)["ring-8f1e"]["next"] == {"else": "voicemail"}
    listed = import_kazoo(json.dumps({"callflows": [flow(tree)], "users": [], "vmboxes": []}), now=NOW)
    assert nodes(listed)["no-mailbox"]["media"] == "vm-not_available_no_voicemail"
    assert "user 8f1e: there is no such document" in said(listed)


def test_a_summary_of_a_callflow_is_no_callflow() -> None:
    office = imported(callflows=[{"id": "c", "numbers": ["1"]}, flow(node("callflow", {"id": "c"}), identity="d")])
    assert only(office, "callflows")["id"] == "d"
    assert "the file has only its summary" in said(office)


def test_rules_and_recordings_that_become_nothing_are_reported() -> None:
    office = imported(temporal_rules=[{"id": "r", "cycle": "daily"}], media=[{"id": "hello", "media_source": "upload"}])
    assert "temporal_rules/r: the rule: no callflow of the file uses it" in said(office)
    assert "media/hello: the recording" in said(office)
