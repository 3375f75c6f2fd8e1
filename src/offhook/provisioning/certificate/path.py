"""The path from a phone's certificate over others that it sent to an authority that an admin imported.

The theory. A certificate is believed when an imported authority's key signed it, or signed another that may sign and in
the end leads to it. Names only say where to look: what counts is the signature, checked with the authority's own key. The
nearest imported authority decides by its own rules, so that nobody gets around a revocation over another path. What stands
between is believed for no more than it says (RFC 5280 §6.1): that it may sign, and over how many more; one that cannot say
so, as version 1 has no words for it, may not. The number of steps and of certificates is bounded.

Signatures with SHA-1 are taken, as phones that are in use were born with them; those with MD5 are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from offhook.secrets.authority import Authority, CertificateRefused, extension_of, key_of, may_sign, read_certificate

MOST_BETWEEN: Final = 4
"""Certificates between a phone's and the authority."""
MOST_OFFERED: Final = 8
"""Certificates beside its own that are looked at of those which a phone sent."""
_HASHES: Final = (hashes.SHA1, hashes.SHA224, hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNDERSTOOD: Final = frozenset(
    (
        ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME, ExtensionOID.CERTIFICATE_POLICIES,
    )
)  # fmt: skip
"""Extensions that may be critical: they are looked at, or say nothing that matters here."""


class PathRefused(Exception):
    """A certificate that leads to no imported authority; the message says why and what to do."""


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """How a certificate leads to an authority."""

    authority: Authority
    begins: float
    expires: float
    """Between which moments all certificates of the path are good, in seconds since the epoch."""


def find_path(leaf: x509.Certificate, offered: Sequence[bytes], authorities: Sequence[Authority]) -> Path:
    """The path of a certificate; whether it is in time is not looked at here. Raises `PathRefused`."""
    _check_leaf(leaf)
    between = _readable(offered[:MOST_OFFERED])
    fault = PathRefused(
        f"no authority that was imported has signed it, and it says that {issuer_words(leaf)} did:"
        " offhook ca list shows those that were imported"
    )
    paths, seen = [[leaf]], {leaf}
    for path in paths:
        if (authority := _signer(path[-1], authorities)) is not None:
            return _judged(path, authority)
        for above in between:
            if above in seen or len(path) > MOST_BETWEEN or not _is_signed(path[-1], above):
                continue
            seen.add(above)
            try:
                _check_between(above, len(path) - 1)
            except PathRefused as error:
                fault = error
            else:
                paths.append([*path, above])
    raise fault


def issuer_words(certificate: x509.Certificate) -> str:
    """Who a certificate says has signed it, as far as that can be trusted to be shown."""
    return certificate.issuer.rfc4514_string()[:200] or "nobody"


def _signer(certificate: x509.Certificate, authorities: Iterable[Authority]) -> Authority | None:
    return next((one for one in authorities if _is_signed(certificate, one.parsed)), None)


def _judged(path: Sequence[x509.Certificate], authority: Authority) -> Path:
    """A path that ends at an authority, if that has nothing against any of it; raises `PathRefused`."""
    for one in path:
        if (serial := format(one.serial_number, "x")) in authority.revoked:
            raise PathRefused(f"serial number {serial} of {authority.parsed.subject.rfc4514_string()} is revoked")
    constraints = extension_of(authority.parsed, x509.BasicConstraints)
    _check_length(constraints, len(path) - 1)
    chain = [*path, authority.parsed]
    return Path(
        authority=authority,
        begins=max(one.not_valid_before_utc.timestamp() for one in chain),
        expires=min(one.not_valid_after_utc.timestamp() for one in chain),
    )


def _check_leaf(leaf: x509.Certificate) -> None:
    usage = extension_of(leaf, x509.ExtendedKeyUsage)
    wanted = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    if usage is not None and not any(one in usage for one in wanted):
        raise PathRefused("it was not made for clients to show")
    _check_critical(leaf)


def _check_between(certificate: x509.Certificate, below: int) -> None:
    if not may_sign(certificate):
        raise PathRefused(
            f"{certificate.subject.rfc4514_string()[:200]} signed it and may not: it is no authority's certificate"
        )
    _check_length(extension_of(certificate, x509.BasicConstraints), below)
    _check_critical(certificate)


def _check_length(constraints: x509.BasicConstraints | None, below: int) -> None:
    if constraints is not None and constraints.path_length is not None and below > constraints.path_length:
        raise PathRefused(f"there are {below} authorities below one that allows {constraints.path_length}")


def _check_critical(certificate: x509.Certificate) -> None:
    strange = next((one for one in certificate.extensions if one.critical and one.oid not in _UNDERSTOOD), None)
    if strange is not None:
        raise PathRefused(f"its extension {strange.oid.dotted_string} is critical and not understood here")


def _readable(offered: Iterable[bytes]) -> list[x509.Certificate]:
    """Those that can be read of what came along; the others lead nowhere."""
    read = []
    for der in offered:
        try:
            read.append(read_certificate(der))
        except CertificateRefused:
            continue
    return read


def _is_signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's key signed a certificate. Only asked where the names fit, so that it costs little."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        key, hashed = key_of(issuer), certificate.signature_hash_algorithm
        if not isinstance(hashed, _HASHES):
            return False
        parameters = certificate.signature_algorithm_parameters
        if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.PKCS1v15 | padding.PSS):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, parameters, hashed)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, parameters)
            return True
    except (InvalidSignature, UnsupportedAlgorithm, CertificateRefused, ValueError):
        return False
    return False
