"""The proxy door over real HTTP: who is let in, and what they hear."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from offhook.callflow.action import Change
from tests.callflow.calls import flow, office, ring

from .doors import House, asking

ROUTE = "/proxy/v1/route"
CREDENTIALS = "/proxy/v1/credentials?realm=a.example&username=marie-desk"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(office(), tmp_path)


async def test_who_has_no_token_learns_nothing(house: House) -> None:
    async with asking(house, "") as stranger:
        for path in (CREDENTIALS, "/proxy/v1/nothing", "/"):
            answer = await stranger.ask("GET", path)
            assert (answer.status, answer.values) == (401, {"error": "unauthorized"})
        assert (await stranger.ask("GET", "/proxy/v1/healthz")).values == {"status": "ok", "revision": 1}


async def test_a_token_may_come_as_bearer_or_as_basic_password(house: House) -> None:
    token = house.token()
    basic = base64.b64encode(f"proxy:{token}".encode()).decode()
    async with asking(house, "") as proxy:
        for scheme in (f"Bearer {token}", f"bearer {token}", f"Basic {basic}"):
            assert (await proxy.ask("GET", CREDENTIALS, headers={"Authorization": scheme})).status == 200
        for scheme in (f"Bearer {token}x", f"Basic {token}", "Basic %%%", f"Digest {token}", "Bearer", ""):
            assert (await proxy.ask("GET", CREDENTIALS, headers={"Authorization": scheme})).status == 401


async def test_proxy_api_auth_a_token_of_another_scope_another_network_or_the_past_opens_nothing(house: House) -> None:
    refused = [
        house.token(scopes=("read", "write", "secrets")),
        house.token(networks=("10.0.0.0/8",)),
        house.token(expires=1.0),
    ]
    good = house.token(networks=("10.0.0.0/8", "127.0.0.0/8"))
    async with asking(house, "") as proxy:
        for token in refused:
            assert (await proxy.ask("GET", CREDENTIALS, headers={"Authorization": f"Bearer {token}"})).status == 401
        assert (await proxy.ask("GET", CREDENTIALS, headers={"Authorization": f"Bearer {good}"})).status == 200


async def test_a_revoked_token_opens_nothing_at_once_and_the_other_proxies_go_on(house: House) -> None:
    token = house.token()
    async with asking(house) as proxy:
        good, proxy.headers = proxy.headers, {"Authorization": f"Bearer {token}"}
        assert (await proxy.ask("GET", CREDENTIALS)).status == 200
        house.tokens.revoke(token.split("_")[1])
        assert (await proxy.ask("GET", CREDENTIALS)).status == 401
        assert (await proxy.ask("GET", CREDENTIALS, headers=good)).status == 200


async def test_more_than_the_rate_is_told_to_come_again(tmp_path: Path) -> None:
    house = House(office(), tmp_path, rate=3.0)
    async with asking(house) as proxy:
        answers = [await proxy.ask("GET", CREDENTIALS) for _ in range(12)]
        refused = [answer for answer in answers if answer.status == 429]
        assert [answer.status for answer in answers[:6]] == [200] * 6 and len(refused) >= 4
        assert refused[0].headers["Retry-After"] == "1" and "[proxy] rate" in refused[0].values["detail"]
        other = {"Authorization": f"Bearer {house.token()}"}
        assert (await proxy.ask("GET", CREDENTIALS, headers=other)).status == 200


async def test_wrong_tokens_are_slowed_down_but_never_the_right_one_beside_them(house: House) -> None:
    async with asking(house) as proxy:
        wrong = {"Authorization": "Bearer wrong"}
        answers = [(await proxy.ask("GET", CREDENTIALS, headers=wrong)).status for _ in range(70)]
        assert answers[:50] == [401] * 50 and 429 in answers[50:]
        assert (await proxy.ask("GET", CREDENTIALS)).status == 200


async def test_what_is_not_there_is_said_to_a_proxy_in_one_word(house: House) -> None:
    async with asking(house) as proxy:
        assert (await proxy.ask("GET", "/proxy/v1/nothing")).values == {"error": "not_found"}
        assert (await proxy.ask("GET", ROUTE)).status == 405
        bad = await proxy.ask("POST", ROUTE, data=b"{not json")
        assert (bad.status, bad.values["error"]) == (400, "bad_request")
        nothing = await proxy.ask("POST", ROUTE, json={"call_id": "x"})
        assert nothing.status == 400 and "dialed" in nothing.values["detail"]
        huge = await proxy.ask("POST", ROUTE, data=b"dialed=" + b"1" * 300_000)
        assert huge.status == 413


async def test_json_and_form_say_the_same(house: House) -> None:
    asked = {"call_id": "x", "from_tag": "y", "dialed": "101", "domain": "a.example", "auth_user": "josh-desk"}
    async with asking(house) as proxy:
        form = await proxy.ask("POST", ROUTE, data=asked)
        as_json = await proxy.ask("POST", ROUTE, json={**asked, "call_id": "z"})
        undeclared = await proxy.ask("POST", ROUTE, data=json.dumps({**asked, "call_id": "w"}).encode())
        for answer in (as_json, undeclared):
            assert answer.status == 200 and answer.values["steps"][0] == form.values["steps"][0]


async def test_the_same_call_gets_the_same_plan_also_when_somebody_changes_things_meanwhile(house: House) -> None:
    async with asking(house) as proxy:
        before = await proxy.route(dialed="101")
        house.directory = office(flow({"type": "end", "code": 486}, number="101", identity="marie"))
        assert await proxy.route(dialed="101") == before
        assert (await proxy.route(dialed="101", call_id="c2"))["steps"] == [
            {"type": "reply", "code": 486, "reason": "Busy Here"}
        ]


async def test_a_setting_that_a_call_changes_is_changed_once_though_it_is_asked_twice(tmp_path: Path) -> None:
    house = House(office(flow({"type": "setting", "what": "dnd", "op": "toggle"}, number="*78")), tmp_path)
    async with asking(house) as proxy:
        first = await proxy.route(dialed="*78")
        assert await proxy.route(dialed="*78") == first
        await proxy.route(dialed="*78", call_id="c2")
    assert [errand.id for errand in house.ran if isinstance(errand, Change)] == ["josh", "josh"]
    assert first["steps"][0]["service"] == "announce"
    assert {"name": "X-Offhook-Media", "value": "setting-dnd-on"} in first["steps"][0]["headers"]


async def test_a_token_of_one_account_sees_no_other(tmp_path: Path) -> None:
    also = """
