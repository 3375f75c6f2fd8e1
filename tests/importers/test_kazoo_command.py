"""`offhook import kazoo` on a real server: the report first, then all of it or nothing."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import RunningServer
from tests.importers.kazoo_office import ACCOUNT, flow, node

KAZOO = {
    "accounts": [ACCOUNT],
    "users": [{"id": "u1", "first_name": "Marie", "username": "marie", "odd": 1}],
    "devices": [
        {"id": "d1", "owner_id": "u1", "mac_address": "001565AABB01", "sip": {"username": "d1", "password": "s3cret"}}
    ],
    "vmboxes": [{"id": "v1", "mailbox": "101", "owner_id": "u1", "pin": "1234"}],
    "callflows": [flow(node("user", {"id": "u1"}, after=node("voicemail", {"id": "v1"})), "101", identity="c1")],
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "data") as server:
        yield server


def test_an_office_moves_from_kazoo(empty: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "acme.json"
    file.write_text(json.dumps(KAZOO), encoding="utf-8")
    tried = empty.run("import", "kazoo", str(file), "--dry-run").stdout
    assert "users/u1\n  odd: 1: a user has nothing of this meaning." in tried and "nothing was changed" in tried
    assert "users" not in json.loads(empty.run("export", "--json").stdout)
    done = json.loads(empty.run("import", "kazoo", str(file), "--json").stdout)
    assert {change["kind"] for change in done["changes"]} == {"accounts", "users", "devices", "mailboxes", "callflows"}
    told = empty.run("explain", "call", "--from", "+14155550123", "--to", "101").stdout
    assert "404" in told, "a short number is nobody's from outside"
    told = empty.run("explain", "call", "--from", "u1", "--to", "101").stdout
    assert told.startswith("1. voicemail_check 101  [c1: voicemail-check]")
    assert "nothing to change" in empty.run("import", "kazoo", str(file)).stdout


def test_an_office_file_is_written_for_its_reader_alone(empty: RunningServer, tmp_path: Path) -> None:
    file, office = tmp_path / "acme.json", tmp_path / "acme.yaml"
    file.write_text(json.dumps(KAZOO), encoding="utf-8")
    told = empty.run("import", "kazoo", str(file), "-o", str(office)).stdout
    assert "passwords in clear" in told and stat.S_IMODE(office.stat().st_mode) == 0o600
    assert "users" not in json.loads(empty.run("export", "--json").stdout)
    empty.run("apply", "-f", str(office))
    assert "nothing to change" in empty.run("import", "kazoo", str(file)).stdout


def test_what_the_server_refuses_is_not_half_done(empty: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "acme.json"
    file.write_text(
        json.dumps({name: listed for name, listed in KAZOO.items() if name != "accounts"}), encoding="utf-8"
    )
    refused = empty.run("import", "kazoo", str(file), "--account", "acme", check=False)
    assert refused.returncode == 1 and "there is no account 'acme'" in refused.stderr
    file.write_text("[]", encoding="utf-8")
    refused = empty.run("import", "kazoo", str(file), check=False)
    assert refused.returncode == 1 and "no Kazoo documents" in refused.stderr
