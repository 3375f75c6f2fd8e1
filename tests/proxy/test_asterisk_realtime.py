"""Asterisk reads its PJSIP tables and mailboxes from offhook, over res_config_curl."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.proxy.adapters.asterisk_realtime import fits, written_rows
from tests.callflow.calls import office

from . import golden
from .doors import House, Proxy, asking

MARIE = "marie-desk@a.example"
TABLES = ("ps_endpoints", "ps_auths", "ps_aors")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(office(also='mailboxes: [{id: lone, number: "900", name: "Zoé & Co", pin: "4711"}]'), tmp_path)


async def ask(proxy: Proxy, what: str, **conditions: str) -> str:
    conditions = {name.replace("_LIKE", " LIKE"): value for name, value in conditions.items()}
    status, kind, body = await proxy.raw("POST", f"/proxy/v1/asterisk/{what}", data=urlencode(conditions).encode())
    assert (status, kind) == (200, "text/plain")
    return body


def rows(text: str) -> list[dict[str, str]]:
    return [dict(parse_qsl(line, keep_blank_values=True, strict_parsing=True)) for line in text.splitlines()]


async def test_a_phone_is_an_endpoint_with_a_digest_secret_and_an_address_of_record(
    house: House, request: pytest.FixtureRequest
) -> None:
    async with asking(house) as proxy:
        for table in TABLES:
            answer = await ask(proxy, f"{table}/single", id=MARIE)
            (row,) = rows(answer)
            assert row["id"] == MARIE
            golden.check(request, f"asterisk/{table}.txt", answer)
        (secret,) = rows(await ask(proxy, "ps_auths/single", id=MARIE))
        assert secret["md5_cred"] == hashlib.md5(b"marie-desk:a.example:x").hexdigest()


async def test_a_message_lamp_is_for_the_mailboxes_of_the_phones_user_and_a_doorbell_has_none(house: House) -> None:
    async with asking(house) as proxy:
        assert rows(await ask(proxy, "ps_endpoints/single", id=MARIE))[0]["mailboxes"] == "101@a.example"
        assert "mailboxes" not in rows(await ask(proxy, "ps_endpoints/single", id="bell@a.example"))[0]


@pytest.mark.parametrize(
    "login", ["", "nobody@a.example", "marie-desk@b.example", "marie-desk", "@a.example", "marie-desk-9@a.example"]
)
async def test_who_is_not_there_is_no_row_at_all(house: House, login: str) -> None:
    async with asking(house) as proxy:
        for table in TABLES:
            assert await ask(proxy, f"{table}/single", id=login) == ""


async def test_all_lines_are_listed_and_those_that_begin_alike(house: House) -> None:
    async with asking(house) as proxy:
        everyone = [row["id"] for row in rows(await ask(proxy, "ps_aors/multi", id_LIKE="%"))]
        assert everyone == sorted(everyone) and MARIE in everyone and "hall@a.example" in everyone
        maries = [row["id"] for row in rows(await ask(proxy, "ps_aors/multi", id_LIKE="marie-%"))]
        assert maries == [MARIE, "marie-home@a.example"]
        assert await ask(proxy, "ps_aors/multi", **{"qualify_frequency >": "0"}) == ""


async def test_a_mailbox_is_found_by_its_number_and_realm(house: House) -> None:
    async with asking(house) as proxy:
        (box,) = rows(await ask(proxy, "voicemail/single", mailbox="900", context="a.example"))
        assert (box["password"], box["fullname"]) == ("-4711", "Zoé & Co")
        assert await ask(proxy, "voicemail/single", mailbox="900", context="b.example") == ""
        assert await ask(proxy, "voicemail/single", mailbox="900") == ""


async def test_nothing_can_be_written_and_unknown_tables_are_empty(house: House) -> None:
    async with asking(house) as proxy:
        for operation in ("require", "store", "destroy", f"update?id={MARIE}"):
            assert await ask(proxy, f"ps_auths/{operation}", md5_cred="x") == "0"
        assert await ask(proxy, "ps_contacts/multi", id_LIKE="%") == ""
        assert (await proxy.raw("GET", "/proxy/v1/asterisk/x/static?file=pjsip.conf"))[0::2] == (200, "")
        assert (await proxy.raw("POST", "/proxy/v1/asterisk/ps_auths/drop"))[0] == 404


async def test_a_token_of_one_account_reads_no_rows_of_another(house: House) -> None:
    async with asking(house, house.token(account="other")) as proxy:
        assert await ask(proxy, "ps_auths/single", id=MARIE) == ""
        assert await ask(proxy, "ps_auths/multi", id_LIKE="%") == ""
        assert await ask(proxy, "voicemail/single", mailbox="900", context="a.example") == ""


async def test_who_has_no_token_reads_nothing(house: House) -> None:
    async with asking(house, "") as stranger:
        assert (await stranger.raw("POST", "/proxy/v1/asterisk/ps_auths/single", data=f"id={MARIE}".encode()))[0] == 401


@given(st.lists(st.dictionaries(st.text(min_size=1), st.text(), min_size=1), max_size=4))
def test_rows_come_back_as_they_were_whatever_stands_in_them(given_rows: list[dict[str, str]]) -> None:
    assert rows(written_rows(given_rows)) == given_rows


@pytest.mark.parametrize(
    ("condition", "value", "met"),
    [
        ("id", "marie", True), ("id", "MARIE", False), ("id !=", "marie", False), ("id LIKE", "m_r%", True),
        ("id LIKE", "m\\_r%", False), ("id LIKE", "%x", False), ("id LIKE", ".*", False), ("max >", "3", True),
        ("max <=", "3", False), ("id ~", "marie", False), ("none", "", True),
    ],
)  # fmt: skip
def test_conditions_are_those_of_sql(condition: str, value: str, met: bool) -> None:
    assert fits({"id": "marie", "max": "5"}, {condition: value}) is met
