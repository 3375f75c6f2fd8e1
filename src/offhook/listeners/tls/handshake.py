"""The handshake with one phone: what it showed, and why it failed, in words that say what to do.

OpenSSL says which certificate failed only in its own terms, and forgets it: so what a phone shows is read from the message
that it came in. That takes a hook of Python's `ssl` that has no public name; without it the words are fewer, and the chain
that a phone sends is not seen by Python 3.11 and 3.12, where it takes another one: its issuer must then be imported itself.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

from offhook.provisioning.certificate.path import MOST_OFFERED, issuer_words
from offhook.provisioning.certificate.proof import Offered
from offhook.provisioning.event import printable
from offhook.secrets.authority import CertificateRefused, read_certificate

_CERTIFICATE: Final = 11
"""The type of the handshake message that holds certificates (RFC 5246 §7.4.2, RFC 8446 §4.4.2)."""
_HANDSHAKE: Final = 22
"""The type of record that it comes in."""
_HEADER: Final = 4
"""Bytes of type and length before a handshake message."""

_IMPORT: Final = "import the authority of its manufacturer (offhook ca import --vendor VENDOR FILE)"
_LEGACY: Final = "let it boot at the door for old phones ([boot] legacy)"
_BY_VERIFY_CODE: Final = {
    18: ("its certificate is signed by itself", _IMPORT),
    19: ("its certificate leads to an authority that was not imported", _IMPORT),
    20: ("no imported authority has signed its certificate", _IMPORT),
    21: ("no imported authority has signed its certificate", _IMPORT),
    66: ("its certificate's key is too short for this door", _LEGACY),
    67: ("its authority's key is too short for this door", _LEGACY),
    68: ("its certificate is signed in a way that is too old for this door", _LEGACY),
}
"""X509_V_ERR_* of OpenSSL → what is wrong, and what to do."""
_OLD: Final = ("its TLS or its ciphers are too old for this door", _LEGACY)
_DISTRUSTS: Final = (
    "the phone does not believe this door's certificate",
    "give the door one of an authority that the phone knows, or the phone that authority",
)
_BY_REASON: Final = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": (
        "it showed no certificate",
        "let it boot at [boot] https, or look whether it has one",
    ),
    "UNSUPPORTED_PROTOCOL": _OLD,
    "VERSION_TOO_LOW": _OLD,
    "NO_SHARED_CIPHER": _OLD,
    "NO_SUITABLE_SIGNATURE_ALGORITHM": _OLD,
    "TLSV1_ALERT_UNKNOWN_CA": _DISTRUSTS,
    "SSLV3_ALERT_BAD_CERTIFICATE": _DISTRUSTS,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _DISTRUSTS,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": _DISTRUSTS,
    "HTTP_REQUEST": ("it speaks plain HTTP", "give it an https:// address for this door"),
}
"""SSL_R_* of OpenSSL → the same."""


class PhoneTls(ssl.SSLObject):
    """One phone's TLS."""

    shown: tuple[bytes, ...] = ()
    """DER of all certificates in the message that the phone sent, its own first; none: it sent none, or resumed."""

    _offered: Offered | None = None

    def do_handshake(self) -> None:
        """See `ssl.SSLObject`; an error says what the phone showed."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLSyscallError):
            raise
        except ssl.SSLError as error:
            error.shown = self.shown  # type: ignore[attr-defined]
            raise

    def offered(self) -> Offered | None:
        """The certificate that the phone has proven to hold the key of, and what came along; None: it has shown none."""
        if self._offered is None and (leaf := self.getpeercert(binary_form=True)) is not None:
            chain = self._chain() or self.shown
            self._offered = Offered(leaf, tuple(one for one in chain if one != leaf)[:MOST_OFFERED])
        return self._offered

    def _chain(self) -> tuple[bytes, ...]:
        """The chain as the phone sent it, where Python tells: by a public name from 3.13 on."""
        name = "get_unverified_chain"
        told = getattr(self, name, None) or getattr(getattr(self, "_sslobj", None), name, None)
        found: list[Any] | None = told() if told is not None else None
        return tuple(one if isinstance(one, bytes) else _der(one) for one in found or ())


def _der(certificate: Any) -> bytes:
    """DER of a certificate of `_ssl`, which gives it as PEM too."""
    pem: str = certificate.public_bytes()
    return ssl.PEM_cert_to_DER_cert(pem)


def remember_what_was_shown(context: ssl.SSLContext) -> None:
    """Let each phone's `PhoneTls` know the certificates that it sent, also those that then fail."""

    def told(phone: Any, direction: str, version: Any, content: Any, kind: Any, message: bytes) -> None:
        if (direction, content, kind) == ("read", _HANDSHAKE, _CERTIFICATE) and isinstance(phone, PhoneTls):
            phone.shown = certificates_in(message, is_newest=version == ssl.TLSVersion.TLSv1_3)

    if hasattr(context, "_msg_callback"):
        context._msg_callback = told


def certificates_in(message: bytes, *, is_newest: bool) -> tuple[bytes, ...]:
    """The certificates of a handshake message; `is_newest`: of TLS 1.3. What is malformed ends the list."""
    at = _HEADER
    if is_newest and len(message) > at:
        at += 1 + message[at]
    at += 3
    found: list[bytes] = []
    while at + 3 <= len(message) and len(found) <= MOST_OFFERED:
        length = int.from_bytes(message[at : at + 3], "big")
        one = message[at + 3 : at + 3 + length]
        if not length or len(one) < length:
            break
        found.append(one)
        at += 3 + length
        if is_newest:
            at += 2 + int.from_bytes(message[at : at + 2], "big")
    return tuple(found)


def failure_words(error: Exception, *, imported: bool) -> str:
    """Why a handshake failed and what to do, in one line; `imported`: whether any authority was."""
    code = getattr(error, "verify_code", None)
    reason = getattr(error, "reason", None) or ""
    known = _BY_VERIFY_CODE.get(code) if code else _BY_REASON.get(reason)
    what, mend = known or (getattr(error, "verify_message", None) or reason or str(error), "")
    if code and not imported:
        mend = f"no authority was imported yet: {_IMPORT}"
    return printable(what) + _issuer(getattr(error, "shown", ())) + (f": {mend}" if mend else "")


def _issuer(shown: tuple[bytes, ...]) -> str:
    """Who has signed what was shown, as that says itself; nothing where it cannot be known."""
    if not shown:
        return ""
    try:
        certificate = read_certificate(shown[0])
        subject = certificate.subject.rfc4514_string()
        return printable(f" (it is of {subject}, and says that {issuer_words(certificate)} signed it)", 500)
    except CertificateRefused as error:
        return f" ({printable(str(error))})"
