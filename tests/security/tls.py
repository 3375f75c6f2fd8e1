"""Phones that speak TLS with a real server, with or without a certificate, new and old."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.e2e.running import RunningServer
from tests.factory import Issued, authority, phone, rsa_key

from .doors import Got

DOOR_CA = authority("Door CA", key=rsa_key(2048, 9))


def door_certificate(folder: Path, name: str = "boot.example") -> tuple[Path, Path]:
    """What the doors show, as files; RSA, as old phones know nothing else."""
    made = phone(DOOR_CA, ("CN", name), key=rsa_key(2048, 8), extensions=())
    return made.written(folder, "door")


def tls_settings(folder: Path, **more: str) -> dict[str, str]:
    """A server with every TLS door on a free port."""
    certificate, key = door_certificate(folder)
    doors = {f"OFFHOOK_BOOT__{name}": "127.0.0.1:0" for name in ("HTTPS", "MTLS", "LEGACY")}
    return {**doors, "OFFHOOK_TLS__CERTIFICATE": str(certificate), "OFFHOOK_TLS__KEY": str(key), **more}


class Phone(NamedTuple):
    """One phone on its desk."""

    server: RunningServer
    folder: Path
    shown: Issued | None = None
    along: tuple[Issued, ...] = ()
    is_old: bool = False
    """Whether it knows TLS 1.0 only."""
    headers: Mapping[str, str] = {}

    def context(self) -> ssl.SSLContext:
        """Its TLS; it believes every server, as we look at the other side."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        if self.is_old:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        if self.shown is not None:
            context.load_cert_chain(*self.shown.written(self.folder, self.shown.fingerprint[:12], *self.along))
        return context

    def opened(self, door: str) -> http.client.HTTPSConnection:
        """A connection to a door; raises `OSError` when the handshake fails."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.server.port(door), timeout=20, context=self.context()
        )
        try:
            connection.connect()
        except OSError:
            connection.close()
            raise
        return connection

    def ask(self, path: str, door: str = "boot.mtls", agent: str | None = None, **headers: str) -> Got:
        """One request, over a connection of its own."""
        connection = self.opened(door)
        try:
            said = {**self.headers, **headers, **({"User-Agent": agent} if agent else {})}
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in said.items()})
            answer = connection.getresponse()
            kept = tuple((name, value) for name, value in answer.getheaders() if name != "Date")
            return Got(answer.status, kept, answer.read())
        finally:
            connection.close()

    def is_refused(self, door: str) -> bool:
        """Whether the handshake fails; with TLS 1.3 a phone hears of it when it asks."""
        try:
            self.ask("/", door)
        except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
            return True
        return False


def until(seen: Callable[[], object]) -> None:
    """Wait for what comes within seconds by itself."""
    end, pause = time.monotonic() + 30, threading.Event()
    while not seen():
        assert time.monotonic() < end, "it never came"
        pause.wait(0.1)


def lines(server: RunningServer, *words: str) -> list[str]:
    """The lines of the server's log that hold all the words."""
    return [line for line in server.log.read_text().splitlines() if all(word in line for word in words)]


def logged(server: RunningServer, *words: str) -> list[str]:
    """The same, once there is one: a phone knows that it was refused before it is written down."""
    until(lambda: lines(server, *words))
    return lines(server, *words)
