"""A certification authority that a manufacturer signs its phones' certificates with, as an admin imported it."""

from __future__ import annotations

import base64
import re
import warnings
from functools import cached_property
from typing import Final, TypeVar

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

Extension = TypeVar("Extension", bound=x509.ExtensionType)
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
LEAST_RSA: Final = 1024
"""Bits of an RSA key that is taken; a shorter one can be broken by anybody who wants to."""
_MOST: Final = 50
"""Certificates in one file."""


class CertificateRefused(Exception):
    """A certificate that cannot be taken; the message says why and what to do."""


class Authority(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One certificate that phones' certificates may lead to. What is trusted is its key, whatever it is called."""

    vendor: str
    """Whose phones it vouches for, as in a device's `model`."""
    fingerprint: str
    """SHA-256 of the certificate, 64 lower-case hexadecimal digits."""
    certificate: str
    """Base64 of its DER."""
    added: float
    """Seconds since the epoch."""
    refuse_expired: bool = False
    """Whether phones' certificates that ran out count no more; phones live longer than their certificates."""
    revoked: tuple[str, ...] = ()
    """Serial numbers, as `normal_serial` writes them, of certificates that are not believed any more."""

    @cached_property
    def der(self) -> bytes:
        """The certificate itself."""
        return base64.b64decode(self.certificate)

    @cached_property
    def parsed(self) -> x509.Certificate:
        """The certificate, read."""
        return read_certificate(self.der)


class Facts(msgspec.Struct, frozen=True):
    """What there is to say of a certificate."""

    subject: str
    """RFC 4514."""
    issuer: str
    serial: str
    expires: float
    """Seconds since the epoch."""
    key: str
    """Kind and size, such as `RSA 2048`."""
    signature: str
    """The hash that it was signed with, such as `sha256`."""


def facts_of(certificate: x509.Certificate) -> Facts:
    """What there is to say of a certificate that could be read."""
    key = key_of(certificate)
    kind = f"RSA {key.key_size}" if isinstance(key, rsa.RSAPublicKey) else f"EC {key.curve.name}"
    hashed = signature_hash(certificate)
    return Facts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=format(certificate.serial_number, "x"),
        expires=certificate.not_valid_after_utc.timestamp(),
        key=kind,
        signature=hashed.name if hashed is not None else "none",
    )


def signature_hash(certificate: x509.Certificate) -> hashes.HashAlgorithm | None:
    """The hash that a certificate was signed with; None: it is signed without one, or by a way that is not known."""
    try:
        return certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None


def read_certificate(der: bytes) -> x509.Certificate:
    """A certificate and all that is looked at in it, whatever somebody wrote into it; raises `CertificateRefused`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd serial numbers and names: old phones have them
            certificate = x509.load_der_x509_certificate(der)
            key_of(certificate)
            _ = (
                certificate.subject, certificate.issuer, certificate.extensions, certificate.version,
                certificate.not_valid_after_utc, certificate.not_valid_before_utc,
            )  # fmt: skip
    except CertificateRefused:
        raise
    except Exception as error:  # the reader of foreign bytes fails in many ways, each of which says the same
        raise CertificateRefused(f"it cannot be read ({type(error).__name__}: {str(error)[:100]})") from None
    return certificate


def key_of(certificate: x509.Certificate) -> PublicKey:
    """The key that a certificate is about; raises `CertificateRefused` for one of no use."""
    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError) as error:
        raise CertificateRefused(f"its key cannot be read ({error})") from None
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise CertificateRefused("its key is neither RSA nor EC")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA:
        raise CertificateRefused(f"its RSA key has {key.key_size} bits, and {LEAST_RSA} is the least that is taken")
    return key


def may_sign(certificate: x509.Certificate) -> bool:
    """Whether a certificate says that it is an authority's (RFC 5280 §4.2.1.9, §4.2.1.3), which version 1 cannot say."""
    constraints = extension_of(certificate, x509.BasicConstraints)
    usage = extension_of(certificate, x509.KeyUsage)
    return constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)


def extension_of(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """One extension of a certificate that was read; None: it has none such."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def authorities_in(pem: bytes, vendor: str, *, refuse_expired: bool, now: float) -> list[Authority]:
    """All authorities of a PEM file, as an admin imports it; raises `CertificateRefused`, and then none of them is taken."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CertificateRefused(
            f"there is no PEM certificate in it ({error}): turn DER into PEM with openssl x509 -inform der"
        ) from None
    if len(found) > _MOST:
        raise CertificateRefused(f"it holds {len(found)} certificates, and {_MOST} at most are taken at a time")
    return [_authority(one.public_bytes(Encoding.DER), vendor, refuse_expired, now) for one in found]


def _authority(der: bytes, vendor: str, refuse_expired: bool, now: float) -> Authority:
    try:
        certificate = read_certificate(der)
        facts = facts_of(certificate)
    except CertificateRefused as error:
        raise CertificateRefused(f"one of its certificates cannot be taken: {error}") from None
    old_root = certificate.version == x509.Version.v1 and certificate.subject == certificate.issuer
    if not (old_root or may_sign(certificate)):
        raise CertificateRefused(
            f"{facts.subject} is no certification authority's certificate but that of one phone or server:"
            " import the certificate that it was signed with"
        )
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    written = base64.b64encode(der).decode("ascii")
    return Authority(
        vendor=vendor, fingerprint=fingerprint, certificate=written, added=now, refuse_expired=refuse_expired
    )  # fmt: skip


def normal_serial(text: str) -> str:
    """A serial number as it is kept, lower-case hexadecimal without leading zeros; raises `CertificateRefused`."""
    digits = re.sub(r"^0x|[\s:]", "", text.strip().lower())
    if not re.fullmatch(r"[0-9a-f]{1,64}", digits):
        raise CertificateRefused(
            f"{text[:80]!r} is no serial number: write it in hexadecimal, as openssl x509 -serial does"
        )
    return digits.lstrip("0") or "0"
