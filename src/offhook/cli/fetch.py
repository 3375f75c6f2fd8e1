"""How the virtual phone fetches a file: over HTTP, HTTPS or TFTP, as the vendor's phones do."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from offhook.provisioning.profile import Profile

from .virtual_phone import Fetched

SECONDS: Final = 5.0
"""How long one try waits for an answer."""
TRIES: Final = 3
BLKSIZE: Final = 1428


def user_agent(profile: Profile, model: str | None, version: str | None, mac: str) -> str | None:
    """What the vendor's phone calls itself; None where the profile does not say, or no model is given."""
    if profile.file.user_agent is None or model is None:
        return None
    facts = profile.file.models.get(model)
    colons = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    firmware = version or (facts.firmware if facts else None) or "1.0.0.0"
    return profile.file.user_agent.format(model=model, version=firmware, mac=mac, mac_colons=colons)


class HttpFetcher:
    """Fetches below one base URL."""

    def __init__(self, base: str, agent: str | None, *, certificate: ssl.SSLContext | bool = True) -> None:
        """`base` ends in `/`; `certificate` False = whatever the server shows."""
        self._base = base
        self._headers = {"User-Agent": agent} if agent else {}
        self._certificate = certificate

    async def __call__(self, name: str) -> Fetched:
        """Ask for a name, or for a full URL that a boot file gave."""
        url = urljoin(self._base, name)
        begun = time.perf_counter()
        words = ""
        for _ in range(TRIES):
            try:
                timeout = aiohttp.ClientTimeout(total=SECONDS)
                async with (
                    aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session,
                    session.get(url, ssl=self._certificate) as answer,
                ):
                    body = await answer.read()
                    outcome = {200: "found", 404: "absent"}.get(answer.status, "failed")
                    return Fetched(
                        url=url,
                        outcome=outcome,  # type: ignore[arg-type]
                        words=f"{answer.status} {answer.reason}",
                        body=body if outcome == "found" else b"",
                        content_type=answer.headers.get("Content-Type", ""),
                        milliseconds=_since(begun),
                    )
            except TimeoutError:
                words = f"no answer in {SECONDS:.0f} s"
            except (aiohttp.ClientError, OSError) as error:
                words = str(error)
        return Fetched(url=url, outcome="failed", words=words, milliseconds=_since(begun))


class TftpFetcher:
    """Fetches from one TFTP server (RFC 1350, with blksize by RFC 2348)."""

    def __init__(self, base: str) -> None:
        """`base` such as `tftp://10.0.0.1:6969/`."""
        parts = urlsplit(base)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 69)
        self._base = base

    async def __call__(self, name: str) -> Fetched:
        """Ask for a name, or for a full `tftp://` URL that a boot file gave."""
        url = urljoin(self._base.replace("tftp:", "http:", 1), name).replace("http:", "tftp:", 1)
        begun = time.perf_counter()
        try:
            body = await asyncio.to_thread(self._read, urlsplit(url).path.lstrip("/"))
        except FileNotFoundError as error:
            return Fetched(url=url, outcome="absent", words=str(error), milliseconds=_since(begun))
        except OSError as error:
            return Fetched(url=url, outcome="failed", words=str(error) or "no answer", milliseconds=_since(begun))
        return Fetched(url=url, outcome="found", words="read", body=body, milliseconds=_since(begun))

    def _read(self, name: str) -> bytes:
        family, _, _, _, address = socket.getaddrinfo(*self._server, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(SECONDS / TRIES)
            request = b"\0\1" + name.encode() + b"\0octet\0blksize\0%d\0" % BLKSIZE
            data, peer = _exchange(sock, request, address)
            blksize, body, block = 512, b"", 0
            if data[1] == 6:
                blksize = BLKSIZE
                data, peer = _exchange(sock, struct.pack("!HH", 4, 0), peer)
            while True:
                if data[1] == 5:
                    words = data[4:].partition(b"\0")[0].decode("utf-8", "replace")
                    raise FileNotFoundError(words) if data[3] == 1 else OSError(f"TFTP error {data[3]}: {words}")
                if data[1] == 3 and int.from_bytes(data[2:4], "big") == block + 1 & 0xFFFF:
                    block += 1
                    body += data[4:]
                acknowledgement = struct.pack("!HH", 4, block & 0xFFFF)
                if len(data) - 4 < blksize:
                    sock.sendto(acknowledgement, peer)
                    return body
                data, peer = _exchange(sock, acknowledgement, peer)


def _exchange(sock: socket.socket, datagram: bytes, peer: tuple[object, ...]) -> tuple[bytes, tuple[object, ...]]:
    """Send until something is heard."""
    for _ in range(TRIES):
        sock.sendto(datagram, peer)
        try:
            data, heard = sock.recvfrom(65_536)
        except TimeoutError:
            continue
        if len(data) >= 4:
            return data, heard
    raise OSError(f"no answer in {SECONDS:.0f} s")


def _since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 1)
