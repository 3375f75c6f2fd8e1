"""Much work at once: a sheet of phones, lists over many, a change for everybody while phones fetch.

Run it as `python -m bench.admin [devices]`. The server is a process of its own; who asks it shares the machine with it. The
anchors: for lists, `GET /healthz` at the same door; for fetches during a change, the same fetches before it.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from http.client import HTTPConnection
from pathlib import Path

from tests.e2e.running import RunningServer

DEVICES = 100_000
SHEET = 5_000
PHONES = 1_000
CHUNK = 5_000
FETCHERS = 4
SECONDS = 5.0
URL = {"OFFHOOK_BOOT__PUBLIC_URL": "http://boot.example/"}


def mac(number: int) -> str:
    """The MAC of a phone."""
    return f"001565{number:06x}"


def sheet(path: Path, phones: int) -> Path:
    """A sheet of people with a phone and an extension each."""
    rows = (f"u{n},User {n},{10_000 + n},{mac(n)},yealink/T46S" for n in range(phones))
    path.write_text("\n".join(["user,name,extensions,mac,model", *rows]) + "\n")
    return path


class Asking:
    """Asks the admin door over one connection."""

    def __init__(self, server: RunningServer) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port("admin"), timeout=120)
        self._headers = {
            "Authorization": f"Bearer {(server.data / 'admin.token').read_text().strip()}",
            "Content-Type": "application/json",
        }

    def __call__(self, method: str, path: str, body: object = None) -> bytes:
        """The answer's body; anything but 2xx ends the bench."""
        self._connection.request(method, path, None if body is None else json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert 200 <= answer.status < 300, (path, answer.status, content[:500])
        return content

    def milliseconds(self, path: str, times: int = 15) -> float:
        """How long a GET takes, the middle of some."""
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            self("GET", path)
            taken.append((time.perf_counter() - begun) * 1000)
        return statistics.median(taken)


def imported(server: RunningServer, folder: Path) -> None:
    """A sheet of phones, taken in by the command, and again when nothing of it is new."""
    server.run("account", "add", "default", "--set", "realm=bench.example")
    path = str(sheet(folder / "phones.csv", SHEET))
    for what in ("import", "import again, nothing new"):
        begun = time.perf_counter()
        server.run("import", "csv", path)
        taken = time.perf_counter() - begun
        print(f"{what}: {SHEET} phones, people and callflows in {taken:.1f} s, {SHEET / taken:,.0f} rows a second")


def listed(server: RunningServer, devices: int) -> None:
    """Lists and searches over many devices."""
    ask = Asking(server)
    for first in range(SHEET, devices, CHUNK):
        made = [
            {"id": f"d{n}", "mac": mac(n), "model": "snom/D785" if n % 10 else "yealink/T31P", "name": f"Desk {n}"}
            for n in range(first, min(first + CHUNK, devices))
        ]
        ask("POST", "/api/v1/apply", {"devices": made})
    anchor = ask.milliseconds("/healthz")
    print(f"anchor, /healthz: {anchor:.2f} ms")
    for what, path in {
        "first page of 100": "/api/v1/devices?limit=100",
        "one device": f"/api/v1/devices/d{devices - 1}",
        "search for one name": f"/api/v1/devices?q=Desk%20{devices - 1}",
        "one model, a page of 100": "/api/v1/devices?model=yealink/T31P&limit=100",
        "phones of one person": "/api/v1/devices?owner=u17",
    }.items():
        taken = ask.milliseconds(path)
        print(f"{what} among {devices:,}: {taken:.1f} ms, {taken / anchor:.0f} × the anchor")


class Fetching:
    """Phones that fetch their configs one after another."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self.taken: list[tuple[float, float]] = []
        """(when, milliseconds)."""
        self._threads = [threading.Thread(target=self._fetch, args=(one,)) for one in range(FETCHERS)]
        for thread in self._threads:
            thread.start()

    def _fetch(self, seed: int) -> None:
        choice = random.Random(seed)
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._stop.is_set():
            begun = time.perf_counter()
            connection.request("GET", f"/{mac(choice.randrange(PHONES))}.cfg")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            self.taken.append((begun, (time.perf_counter() - begun) * 1000))
            time.sleep(0.002)

    def slowest(self, since: float) -> tuple[float, float, int]:
        """(slowest, middle, how many) of the fetches since a moment, in milliseconds."""
        taken = [one for begun, one in self.taken if begun >= since]
        return max(taken), statistics.median(taken), len(taken)

    def stop(self) -> None:
        """No more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def changed(folder: Path) -> None:
    """An account-wide setting is changed while the phones of the account fetch."""
    with RunningServer(folder / "phones", settings=URL) as server:
        server.run("account", "add", "default", "--set", "realm=bench.example")
        server.run("import", "csv", str(sheet(folder / "phones.csv", PHONES)))
        for number in range(PHONES):
            with urllib.request.urlopen(f"{server.addresses['boot.http']}/{mac(number)}.cfg") as answer:
                answer.read()
        ask, fetching = Asking(server), Fetching(server.port("boot.http"))
        begun = time.perf_counter()
        time.sleep(SECONDS)
        calm = fetching.slowest(begun)
        begun = time.perf_counter()
        ask("PATCH", "/api/v1/accounts/default", {"settings": {"ntp_servers": ["ntp.bench.example"]}})
        taken = time.perf_counter() - begun
        time.sleep(SECONDS)
        busy = fetching.slowest(begun)
        fetching.stop()
    print(f"change of a setting of {PHONES} phones: {taken * 1000:.0f} ms")
    for what, (slowest, middle, count) in {"before": calm, "during and after": busy}.items():
        print(f"{what}: {count} fetches, middle {middle:.1f} ms, slowest {slowest:.1f} ms")
    print(f"slowest during the change: {busy[0] / calm[0]:.1f} × the slowest before")


def main() -> None:
    """Print all of it."""
    devices = int(sys.argv[1]) if len(sys.argv) > 1 else DEVICES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with RunningServer(folder / "data", settings=URL) as server:
            imported(server, folder)
            listed(server, devices)
        changed(folder)


if __name__ == "__main__":
    main()
