"""An admin's own templates: they win, a fault in one is told with file and line, and no phone is left without."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator

import pytest

from offhook import resources

from .running import RunningServer

OURS = resources.template_folders(None)[-1] / "yealink" / "device.cfg.j2"
MARIE = "/001565aabb01.cfg"


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("templates") / "data", arguments=("--demo",)) as running:
        yield running


def get(server: RunningServer, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port("boot.http"), timeout=20)
    connection.request("GET", path)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def write(server: RunningServer, text: str) -> None:
    own = server.data / "templates" / "yealink" / "device.cfg.j2"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(text, encoding="utf-8")


def wait_for(server: RunningServer, path: str, content: bytes) -> None:
    """The server looks at the folder every two seconds."""
    until = time.monotonic() + 20
    while content not in get(server, path)[1]:
        assert time.monotonic() < until, "the change was never taken up"
        time.sleep(0.2)


def test_a_copy_wins_without_a_restart_and_is_in_the_same_sandbox(server: RunningServer) -> None:
    text = OURS.read_text(encoding="utf-8")
    write(server, text.replace("#!version:1.0.0.1", "#!version:1.0.0.1\n# ours", 1))
    wait_for(server, MARIE, b"# ours\n")
    assert server.run("check").stdout == "nothing is wrong\n"
    write(server, text + "{{ put.__globals__ }}\n")
    until = time.monotonic() + 20
    while "__globals__" not in (said := server.run("check", check=False)).stdout:
        assert time.monotonic() < until, said.stdout
        time.sleep(0.2)
    assert said.returncode == 1


def test_a_fault_is_told_with_file_and_line_and_phones_keep_the_last_good_file(server: RunningServer) -> None:
    _, good = get(server, MARIE)
    text = OURS.read_text(encoding="utf-8")
    lines = text.count("\n")
    write(server, text + "{% if broken %}\n")
    until = time.monotonic() + 20
    while f"templates/yealink/device.cfg.j2 line {lines + 1}" not in server.run("check", check=False).stdout:
        assert time.monotonic() < until
        time.sleep(0.2)
    wait = time.monotonic() + 20
    while "the last good one is given again" not in server.run("why", "001565aabb01").stdout:
        assert time.monotonic() < wait
        assert get(server, MARIE) == (200, good)
        time.sleep(0.2)
    assert get(server, "/001565aabb03.cfg")[0] == 503, "josh's phone has had no good one from this server"
    write(server, text.replace("#!version:1.0.0.1", "#!version:1.0.0.1\n# mended", 1))
    wait_for(server, "/001565aabb03.cfg", b"# mended\n")
