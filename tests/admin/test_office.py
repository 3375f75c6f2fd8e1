"""Office files: what is in them is what is written, and what is wrong is said with its place."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.admin.office import OfficeFile, office_values, write_office
from offhook.model.device import Device
from offhook.model.problem import Refused
from offhook.model.schedule import Schedule


def documents(text: str) -> list[object]:
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
        text = write_office(office_values(office, reveal=True), as_json=as_json)  # type: ignore[arg-type]
        again = documents(text)
        assert sorted(map(repr, again)) == sorted(map(repr, office))
        assert write_office(office_values(again, reveal=True), as_json=as_json) == text  # type: ignore[arg-type]
