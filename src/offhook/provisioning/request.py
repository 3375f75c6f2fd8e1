"""What comes in from a phone and what goes back: plain values, whatever the transport was."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from .certificate.proof import Proven, Unproven

Transport = Literal["http", "https", "tftp"]


class BootRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A phone asks for one file."""

    listener: str
    """Which door it came in by: `boot.http`, `boot.https`, `boot.mtls`, `boot.legacy`, `tftp`."""
    transport: Transport
    """`https` only where nobody on the way can read it."""
    path: str
    """As it was asked, decoded; TFTP names without a leading slash are taken as they are."""
    query: str = ""
    """What stood behind the `?`, decoded; phones put their MAC or model there."""
    user_agent: str | None = None
    peer: str
    """IP address of the phone (or of its NAT)."""
    base_url: str | None = None
    """`http://host:port/` as the phone called us; None where the transport does not tell (TFTP)."""
    now: float
    """Seconds since the epoch."""
    method: str = "GET"
    target: str = ""
    """The path and query as they stand in HTTP's first line, which a digest is made of (RFC 7616 §3.4)."""
    authorization: str | None = None
    """The `Authorization` header."""
    demands_login: bool = False
    """Whether the door that it came in by wants credentials of everybody."""
    certificate: Proven | Unproven | None = None
    """What the certificate that the phone showed proves; None: it showed none."""
    notice: str = ""
    """An event of the request that is answered all the same: `header.forged`."""


class BootAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone gets."""

    status: Literal[200, 201, 204, 401, 404, 503]
    """200: the file. 201, 204: what the phone sent is kept, as the first of its name or in place of another. 401: ask with
    credentials. 404: there is none for you. 503: our own failure, ask again."""
    challenges: tuple[str, ...] = ()
    """What `WWW-Authenticate` headers say with 401."""
    content_type: str = ""
    body: bytes = b""
    etag: str = ""
    """Quoted strong validator of the body (RFC 9110 §8.8.3); empty unless status is 200."""
    content_encoding: str = ""
    """What HTTP says in `Content-Encoding`, where a phone decrypts a body for that alone (RFC 8188); else empty."""
    own: bool = False
    """True for a file that is made for this device alone: its config."""
    file: Path | None = None
    """A file on disk that is the body instead, such as firmware."""
    file_size: int = 0
    """Its bytes."""


NOT_FOUND = BootAnswer(status=404)
FAILED = BootAnswer(status=503)
CREATED = BootAnswer(status=201)
REPLACED = BootAnswer(status=204)


class BootEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a phone's story: who asked for what, how we knew, and what became of it."""

    time: float
    """Seconds since the epoch."""
    transport: str
    peer: str
    path: str
    mac: str | None
    account: str | None
    device: str | None
    vendor: str | None
    model: str | None
    version: str | None
    identified: str
    """By what the phone was known, in words."""
    assurance: str = "L0"
    """The rung of the ladder that the phone reached: how sure we were who asks."""
    event: str = ""
    """What happened out of the usual, for programs, such as `enrol.conflict`; else empty."""
    status: int
    verdict: str
    """What was answered and why, in words; what to do when it was refused."""
    bytes: int
    milliseconds: float
    """From the request to the ready answer, without the transfer."""
