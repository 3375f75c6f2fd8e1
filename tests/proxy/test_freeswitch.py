"""FreeSWITCH asks over mod_xml_curl: users, calls, and what goes on after a step."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.proxy.adapters import freeswitch
from offhook.proxy.adapters.freeswitch_dialplan import dialable, dialplan, literal
from tests.callflow.calls import flow, office, ring

from . import golden
from .doors import House, Proxy, asking

PATH = "/proxy/v1/freeswitch"
NOTHING = ("result", [("result", {"status": "not found"})])


@pytest.fixture
def house(tmp_path: Path) -> House:
    also = 'mailboxes: [{id: lone, number: "900", pin: "4711", email: lone@a.example}]'
    return House(
        office(
            flow(
                ring({"user": "marie"}, {"group": "desk"}, on_reject="stop", tone="urgent"),
                number="300",
                identity="all",
            ),
            flow(ring({"user": "josh"}, {"user": "ann"}, order="in_order"), number="301", identity="one-by-one"),
            flow(
                {"type": "menu", "prompt": {"text": "Hello"}, "next": {"1": "ann"}},
                "302",
                "menu",
                ann=ring({"user": "ann"}),
            ),
            flow({"type": "dial_out", "routes": ["first", "second"]}, "", "out") | {"patterns": [r"0\d{9}"]},
            flow({"type": "voicemail_check", "box": "own"}, number="*97", identity="check"),
            also=also,
        ),
        tmp_path,
    )


def call(dialled: str, login: str = "ann-desk@a.example", **more: str) -> dict[str, str]:
    """What FreeSWITCH posts for a call."""
    return {
        "hostname": "fs1", "section": "dialplan", "tag_name": "", "key_name": "", "key_value": "",
        "Event-Name": "REQUEST_PARAMS", "Caller-Context": "default", "Caller-Destination-Number": dialled,
        "Caller-Caller-ID-Number": "103", "Caller-Caller-ID-Name": "Ann", "Unique-ID": "u-1",
        "variable_sip_call_id": "c1@10.0.0.7", "variable_sip_req_host": "a.example", "variable_offhook_login": login,
        **more,
    }  # fmt: skip


async def post(proxy: Proxy, fields: dict[str, str]) -> Element:
    return fromstring(await text(proxy, fields))


async def text(proxy: Proxy, fields: dict[str, str]) -> str:
    status, kind, body = await proxy.raw("POST", PATH, data=urlencode(fields).encode())
    assert (status, kind) == (200, "text/xml")
    return body


def shape(document: Element) -> tuple[str, list[tuple[str, dict[str, str]]]]:
    """The name of the only section, and what stands in it."""
    assert document.tag == "document" and document.get("type") == "freeswitch/xml"
    (section,) = document
    return section.get("name", ""), [(child.tag, dict(child.attrib)) for child in section]


def actions(document: Element) -> list[tuple[str, str]]:
    return [(one.get("application", ""), one.get("data", "")) for one in document.iter("action")]


def bridges(document: Element) -> list[str]:
    return [data for application, data in actions(document) if application == "bridge"]


def params(document: Element) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in document.iter("param")}


async def test_a_phone_that_registers_is_found_with_its_digest_secret_and_never_its_password(house: House) -> None:
    asked = {"section": "directory", "tag_name": "domain", "key_name": "name", "key_value": "a.example",
             "user": "marie-desk", "domain": "a.example", "action": "sip_auth"}  # fmt: skip
    async with asking(house) as proxy:
        found = await post(proxy, asked)
    assert shape(found) == ("directory", [("domain", {"name": "a.example"})])
    assert params(found)["a1-hash"] == hashlib.md5(b"marie-desk:a.example:x").hexdigest()
    assert params(found)["dial-string"].endswith("${sofia_contact(*/${dialed_user}@${dialed_domain})}")
    variables = {one.get("name"): one.get("value") for one in found.iter("variable")}
    assert variables == {"offhook_login": "marie-desk@a.example"}


@pytest.mark.parametrize(
    "asked",
    [
        {"user": "nobody", "domain": "a.example"},
        {"user": "marie-desk", "domain": "b.example"},
        {"user": "", "domain": "a.example", "purpose": "gateways"},
        {"purpose": "network-list"},
        {"user": "900", "domain": "a.example", "action": "sip_auth"},
    ],
)
async def test_who_is_not_ours_is_answered_with_not_found_so_that_the_files_are_looked_into(
    house: House, asked: dict[str, str]
) -> None:
    async with asking(house) as proxy:
        assert shape(await post(proxy, {"section": "directory", **asked})) == NOTHING


@pytest.mark.parametrize(
    "asked",
    [
        {"section": "configuration", "key_value": "sofia.conf"},
        {"section": "dialplan", "Caller-Context": "default"},
        call("menu", **{"Caller-Context": "offhook-services"}),
        {},
    ],
)
async def test_what_is_no_question_of_ours_is_answered_with_not_found(house: House, asked: dict[str, str]) -> None:
    async with asking(house) as proxy:
        assert shape(await post(proxy, asked)) == NOTHING


async def test_a_mailbox_is_a_user_with_a_pin_that_nobody_can_log_in_as(house: House) -> None:
    async with asking(house) as proxy:
        found = params(await post(proxy, {"section": "directory", "user": "900", "domain": "a.example"}))
    assert found == {
        "a1-hash": "no-login", "allow-empty-password": "false", "vm-password": "4711", "vm-mailto": "lone@a.example",
    }  # fmt: skip


async def test_a_token_of_one_account_finds_no_users_of_another(house: House) -> None:
    async with asking(house, house.token(account="other")) as proxy:
        asked = {"section": "directory", "user": "marie-desk", "domain": "a.example"}
        assert shape(await post(proxy, asked)) == NOTHING
        assert actions(await post(proxy, call("101")))[-1] == ("respond", "404 Not Found")


@pytest.mark.parametrize("dialled", ["101", "300", "301", "302", "*97", "999", "0612345678"])
async def test_calls_get_the_dialplan_that_is_on_file(
    house: House, request: pytest.FixtureRequest, dialled: str
) -> None:
    async with asking(house) as proxy:
        name = dialled.replace("*", "star-")
        golden.check(request, f"freeswitch/call-to-{name}.xml", await text(proxy, call(dialled)))


async def test_a_user_is_on_file_too(house: House, request: pytest.FixtureRequest) -> None:
    async with asking(house) as proxy:
        asked = {"section": "directory", "user": "marie-desk", "domain": "a.example"}
        golden.check(request, "freeswitch/user.xml", await text(proxy, asked))


async def test_phones_that_ring_later_are_told_so_and_those_that_ring_together_stand_between_commas(
    house: House,
) -> None:
    async with asking(house) as proxy:
        (legs,) = bridges(await post(proxy, call("300")))
    assert legs.startswith("{fail_on_single_reject=CALL_REJECTED}[leg_timeout=20]user/marie-desk@a.example,")
    assert "[leg_timeout=15,leg_delay_start=5]user/josh-desk" in legs
    assert "[leg_timeout=10,leg_delay_start=10]user/hall@a.example" in legs


async def test_after_a_step_the_way_goes_on_from_its_token_by_what_came_of_it(house: House) -> None:
    house.directory = office(
        flow(ring({"user": "ann"}, next={"busy": "marie", "else": "stop"}), "400", "branches",
             marie=ring({"user": "marie"}), stop={"type": "end", "code": 404})
    )  # fmt: skip
    async with asking(house) as proxy:
        first = actions(await post(proxy, call("400", login="josh-desk@a.example")))
        assert first[-1] == ("transfer", "offhook-next XML default")
        token = next(data for _, data in first if data.startswith("offhook_token=")).partition("=")[2]
        ways = {"USER_BUSY": "marie", "NO_ANSWER": "stop", "USER_NOT_REGISTERED": "stop"}
        for disposition, way in ways.items():
            after = {"variable_offhook_token": token, "variable_originate_disposition": disposition}
            following = await post(proxy, call(freeswitch.NEXT, **after))
            assert bool(bridges(following)) is (way == "marie"), disposition
            if way == "stop":
                assert actions(following)[-1] == ("respond", "404 Not Found")
        gone = await proxy.raw("POST", PATH, data=urlencode(call(freeswitch.NEXT)).encode())
        assert gone[0] == 410


async def test_a_menu_is_played_by_the_files_of_the_admin_and_its_digit_comes_back(house: House) -> None:
    async with asking(house) as proxy:
        first = actions(await post(proxy, call("302", login="josh-desk@a.example")))
        assert ("execute_extension", "menu XML offhook-services") in first
        token = next(data for _, data in first if data.startswith("offhook_token=")).partition("=")[2]
        chosen = {"variable_offhook_token": token, "variable_offhook_outcome": "digits:1"}
        assert "user/ann-desk@a.example" in bridges(await post(proxy, call(freeswitch.NEXT, **chosen)))[0]


async def test_only_the_owners_phone_listens_to_a_mailbox_without_its_pin(house: House) -> None:
    async with asking(house) as proxy:
        for dialled, login, known in (
            ("101", "josh-desk", "false"),
            ("*97", "marie-desk", "true"),
            ("*97", "hall", "false"),
        ):
            found = actions(await post(proxy, call(dialled, login=f"{login}@a.example")))
            assert ("set", f"voicemail_authorized={known}") in found, (dialled, login)


def test_the_last_part_of_a_ring_with_nobody_there_counts_as_what_came_before() -> None:
    asked = call(
        freeswitch.NEXT, variable_originate_disposition="USER_NOT_REGISTERED", variable_offhook_rang="USER_BUSY"
    )
    found = freeswitch.question(asked)
    assert isinstance(found, freeswitch.Continued) and found.fields["cause"] == "busy"


def test_who_calls_is_believed_only_when_the_directory_said_so() -> None:
    found = freeswitch.question(
        call("101", login="", **{"Caller-Username": "marie-desk", "variable_sip_from_user": "marie-desk"})
    )
    assert isinstance(found, freeswitch.Dialled) and found.fields["auth_user"] == ""


HOSTILE = st.text(st.sampled_from("ab1 ${}[],|^'\"\\<>&;:_=@#*+\n\x00\ud800\ufffe\u00e9"), max_size=12) | st.text(
    max_size=12
)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Plans with words of every kind in every place that a document or a phone can fill."""
    word = HOSTILE
    headers = st.lists(st.fixed_dictionaries({"name": word, "value": word}), max_size=2)
    caller = st.fixed_dictionaries({"name": word, "number": word, "privacy": st.booleans()})
    ends = {"on": st.just({}), "next": st.just(9), "token": word, "caller": caller, "headers": headers}
    said = st.lists(
        st.fixed_dictionaries({"name": st.sampled_from(["Diversion", "X-Offhook-Login"]), "value": word}), max_size=2
    )
    line = st.fixed_dictionaries({"aor": word, "delay": st.integers(0, 30), "headers": said})
    number = st.fixed_dictionaries({"uri": word, "outside": st.booleans(), "delay": st.just(0), "headers": said})
    rings = st.fixed_dictionaries({
        "type": st.just("ring"), "timeout": st.just(20), "decline_all": st.booleans(),
        "targets": st.lists(line | number, min_size=1, max_size=1), **ends,
    })  # fmt: skip
    outside = st.fixed_dictionaries({
        "type": st.just("forward"), "uri": word, "timeout": st.just(60), "routes": st.lists(word.filter(bool), max_size=1), **ends,
    })  # fmt: skip
    services = st.fixed_dictionaries({"type": st.just("forward"), "uri": word, "service": word, **ends})
    reply = st.fixed_dictionaries({"type": st.just("reply"), "code": st.just(404), "reason": word})
    return {"steps": draw(st.lists(rings | outside | services | reply, min_size=1, max_size=2))}


