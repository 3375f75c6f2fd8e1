"""`offhook device resync` without a proxy to send it over, and for devices that cannot be told anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running import RunningServer

OFFICE = """
accounts: [{id: default, realm: bureau.example}]
devices:
  - {id: desk, mac: 001565aabb01, model: yealink/T46S, sip: {username: desk}}
  - {id: ata, mac: 00270d000001, model: sangoma/S500, sip: {username: ata}}
  - {id: softphone, sip: {username: soft}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("waking") / "data") as running:
        running.run("apply", "-f", "-", stdin=OFFICE)
        yield running


def test_without_a_proxy_it_says_which_setting_is_missing(server: RunningServer) -> None:
    done = server.run("device", "resync", "desk", check=False)
    assert (
        done.returncode == 1
        and "[proxy] notify: no SIP proxy is known" in done.stdout
        and "0 of 1 phones" in done.stderr
    )


def test_a_device_without_vendor_is_refused_in_words(server: RunningServer) -> None:
    done = server.run("device", "resync", "softphone", check=False)
    assert done.returncode == 1 and "device softphone has no vendor's profile" in done.stdout


def test_a_phone_that_knows_no_reboot_is_offered_a_resync(server: RunningServer) -> None:
    done = server.run("device", "reboot", "ata", check=False)
    assert done.returncode == 1 and "try offhook device resync ata" in done.stdout


def test_unknown_ids_of_a_pipe_are_each_reported(server: RunningServer) -> None:
    done = server.run("device", "resync", "-", stdin="dsk\n\nhall\ndsk\n", check=False)
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["dsk", "hall"]
    assert "did you mean desk" in done.stdout.lower() or "desk" in done.stdout
