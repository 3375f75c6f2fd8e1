"""Key files and what they open: with another one nothing starts, a backup opens with that of its time, and no copy tells."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.asking import admin
from tests.e2e.running import RunningServer

PHONES = 60
OFFICE = """
accounts:
  - {id: default, realm: a.example, settings: {web_admin_password: Marker-web}}
  - {id: other, realm: b.example}
mailboxes: [{id: box, number: "101", pin: "4711"}]
devices:
"""
DEVICE = "  - {{id: d{0}, mac: 001565bb{0:04x}, model: yealink/T46S, sip: {{username: d{0}, password: Marker-{0}}}}}\n"
MAC = "001565bb{0:04x}"
SETTINGS = {"OFFHOOK_BOOT__PUBLIC_URL": "http://boot.example"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningServer]:
    """An office of many phones."""
    with RunningServer(tmp_path / "data", settings=SETTINGS) as server:
        server.run("apply", "-f", "-", stdin=OFFICE + "".join(map(DEVICE.format, range(PHONES))))
        yield server


@pytest.fixture
def few(tmp_path: Path) -> Iterator[RunningServer]:
    """An office of three phones."""
    with RunningServer(tmp_path / "data", settings=SETTINGS) as server:
        server.run("apply", "-f", "-", stdin=OFFICE + "".join(map(DEVICE.format, range(3))))
        yield server


def boot(server: RunningServer, number: int) -> tuple[int, bytes, str | None]:
    """Status, body and ETag of a phone's own file."""
    try:
        with urllib.request.urlopen(f"{server.addresses['boot.http']}/{MAC.format(number)}.cfg", timeout=20) as answer:
            return answer.status, answer.read(), answer.headers["ETag"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), None


def standing(server: RunningServer) -> dict[str, Any]:
    values: dict[str, Any] = admin(server)("GET", "/api/v1/keys").values
    return values


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    last = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < last, "it never came to that"
        time.sleep(0.05)


def settled(server: RunningServer) -> None:
    until(lambda: not standing(server)["under_way"])


def store_file(server: RunningServer) -> Path:
    return server.data / "store" / "db.json"


def test_what_an_admin_changes_meanwhile_is_never_overwritten(served: RunningServer) -> None:
    asking = admin(served)
    for turn in range(3):
        assert asking("POST", "/api/v1/keys/rotate").status == 202
        for number in range(0, PHONES, 4):
            path, body = f"/api/v1/devices/d{number}", {"sip": {"password": f"New-{turn}-{number}"}}
            assert asking("PATCH", path, body, headers={"If-Match": f'"{turn + 1}"'}).status == 200
        settled(served)
    served.run("keys", "retire")
    for number in range(0, PHONES, 4):
        assert asking("GET", f"/api/v1/devices/d{number}").values["rev"] == 4
        assert f"New-2-{number}\n".encode() in boot(served, number)[1]


def test_a_removed_account_takes_its_data_keys_along(few: RunningServer) -> None:
    few.run("keys", "rotate")
    settled(few)
    assert admin(few)("DELETE", "/api/v1/accounts/other").status == 200
    assert {key["account"] for key in standing(few)["data_keys"]} == {"default"}
    few.run("account", "add", "other", "--set", "realm=b.example")
    few.run("keys", "retire")
    assert len(standing(few)["data_keys"]) == 2
    few.stop()
    few.start()
    assert boot(few, 1)[0] == 200


def refused_start(server: RunningServer) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "offhook", "serve", "--data", str(server.data)],
        env=server.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_key_missing(few: RunningServer, tmp_path: Path) -> None:
    """Data without its key file, or with another, starts nothing and makes nothing."""
    few.stop()
    file = few.data / "keys" / "master.key"
    right = file.read_bytes()
    kept = store_file(few).read_bytes()
    file.unlink()
    assert "is missing, and the data was sealed with its keys. Restore it" in refused_start(few)
    assert not file.exists()
    for content, why in (
        (b"", "holds no key"),
        (b"# nothing but a remark\n", "holds no key"),
        (b"0123456789 " + b"A" * 43 + b"=\n", "does not hold"),
        (right.split()[-2] + b" " + b"A" * 43 + b"=\n", "does not open with master key"),
    ):
        file.write_bytes(content)
        file.chmod(0o600)
        told = refused_start(few)
        assert why in told and "estore" in told and "Traceback" not in told
        assert file.read_bytes() == content
    assert store_file(few).read_bytes() == kept
    file.write_bytes(right)
    few.start()
    assert boot(few, 1)[0] == 200


def test_a_key_file_elsewhere_is_replaced_there_or_the_mend_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    settings = {"OFFHOOK_SECRETS__KEY_FILE": str(folder / "office.key")}
    with RunningServer(tmp_path / "data", settings=settings) as server:
        server.run("apply", "-f", "-", stdin=OFFICE + DEVICE.format(1))
        server.run("keys", "rotate")
        settled(server)
        assert not (server.data / "keys" / "master.key").exists()
        first = (folder / "office.key").read_bytes()
        (folder / ".office.key.new").mkdir()  # nothing can be written beside the file, whoever asks
        refused = server.run("keys", "rotate", check=False)
        assert refused.returncode == 1 and str(folder / "office.key") in refused.stderr
        assert "Make its folder writable" in refused.stderr
        assert (folder / "office.key").read_bytes() == first and boot(server, 1)[0] == 200
        (folder / ".office.key.new").rmdir()
        server.run("keys", "rotate")
        assert first not in (folder / "office.key").read_bytes()


def test_a_backup_opens_with_the_key_file_of_its_time(few: RunningServer, tmp_path: Path) -> None:
    file = few.data / "keys" / "master.key"
    boot(few, 1)
    old_backup, old_keys = tmp_path / "old.backup", tmp_path / "old.key"
    few.run("backup", "-o", str(old_backup))
    shutil.copy2(file, old_keys)
    few.run("keys", "rotate")
    settled(few)
    few.run("keys", "retire")
    new_backup, new_keys = tmp_path / "new.backup", tmp_path / "new.key"
    few.run("backup", "-o", str(new_backup))
    shutil.copy2(file, new_keys)
    expected = boot(few, 1)
    few.stop()
    for backup, keys, other in ((old_backup, old_keys, new_keys), (new_backup, new_keys, old_keys)):
        data = tmp_path / backup.stem
        wrong = few.run("restore", str(backup), "--data", str(data), "--key-file", str(other), check=False)
        assert wrong.returncode == 1 and "does not hold: name the key file that belongs to it" in wrong.stderr
        few.run("restore", str(backup), "--data", str(data), "--key-file", str(keys))
        with RunningServer(data, settings=SETTINGS) as restored:
            assert boot(restored, 1) == expected


def test_db_no_plaintext(few: RunningServer) -> None:
    """Neither the data nor what a rotation leaves behind shows a password or a key."""
    boot(few, 1)
    few.run("keys", "rotate")
    settled(few)
    keys = re.findall(r"(?m)^\w+ (\S+)$", (few.data / "keys" / "master.key").read_text())
    assert len(keys) == 2
    few.stop()
    for path in few.data.rglob("*"):
        if path.is_file() and path.name != "master.key":
            content = path.read_bytes()
            assert not any(one in content for one in (b"Marker", b'4711"', *map(str.encode, keys))), path
