"""The phone book: who is in it, who finds it, and what phones ask of it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from offhook.model.kind import make_document
from tests.offices import Office, office_of

TEXT = """
accounts:
  - {id: default, realm: bureau.example, name: Bureau, settings: {phone_book_name: Annuaire}}
  - {id: other, realm: other.example}
users:
  - {id: marie, name: Marie Tremblay, primary_extension: "151"}
  - {id: josh, name: Josh Côté}
  - {id: gone, name: Gone, enabled: false}
  - {id: silent, name: Without Number}
  - {id: stranger, account: other, name: Stranger}
devices:
  - {id: desk, mac: "001565000001", model: yealink/T46S, owner: marie, sip: {username: desk, password: p}}
  - {id: gxp, mac: "000b82000001", model: grandstream/GXP2170, owner: josh, sip: {username: gxp, password: p}}
  - {id: own, mac: "001565000002", model: yealink/T46S, sip: {username: own, password: p}, settings: {phone_book: false}}
  - id: far
    mac: "001565000003"
    model: yealink/T46S
    sip: {username: far, password: p}
    settings: {phone_book_url: "http://ldap.example/book.xml"}
contacts:
  - {id: caterer, name: Élan Traiteur, numbers: ["+15145550199", "+15145550198"]}
callflows:
  - {id: m1, numbers: ["101"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
  - {id: m2, numbers: ["151", "+15145550151"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
  - {id: j, numbers: ["102"], start: r, nodes: {r: {type: ring, targets: [{user: josh}]}}}
  - {id: g, numbers: ["103"], start: r, nodes: {r: {type: ring, targets: [{user: gone}]}}}
"""
BOOK = "/p/default/yealink-book.xml"


@pytest.fixture
def office() -> Office:
    return office_of(TEXT)


def people(office: Office, query: str = "", path: str = BOOK) -> list[tuple[str | None, ...]]:
    """Names and numbers of a Yealink phone book."""
    answer, event = office.ask(path, query=query)
    assert answer.status == 200, event.verdict
    return [tuple(part.text for part in entry) for entry in ElementTree.fromstring(answer.body).iter("DirectoryEntry")]


def written(office: Office, path: str, name: str) -> str | None:
    answer, event = office.ask(path)
    assert answer.status == 200, event.verdict
    lines = [line for line in answer.body.decode().splitlines() if line.startswith(f"{name} = ")]
    return lines[0].partition(" = ")[2] if lines else None


def test_it_holds_colleagues_with_their_extensions_and_contacts_by_name(office: Office) -> None:
    assert people(office) == [
        ("Élan Traiteur", "+15145550199", "+15145550198"),
        ("Josh Côté", "102"),
        ("Marie Tremblay", "151", "101"),
    ]


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("cote", ["Josh Côté"]),
        ("TREM mar", ["Marie Tremblay"]),
        ("elan", ["Élan Traiteur"]),
        ("0198", ["Élan Traiteur"]),
        ("nobody", []),
        ("%23SEARCH", ["Élan Traiteur", "Josh Côté", "Marie Tremblay"]),
        ("", ["Élan Traiteur", "Josh Côté", "Marie Tremblay"]),
    ],
)
def test_what_the_user_of_a_phone_types_is_looked_for(office: Office, term: str, names: list[str]) -> None:
    assert [found[0] for found in people(office, f"term={term}")] == names


def test_a_phone_that_takes_some_at_a_time_gets_the_next_ones(office: Office) -> None:
    assert [found[0] for found in people(office, "first=2&count=1")] == ["Josh Côté"]
    assert people(office, "first=99&count=1") == []
    assert len(people(office, "first=x&count=-1")) == 3


def test_where_an_entry_holds_one_number_whoever_has_several_is_there_several_times(office: Office) -> None:
    found = people(office, "first=2&count=2", "/p/default/cisco-mpp-book.xml")
    assert found == [("Élan Traiteur", "+15145550198"), ("Josh Côté", "102")]
    answer, _ = office.ask("/p/default/cisco-mpp-book.xml", query="first=2&count=2&term=")
    assert b"http://boot.example/p/default/cisco-mpp-book.xml?first=4" in answer.body
    assert b"cisco-mpp-book.xml?ask" in answer.body
    asked, _ = office.ask("/p/default/cisco-mpp-book.xml", query="ask")
    assert b"<QueryStringParam>term</QueryStringParam>" in asked.body


def test_a_change_of_a_person_shows_at_the_next_look(office: Office) -> None:
    first, _ = office.ask(BOOK)
    assert office.ask(BOOK)[0] is first
    office.change(make_document("users", {"id": "josh", "name": "Joshua"}, ""))
    assert ("Joshua", "102") in people(office)


def test_one_account_s_people_are_not_in_another_s_book(office: Office) -> None:
    assert people(office, path="/p/other/yealink-book.xml") == []
    assert office.ask("/yealink-book.xml")[0].status == 404, "there are two accounts and nothing says which"
    assert office.ask("/p/nobody/yealink-book.xml")[0].status == 404


def test_nobody_outside_of_the_account_s_networks_reads_it(office: Office) -> None:
    answer, event = office.ask(BOOK, peer="203.0.113.7")
    assert answer.status == 404 and "security.networks" in event.verdict


def test_a_phone_is_led_to_its_account_s_book(office: Office) -> None:
    name = "remote_phonebook.data.1."
    url = written(office, "/001565000001.cfg", f"{name}url")
    assert url == f"{office.home('desk')}yealink-book.xml?term=#SEARCH"
    assert written(office, "/001565000001.cfg", f"{name}name") == "Annuaire"
    answer, _ = office.ask("/cfg000b82000001.xml")
    assert f">{office.home('gxp').removeprefix('http://').rstrip('/')}</item>".encode() in answer.body
    agent = "Grandstream Model HW GXP2170 SW 1.0.11.85 DevId 000b82000001"
    found, _ = office.ask("/p/default/phonebook.xml", agent)
    assert [name.text for name in ElementTree.fromstring(found.body).iter("FirstName")] == ["Élan", "Josh", "Marie"]


def test_an_admin_may_switch_it_off_or_name_another(office: Office) -> None:
    assert written(office, "/001565000002.cfg", "remote_phonebook.data.1.url") is None
    assert written(office, "/001565000003.cfg", "remote_phonebook.data.1.url") == "http://ldap.example/book.xml"
