"""A real server behind a trusted proxy that a test plays itself, so that phones come from whatever address it says."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.asking import admin
from tests.e2e.running import RunningServer

BEHIND_A_PROXY = {"OFFHOOK_TRUST__PROXIES": "127.0.0.1/32"}


class Got(NamedTuple):
    """An answer of the boot door."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In their order, without the date."""
    body: bytes

    @property
    def token(self) -> str:
        """The token in the URL that the file tells the phone to come back to."""
        found = re.search(rb"/t/([a-z2-7]{26})/", self.body)
        assert found is not None, self.body[:2000]
        return found[1].decode()


class Phones:
    """The boot door of a server, asked from any address."""

    def __init__(self, server: RunningServer, home: str = "10.0.0.5", tls: ssl.SSLContext | None = None) -> None:
        """`home` is the address that requests come from when nothing else is said; with `tls` it is the https door."""
        self.server = server
        self.home = home
        self._connection: http.client.HTTPConnection = (
            http.client.HTTPConnection("127.0.0.1", server.port("boot.http"), timeout=30)
            if tls is None
            else http.client.HTTPSConnection("127.0.0.1", server.port("boot.https"), timeout=30, context=tls)
        )

    def ask(
        self,
        path: str,
        peer: str | None = None,
        agent: str | None = None,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        """One request, its path sent as it is."""
        self._connection.putrequest(method, path, skip_accept_encoding=True)
        sent = {"X-Forwarded-For": peer or self.home, **({"User-Agent": agent} if agent else {}), **(headers or {})}
        for name, value in sent.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        answer = self._connection.getresponse()
        body = answer.read()
        kept = tuple((name, value) for name, value in answer.getheaders() if name != "Date")
        return Got(answer.status, kept, body)

    def __enter__(self) -> Phones:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def status(self, path: str, peer: str | None = None, agent: str | None = None) -> int:
        """The status alone."""
        return self.ask(path, peer, agent).status

    def events(self, mac: str) -> list[dict[str, Any]]:
        """What `offhook why` prints."""
        events: list[dict[str, Any]] = admin(self.server)("GET", f"/api/v1/why/{mac}").values["events"]
        return events

    def last(self, mac: str) -> dict[str, Any]:
        """The phone's last event."""
        return self.events(mac)[-1]

    def put(self, path: str, **values: Any) -> None:
        """Change a document."""
        answer = admin(self.server)("PATCH", f"/api/v1/{path}", values)
        assert answer.status == 200, answer.text

    def post(self, path: str) -> dict[str, Any]:
        """What an admin does with a device."""
        answer = admin(self.server)("POST", f"/api/v1/devices/{path}")
        assert answer.status == 200, answer.text
        values: dict[str, Any] = answer.values
        return values

    def bans(self) -> list[dict[str, Any]]:
        """Who is banned."""
        items: list[dict[str, Any]] = admin(self.server)("GET", "/api/v1/bans").values["items"]
        return items

    def tftp(self, packet: bytes) -> bytes:
        """What comes back for one datagram."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.settimeout(10)
            phone.sendto(packet, ("127.0.0.1", self.server.port("tftp")))
            return phone.recv(65_536)


def office(folder: Path, text: str) -> Path:
    """An office file on the disk."""
    path = folder / "office.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def number(index: int) -> str:
    """A phone's MAC."""
    return f"001565{index:06x}"
