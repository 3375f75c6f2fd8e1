"""Firmware as an admin adds it and phones fetch it: over HTTP with ranges, and over TFTP."""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .running import RunningServer

NAME = "T46S(T48S,T42S,T41S)-66.86.0.15.rom"
PLACE = f"/firmware/yealink/66.86.0.15/{NAME}"
CONTENT = random.Random(7).randbytes(3_000_001)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> RunningServer:
    return RunningServer(tmp_path_factory.mktemp("firmware") / "data", arguments=("--demo",))


@pytest.fixture(scope="module", autouse=True)
def shelf(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> object:
    """One file on the shelf."""
    file = tmp_path_factory.mktemp("download") / NAME
    file.write_bytes(CONTENT)
    with server:
        said = server.run("firmware", "add", str(file), "--vendor", "yealink").stdout
        assert "yealink 66.86.0.15 (3000001 bytes" in said and "T46S" in said
        yield


def get(server: RunningServer, path: str = PLACE, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port("boot.http"), timeout=20)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_a_phone_gets_the_whole_file_and_asks_again_only_for_what_it_lacks(server: RunningServer) -> None:
    whole, body = get(server)
    assert whole.status == 200 and body == CONTENT and whole.headers["Accept-Ranges"] == "bytes"
    part, rest = get(server, Range="bytes=2999990-")
    assert (part.status, rest) == (206, CONTENT[2_999_990:])
    assert part.headers["Content-Range"] == "bytes 2999990-3000000/3000001"
    same, nothing = get(server, If_None_Match=whole.headers["ETag"])
    assert (same.status, nothing) == (304, b"")
    changed, all_of_it = get(server, Range="bytes=10-", If_Range='"another"')
    assert (changed.status, all_of_it) == (200, CONTENT)
    assert get(server, Range="bytes=3000001-")[0].status == 416


def test_a_phone_fetches_it_over_tftp(server: RunningServer, tmp_path: Path) -> None:
    assert shutil.which("tftp"), "apt install tftp-hpa"
    fetched = tmp_path / "fetched.rom"
    port = str(server.port("tftp"))
    commands = f"mode binary\nget {PLACE.lstrip('/')} {fetched}\nquit\n"
    subprocess.run(["tftp", "127.0.0.1", port], input=commands, text=True, check=True, timeout=60, capture_output=True)
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == hashlib.sha256(CONTENT).hexdigest()


def test_the_config_points_there_only_while_the_phone_runs_another(server: RunningServer) -> None:
    server.run("device", "edit", "marie-desk", "--set", "firmware=66.86.0.15")
    for running, pointed in (("66.84.0.10", True), ("66.86.0.15", False)):
        _, body = get(server, "/001565aabb01.cfg", User_Agent=f"Yealink SIP-T46S {running} 00:15:65:aa:bb:01")
        url = (
            re.escape(f"static.firmware.url = http://127.0.0.1:{server.port('boot.http')}")
            + "/t/[a-z2-7]{26}"
            + re.escape(PLACE)
        )
        assert bool(re.search(url, body.decode())) is pointed


def test_a_wrong_file_is_refused_and_nothing_of_it_stays(server: RunningServer, tmp_path: Path) -> None:
    for name, arguments, said in (
        ("holiday.rom", (), "no name of a Yealink firmware"),
        ("T46S-66.86.0.99.rom", ("--sha256", "0" * 64), "not 0000"),
        ("T54W-96.86.0.45.rom", ("--model", "T46S"), "is not for T46S"),
    ):
        (tmp_path / name).write_bytes(b"x")
        done = server.run("firmware", "add", str(tmp_path / name), "--vendor", "yealink", *arguments, check=False)
        assert done.returncode == 1 and said in done.stderr
    (tmp_path / "T46S-66.86.0.98.rom").write_bytes(b"")
    assert "it is empty" in server.run(
        "firmware", "add", str(tmp_path / "T46S-66.86.0.98.rom"), "--vendor", "yealink", check=False
    ).stderr  # fmt: skip
    listed = json.loads(server.run("firmware", "list", "--json").stdout)
    assert [one["name"] for one in listed] == [NAME]
    kept = [path.name for path in (server.data / "firmware").rglob("*") if path.is_file()]
    assert sorted(kept) == sorted([NAME, f"{NAME}.json"])


def test_it_is_still_there_after_the_power_went_and_gone_when_it_is_removed(server: RunningServer) -> None:
    server.kill()
    server.start()
    assert get(server)[0].status == 200
    server.run("firmware", "remove", "yealink", "66.86.0.15", NAME)
    assert get(server)[0].status == 404
