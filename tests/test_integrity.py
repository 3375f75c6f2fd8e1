"""What must hold between documents, judged in the directory that a change would make."""

from __future__ import annotations

from typing import Any

import pytest

from offhook.directory import Directory
from offhook.integrity import problems_of, still_used
from offhook.model.document import Document
from offhook.model.kind import kind_of, make_document
from tests.offices import directory_of


def made(kind: str, identity: str = "x", **fields: Any) -> Document:
    return make_document(kind, {"id": identity, **fields}, "")


ACCOUNT = made("accounts", "default", realm="a.example")
OTHER = made("accounts", "other", realm="b.example")


def wrong(document: Document, *others: Document, account: Document = ACCOUNT) -> list[str]:
    """The problems of a document beside others."""
    directory = directory_of([account, *others, document])
    return [str(problem) for problem in problems_of(directory, document, ())]


def ring(**target: Any) -> dict[str, Any]:
    return {"start": "r", "nodes": {"r": {"type": "ring", "targets": [target]}}}


USER = made("users", "marie", name="Marie")
END: dict[str, Any] = {"start": "e", "nodes": {"e": {"type": "end"}}}


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("devices", {"owner": "mari"}, "owner: there is no user 'mari'; did you mean 'marie'?"),
        ("devices", {"site": "hq"}, "site: there is no site 'hq'"),
        ("devices", {"lines": [{}, {"user": "josh"}]}, "lines[1].user: there is no user 'josh'; known are marie"),
        ("mailboxes", {"number": "1", "owner": "josh"}, "owner: there is no user 'josh'; known are marie"),
        ("groups", {"members": [{"user": "josh"}]}, "members[0].user: there is no user 'josh'; known are marie"),
        ("groups", {"members": [{"delay": 5}]}, "members[0]: name exactly one of user, device, group"),
        ("groups", {"members": [{"group": "x"}]}, "members[0].group: group 'x' holds this group: a group cannot hold itself"),
        ("callflows", ring(user="marie", number="1"), "nodes.r.targets[0]: name exactly one of user, device, group, number"),
        ("callflows", ring(delay=5), "nodes.r.targets[0]: name exactly one of user, device, group, number"),
        ("callflows", {"start": "r", "nodes": {"r": {"type": "page", "targets": [{"group": "g"}]}}}, "nodes.r.targets[0].group: there is no group 'g'"),
        ("callflows", {"start": "f", "nodes": {"f": {"type": "flow", "flow": "y"}}}, "nodes.f.flow: there is no callflow 'y'; known are x"),
        ("callflows", {"start": "h", "nodes": {"h": {"type": "hours", "schedule": "s"}}}, "nodes.h.schedule: there is no schedule 's'"),
        ("callflows", {"start": "m", "nodes": {"m": {"type": "mode", "mode": "n"}}}, "nodes.m.mode: there is no mode 'n'"),
        ("callflows", {"start": "c", "nodes": {"c": {"type": "caller_is", "cases": [{"name": "a", "user": "josh"}]}}}, "nodes.c.cases[0].user: there is no user 'josh'"),
        ("callflows", {"start": "v", "nodes": {"v": {"type": "voicemail", "box": "b"}}}, "nodes.v.box: there is no mailbox 'b'"),
        ("callflows", {"start": "s", "nodes": {"s": {"type": "setting", "what": "member", "target": "g"}}}, "nodes.s.target: there is no group 'g'"),
        ("callflows", {**END, "patterns": ["1{99999999999}"]}, "patterns[0]: not a regular expression: the repetition number is too large"),
        ("callflows", {**END, "patterns": ["ok", "*"]}, "patterns[1]: not a regular expression: nothing to repeat"),
        ("callflows", {"start": "e", "nodes": {"e": {"type": "end", "next": {"done": "e"}}}}, "nodes.e.next: unknown branch 'done'; known are else"),
        ("callflows", {"start": "strat", "nodes": {"start": {"type": "end"}}}, "start: there is no node 'strat'; did you mean 'start'?"),
        ("schedules", {"periods": {"a": "else", "b": "else"}}, "periods: only one period can be 'else', not a and b"),
        ("schedules", {"exceptions": [{"period": "a"}]}, "exceptions[0]: say when: one of on, from and to, or nth"),
        ("schedules", {"exceptions": [{"period": "a", "on": "12-24", "nth": "first mon of 09"}]}, "exceptions[0]: say when"),
        ("schedules", {"exceptions": [{"period": "a", "from": "12-24"}]}, "exceptions[0]: a range needs both from and to"),
        ("schedules", {"timezone": "Montreal"}, "timezone: there is no time zone 'Montreal' (IANA)"),
        ("modes", {"states": ["day"], "state": "dya"}, "state: there is no state 'dya'; did you mean 'day'?"),
        ("sites", {"networks": ["10.0.0.1/8"]}, "networks[0]: 10.0.0.1/8 has host bits set: write a network"),
        ("sites", {"security": {"networks": ["10.0.0.0/8", "all"]}}, "security.networks[1]: 'all' does not appear to be"),
        ("sites", {"settings": {"timezone": "europe/paris"}}, "settings.timezone: there is no time zone 'europe/paris' (IANA); did you mean 'Europe/Paris'?"),
        ("users", {"name": "X", "settings": {"language": "fr_CA"}}, "settings.language: 'fr_CA' is no language tag (BCP 47)"),
        ("devices", {"keys": [{"position": 1, "type": "mode", "value": "marie"}]}, "keys[0].value: 'marie' is no number, and there is no mode of that name"),
        ("devices", {"keys": [{"position": 1, "type": "blf"}]}, "keys[0].value: a blf key needs a value: whom to watch or dial"),
        ("devices", {"keys": [{"position": 2, "type": "dnd"}, {"position": 2, "type": "redial"}]}, "keys[1].position: keys[0] is on the same key"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_or_makes_no_sense_is_said_by_its_field(
    kind: str, fields: dict[str, Any], said: str
) -> None:
    found = wrong(made(kind, **fields), USER)
    assert len(found) == 1 and found[0].startswith(said), found


def test_a_key_may_dial_a_number_an_address_or_a_name_and_watch_two_modules() -> None:
    keys = [
        {"position": 1, "type": "blf", "value": "marie"},
        {"position": 1, "module": 1, "type": "speed_dial", "value": "+33140000000"},
        {"position": 1, "module": 2, "type": "blf", "value": "sip:door@x.example"},
        {"position": 1, "page": 2, "type": "pickup"},
        {"position": 3, "type": "url", "value": "http://x.example/"},
    ]
    assert wrong(made("devices", keys=keys), USER) == []


def test_nothing_else_is_said_of_a_document_whose_account_is_not_there() -> None:
    assert wrong(made("devices", account="defualt", owner="nobody")) == [
        "account: there is no account 'defualt'; did you mean 'default'?"
    ]


def test_documents_of_another_account_are_not_there() -> None:
    theirs = made("users", "josh", account="other", name="Josh")
    assert wrong(made("devices", owner="josh"), OTHER, theirs) == ["owner: there is no user 'josh'"]


@pytest.mark.parametrize(
    ("document", "other", "said"),
    [
        (made("devices", "b", mac="001565aabb01"), made("devices", "a", mac="0015.65aa.bb01"), "mac: '001565aabb01' is already that of device 'a'"),
        (made("devices", "b", account="other", mac="001565aabb01"), made("devices", "a", mac="001565aabb01"), "mac: '001565aabb01' is already that of another account"),
        (made("devices", "b", sip={"username": "x"}), made("devices", "a", sip={"username": "x"}), "sip.username: 'x' is already that of device 'a'"),
        (made("accounts", "third", realm="A.example"), made("users", "u", name="U"), "realm: 'a.example' is already that of another account"),
        (made("mailboxes", "b", number="101"), made("mailboxes", "a", number="101"), "number: '101' is already that of mailbox 'a'"),
        (made("callflows", "b", numbers=["9", "101"], **END), made("callflows", "a", numbers=["101"], **END), "numbers: '101' is already that of callflow 'a'"),
        (made("callflows", "b", account="other", numbers=["+33140000000"], **END), made("callflows", "a", numbers=["+33140000000"], **END), "numbers: '+33140000000' is already that of another account"),
    ],
)  # fmt: skip
def test_what_only_one_may_have_is_said_with_who_has_it(document: Document, other: Document, said: str) -> None:
    found = wrong(document, OTHER, other)
    assert found and all(said in one for one in found), found


@pytest.mark.parametrize(
    ("document", "other"),
    [
        (made("devices", "b", account="other", sip={"username": "x"}), made("devices", "a", sip={"username": "x"})),
        (made("mailboxes", "b", account="other", number="1"), made("mailboxes", "a", number="1")),
        (made("callflows", "b", account="other", numbers=["101"], **END), made("callflows", "a", numbers=["101"], **END)),
        (made("mailboxes", "b", number="101"), made("callflows", "a", numbers=["101"], **END)),
        (made("devices", "b"), made("devices", "a")),
    ],
)  # fmt: skip
def test_what_each_account_or_kind_may_have_for_itself_is_fine(document: Document, other: Document) -> None:
    assert wrong(document, OTHER, other) == []


@pytest.mark.parametrize(
    ("login", "other", "collides"),
    [
        ("desk", "desk-2", True), ("desk-2", "desk", True), ("desk-17", "desk", True), ("desk", "desk-250", True),
        ("desk-02", "desk", False), ("desk", "desk-02", False), ("desk-251", "desk", False), ("desk-1", "desk", False),
        ("desk-2", "desk-3", False), ("desk-2-2", "desk", False), ("desk-x", "desk", False),
    ],
)  # fmt: skip
def test_a_login_may_not_be_that_of_another_devices_further_line(login: str, other: str, collides: bool) -> None:
    found = wrong(made("devices", "a", sip={"username": login}), made("devices", "b", sip={"username": other}))
    assert bool(found) == collides, found
    assert all("sip.username" in one and "choose another user name" in one for one in found)


def test_a_group_that_holds_itself_by_three_others_is_said() -> None:
    def group(identity: str, inner: str) -> Document:
        return made("groups", identity, members=[{"group": inner}])

    others = [group("b", "c"), group("c", "d"), group("d", "a")]
    assert wrong(group("a", "b"), *others) == [
        "members[0].group: group 'b' holds this group: a group cannot hold itself"
    ]
    assert wrong(group("a", "b"), group("b", "c"), group("c", "d"), made("groups", "d")) == []


def test_hours_and_modes_branch_by_the_periods_and_states_that_there_are() -> None:
    bureau = made("schedules", "bureau", periods={"open": [], "closed": "else"},
                  exceptions=[{"on": "2026-12-24", "period": "holiday"}])  # fmt: skip
    night = made("modes", "night", states=["day", "night"])
    nodes = {
        "h": {"type": "hours", "schedule": "bureau", "next": {"open": "m", "holiday": "m", "else": "m", "close": "m"}},
        "m": {"type": "mode", "mode": "night", "next": {"nigth": "e", "day": "e"}},
        "e": {"type": "end"},
    }
    assert wrong(made("callflows", start="h", nodes=nodes), bureau, night) == [
        "nodes.h.next: unknown branch 'close'; did you mean 'closed'?",
        "nodes.m.next: unknown branch 'nigth'; did you mean 'night'?",
    ]


def removed(document: Document, *others: Document) -> list[str]:
    key = (document.account, kind_of(document), document.id)
    directory: Directory = directory_of([ACCOUNT, document, *others]).changed(2, [(key, None)])
    return [str(problem) for problem in still_used(directory, key)]


def test_what_somebody_names_must_stay_and_who_does_is_said() -> None:
    phone = made("devices", "desk", owner="marie")
    flow = made("callflows", "m", **ring(user="marie"))
    assert removed(USER, phone, flow) == [
        "users/marie: cannot be removed: callflow 'm' names it; change or remove that one first",
        "users/marie: cannot be removed: device 'desk' names it; change or remove that one first",
    ]
    assert removed(USER, made("devices", "desk", keys=[{"position": 1, "type": "blf", "value": "marie"}])) == []


def test_an_account_stays_while_anything_is_in_it() -> None:
    assert removed(OTHER, made("users", "u", account="other", name="U")) == [
        "accounts/other: cannot be removed: it still has user 'u'"
    ]
    assert removed(OTHER) == []
