"""Keys: changed while phones are served, over the real command; the cases of `security.json` have their names."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.asking import admin
from tests.e2e.running import RunningServer

from .doors import BEHIND_A_PROXY, Phones, number, office

PHONES = 60
OFFICE = """
accounts:
  - {id: default, realm: a.example, name: Alpha, settings: {web_admin_password: Marker-web}}
  - {id: other, realm: b.example, name: Beta}
mailboxes: [{id: box, number: "900", pin: "4711"}]
devices:
  - {id: theirs, account: other, mac: 0015657ffff0, model: yealink/T46S}
"""
DEVICE = "  - {{id: d{0}, mac: {1}, model: yealink/T46S, sip: {{username: d{0}, password: Marker-{0}}}}}\n"


def made(folder: Path) -> RunningServer:
    return RunningServer(
        folder / "data", settings={**BEHIND_A_PROXY, "OFFHOOK_BOOT__PUBLIC_URL": "http://boot.example"}
    )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningServer]:
    text = OFFICE + "".join(DEVICE.format(index, number(index)) for index in range(PHONES))
    with made(tmp_path) as server:
        server.run("apply", "-f", str(office(tmp_path, text)))
        yield server


def standing(server: RunningServer) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(server.run("keys", "status", "--json").stdout)
    return values


def files(server: RunningServer) -> dict[str, tuple[tuple[tuple[str, str], ...], bytes]]:
    with Phones(server, "10.0.0.7") as phones:
        got = {index: phones.ask(f"/{number(index)}.cfg") for index in range(PHONES)}
    assert all(one.status == 200 and f"Marker-{index}\n".encode() in one.body for index, one in got.items())
    return {str(index): (one.headers, one.body) for index, one in got.items()}


def test_key_rotation_live(served: RunningServer) -> None:
    before, documents = files(served), served.run("export").stdout
    served.run("device", "edit", "d1", "--set", "name=Anew")
    assert files(served)["0"] == before["0"]
    history = served.run("device", "history", "d1").stdout
    revisions = {one["id"]: one["rev"] for one in admin(served)("GET", "/api/v1/devices?limit=100").values["items"]}
    first, stop, wrong = standing(served), threading.Event(), []

    def fetch() -> None:
        with Phones(served, "10.0.0.7") as phones:
            index = 0
            while not stop.wait(0.008):
                index = (index + 1) % PHONES
                got = phones.ask(f"/{number(index)}.cfg")
                if index != 1 and (got.headers, got.body) != before[str(index)]:
                    wrong.append((index, got))

    fetching = threading.Thread(target=fetch)
    fetching.start()
    try:
        for _ in range(2):
            served.run("keys", "rotate")
    finally:
        stop.set()
        fetching.join()
    assert wrong == []
    now = standing(served)
    assert len(now["master_keys"]) == 3 and now["problem"] is None and now["broken"] == []
    assert [one["wraps"] for one in now["master_keys"]] == [6, 0, 0]
    seals = {(one["account"], one["number"]): one["seals"] for one in now["data_keys"]}
    assert seals[("default", 3)] >= PHONES and seals[("default", 1)] == seals[("default", 2)] == 0
    assert {one["seals"] for one in first["data_keys"] if one["account"] == "default"} == {seals[("default", 3)]}
    assert revisions == {
        one["id"]: one["rev"] for one in admin(served)("GET", "/api/v1/devices?limit=100").values["items"]
    }
    assert served.run("device", "history", "d1").stdout == history, "nobody has changed anything"
    audit = served.run("audit", "list").stdout
    assert audit.count("all keys") == 2, "but that the keys were changed is written down"
    retired = served.run("keys", "retire").stdout
    assert retired.count("retired data key") == 4 and retired.count("retired master key") == 2
    assert served.run("keys", "retire").stdout == "nothing: there are no older keys\n"
    assert len(key_lines(served)) == 1
    exported = served.run("export").stdout
    again(served)
    assert files(served)["0"] == before["0"] and served.run("export").stdout == exported != documents
    listed = json.loads(served.run("device", "files", "d0", "--json").stdout)
    assert "Marker-0" in served.run("device", "files", "d0", listed[0]["hash"]).stdout, "what it was given opens, too"


def again(server: RunningServer) -> None:
    """Stop it and start it."""
    server.stop()
    server.start()


def key_lines(server: RunningServer) -> list[str]:
    text = (server.data / "keys" / "master.key").read_text()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_the_key_file_stays_private_and_old_texts_are_of_no_use_with_the_new_one(served: RunningServer) -> None:
    old = key_lines(served)
    served.run("keys", "rotate")
    served.run("keys", "retire")
    path = served.data / "keys" / "master.key"
    assert path.stat().st_mode & 0o777 == 0o600 and not set(old) & set(key_lines(served))
    newest = {one["id"].encode() for one in standing(served)["data_keys"]}
    served.stop()
    assert sealed_by((served.data / "store" / "db.json").read_bytes()) <= newest
    with sqlite3.connect(served.data / "history" / "revisions.sqlite") as history:
        bodies = [body for (body,) in history.execute("SELECT body FROM revisions WHERE body IS NOT NULL")]
    found = {key for body in bodies for key in sealed_by(body)}
    assert found and found <= newest


def sealed_by(text: bytes) -> set[bytes]:
    return set(re.findall(rb"v1:([0-9a-f]{12}):", text))


def test_one_account_gets_a_new_data_key_and_nobody_else(served: RunningServer) -> None:
    served.run("keys", "rotate", "--account", "other")
    now = standing(served)
    assert len(now["master_keys"]) == 1
    assert sorted((one["account"], one["number"]) for one in now["data_keys"]) == [
        ("default", 1), ("other", 1), ("other", 2),
    ]  # fmt: skip
    refused = served.run("keys", "rotate", "--account", "nobody", check=False)
    assert refused.returncode == 1 and "there is no account 'nobody'" in refused.stderr


def test_a_server_that_dies_in_the_middle_of_a_rotation_loses_nothing_and_the_next_one_goes_on(tmp_path: Path) -> None:
    text = OFFICE + "".join(DEVICE.format(index, number(index)) for index in range(PHONES))
    text += "".join(DEVICE.format(index, number(index)) for index in range(1000, 1600))
    with made(tmp_path) as server:
        server.run("apply", "-f", str(office(tmp_path, text)))
        before = files(server)
        admin(server)("POST", "/api/v1/keys/rotate")
        time.sleep(0.05)
        server.kill()
        server.start()
        assert files(server) == before
        while True:
            server.run("keys", "rotate")
            now = standing(server)
            if all(one["newest"] or not one["seals"] for one in now["data_keys"]):
                break
        assert now["problem"] is None and now["broken"] == []
        server.run("keys", "retire")
        assert len(key_lines(server)) == 1
        again(server)
        assert files(server) == before


def edited(server: RunningServer, change: Callable[[str], str]) -> None:
    """Alter the store's file as somebody does who knows it, while the server is stopped."""
    server.stop()
    path = server.data / "store" / "db.json"
    text = change(path.read_text())
    path.write_text(re.sub(r',"crc32":"[0-9a-f]{8}"', "", text))
    server.start()


