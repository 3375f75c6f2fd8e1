"""Office files: what is in them is what is written, and what is wrong is said with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.admin.office import OfficeFile, office_values, write_office
from offhook.model.device import Device
from offhook.model.document import Document
from offhook.model.kind import KINDS
from offhook.model.problem import Refused
from offhook.model.schedule import Schedule
from offhook.model.user import User


def documents(text: str) -> list[Document]:
    return [document for _, document in OfficeFile(text, "o.yaml").documents()]


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        OfficeFile(text, "o.yaml").documents()
    return str(refused.value)


@pytest.mark.parametrize(
    ("written", "mac"),
    [
        ("001565112233", "001565112233"),  # no octal number
        ("805012345678", "805012345678"),  # no number
        ("805e01234567", "805e01234567"),  # no float
        ("00:15:65:11:22:33", "001565112233"),  # no sexagesimal number
        ("0015.6511.2233", "001565112233"),
    ],
)
def test_a_mac_is_never_taken_for_a_number(written: str, mac: str) -> None:
    (device,) = documents(f"devices: [{{id: a, mac: {written}}}]")
    assert isinstance(device, Device) and device.mac == mac


def test_yamls_own_words_for_true_and_false_are_texts_where_a_text_is_meant() -> None:
    (account, schedule) = documents(
        "accounts: [{id: default, realm: a.example, country: NO}]\n"
        'schedules: [{id: s, periods: {closed: else}, exceptions: [{on: "12-24", yearly: true, period: closed}]}]'
    )
    assert getattr(account, "country", None) == "NO"
    assert isinstance(schedule, Schedule) and schedule.exceptions[0].on == "12-24" and schedule.exceptions[0].yearly


def test_json_is_read_as_well() -> None:
    (device,) = documents('{"devices": [{"id": "a", "enabled": false, "keys": [{"position": 2, "type": "dnd"}]}]}')
    assert isinstance(device, Device) and not device.enabled and device.keys[0].position == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("devices:\n- id: x\n  modle: y", "o.yaml line 2: devices[0] (x): unknown field 'modle'; did you mean 'model'?"),
        ("devices:\n- id: x\n  keys:\n  - {position: 1, type: bfl}", "o.yaml line 4: devices[0] (x).keys[0].type: 'bfl' is not"),
        ("users:\n- id: x\n  name: X\n  settings:\n    codecs: [g711]", "line 5: users[0] (x).settings.codecs[0]"),
        ("callflows:\n- id: c\n  start: r\n  nodes:\n    r:\n      type: rnig", "line 6: callflows[0] (c).nodes.r.type: unknown type"),
        ("devices:\n- id: a\n  mac: 00:15", "o.yaml line 3: devices[0] (a).mac: '00:15' is not a MAC address"),
        ("devices:\n- id: a\n- id: a", "o.yaml line 3: devices[1] (a): the same document stands at devices[0] (a) already"),
        ("devices:\n- id: a\n  id: b", "line 3"),
        ("devcies: []", "there is no kind 'devcies'; did you mean 'devices'?"),
        ("devices: 5", "expected a list of documents"),
        ("- a", "expected a mapping with any of accounts"),
        ("devices:\n\t- id: a", "o.yaml line 2"),
        ("a: [", "not readable as YAML or JSON"),
        ("users: [{id: a, name: 5, enabled: maybe}]", "enabled: expected bool"),
        ("devices: [{id: a, sip: {username: a, password: \"a\\nb\"}}]", "may not hold control characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_line_and_the_nearest_right_name(text: str, said: str) -> None:
    assert said in refusal(text)


def test_all_problems_are_said_at_once() -> None:
    assert len(refusal("devices:\n- {id: A}\n- {id: b, mac: x}\nusers:\n- {id: c}").splitlines()) == 3


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"] + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too large" in refusal("\n".join(lines))
    assert "no value above is marked &a" in refusal("a: &a [*a]")


def test_an_empty_file_is_an_empty_office() -> None:
    assert documents("") == [] and documents("# nothing yet\n") == []


@given(st.text(max_size=200))
def test_no_text_does_anything_but_be_refused_or_read(text: str) -> None:
    with suppress(Refused):
        documents(text)


def test_an_office_that_is_written_and_read_is_the_same() -> None:
    office = documents((Path(__file__).parents[2] / "deploy/demo/office.yaml").read_text(encoding="utf-8"))
    for as_json in (False, True):
        text = write_office(office_values(office, reveal=True), as_json=as_json)
        again = documents(text)
        assert sorted(map(repr, again)) == sorted(map(repr, office))
        assert write_office(office_values(again, reveal=True), as_json=as_json) == text


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL", "# not known yet"])
def test_a_field_with_nothing_behind_it_is_not_set(nothing: str) -> None:
    (user,) = documents(f"users:\n- id: a\n  email: {nothing}\n  name: A\n")
    assert isinstance(user, User) and user.email is None


@pytest.mark.parametrize("written", ["'null'", '"~"', "!!str null", "nil"])
def test_a_text_that_only_looks_like_nothing_stays_a_text(written: str) -> None:
    (user,) = documents(f"users: [{{id: a, name: {written}}}]")
    assert isinstance(user, User) and user.name == written.removeprefix("!!str ").strip("'\"")


@pytest.mark.parametrize("truth", ["yes", "no", "on", "off", "NO", "y"])
def test_yaml_1_1_words_for_truth_are_refused_with_the_right_ones(truth: str) -> None:
    assert "users[0] (a).enabled: expected bool, got str: write true or false" in refusal(
        f"users: [{{id: a, name: A, enabled: {truth}}}]"
    )


@pytest.mark.parametrize("nested", ["[" * 100_000, "{a: " * 100_000, "\n" + "- " * 100_000, "[" * 500 + "]" * 500])
def test_a_file_that_is_nested_without_end_is_refused_before_it_exhausts_the_server(nested: str) -> None:
    assert "more than 40 lists and mappings inside of one another" in refusal(f"a: {nested}")


def test_an_alias_of_a_few_values_is_read_and_said_where_it_is_used() -> None:
    first, second = documents("devices:\n- {id: a, keys: &keys [{position: 1, type: dnd}]}\n- {id: b, keys: *keys}\n")
    assert isinstance(first, Device) and isinstance(second, Device) and first.keys == second.keys
    wrong = "devices:\n- {id: a}\n- id: b\n  keys: &keys [{position: 1, type: x}]\n- id: c\n  keys: *keys\n"
    assert [line.partition(":")[0] for line in refusal(wrong).splitlines()] == ["o.yaml line 4", "o.yaml line 6"]


@pytest.mark.parametrize("written_by", [json.dumps, lambda value: json.dumps(value, ensure_ascii=False)])
def test_json_with_any_character_is_read(written_by: Callable[[object], str]) -> None:
    name = 'Rocket \U0001f680 "\\ud83d\\ude80" \\ a/b \x7f \x80 \ufffe é'
    (user,) = documents(written_by({"users": [{"id": "a", "name": name}]}))
    assert isinstance(user, User) and user.name == name


def test_json_with_tabs_or_a_byte_order_mark_is_read() -> None:
    (user,) = documents('\ufeff{\n\t"users":\t[{"id": "a",\t"name": "A"}]\n}')
    assert isinstance(user, User)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("users:\n- {id: a,\n  name: \"a\x00\"}", "o.yaml line 3: not text: the character U+0000"),
        ("é\nusers: \ud800", "o.yaml line 2: not text: the character U+D800"),
        ('{"users": [{"id": "a", "name": "\\ud83d"}]}', "line 1"),
        ("users: []\n---\nusers: []", "o.yaml line 2: a second document begins here: put all in one"),
        ("users:\n- {? [a] : b}", "o.yaml line 2: the name of a field must be a text"),
        ("users:\n- {? *x : b}", "o.yaml line 2: the name of a field must be a text"),
        ("users: *nobody", "o.yaml line 1: no value above is marked &nobody"),
        ("devices:\n- id: a\n  keys:\n  - {position: 1,\n     position: 2}", "o.yaml line 5: devices[0].keys[0]: 'position' is given twice"),
        ("users:", "users: is empty: list its documents, or leave it out"),
        ("users: [x]", "users[0]: expected a document (a mapping of fields), got a text"),
        ("null", "expected a mapping with any of accounts"),
        ("devices:\n- id: a\n  overrides:\n    yealink:\n      x: y\n      account.1.label: [a]", "o.yaml line 6: devices[0] (a).overrides.yealink.account.1.label: expected"),
        ("schedules:\n- id: a\n  periods:\n    open:\n    - days: [mno]", "o.yaml line 5: schedules[0] (a).periods.open[0].days[0]: 'mno'"),
        ("callflows:\n- id: a\n  start: x\n  nodes:\n    x:\n      type: ring\n      targets:\n      - {user: u, delai: 5}", "o.yaml line 8: callflows[0] (a).nodes.x.targets[0]: unknown field 'delai'; did you mean 'delay'?"),
    ],
)  # fmt: skip
def test_more_that_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    assert said in refusal(text)


def test_every_kind_of_document_is_read_from_its_list() -> None:
    office = documents((Path(__file__).parents[2] / "deploy/demo/office.yaml").read_text(encoding="utf-8"))
    assert {type(document) for document in office} == set(KINDS.values())


def test_an_export_without_secrets_leaves_them_out_and_can_be_read_again() -> None:
    secret = (
        "devices: [{id: a, sip: {username: a, password: Marker}, settings: {dot1x_password: Marker, vlan_id: 5},"
        " overrides: {yealink: {account.1.password: {secret: Marker}, account.1.label: Desk}}}]\n"
        "mailboxes: [{id: m, number: '101', pin: 'Marker'}]"
    )
    text = write_office(office_values(documents(secret), reveal=False), as_json=False)
    assert "Marker" not in text and "***" not in text and "vlan_id: 5" in text and "account.1.label: Desk" in text
    assert "Marker" in write_office(office_values(documents(secret), reveal=True), as_json=False)
    assert len(documents(text)) == 2


names = st.text(min_size=1, max_size=30).filter(lambda name: not name.endswith("\n"))


@given(st.lists(names, min_size=1, max_size=3, unique=True), st.booleans())
def test_any_name_survives_writing_and_reading(given_names: list[str], as_json: bool) -> None:
    users = [User(id=f"u{index}", name=name) for index, name in enumerate(given_names)]
    again = documents(write_office(office_values(users, reveal=True), as_json=as_json))
    assert again == users


values = st.recursive(
    st.sampled_from(["a", "'b'", "~", "*x", "&x c", "!!int 5", '"\\u0041"', "- ", "? ", "|", ">", "<<", "---", "..."]),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "[" + ", ".join(parts) + "]")
    | st.lists(inner, max_size=3).map(lambda parts: "{" + ", ".join(f"k{n}: {part}" for n, part in enumerate(parts)) + "}"),
    max_leaves=12,
)  # fmt: skip


@given(
    st.sampled_from(sorted(KINDS)),
    values,
    st.sampled_from(["{}: [{}]", "{}: {}", "{}:\n- {}\n", "{}:\n- id: a\n  name: {}\n"]),
)
def test_whatever_yaml_can_do_is_refused_or_read(kind: str, value: str, form: str) -> None:  # fmt: skip
    with suppress(Refused):
        documents(form.format(kind, value))
