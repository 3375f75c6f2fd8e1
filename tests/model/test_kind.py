"""How a document is made from what an admin wrote, and how what is wrong is said."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.device import Device
from offhook.model.document import RawValue
from offhook.model.kind import KINDS, SINGULAR, kind_of, make_document, public_values
from offhook.model.problem import Refused, did_you_mean
from offhook.model.user import User


def refusal(kind: str, **fields: Any) -> str:
    with pytest.raises(Refused) as refused:
        make_document(kind, fields, "body")
    return str(refused.value)


MINIMAL: dict[str, dict[str, Any]] = {
    "accounts": {"realm": "A.Example"},
    "sites": {},
    "users": {"name": "X"},
    "devices": {},
    "groups": {},
    "mailboxes": {"number": "101"},
    "schedules": {},
    "modes": {"states": ["day"]},
    "contacts": {"name": "X"},
    "callflows": {"start": "a", "nodes": {"a": {"type": "end"}}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_made_of_little_and_comes_back_the_same(kind: str) -> None:
    document = make_document(kind, {"id": "x", **MINIMAL[kind]}, "")
    assert kind_of(document) == kind and kind in SINGULAR
    assert make_document(kind, public_values(document, reveal=True), "") == document


def test_an_account_belongs_to_itself_and_its_realm_is_in_lower_case() -> None:
    account = make_document("accounts", {"id": "acme", "account": "other", "realm": "Acme.Example"}, "")
    assert account.account == "acme" and public_values(account)["realm"] == "acme.example"


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("devices", {"id": "a", "keys": [{"position": "1", "type": "dnd"}]}, "body (a).keys[0].position: expected int, got str"),
        ("devices", {"id": "a", "keys": [{"position": 0, "type": "dnd"}]}, "body (a).keys[0].position: expected int >= 1"),
        ("devices", {"id": "a", "keys": [{"position": 1, "type": "line-key"}]}, "body (a).keys[0].type: 'line-key' is not one of its values; did you mean 'line'?"),
        ("devices", {"id": "a", "sip": {"username": "a", "passwrd": "x"}}, "body (a).sip: unknown field 'passwrd'; did you mean 'password'?"),
        ("devices", {"id": "a", "sip": {"username": "a b"}}, "body (a).sip.username: expected str matching"),
        ("devices", {"id": "a", "sip": {"username": "a", "password": 5}}, "body (a).sip.password: expected str, got int"),
        ("devices", {"id": "a", "sip": {"username": "a", "password": ""}}, "a secret may not be empty: leave it out"),
        ("devices", {"id": "a", "enabled": "yes"}, "body (a).enabled: expected bool, got str: write true or false"),
        ("devices", {"id": "a", "mac": 1565112233}, "body (a).mac: '1565112233' is not a MAC address"),
        ("devices", {"id": "a", "security": {"networks": ["x"], "tftp_secret": True}}, "did you mean 'tftp_secrets'?"),
        ("devices", {"id": "a", "overrides": {"yealink": {"a.b": "1", "account.1.label": []}}}, "body (a).overrides.yealink.account.1.label: expected a text"),
        ("devices", {"id": "a", "overrides": {"yealink": "x"}}, "body (a).overrides.yealink: expected object, got str"),
        ("devices", {"id": "a", "overrides": {"yealink": {"x": {"secret": 5}}}}, "body (a).overrides.yealink.x: expected a text"),
        ("devices", {"id": "A"}, "body (A).id: expected str matching"),
        ("devices", {"id": "a" * 65}, "id: expected str matching"),
        ("devices", {}, "body: object missing required field id"),
        ("accounts", {"id": "a", "realm": "a.b", "proxy": {"host": "h", "backup": [{"host": "i", "port": 0}]}}, "body (a).proxy.backup[0].port: expected int >= 1"),
        ("schedules", {"id": "a", "periods": {"open": [{"days": ["mno"]}]}}, "body (a).periods.open[0].days[0]: 'mno' is not one of its values; did you mean 'mon'?"),
        ("schedules", {"id": "a", "periods": {"Open!": []}}, "body (a).periods.Open! (the name): expected str matching"),
        ("callflows", {"id": "a", "start": "x", "nodes": {"x": {"type": "ring", "targets": [{"usr": "m"}]}}}, "body (a).nodes.x.targets[0]: unknown field 'usr'; did you mean 'user'?"),
        ("callflows", {"id": "a", "start": "x", "nodes": {"x": {"type": "ring", "targets": []}}}, "body (a).nodes.x.targets: expected array of length >= 1"),
        ("callflows", {"id": "a", "start": "x", "nodes": {"x": {"targets": []}}}, "body (a).nodes.x: object missing required field type"),
        ("callflows", {"id": "a", "start": "x", "nodes": {"a b": {"type": "end"}}}, "body (a).nodes.a b (the name): expected str matching"),
        ("callflows", {"id": "a", "start": "x", "nodes": {"x": {"type": "announce", "next": {"done": "y z"}}}}, "body (a).nodes.x.next.done: expected str matching"),
        ("callflows", {"id": "a", "start": "x", "nodes": {}}, "expected object of length >= 1"),
        ("modes", {"id": "a", "states": []}, "body (a).states: expected array of length >= 1"),
        ("phones", {"id": "a"}, "body: there is no kind 'phones'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_and_the_nearest_right_name(
    kind: str, fields: dict[str, Any], said: str
) -> None:
    assert said in refusal(kind, **fields)


def test_every_broken_node_of_a_callflow_is_said() -> None:
    nodes = {"x": {"type": "rnig"}, "y": {"type": "wait"}, "z": {"type": "end"}}
    assert len(refusal("callflows", id="a", start="x", nodes=nodes).splitlines()) == 2


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("devices", {"id": "desk\n"}),
        ("devices", {"id": "desk", "sip": {"username": "desk\n"}}),
        ("devices", {"id": "desk", "overrides": {"yealink": {"account.1.label\n": "x"}}}),
        ("devices", {"id": "desk", "settings": {"syslog_server": "log.example\n"}}),
        ("mailboxes", {"id": "m", "number": "101\n"}),
        ("callflows", {"id": "c", "numbers": ["101\n"], "start": "a", "nodes": {"a": {"type": "end"}}}),
        ("callflows", {"id": "c", "start": "a\n", "nodes": {"a\n": {"type": "end"}}}),
    ],
)
def test_a_line_break_at_the_end_never_slips_into_a_phones_file(kind: str, fields: dict[str, Any]) -> None:
    assert "ends with a line break" in refusal(kind, **fields)


def test_what_is_spoken_may_end_with_a_line_break() -> None:
    make_document("callflows", {"id": "c", "start": "a", "nodes": {"a": {"type": "announce", "text": "Hello\n"}}}, "")


@pytest.mark.parametrize("where", ["name", "email"])
def test_half_a_character_is_refused_as_no_file_can_hold_it(where: str) -> None:
    assert "U+D83D is half of a character" in refusal("users", **{"id": "u", "name": "U", where: "a\ud83d"})


def test_a_refusal_never_repeats_a_secret() -> None:
    marker = "Marker-Xy7"
    for fields in (
        {"sip": {"username": "a", "password": f"{marker}\n"}},
        {"sip": {"username": "a", "password": f" {marker}"}},
        {"sip": {"username": "a", "password": [marker]}},
        {"sip": {"username": "a", "password": {"secret": marker}}},
        {"sip": marker},
        {"settings": {"web_admin_password": f"\x07{marker}"}},
        {"settings": {"web_admin_password": {"text": marker}}},
        {"overrides": {"yealink": {"account.1.password": {"secret": [marker]}}}},
        {"overrides": {"yealink": {"account.1.password": {"secrt": marker}}}},
    ):
        assert marker not in refusal("devices", id="a", **fields)


def test_an_office_file_gives_texts_for_numbers_and_truth_and_rest_does_not() -> None:
    written = {"id": "a", "enabled": "false", "keys": [{"position": "3", "type": "dnd"}]}
    device = make_document("devices", written, "", strict=False)
    assert isinstance(device, Device) and not device.enabled and device.keys[0].position == 3
    with pytest.raises(Refused):
        make_document("devices", written, "")


def test_a_raw_parameter_may_be_a_text_or_a_number() -> None:
    device = make_document("devices", {"id": "a", "overrides": {"yealink": {"a": 5, "c": "x", "d": 1.5}}}, "")
    assert isinstance(device, Device)
    assert device.overrides == {"yealink": {"a": RawValue("5"), "c": RawValue("x"), "d": RawValue("1.5")}}


def test_a_raw_parameter_is_no_truth_as_every_vendor_writes_that_differently() -> None:
    with pytest.raises(Refused, match="write true and false in quotes"):
        make_document("devices", {"id": "a", "overrides": {"yealink": {"a": True}}}, "")


def test_a_null_is_as_good_as_nothing() -> None:
    assert make_document("users", {"id": "u", "name": "U", "email": None}, "") == User(id="u", name="U")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
field_names = st.sampled_from(
    sorted({name for struct in KINDS.values() for name in struct.__struct_fields__} | {"nope", "sip", "nodes"})
)


@given(st.sampled_from(sorted(KINDS)), st.one_of(anything, st.dictionaries(field_names, anything, max_size=4)))
def test_whatever_is_given_is_a_document_or_a_refusal_in_words(kind: str, raw: object) -> None:
    with suppress(Refused):
        make_document(kind, raw, "body")


def test_nothing_near_is_answered_with_what_there_is() -> None:
    assert did_you_mean("zzz", ["day", "night"]) == "; known are day, night"
    assert did_you_mean("zzz", map(str, range(13))) == ""
