"""A spreadsheet of people and phones, taken in and written out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.importers.sheet import DELIMITERS, read_sheet, write_sheet
from offhook.importers.sheet_cells import BadCell, mac, plain, public_numbers, safe
from offhook.importers.sheet_columns import COLUMNS, Column, column_called, folded
from offhook.importers.sheet_export import write_out
from offhook.importers.sheet_office import Taken, take_in
from offhook.importers.sheet_present import Office, Present
from offhook.model.kind import make_document, public_values
from offhook.model.problem import Refused

ROOT = Path(__file__).parent.parent.parent
NOTHING: Office = {}


def take(text: str | bytes, there: Office = NOTHING, *, ignore_unknown: bool = False) -> Taken:
    data = text.encode() if isinstance(text, str) else text
    sheet = read_sheet(data, "phones.csv", ignore_unknown=ignore_unknown)
    return take_in(sheet, "default", Present(there, "default"))


def refused(text: str | bytes, there: Office = NOTHING) -> list[str]:
    with pytest.raises(Refused) as found:
        take(text, there)
    return [str(problem) for problem in found.value.problems]


def stored(office: Office) -> dict[str, list[dict[str, Any]]]:
    """Documents as an export of the server gives them."""
    return {
        kind: [public_values(make_document(kind, values, ""), reveal=True) for values in listed]
        for kind, listed in office.items()
    }


def ids(taken: Taken, kind: str) -> list[str]:
    return [one["id"] for one in taken.office.get(kind, [])]


# --- people, phones, extensions ----------------------------------------------------------------------------------------


def test_a_row_of_a_person_and_a_phone_makes_user_phone_callflow_and_mailbox() -> None:
    office = take(
        "user,name,email,extension,voicemail,mac,model\nmarie,Marie Tremblay,m@example.com,101,yes,00:15:65:AA:BB:01,yealink/T46S\n"
    ).office
    assert office["users"] == [
        {"id": "marie", "account": "default", "name": "Marie Tremblay", "email": "m@example.com"}
    ]
    assert office["devices"] == [
        {"id": "marie-t46s", "account": "default", "mac": "001565aabb01", "model": "yealink/T46S", "owner": "marie"}
    ]
    assert office["mailboxes"][0]["number"] == "101" and office["mailboxes"][0]["owner"] == "marie"
    assert office["callflows"][0]["nodes"]["ring"]["next"] == {"else": "voicemail"}


def test_somebody_without_voicemail_gets_a_callflow_that_only_rings() -> None:
    office = take("user,name,extension,voicemail\nmarie,Marie,101,no\n").office
    assert list(office["callflows"][0]["nodes"]) == ["ring"] and "mailboxes" not in office


def test_a_person_without_an_extension_gets_no_callflow() -> None:
    assert list(take("user,name\nmarie,Marie\n").office) == ["users"]


def test_several_rows_of_one_person_are_several_phones_and_one_user() -> None:
    taken = take(
        "user,name,extensions,mac,model\nmarie,Marie,101,001565aabb01,yealink/T46S\nmarie,,,001565aabb02,yealink/T46S\n"
        "marie,,201,,\n"
    )
    assert ids(taken, "users") == ["marie"]
    assert ids(taken, "devices") == ["marie-t46s", "marie-t46s-aabb02"]
    assert taken.office["callflows"][0]["numbers"] == ["101", "201"]
    assert taken.rows["users", "marie"] == (2, 3, 4)


def test_a_row_without_a_user_is_nobodys_phone_and_its_extension_rings_it() -> None:
    taken = take("mac,model,label,extension\n001565aabb04,yealink/T31P,Lobby,150\n")
    assert taken.office["devices"][0]["name"] == "Lobby" and "owner" not in taken.office["devices"][0]
    assert taken.office["callflows"][0]["nodes"]["ring"]["targets"] == [{"device": "yealink-aabb04"}]
    assert "users" not in taken.office


def test_a_phone_without_a_mac_needs_an_id() -> None:
    assert ids(take("device,label\ndoor,Front door\n"), "devices") == ["door"]
    assert refused("user,name,model\nmarie,Marie,yealink/T46S\n") == [
        "phones.csv row 2 column model: 'yealink/T46S' is said of a phone, and the row has none: give its MAC, or an id in"
        " column 'device'"
    ]


def test_a_new_phone_never_takes_the_id_of_another() -> None:
    there = stored(
        {"devices": [{"id": "marie-t46s", "mac": "001565aabb09"}], "users": [{"id": "marie", "name": "Marie"}]}
    )
    taken = take(
        "user,mac,model,device\nmarie,001565aabb01,yealink/T46S,\nmarie,001565aabb02,,marie-t46s-aabb01\n", there
    )
    assert sorted(ids(taken, "devices")) == ["marie-t46s-001565aabb01", "marie-t46s-aabb01"]


# --- over what is there ------------------------------------------------------------------------------------------------

SHEET = (
    "user,name,email,extensions,public numbers,voicemail,mac,model,label\n"
    "marie,Marie,m@example.com,101,'+15145550101,yes,001565aabb01,yealink/T46S,\n"
    ",,,150,,,001565aabb04,yealink/T31P,Lobby\n"
)


def test_the_same_sheet_again_changes_nothing() -> None:
    assert take(SHEET, stored(take(SHEET).office)).office == {}


def test_what_a_sheet_does_not_say_stays_as_it_is() -> None:
    there = stored(take(SHEET).office)
    there["devices"][0]["keys"] = [{"position": 2, "type": "dnd"}]
    there["devices"][0]["sip"] = {"username": "old"}
    taken = take("mac,label\n00:15:65:aa:bb:01,Desk\n", there)
    assert taken.office == {"devices": [{**there["devices"][0], "account": "default", "name": "Desk"}]}


def test_a_new_mac_for_a_device_is_a_swapped_phone() -> None:
    there = stored(take(SHEET).office)
    taken = take("device,mac\nmarie-t46s,001565aabb77\n", there)
    assert [(one["id"], one["mac"], one["owner"]) for one in taken.office["devices"]] == [
        ("marie-t46s", "001565aabb77", "marie")
    ]


def test_a_mac_that_another_device_has_is_refused() -> None:
    assert refused("device,mac\nother,001565aabb01\n", stored(take(SHEET).office)) == [
        "phones.csv row 2 column mac: '001565aabb01' is the MAC of device 'marie-t46s' already: take it from that one"
    ]


def test_extensions_that_are_said_are_all_that_the_own_callflow_has_and_public_ones_stay() -> None:
    taken = take("user,extensions\nmarie,102;103\n", stored(take(SHEET).office))
    assert taken.office["callflows"][0]["numbers"] == ["102", "103", "+15145550101"]


def test_two_people_may_swap_their_extensions() -> None:
    there = stored(take("user,name,extension\nmarie,Marie,101\nana,Ana,102\n").office)
    taken = take("user,extension\nmarie,102\nana,101\n", there)
    assert {one["id"]: one["numbers"] for one in taken.office["callflows"]} == {"marie": ["102"], "ana": ["101"]}


def test_a_number_of_another_callflow_is_refused_by_row() -> None:
    there = stored(take("user,name,extension\nmarie,Marie,101\n").office)
    assert refused("user,name,extension\nana,Ana,101\n", there) == [
        "phones.csv row 2 column extensions: '101' belongs to the callflow 'marie' already: take it from that one, or give"
        " another number"
    ]


def test_a_number_whose_callflow_rings_the_person_already_is_left_there() -> None:
    flow = {
        "id": "day",
        "numbers": ["101"],
        "start": "a",
        "nodes": {
            "a": {"type": "announce", "text": "Hello", "next": {"done": "b"}},
            "b": {"type": "ring", "targets": [{"user": "marie"}]},
        },
    }
    there = stored({"users": [{"id": "marie", "name": "Marie"}], "callflows": [flow]})
    assert take("user,extension\nmarie,101\n", there).office == {}


def test_voicemail_that_is_asked_for_later_joins_a_callflow_that_only_rings() -> None:
    there = stored(take("user,name,extension\nmarie,Marie,101\n").office)
    there["callflows"][0]["nodes"]["ring"]["timeout"] = 35
    nodes = take("user,voicemail\nmarie,yes\n", there).office["callflows"][0]["nodes"]
    assert nodes["ring"]["timeout"] == 35 and nodes["ring"]["next"] == {"else": "voicemail"}
    assert nodes["voicemail"]["box"] == "marie"


def test_a_callflow_that_does_more_is_left_as_it_is_and_that_is_told() -> None:
    there = stored(take("user,name,extension\nmarie,Marie,101\n").office)
    there["callflows"][0]["nodes"] |= {"bye": {"type": "end"}}
    there["callflows"][0]["nodes"]["ring"]["next"] = {"else": "bye"}
    taken = take("user,voicemail\nmarie,yes\n", there)
    assert list(taken.office) == ["mailboxes"]
    assert "row 2 column voicemail" in taken.notes[0] and "does more than ring" in taken.notes[0]


def test_a_new_name_and_address_reach_mailbox_and_callflow_unless_they_had_their_own() -> None:
    there = stored(take(SHEET).office)
    taken = take("user,name,email\nmarie,Marie Roy,roy@example.com\n", there)
    assert taken.office["mailboxes"][0]["email"] == "roy@example.com"
    assert taken.office["callflows"][0]["name"] == "Marie Roy"
    there["mailboxes"][0]["email"] = "team@example.com"
    taken = take("user,name,email\nmarie,Marie,roy@example.com\n", there)
    assert "mailboxes" not in taken.office


# --- faults, by row and column -----------------------------------------------------------------------------------------


def test_every_fault_of_every_row_is_told_at_once_in_the_order_of_the_rows() -> None:
    told = refused(
        "user,name,email,extension,voicemail,mac\n"
        "marie,Marie,nowhere,101,perhaps,001565aabb01\n"
        "Marie T,Marie,,,,\n"
        "ana,Ana,,101,,001565aabb01\n"
        "bob,,,,,\n"
    )
    assert [re.match(r"phones.csv row (\d+) column ([a-z]+): ", one).groups() for one in told] == [  # type: ignore[union-attr]
        ("2", "email"),
        ("2", "voicemail"),
        ("3", "user"),
        ("4", "extensions"),
        ("5", "name"),
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("m,M,,001565aabb01\na,A,,0015.65aa.bb01", "row 3 column mac: '001565aabb01' stands in row 2 already"),
        ("m,M,101,\na,A,101,", "row 3 column extensions: '101' is given to 'm' in row 2 already"),
        ("m,M,,\nm,M,,", "row 3 column user: 'm' stands in row 2 already, without a phone too"),
        ("m,M,,001565aabb01\nm,N,,001565aabb02", "row 3 column name: 'N' of user 'm' is 'M' in row 2"),
        (",Bob,,001565aabb01", "row 2 column name: 'Bob' is said of a person, and the row names none"),
        (",,101,", "row 2: says neither whose it is nor which phone"),
        ("Marie Roy,M,,", "such as marie-roy"),
        ("m,M,+15145550101,", "it belongs in the column 'public numbers'"),
        ("m,M,1.01E+02,", "is what a spreadsheet made of a number"),
        ("m,M,101.0,", "is what a spreadsheet made of a number"),
        ("m,M,,1565112233", "zeros are lost: format the column as text, or write it with colons"),
        ("m,M,,1.57E+09", "its digits are lost: read it anew"),
        ("m,M,,00:15:65", "'00:15:65' is not a MAC address: write its 12 hexadecimal digits"),
        ("m,M,,01:00:5e:00:00:01", "is a group or empty address"),
        ("m,M,101,001565aabb01,more", "row 2 column E: 'more' stands where there is no column for it"),
        ("m,M\x07,101,", "holds the character U+0007"),
    ],
)
def test_a_fault_names_row_column_value_and_mend(rows: str, message: str) -> None:
    assert [one for one in refused(f"user,name,extension,mac\n{rows}\n") if message in one]


def test_a_pin_and_a_password_are_never_shown() -> None:
    told = "\n".join(
        refused(
            "user,name,pin,line password,mac\nm,M,7711,hush,\nm,,7722,,001565aabb01\n,,,hush\x01,001565aabb02\n,,7733,,\n"
        )
    )
    assert not re.search("77|hush", told) and "column pin" in told and "column line password" in told


def test_a_mailbox_takes_the_first_extension_and_needs_one() -> None:
    assert "give one in 'extensions'" in refused("user,name,voicemail\nm,M,yes\n")[0]
    assert "write yes in column 'voicemail'" in refused("user,name,pin\nm,M,4471\n")[0]


def test_a_phone_and_a_user_of_one_id_cannot_both_get_a_callflow() -> None:
    told = refused("user,name,extension,mac,device\nlobby,Lobby,101,,\n,,102,001565aabb01,lobby\n")
    assert "row 3 column device: 'lobby' is a user's id too" in told[0]


def test_the_servers_words_about_the_office_file_become_words_about_the_sheet() -> None:
    taken = take("user,name,mac,model\nmarie,Marie,001565aabb01,yealink/T46S\n")
    told = taken.by_row("phones.csv line 1: devices[0] (marie-t46s).model: no such model\nanother word")
    assert told == "phones.csv row 2 column model: devices/marie-t46s: no such model\nanother word"


# --- columns -----------------------------------------------------------------------------------------------------------


def test_columns_are_known_in_any_order_case_and_language() -> None:
    taken = take("Adresse MAC;NOM;Utilisateur;Poste(s);E-Mail\n001565aabb01;Marie;Marie;101;m@example.com\n")
    assert taken.office["users"] == [{"id": "marie", "account": "default", "name": "Marie", "email": "m@example.com"}]
    assert taken.office["callflows"][0]["numbers"] == ["101"]


def test_an_unknown_column_is_refused_with_the_nearest_name_or_passed_over() -> None:
    text = "user,nmae,name\nmarie,x,Marie\n"
    assert refused(text) == [
        "phones.csv row 1 column B: unknown column 'nmae'; did you mean 'name'? (rename or remove it, or pass over such"
        " columns with --ignore-unknown)"
    ]
    assert ids(take(text, ignore_unknown=True), "users") == ["marie"]


def test_a_column_that_stands_twice_is_refused() -> None:
    assert "'Nom' means 'name', which column B is already" in refused("user,name,Nom\nmarie,Marie,Marie\n")[0]


def test_no_name_means_two_columns() -> None:
    named = [(folded(name), one.key) for one in COLUMNS.values() for name in (one.header, *one.also)]
    assert len({name for name, _ in named}) == len({*named})
    assert all(column_called(one.header) is one for one in COLUMNS.values())


# --- files as spreadsheets write them ----------------------------------------------------------------------------------

TEXT = "user{0}name{0}mac\r\nmarie{0}Marie Côté{0}001565aabb01\r\n"


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize(
    ("codec", "called"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_delimiter_and_encoding_are_found_out_and_told(delimiter: str, codec: str, called: str) -> None:
    sheet = read_sheet(TEXT.format(delimiter).encode(codec), "phones.csv")
    assert sheet.rows[0].cells["name"] == "Marie Côté"
    assert str(sheet) == f"phones.csv: 1 row, {called}, {DELIMITERS[delimiter]} between cells"


def test_the_delimiter_is_the_one_that_makes_known_columns() -> None:
    sheet = read_sheet(b'user;name;"public numbers, extensions"\nm;"a,b,c";\n', "x", ignore_unknown=True)
    assert sheet.delimiter == ";" and sheet.rows[0].cells["name"] == "a,b,c"


def test_excels_first_line_trailing_rows_and_line_breaks_in_cells_are_understood() -> None:
    assert read_sheet(b'sep=;\r\nuser;"na\nme"\r\nm;M\r\n', "x").rows[0].cells == {"user": "m", "name": "M"}
    sheet = read_sheet(b'sep=;\r\nuser;name\r\n\r\nmarie;"Marie\r\nTremblay"\r\nana;Ana\r\n;\r\n\r\n', "x")
    assert [(row.number, row.cells["user"]) for row in sheet.rows] == [(3, "marie"), (4, "ana")]
    assert sheet.rows[0].cells["name"] == "Marie\r\nTremblay"


def test_a_number_kept_as_text_is_read_as_it_was_meant() -> None:
    taken = take('user,name,extensions,mac\nm,M,"=""0101""",\'001565112233\n')
    assert taken.office["callflows"][0]["numbers"] == ["0101"]
    assert taken.office["devices"][0]["mac"] == "001565112233"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\r\n;;\r\n", "is empty"),
        (b"PK\x03\x04rest", "workbook, no CSV"),
        (b'user,name\nm,"a"b\n', "row 2: its quotes do not match"),
        (b'user,name\nm,"ab\n', "row 2: its quotes do not match"),
        (b"user,name\nm,\x81\n", "byte 13: is neither UTF-8, UTF-16 nor Windows-1252"),
        (b"\xff\xfeu\x00s", None),
        (b"\xff\xfeu", "byte 3: is neither"),
    ],
)
def test_what_is_no_sheet_is_refused(data: bytes, message: str | None) -> None:
    told = refused(data)
    assert message is None or message in told[0]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="usernam,;\t\n\r\"='10:", max_size=80).map(str.encode))
