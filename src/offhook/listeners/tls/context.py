"""Contexts: what a TLS door shows phones, what it asks of them, and how old their TLS may be. One table of three doors.

One context cannot serve all phones: who shows a certificate that leads nowhere fails the handshake even where none is
demanded, and OpenSSL takes the keys and signatures of old phones only where it takes old ciphers, too. So there is a door
that asks for no certificate, one that demands one, and one for old phones.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from .handshake import PhoneTls, remember_what_was_shown

log = logging.getLogger(__name__)

NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME: certificates that ran out pass here, and are judged by their authority's rule afterwards."""
_MODERN_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM:@SECLEVEL=2"
_OLD_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+AES:kRSA+AESGCM:kRSA+AES:!aNULL:!eNULL:!PSK:!SRP:!aDSS:@SECLEVEL=0"
"""Security level 0 lets in keys of 1,024 bits, signatures with SHA-1 and TLS 1.0; so what else it would let in is left out."""


class DoorKind(msgspec.Struct, frozen=True, kw_only=True):
    """How a TLS door treats phones."""

    oldest: ssl.TLSVersion
    ciphers: str | None
    """OpenSSL's list for TLS 1.2 and below; None: Python's."""
    asks: bool
    """Whether phones are asked for a certificate of an imported authority."""
    demands: bool
    """Whether a phone without one is refused."""


KINDS: Final = {
    "boot.https": DoorKind(oldest=ssl.TLSVersion.TLSv1_2, ciphers=None, asks=False, demands=False),
    "boot.mtls": DoorKind(oldest=ssl.TLSVersion.TLSv1_2, ciphers=_MODERN_CIPHERS, asks=True, demands=True),
    "boot.legacy": DoorKind(oldest=ssl.TLSVersion.TLSv1, ciphers=_OLD_CIPHERS, asks=True, demands=False),
}
"""By the door's name."""


class TlsDoor(msgspec.Struct, frozen=True, kw_only=True):
    """A TLS door of this server."""

    name: str
    """One of `KINDS`."""
    certificate: Path
    """PEM file of its certificate and the chain above it."""
    key: Path | None
    """PEM file of its key; None: it is in the same file."""
    settings: tuple[str, str] = ("certificate", "key")
    """The names below `[tls]` that these files are set by, for messages."""


class TlsRefused(Exception):
    """Files that no door can show; the message says which, why and where they are set."""


def context_of(door: TlsDoor, authorities: Sequence[bytes]) -> ssl.SSLContext:
    """A context for a door; `authorities` are the imported ones as DER. Raises `TlsRefused`."""
    kind = KINDS[door.name]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.0, which is what the old door is there for
        context.minimum_version = kind.oldest
    if kind.ciphers is not None:
        context.set_ciphers(kind.ciphers)
    try:
        context.load_cert_chain(door.certificate, door.key, password=_no_password)
    except (OSError, ValueError) as error:
        certificate, key = door.settings
        raise TlsRefused(
            f"[tls] {certificate} '{door.certificate}' and {key} '{door.key or ''}' cannot be used: {error}"
        ) from None
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.sslobject_class = PhoneTls
    if kind.demands or (kind.asks and authorities):
        _ask(context, kind, authorities)
    return context


def _ask(context: ssl.SSLContext, kind: DoorKind, authorities: Sequence[bytes]) -> None:
    for one in authorities:
        try:
            context.load_verify_locations(cadata=one)
        except ssl.SSLError as error:  # OpenSSL reads certificates more strictly than whoever looked at it before
            fingerprint = hashlib.sha256(one).hexdigest()[:16]
            log.error("authority %s cannot be used at TLS doors, and vouches for nobody there: %s", fingerprint, error)
    context.verify_mode = ssl.CERT_REQUIRED if kind.demands else ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME) | ssl.VERIFY_X509_PARTIAL_CHAIN
    context.options |= ssl.OP_NO_TICKET  # a ticket keeps a phone's certificate and not those that it sent along
    context.num_tickets = 0
    remember_what_was_shown(context)


def _no_password() -> str:
    raise ValueError("the key is encrypted, and nobody is there to type its password: take that off")
