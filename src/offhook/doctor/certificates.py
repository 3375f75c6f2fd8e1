"""Certificates: whether the TLS doors' own and the imported authorities' are good, and for how long."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from offhook.secrets.authority import Authority, facts_of
from offhook.secrets.authoritybook import AuthorityBook
from offhook.secrets.privatefile import PrivateFileRefused

from .finding import Finding, Verdict
from .patient import Patient

SOON: Final = 30
"""Days before its end at which a certificate is to be renewed."""


def certificate(patient: Patient) -> Iterator[Finding]:
    """The certificates of the TLS boot doors, and their keys."""
    tls = patient.config.tls
    yield from _door(patient, "certificate", tls.certificate, "key", tls.key)
    yield from _door(patient, "legacy_certificate", tls.legacy_certificate, "legacy_key", tls.legacy_key)


def authorities(patient: Patient) -> Iterator[Finding]:
    """The manufacturers' authorities that were imported, and doors that need some."""
    path = patient.data / "authorities.json"
    try:
        book = AuthorityBook(path).all()
    except PrivateFileRefused as error:
        yield Finding("authorities", "fail", error.what, str(path), error.mend)
        return
    if patient.config.boot.mtls and not book:
        yield Finding(
            "authorities", "fail", "the door that demands certificates lets nobody in, as no authority was imported",
            "[boot] mtls", "offhook ca import --vendor VENDOR FILE",
        )  # fmt: skip
    for one in book:
        yield _authority(patient, one)


def _authority(patient: Patient, one: Authority) -> Finding:
    facts = facts_of(one.parsed)
    days, words = _left(facts.expires, patient.now)
    where = f"{facts.subject} ({one.fingerprint[:16]}…) of {one.vendor}"
    if not one.refuse_expired:
        after = ", and its phones' certificates count all the same" if days < 0 else ""
        return Finding("authorities", "ok", words + after, where)
    verdict: Verdict = "fail" if days < 0 else "warn" if days < SOON else "ok"
    mend = f"its phones' certificates count no more then: import it without --refuse-expired, or the next one of {one.vendor}"
    return Finding("authorities", verdict, words, where, mend if verdict != "ok" else "")


def _door(patient: Patient, name: str, path: str, key_name: str, key: str) -> Iterator[Finding]:
    if not path:
        return
    try:
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())[0]
    except (OSError, ValueError) as error:
        yield Finding("certificate", "fail", f"cannot be read: {error}", path, f"set [tls] {name} to a PEM file")
        return
    days, words = _left(found.not_valid_after_utc.timestamp(), patient.now)
    verdict: Verdict = "fail" if days < 0 else "warn" if days < SOON else "ok"
    mend = "renew it; a server that runs takes it up by itself" if verdict != "ok" else ""
    yield Finding("certificate", verdict, words, path, mend)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, key or None)
    except (OSError, ssl.SSLError) as error:
        mend = f"set [tls] {key_name} to the key that belongs to it"
        yield Finding("certificate", "fail", f"its key does not fit: {error}", key, mend)


def _left(expires: float, now: float) -> tuple[int, str]:
    """Whole days until a moment, and in words."""
    days = (datetime.fromtimestamp(expires, UTC) - datetime.fromtimestamp(now, UTC)).days
    return days, f"ran out {-days} days ago" if days < 0 else f"is good for {days} days"