OURS = {"${originate_disposition}", "${offhook_gateway}"}


def expansions(data: str) -> Iterator[str]:
    yield from re.findall(r"\$\{?[^}]*\}?", data)


@given(plans(), HOSTILE)
def test_no_word_of_a_document_or_phone_breaks_out_of_its_place(plan: dict[str, Any], realm: str) -> None:
    document = fromstring(dialplan(plan, "default", realm))
    for application, data in actions(document):
        assert set(expansions(data)) <= OURS, (application, data)
        assert "\\" not in data
        if application == "bridge":
            legs = re.sub(r"^\{[^{}]*\}|\$\{offhook_gateway\}", "", data)
            assert re.fullmatch(r"(\[[^\[\]{}|^']*\])?(user|loopback|sofia/gateway)/[A-Za-z0-9_.+*#@!%/-]*", legs), data
        if application in ("execute_extension", "transfer", "voicemail"):
            assert len(data.split(" ")) <= 4


@given(st.text())
def test_any_text_becomes_harmless_and_plain_ones_stay_as_they_are(text: str) -> None:
    assert "$" not in literal(text) and "\\" not in literal(text)
    assert re.fullmatch(r"[A-Za-z0-9_.+*#@!%-]*", dialable(text))
    assert dialable("+33140000101") == "+33140000101" and dialable("marie-desk-2@a.example") == "marie-desk-2@a.example"
    assert literal("O'Brien, Zoé") == "O'Brien, Zoé"