def sip_password(text: str, device: str) -> str:
    """A device's sealed SIP password in the store's file."""
    row = next(line for line in text.splitlines() if f'"id":"{device}"' in line and '"password"' in line)
    found = re.search(r'"password":\{"\$sealed":"(v1:[^"]+)"', row)
    assert found is not None
    return found[1]


def test_aad_swap(served: RunningServer) -> None:
    def swap(text: str) -> str:
        one, other = sip_password(text, "d0"), sip_password(text, "d1")
        return text.replace(one, "*").replace(other, one).replace("*", other)

    edited(served, swap)
    with Phones(served, "10.0.0.7") as phones:
        for index in (0, 1):
            got = phones.ask(f"/{number(index)}.cfg")
            assert got.status == 503 and b"Marker" not in got.body
            event = phones.last(number(index))
            assert event["event"] == "secret.broken" and f"devices/d{index}, field sip.password" in event["verdict"]
        assert phones.status(f"/{number(2)}.cfg") == 200
    assert "devices/d0" in served.run("check", check=False).stdout
    audit = json.loads(served.run("audit", "list", "--json").stdout)
    tampered = [one["what"] for one in audit if one["action"] == "tampered"]
    assert len(tampered) == 2 and all("field sip.password" in one and "Set it anew" in one for one in tampered)
    assert "id: d0" in served.run("export").stdout and "d0" in served.run("device", "list").stdout
    shown = served.run("device", "show", "d0", check=False)
    assert "mac: '001565000000'" in shown.stdout and "field sip.password" in shown.stderr
    refused = admin(served)("GET", "/api/v1/export?secrets=1")
    assert refused.status == 409 and "devices/d" in refused.text
    for index in (0, 1):
        served.run("device", "edit", f"d{index}", "--set", f"sip.password=Marker-{index}")
    files(served)


def test_a_key_that_is_needed_is_not_retired(served: RunningServer) -> None:
    assert "nothing" in served.run("keys", "retire").stdout
    served.run("keys", "rotate")
    keys = [one for one in standing(served)["data_keys"] if one["account"] == "default"]
    older, newest = (next(one["id"] for one in keys if one["newest"] is state) for state in (False, True))
    edited(served, lambda text: text.replace(sip_password(text, "d0"), sip_password(text, "d0").replace(newest, older)))
    refused = served.run("keys", "retire", check=False)
    assert refused.returncode == 0 and "master key" in refused.stdout and "data key" in refused.stdout
    kept = [one for one in standing(served)["data_keys"] if one["id"] == older]
    assert [one["seals"] for one in kept] == [1]
    refused = served.run("keys", "retire", check=False)
    assert refused.returncode == 1 and f"data key {older} of account default has sealed 1 texts yet" in refused.stderr
    assert "devices/d0 of default holds a secret that does not open" in served.run("keys", "rotate").stdout
    served.run("device", "edit", "d0", "--set", "sip.password=Marker-0")
    files(served)


def test_only_who_may_do_everything_sees_and_changes_keys(served: RunningServer) -> None:
    token = served.run("token", "create", "--scope", "read", "--scope", "write", "--scope", "secrets", "--quiet").stdout
    for command in (("status",), ("rotate",), ("retire",)):
        refused = served.run("keys", *command, "--token", token.strip(), check=False)
        assert refused.returncode == 1
