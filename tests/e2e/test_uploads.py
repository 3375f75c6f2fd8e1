"""What phones send: kept for the phone that sent it, sealed, and given back to nobody else."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import RunningServer

OFFICE = """
accounts: [{id: default, realm: bureau.example}]
devices:
  - {id: poly, mac: "0004f2aabb01", model: polycom, sip: {username: poly, password: p}}
  - {id: other, mac: "0004f2aabb02", model: polycom, sip: {username: other, password: p}}
  - {id: off, mac: "0004f2aabb03", model: polycom, enabled: false, sip: {username: off, password: p}}
"""
OVERRIDES = b'<?xml version="1.0"?><PHONE_CONFIG><OVERRIDES up.backlight.idleIntensity="1"/></PHONE_CONFIG>'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("uploads") / "data") as running:
        running.run("apply", "-f", "-", stdin=OFFICE)
        yield running


def send(server: RunningServer, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port("boot.http"), timeout=20)
    connection.request(method, path, body)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def test_what_its_user_changed_comes_back_to_the_phone_also_after_a_restart(server: RunningServer) -> None:
    name = "/0004f2aabb01-phone.cfg"
    assert send(server, "GET", name)[0] == 404
    assert send(server, "PUT", name, b"<old/>")[0] == 201
    assert send(server, "PUT", name, OVERRIDES)[0] == 204
    assert send(server, "GET", name) == (200, OVERRIDES)
    server.kill()
    server.start()
    assert send(server, "GET", name) == (200, OVERRIDES)
    assert send(server, "GET", "/0004f2aabb02-phone.cfg")[0] == 404


def test_nothing_of_it_lies_open_on_the_disk(server: RunningServer) -> None:
    send(server, "PUT", "/0004f2aabb01-web.cfg", b"device.auth.localAdminPassword=Zq81secret")
    files = [path for path in (server.data / "uploads").rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert b"Zq81secret" not in path.read_bytes() and path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "path",
    [
        "/0004f2aabb99-phone.cfg",
        "/0004f2aabb03-phone.cfg",
        "/0004f2aabb01.cfg",
        "/0004f2aabb01-../../x",
        "/p/other/0004f2aabb01-phone.cfg",
        "/000000000000-phone.cfg",
    ],
)
def test_nobody_else_leaves_anything(server: RunningServer, path: str) -> None:
    before = sorted((server.data / "uploads").rglob("*"))
    assert send(server, "PUT", path, b"x")[0] == 404
    assert sorted((server.data / "uploads").rglob("*")) == before


def test_a_file_that_is_too_large_is_refused_and_the_server_lives(server: RunningServer) -> None:
    status, _ = send(server, "PUT", "/0004f2aabb01-app.log", b"x" * (1024 * 1024 + 1))
    assert status == 413
    assert send(server, "PUT", "/0004f2aabb01-app.log", b"booted")[0] == 201
    assert Path(server.data / "uploads/default/0004f2aabb01/0004f2aabb01-app.log").is_file()


def test_an_admin_reads_what_a_phone_sent(server: RunningServer) -> None:
    send(server, "PUT", "/0004f2aabb02-app.log", b"1123 booted\n")
    assert "0004f2aabb02-app.log" in server.run("uploads", "0004f2aabb02").stdout
    assert server.run("uploads", "00:04:F2:aa:bb:02", "0004f2aabb02-app.log").stdout == "1123 booted\n"
    assert "sent no file" in server.run("uploads", "0004f2aabb02", "nothing.log", check=False).stderr
    assert "0004f2aabb02-app.log" in server.run("why", "0004f2aabb02").stdout