def test_any_bytes_are_a_sheet_or_are_refused_with_words(data: bytes) -> None:
    try:
        take(data, ignore_unknown=True)
    except Refused as error:
        assert all(problem.place and problem.message for problem in error.problems)


# --- out and in again --------------------------------------------------------------------------------------------------

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@'\t\n\r0e1"), min_size=1, max_size=12
)
CLEAN = TEXTS.filter(lambda text: text == text.strip() and not text.endswith("\n"))


@given(TEXTS)
def test_no_cell_that_is_written_begins_as_a_formula(text: str) -> None:
    assert not re.match(r"\s*[=+\-@＝＋－＠]|[\t\r\n]", safe(text))


@given(CLEAN)
def test_each_text_comes_back_out_of_its_cell(text: str) -> None:
    assert plain(safe(text)) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+15145550101", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "0101", "1e5", "001565112233"]
)
def test_a_text_that_a_spreadsheet_would_change_stands_behind_an_apostrophe(text: str) -> None:
    assert safe(text) == f"'{text}" and plain(safe(text)) == text


def test_an_apostrophe_of_a_name_is_its_own() -> None:
    assert safe("'t Hoen") == plain("'t Hoen") == "'t Hoen"


@st.composite
def offices(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """People and phones as far as a sheet can say them."""
    office: dict[str, list[dict[str, Any]]] = {"users": [], "devices": [], "mailboxes": [], "callflows": []}
    numbers = iter(
        draw(st.lists(st.integers(0, 99999).map(lambda one: f"{one:0>3}"), unique=True, min_size=30, max_size=30))
    )
    macs = iter(range(0x001565000000, 0x001565000100))

    def flow(identity: str, kind: str, name: str, box: bool) -> None:
        listed = [next(numbers) for _ in range(draw(st.integers(1, 2)))]
        public = [f"+1514555{next(numbers)}" for _ in range(draw(st.integers(0, 1)))]
        ring: dict[str, Any] = {"type": "ring", "targets": [{kind: identity}]}
        nodes: dict[str, Any] = {"ring": ring}
        if box:
            ring["next"] = {"else": "voicemail"}
            nodes["voicemail"] = {"type": "voicemail", "box": identity}
            office["mailboxes"].append(
                {
                    "id": identity,
                    "number": listed[0],
                    "name": name,
                    "owner": identity,
                    "pin": draw(CLEAN.filter(str.isprintable)),
                }
                | ({"email": person["email"]} if "email" in person else {})
            )
        office["callflows"].append(
            {"id": identity, "name": name, "numbers": [*listed, *public], "start": "ring", "nodes": nodes}
        )

    def phone(identity: str, owner: str | None) -> dict[str, Any]:
        values = {
            "mac": f"{next(macs):012x}" if draw(st.booleans()) else None,
            "model": draw(st.sampled_from([None, "yealink/T46S", "snom"])),
            "owner": owner,
            "name": draw(st.none() | CLEAN),
            "sip": draw(st.none() | st.just({"username": f"=x{identity}", "password": "+secret"})),
        }
        return {"id": identity} | {field: value for field, value in values.items() if value is not None}

    for index in range(draw(st.integers(0, 3))):
        user = f"u{index}"
        person = {"id": user, "name": draw(CLEAN)} | draw(
            st.sampled_from([{}, {"email": "=cmd@example.com"}, {"language": "fr", "email": "a@example.com"}])
        )
        office["users"].append(person)
        office["devices"] += [phone(f"{user}-{one}", user) for one in range(draw(st.integers(0, 2)))]
        if draw(st.booleans()):
            flow(user, "user", person["name"], draw(st.booleans()))
    for index in range(draw(st.integers(0, 2))):
        device = phone(f"d{index}", None)
        office["devices"].append(device)
        if draw(st.booleans()):
            flow(device["id"], "device", device.get("name", device["id"]), False)
    return {kind: stored({kind: listed})[kind] for kind, listed in office.items() if listed}


@settings(max_examples=150, deadline=None)
@given(offices(), st.sampled_from(list(DELIMITERS)))
def test_people_and_phones_come_back_out_of_their_sheet_as_they_were(
    office: dict[str, list[dict[str, Any]]], delimiter: str
) -> None:
    written = write_out(Present(office, "default"), "default", secrets=True)
    data = write_sheet(written.keys, written.rows, delimiter)
    if not office:
        assert written.rows == () and written.lost == ()
        return
    assert written.lost == ()
    assert stored(take(data).office) == {kind: sorted(listed, key=by_owner) for kind, listed in office.items()}
    assert take(data, office).office == {}


def by_owner(values: dict[str, Any]) -> tuple[bool, str]:
    return values["id"].startswith("d"), values["id"]


def test_secrets_are_in_a_sheet_only_when_they_are_asked_for() -> None:
    office = stored(
        {
            "users": [{"id": "m", "name": "M"}],
            "mailboxes": [{"id": "m", "number": "1", "owner": "m", "name": "M", "pin": "4471"}],
            "devices": [{"id": "d", "owner": "m", "sip": {"username": "d", "password": "hush"}}],
        }
    )
    for secrets in (False, True):
        written = write_out(Present(office, "default"), "default", secrets=secrets)
        data = write_sheet(written.keys, written.rows)
        assert (b"4471" in data, b"hush" in data, b"pin" in data) == (secrets, secrets, secrets)


def test_what_a_sheet_cannot_hold_is_named() -> None:
    office = stored(take(SHEET).office)
    office["groups"] = [{"id": "sales", "members": []}]
    office["devices"][0]["settings"] = {"vlan_id": 20}
    office["callflows"].append({"id": "night", "start": "end", "nodes": {"end": {"type": "end"}}})
    assert write_out(Present(office, "default"), "default", secrets=False).lost == (
        "devices/marie-t46s: settings",
        "callflows/night",
        "groups/sales",
    )


# --- the documentation -------------------------------------------------------------------------------------------------


def columns_table() -> str:
    """The table of columns as docs/bulk.md has it."""

    def row(one: Column) -> str:
        return f"| `{one.header}` | {one.meaning} | {', '.join(one.also)} |"

    return "\n".join(["| column | meaning | also called |", "|---|---|---|", *map(row, COLUMNS.values())])


def test_the_page_has_the_table_of_columns(request: pytest.FixtureRequest) -> None:
    page = ROOT / "docs" / "bulk.md"
    text = page.read_text(encoding="utf-8")
    table = re.search(r"^(?:COLUMNS|\| column .*(?:\n\|.*)+)$", text, re.MULTILINE)
    assert table is not None
    if request.config.getoption("--write-golden"):
        page.write_text(text[: table.start()] + columns_table() + text[table.end() :], encoding="utf-8")
        return
    assert table[0] == columns_table()


def test_the_sample_shows_every_column_and_can_be_taken_in() -> None:
    data = (ROOT / "deploy" / "sample" / "phones.csv").read_bytes()
    assert data.decode().splitlines()[0].split(",") == [one.header for one in COLUMNS.values()]
    taken = take(data)
    assert ids(taken, "devices") == ["marie-t46s", "marie-gxp2170", "josh-t54w", "lobby", "door"]
    assert json.dumps(taken.office).count('"type": "voicemail"') == 2


@pytest.mark.parametrize("text", ["+1 (514) 555-0101", "+1.514.555.0101", "+15145550101"])
def test_public_numbers_are_read_however_people_write_them(text: str) -> None:
    assert public_numbers(text) == ("+15145550101",)
    assert public_numbers("+33 (0)1 23 45 67 89; +49 30 1234") == ("+33123456789", "+49301234")


def test_a_public_number_that_lost_its_plus_is_refused() -> None:
    with pytest.raises(BadCell, match="spreadsheets take a \\+ away"):
        public_numbers("15145550101")


def test_a_mac_of_digits_alone_is_one_when_it_is_whole() -> None:
    assert mac("801565112233") == "801565112233"
