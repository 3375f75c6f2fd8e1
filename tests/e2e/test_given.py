"""What a phone was given lately: kept when it differs, told by hash, gone with the device."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .running import RunningServer

MAC = "001565aabb01"
OFFICE = f"""
accounts: [{{id: default, realm: bureau.example}}]
users: [{{id: marie, name: Marie}}]
devices: [{{id: desk, mac: {MAC}, model: yealink/T46S, owner: marie, sip: {{username: desk, password: Pw-first}}}}]
callflows:
  - {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "data", settings={"OFFHOOK_BOOT__PUBLIC_URL": "http://boot.example/"}) as running:
        running.run("apply", "-f", "-", stdin=OFFICE)
        yield running


def fetch(server: RunningServer, version: str = "66.86.0.15") -> bytes:
    """The phone boots."""
    agent = f"Yealink SIP-T46S {version} 00:15:65:aa:bb:01"
    request = urllib.request.Request(f"{server.addresses['boot.http']}/{MAC}.cfg", headers={"User-Agent": agent})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def files(server: RunningServer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(server.run("device", "files", "desk", "--json").stdout)
    return items


def test_what_a_phone_was_given_is_kept_once_for_each_content(server: RunningServer) -> None:
    first = fetch(server)
    assert fetch(server) == first
    server.run("device", "edit", "desk", "--set", "sip.password=Pw-second")
    second = fetch(server)
    found = files(server)
    assert [one["hash"] for one in found] == [hashlib.sha256(body).hexdigest() for body in (first, second)]
    assert {(one["file"], one["peer"], one["version"]) for one in found} == {(f"{MAC}.cfg", "127.0.0.1", "66.86.0.15")}
    shown = server.run("device", "files", "desk").stdout
    assert found[0]["hash"][:12] in shown and "Pw-" not in shown


def test_two_contents_are_compared_and_their_reading_is_in_the_audit(server: RunningServer) -> None:
    fetch(server)
    server.run("device", "edit", "desk", "--set", "sip.password=Pw-second")
    second = fetch(server)
    before, after = (one["hash"][:8] for one in files(server))
    assert server.run("device", "files", "desk", after).stdout.encode() == second
    difference = server.run("device", "files", "desk", before, after).stdout
    assert "-account.1.password = Pw-first" in difference and "+account.1.password = Pw-second" in difference
    read = [one for one in server.run("audit", "list").stdout.splitlines() if f"{MAC}.cfg ({after})" in one]
    assert len(read) == 2 and "Pw-" not in "".join(read)


def test_it_outlasts_a_restart_and_stands_on_disk_sealed(server: RunningServer) -> None:
    fetch(server)
    before = files(server)
    server.stop()
    kept = (server.data / "history" / "given.sqlite").read_bytes()
    assert b"Pw-first" not in kept and b"account.1" not in kept
    server.start()
    fetch(server)
    assert files(server) == before


def test_only_the_last_ten_are_kept(server: RunningServer) -> None:
    hashes = []
    for number in range(13):
        server.run("device", "edit", "desk", "--set", f"sip.password=Pw-number-{number}")
        hashes.append(hashlib.sha256(fetch(server)).hexdigest())
    assert [one["hash"] for one in files(server)] == hashes[-10:]


def test_with_the_device_goes_what_it_was_given(server: RunningServer) -> None:
    fetch(server)
    assert len(files(server)) == 1
    server.run("device", "remove", "desk")
    assert server.run("device", "files", "desk", check=False).returncode == 1
    server.run("apply", "-f", "-", stdin=OFFICE)
    assert files(server) == []
    server.stop()
    with sqlite3.connect(server.data / "history" / "given.sqlite") as database:
        assert database.execute("SELECT count(*) FROM given").fetchone() == (0,)
    server.start()


def test_a_hash_that_is_not_kept_or_is_no_hash_is_refused_in_words(server: RunningServer) -> None:
    fetch(server)
    unknown = server.run("device", "files", "desk", "0123456789ab", check=False)
    assert unknown.returncode == 1 and "no content 0123456789ab of device desk is kept" in unknown.stderr
    wrong = server.run("device", "files", "desk", "%", check=False)
    assert wrong.returncode == 1 and "at least 6 hexadecimal digits" in wrong.stderr
