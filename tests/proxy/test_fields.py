"""What a proxy sends: JSON or form, repaired instead of refused."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.proxy.fields import BodyUnreadable, call_of, clean, fields_of, unquoted, users_of

FORM = "application/x-www-form-urlencoded"


@given(st.binary(max_size=500))
def test_no_form_is_refused_and_everything_in_it_can_be_sent_on(body: bytes) -> None:
    try:
        fields = fields_of(body, FORM)
    except BodyUnreadable:
        assert body.lstrip().startswith(b"{")
        return
    for value in fields.values():
        value.encode()
        assert "\r" not in value and "\n" not in value
    call_of(fields)


@given(
    st.dictionaries(st.sampled_from(["dialed", "from_name", "diversion", "pai", "auth_user"]), st.text(max_size=200))
)
def test_a_call_is_the_same_in_json_and_form(fields: dict[str, str]) -> None:
    form = fields_of(urlencode(fields, errors="replace").encode(), FORM)
    as_json = fields_of(json.dumps(fields).encode(), "application/json")
    assert {name: value for name, value in form.items() if value} == {
        name: value for name, value in as_json.items() if value
    }
    assert call_of(form) == call_of(as_json)


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b'"x"', b""])
def test_json_that_is_no_object_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(BodyUnreadable):
        fields_of(body, "application/json")


def test_lists_are_joined_and_what_is_unknown_does_no_harm() -> None:
    fields = fields_of(b'{"caps": ["delay", "query"], "new": {"a": 1}, "n": 5, "none": null}', "application/json")
    assert fields == {"caps": "delay,query", "new": "", "n": "5", "none": ""}


def test_half_a_character_is_replaced() -> None:
    assert clean("\ud800x\x00y\u2028z") == "?x y z"


@pytest.mark.parametrize(
    ("sent", "shown"), [('"Bob \\"B\\""', 'Bob "B"'), ("Bob", "Bob"), ('"', '"'), ('""', ""), ('"a\\\\b"', "a\\b")]
)
def test_a_display_name_is_read_as_people_read_it(sent: str, shown: str) -> None:
    assert unquoted(sent) == shown


def test_the_numbers_of_a_diversion_are_found_in_order() -> None:
    header = '"A, B" <sip:101@a.example>;reason=busy, <tel:+33140000102;x=y>, sip:%2B331@b;user=phone'
    assert users_of(header) == ["101", "+33140000102", "+331"]


def test_an_asserted_number_comes_before_the_one_in_from() -> None:
    call = call_of(
        {"dialed": "%2328", "pai": "<sip:+33140000102@x>", "from_user": "anonymous", "privacy": "id;critical"}
    )
    assert (call.called, call.number, call.anonymous) == ("#28", "+33140000102", True)
