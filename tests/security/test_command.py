"""What an admin types, and what outlasts a power cut."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import RunningServer

from .doors import BEHIND_A_PROXY, Phones

MAC = "001565aabb01"
PATH = f"/{MAC}.cfg"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Phones]:
    """The demo office behind a proxy."""
    server = RunningServer(tmp_path / "data", settings=BEHIND_A_PROXY, arguments=("--demo",))
    with server, Phones(server) as phones:
        yield phones


def test_a_phone_s_life_from_the_command_line(office: Phones) -> None:
    run = office.server.run
    assert run("device", "rotate", "marie-desk", check=False).returncode == 1
    token = office.ask(PATH).token
    own = f"/t/{token}{PATH}"
    assert office.status(own) == 200
    assert run("device", "rotate", "marie-desk").stdout == "device marie-desk is enrolled\n"
    newer = office.ask(own).token
    assert newer != token and office.status(f"/t/{newer}{PATH}") == 200 and office.status(own) == 404
    assert "as it was stolen" in run("device", "lock", "marie-desk", "--reason", "it was stolen").stdout
    assert office.status(f"/t/{newer}{PATH}") == 404
    assert "as it was stolen: offhook device unlock marie-desk" in run("why", MAC).stdout
    unlocked = json.loads(run("device", "unlock", "marie-desk", "--json").stdout)
    assert unlocked["stage"] == "open" and unlocked["address"] is None
    assert run("device", "unlock", "marie-desk", check=False).returncode == 1
    got = office.ask(f"{unlocked['url']}{MAC}.cfg", "203.0.113.77")
    assert got.status == 200 and b"demo-Marie-4417" not in got.body
    assert "or give the phone this address of its own: /t/" in run("device", "enrol", "marie-desk").stdout
    assert office.status(f"/t/{got.token}{PATH}", "203.0.113.77") == 404
    done = [one["action"] for one in json.loads(run("audit", "list", "--what", "marie-desk", "--json").stdout)]
    assert {"locked", "unlocked", "rotated", "opened"} <= set(done)


def test_who_may_not_see_secrets_is_not_given_the_url_that_opens_them(office: Phones) -> None:
    token = office.server.run("token", "create", "--scope", "write", "--quiet").stdout.strip()
    shown = json.loads(office.server.run("device", "enrol", "marie-desk", "--json", "--token", token).stdout)
    assert shown["url"] is None and shown["stage"] == "open"


def test_what_was_answered_holds_after_the_power_goes(office: Phones) -> None:
    server = office.server
    token = office.ask(PATH).token
    locked = office.ask("/001565aabb03.cfg", "10.0.0.5"), office.ask("/001565aabb03.cfg", "10.0.0.66")
    assert [one.status for one in locked] == [200, 404]
    for index in range(9):
        office.ask(f"/0015650000{index:02x}.cfg", "203.0.113.4")
    assert office.bans()
    server.kill()
    server.start()
    with Phones(server) as again:
        assert again.status(f"/t/{token}{PATH}") == 200
        assert again.ask(PATH).status == 404
        assert again.status("/001565aabb03.cfg", "10.0.0.5") == 404
        assert [ban["source"] for ban in again.bans()] == ["203.0.113.4"]


def test_a_restored_server_knows_its_phones_and_its_locks(office: Phones, tmp_path: Path) -> None:
    server = office.server
    token = office.ask(PATH).token
    server.run("device", "lock", "josh-desk")
    server.run("backup", "-o", str(tmp_path / "office.backup"))
    key = str(server.data / "keys" / "master.key")
    server.run("restore", str(tmp_path / "office.backup"), "--data", str(tmp_path / "new"), "--key-file", key)
    with RunningServer(tmp_path / "new", settings=BEHIND_A_PROXY) as restored, Phones(restored) as phones:
        assert phones.status(f"/t/{token}{PATH}") == 200
        assert phones.status("/001565aabb03.cfg") == 404
        assert "offhook device unlock josh-desk" in phones.last("001565aabb03")["verdict"]


def test_trying_a_phone_on_the_server_itself_takes_nothing_from_the_phone(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data", arguments=("--demo",)) as server:
        door = server.addresses["boot.http"]
        for _ in range(2):
            assert "comes up" in server.run("boot", MAC, "--server", door).stdout
        assert "comes up" in server.run("boot", MAC, "--server", server.addresses["tftp"]).stdout
        with Phones(server) as phones:
            assert phones.ask(PATH).status == 200
        assert "comes up" in server.run("boot", MAC, "--server", door).stdout


def test_a_proxy_that_is_no_network_is_refused_at_the_start(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data", settings={"OFFHOOK_TRUST__PROXIES": "my-proxy"})
    with pytest.raises(AssertionError):
        server.start()
    assert "[trust] proxies" in server.log.read_text() and "10.0.0.7/32" in server.log.read_text()
