"""The power goes in the middle of much work: all of a sheet is there or nothing, and the audit tells of what is there."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from .running import RunningServer

PHONES = 2000


def sheet(path: Path) -> Path:
    rows = (f"u{n},User {n},{2000 + n},001565{n:06x},yealink/T46S" for n in range(PHONES))
    path.write_text("\n".join(["user,name,extensions,mac,model", *rows]) + "\n")
    return path


@pytest.mark.parametrize("after", [0.5, 1.5, 3.0])
def test_a_killed_import_is_all_there_or_not_at_all(tmp_path: Path, after: float) -> None:
    server = RunningServer(tmp_path / "data", settings={"OFFHOOK_BOOT__PUBLIC_URL": "http://boot.example/"}).start()
    server.run("account", "add", "default", "--set", "realm=bureau.example")
    importing = subprocess.Popen(
        [sys.executable, "-m", "offhook", "import", "csv", str(sheet(tmp_path / "phones.csv"))],
        env={**server.environment, "OFFHOOK_DATA": str(server.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    killed = threading.Timer(after, server.kill)
    begun = time.monotonic()
    killed.start()
    importing.communicate(timeout=60)
    acknowledged = importing.returncode == 0 and time.monotonic() - begun < after
    killed.join()
    server.start()
    devices = server.run("device", "list", "-o", "ids").stdout.splitlines()
    flows = server.run("callflow", "list", "-o", "ids").stdout.splitlines()
    assert len(devices) == len(flows) and len(devices) in (0, PHONES)
    assert not acknowledged or len(devices) == PHONES
    assert "all as they were written" in server.run("audit", "verify").stdout
    told = json.loads(server.run("audit", "list", "--what", "devices/", "--limit", "1000", "--json").stdout)
    assert not acknowledged or len(told) == 1000
    # What it has now goes on as if nothing had been: the same sheet once more makes it whole.
    server.run("import", "csv", str(tmp_path / "phones.csv"))
    assert len(server.run("device", "list", "-o", "ids").stdout.splitlines()) == PHONES
    server.stop()
