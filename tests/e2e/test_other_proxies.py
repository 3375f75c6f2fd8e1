"""FreeSWITCH and Asterisk ask a real server, each in its own words."""

from __future__ import annotations

import base64
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from tests.proxy.asterisk import Asterisk

from .running import RunningServer
from .telephony.programs import free_port

OFFICE = """
accounts: [{id: default, realm: office.test}]
users: [{id: marie, name: Marie}, {id: josh, name: Josh}]
devices:
- {id: marie-desk, owner: marie, sip: {username: marie-desk, password: x}}
- {id: josh-desk, owner: josh, sip: {username: josh-desk, password: x}}
callflows:
- {id: marie, numbers: ["101"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
"""


def post(url: str, token: str, fields: dict[str, str]) -> str:
    basic = base64.b64encode(f"proxy:{token}".encode()).decode()
    request = urllib.request.Request(url, urlencode(fields).encode(), {"Authorization": f"Basic {basic}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
        return body.decode()


async def test_one_server_answers_freeswitch_and_asterisk_about_the_same_call(tmp_path: Path) -> None:
    door, agi = f"127.0.0.1:{free_port()}", free_port()
    settings = {"OFFHOOK_PROXY__LISTEN": door, "OFFHOOK_PROXY__AGI": f"127.0.0.1:{agi}"}
    with RunningServer(tmp_path / "data", settings=settings) as server:
        server.run("apply", "-f", "-", stdin=OFFICE)
        token = server.run("token", "create", "--scope", "proxy", "--name", "other", "--quiet").stdout.strip()
        base = f"http://{door}/proxy/v1"
        called = {
            "section": "dialplan", "Caller-Context": "default", "Caller-Destination-Number": "101", "Unique-ID": "u1",
            "variable_offhook_login": "josh-desk@office.test",
        }  # fmt: skip
        assert 'data="[leg_timeout=20]user/marie-desk@office.test"' in post(f"{base}/freeswitch", token, called)
        row = post(f"{base}/asterisk/ps_endpoints/single", token, {"id": "marie-desk@office.test"})
        assert row.startswith("id=marie-desk%40office.test&context=offhook&")
        asterisk = Asterisk(agi, token)
        asterisk.contacts = {"marie-desk@office.test": "PJSIP/marie-desk@office.test/sip:m@10.0.0.7"}
        commands = await asterisk.call("101", "josh-desk@office.test")
        assert commands[0] == 'EXEC Dial "PJSIP/marie-desk@office.test/sip:m@10.0.0.7,20,i"'
