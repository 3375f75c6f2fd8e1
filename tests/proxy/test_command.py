"""Tokens and the proxy door of a running server, as an admin and a proxy use them."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import RunningServer


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("proxy") / "data", arguments=("--demo",)) as server:
        yield server


def ask(server: RunningServer, path: str, token: str, body: Any = None) -> tuple[int, Any]:
    """A proxy's question."""
    request = urllib.request.Request(
        f"{server.addresses['proxy']}/proxy/v1/{path}",
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_token_is_shown_once_listed_without_its_text_and_revoked(demo: RunningServer) -> None:
    quiet = demo.run("token", "create", "--scope", "proxy", "--quiet").stdout
    assert re.fullmatch(r"ofh_[0-9a-f]{10}_[A-Za-z0-9_-]{43}\n", quiet)
    token = quiet.strip()
    identity = token.split("_")[1]
    credentials = "credentials?realm=lumiere.example&username=lobby"
    assert ask(demo, credentials, token)[0] == 200
    listed = demo.run("token", "list").stdout
    assert identity in listed and token not in listed
    assert "opens nothing any more" in demo.run("token", "revoke", identity).stdout
    assert ask(demo, credentials, token) == (401, {"error": "unauthorized"})
    again = demo.run("token", "revoke", identity, check=False)
    assert again.returncode == 1 and "offhook token list" in again.stderr


def test_a_token_can_be_narrow(demo: RunningServer) -> None:
    made = json.loads(
        demo.run(
            "token", "create", "--scope", "proxy", "--name", "sip-1", "--account", "default", "--from", "127.0.0.0/8",
            "--expires", "90d", "--json",
        ).stdout
    )  # fmt: skip
    assert (made["name"], made["scopes"], made["account"], made["networks"]) == (
        "sip-1", ["proxy"], "default", ["127.0.0.0/8"],
    )  # fmt: skip
    assert made["expires"] > made["created"] + 89 * 86_400 and "sha256" not in made
    assert ask(demo, "credentials?realm=lumiere.example&username=lobby", made["token"])[0] == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--account", "defualt"), "did you mean 'default'"), (("--from", "10.0.0.300/8"), "is no network"),
     (("--expires", "soon"), "90d"), (("--expires", "2020-01-01"), "over already")],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_how_to_mend_it(
    demo: RunningServer, arguments: tuple[str, ...], said: str
) -> None:
    refused = demo.run("token", "create", "--scope", "proxy", *arguments, check=False)
    assert refused.returncode == 1 and said in refused.stderr and "Traceback" not in refused.stderr


def test_device_show_tells_what_a_phone_was_given_and_from_where_it_is_registered(demo: RunningServer) -> None:
    before = demo.run("device", "show", "marie-desk").stdout
    assert "# never provisioned" in before
    assert "# line 1 marie-desk@lumiere.example (101): not registered" in before
    demo.run("boot", "001565aabb01", "--server", f"{demo.addresses['boot.http']}/")
    token = demo.run("token", "create", "--scope", "proxy", "--quiet").stdout.strip()
    registered = {
        "type": "registered", "aor": "sip:marie-desk@lumiere.example", "contact": "sip:marie-desk@10.0.0.7:5062",
        "source": "10.0.0.7:5062", "user_agent": "Yealink SIP-T46S 66.85.0.5", "expires": 300,
    }  # fmt: skip
    assert ask(demo, "events", token, [registered]) == (200, {"taken": 1})
    shown = demo.run("device", "show", "marie-desk").stdout
    assert re.search(r"# provisioned .* with /001565aabb01.cfg over http to 127.0.0.1 \(T46S ", shown)
    assert re.search(r"# line 1 .*: registered from 10.0.0.7:5062 by Yealink SIP-T46S 66.85.0.5 since ", shown)
    assert "# line 2 marie-desk-2@lumiere.example (151): not registered" in shown


def test_a_disabled_device_is_told_to_proxies_and_has_no_credential(demo: RunningServer) -> None:
    token = demo.run("token", "create", "--scope", "proxy", "--quiet").stdout.strip()
    _, before = ask(demo, "changes?after=0", token)
    demo.run("device", "edit", "lobby", "--set", "enabled=false")
    status, after = ask(demo, f"changes?after={before['revision']}", token)
    assert (status, after["forget"], after["all"]) == (200, ["lumiere.example:lobby"], False)
    assert after["revision"] > before["revision"]
    assert ask(demo, "credentials?realm=lumiere.example&username=lobby", token) == (
        404,
        {"error": "no_such_credential", "ttl": 30},
    )
    demo.run("device", "edit", "lobby", "--set", "enabled=true")


def test_a_locked_device_is_told_to_proxies_and_has_no_credential_until_it_is_unlocked(demo: RunningServer) -> None:
    token = demo.run("token", "create", "--scope", "proxy", "--quiet").stdout.strip()
    where = "credentials?realm=lumiere.example&username=lobby"
    before = ask(demo, "changes?after=0", token)[1]
    known = ask(demo, where, token)[1]
    demo.run("device", "lock", "lobby", "--reason", "stolen")
    locked = ask(demo, f"changes?after={before['revision']}", token)[1]
    assert (locked["forget"], locked["all"]) == (["lumiere.example:lobby"], False)
    assert ask(demo, where, token) == (404, {"error": "no_such_credential", "ttl": 30})
    demo.run("device", "unlock", "lobby")
    unlocked = ask(demo, f"changes?after={locked['revision']}", token)[1]
    assert unlocked["forget"] == ["lumiere.example:lobby"]
    status, anew = ask(demo, where, token)
    assert status == 200 and anew["ha1"] != known["ha1"], "its password may have been read"


def test_a_call_switches_the_night_mode_for_the_next_one(demo: RunningServer) -> None:
    token = demo.run("token", "create", "--scope", "proxy", "--quiet").stdout.strip()
    asked = {"from_tag": "t", "domain": "lumiere.example", "auth_user": "josh-desk"}
    status, plan = ask(demo, "route", token, {**asked, "call_id": "1", "dialed": "*28"})
    assert status == 200 and plan["steps"][0]["service"] == "announce"
    assert json.loads(demo.run("mode", "show", "nuit", "--json").stdout)["state"] == "nuit"
    _, night = ask(demo, "route", token, {**asked, "call_id": "2", "dialed": "100"})
    assert night["steps"][0]["uri"] == "sip:800@vm.lumiere.example"
    history = demo.run("mode", "history", "nuit").stdout
    assert "a call of user josh" in history


def test_a_door_that_is_switched_off_is_closed(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data", settings={"OFFHOOK_PROXY__LISTEN": ""}) as server:
        assert "proxy" not in server.addresses