accounts: [{id: other, realm: b.example}]
users: [{id: zoe, name: Zoe, account: other}]
devices: [{id: zoe-desk, owner: zoe, account: other, sip: {username: zoe-desk, password: x}}]
callflows: [{id: zoe, account: other, numbers: ["101"], start: r, nodes: {r: {type: ring, targets: [{user: zoe}]}}}]
"""
    house = House(office(also=also), tmp_path)
    own = house.token(account="other")
    async with asking(house, own) as proxy:
        assert (await proxy.ask("GET", "/proxy/v1/credentials?realm=b.example&username=zoe-desk")).status == 200
        hidden = await proxy.ask("GET", CREDENTIALS)
        unknown = await proxy.ask("GET", "/proxy/v1/credentials?realm=c.example&username=x")
        assert (
            (hidden.status, hidden.values)
            == (unknown.status, unknown.values)
            == (
                404,
                {"error": "no_such_credential", "ttl": 30},
            )
        )
        plan = await proxy.route(dialed="101")
        assert plan["steps"] == [{"type": "reply", "code": 404, "reason": "Not Found"}]
        mine = await proxy.route(dialed="101", domain="b.example", auth_user="zoe-desk")
        assert mine["account"] == "other"


async def test_odd_bytes_in_a_name_are_repaired_and_break_no_header(house: House) -> None:
    async with asking(house) as proxy:
        body = (
            b"call_id=o&dialed=%2B33140000101&domain=a.example&from_user=0612345678&from_name=%ff%22a%0d%0aX-Evil:%201"
        )
        answer = await proxy.ask(
            "POST", ROUTE, data=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert answer.status == 200
        assert answer.values["caller"] == {
            "name": "\N{REPLACEMENT CHARACTER}'a X-Evil: 1",
            "number": "+33612345678",
            "privacy": False,
        }


async def test_a_query_is_answered_with_the_plan_that_goes_on(house: House) -> None:
    async with asking(house) as proxy:
        plan = await proxy.route(dialed="101")
        place = plan["steps"][0]["on"]["redirected"]
        token = plan["steps"][place]["token"]
        asked = {"token": token, "cause": "redirected", "status": "302", "contact": "<sip:103@10.0.0.7>"}
        following = await proxy.ask("POST", "/proxy/v1/route/next", data=asked)
        assert following.values["steps"][0]["targets"][0]["aor"] == "sip:ann-desk@a.example"
        assert (await proxy.ask("POST", "/proxy/v1/route/next", data=asked)).values == following.values
        for wrong in ("", "x", token[:-2], token + "A" * 30_000):
            answer = await proxy.ask("POST", "/proxy/v1/route/next", data={**asked, "token": wrong})
            assert (answer.status, answer.values["error"]) == (410, "gone")


async def test_a_phone_that_redirects_outside_is_not_followed(house: House) -> None:
    async with asking(house) as proxy:
        plan = await proxy.route(dialed="101")
        token = plan["steps"][plan["steps"][0]["on"]["redirected"]]["token"]
        asked = {"token": token, "cause": "redirected", "status": "302", "contact": "sip:+882123456@evil.example"}
        following = (await proxy.ask("POST", "/proxy/v1/route/next", data=asked)).values
        assert following["steps"][0]["service"] == "voicemail"


async def test_events_tell_who_is_online(house: House) -> None:
    registered = {
        "type": "registered", "aor": "sip:marie-desk@a.example", "contact": "sip:marie-desk@10.0.0.7:5062",
        "source": "10.0.0.7:5062", "user_agent": "Yealink SIP-T46S", "expires": 60, "proxy": "one",
    }  # fmt: skip
    async with asking(house) as proxy:
        listed = await proxy.ask("POST", "/proxy/v1/events", json=[registered, {"type": "nonsense"}, 7])
        assert listed.values == {"taken": 1}
        lines = b"type=registered&aor=sip:ann-desk@a.example&contact=sip:x&source=10.0.0.8:5060\ntype=call_start&call=1&aor=sip:ann-desk@a.example\n"
        told = await proxy.ask("POST", "/proxy/v1/events", data=lines, headers={"Content-Type": "text/plain"})
        assert told.values == {"taken": 2}


async def test_a_proxy_hears_whose_credentials_changed(house: House) -> None:
    async with asking(house) as proxy:
        assert (await proxy.ask("GET", "/proxy/v1/changes?after=1")).values == {
            "revision": 1,
            "forget": [],
            "all": False,
        }
        for unknown in ("", "?after=x", "?after=0", "?after=99", "?after=99999999999999999999"):
            assert (await proxy.ask("GET", f"/proxy/v1/changes{unknown}")).values["all"] is True


async def test_ringing_waits_for_nothing_but_the_directory(tmp_path: Path) -> None:
    house = House(office(flow(ring({"user": "marie"}))), tmp_path)
    async with asking(house) as proxy:
        await proxy.route(dialed="200")
    assert house.ran == []
