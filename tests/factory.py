"""A factory: manufacturers' authorities, and phones' certificates in the forms that their vendors write."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from offhook.provisioning.certificate.rule import ATTRIBUTES
from offhook.secrets.authority import Authority, authorities_in

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
Pairs = tuple[tuple[str, str], ...]

SPA525 = "708105b37234"
SPA_FORM: Pairs = (
    ("C", "US"), ("ST", "708105B37234"), ("L", "CBT153908BX"), ("O", "Cisco Systems, Inc."), ("OU", "cisco.com"),
    ("CN", "SPA-525G2, MAC: 708105B37234, Serial: CBT153908BX"), ("emailAddress", "linksys-certadmin@cisco.com"),
)  # fmt: skip
"""As a real SPA525G2 shows itself."""
MPP_FORM: Pairs = (("OU", "CP-8841-3PCC"), ("L", "88012BA01234"), ("ST", "000e08abcdef"))
GENERIC_FORM: Pairs = (("OU", "cisco.com"), ("L", "ciscogeneric"), ("ST", "ciscogeneric"))


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256, as the book of authorities names it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def written(self, folder: Path, name: str, *along: Issued) -> tuple[Path, Path]:
        """Two files: the certificate, with others that go along, and its key."""
        folder.mkdir(parents=True, exist_ok=True)
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(b"".join(one.pem for one in (self, *along)))
        encoding = (
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )  # fmt: skip
        key.write_bytes(self.key.private_bytes(*encoding))
        return certificate, key

    def imported(self, vendor: str, *, refuse_expired: bool = False) -> Authority:
        """As an admin imports it."""
        return authorities_in(self.pem, vendor, refuse_expired=refuse_expired, now=0.0)[0]


@cache
def rsa_key(bits: int, number: int = 0) -> rsa.RSAPrivateKey:
    """An RSA key, one for each number."""
    return rsa.generate_private_key(65537, bits)


def name_of(*pairs: tuple[str, str]) -> x509.Name:
    """A name of attributes in their order."""
    return x509.Name([x509.NameAttribute(ATTRIBUTES[attribute], value) for attribute, value in pairs])


def authority(
    name: str,
    issuer: Issued | None = None,
    *,
    key: PrivateKey | None = None,
    path_length: int | None = None,
    sha1: bool = False,
    days: tuple[int, int] = (-3650, 3650),
) -> Issued:
    """A certification authority, a root unless another issued it."""
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return _issued(name_of(("CN", name)), issuer, key, days, None, sha1, [(constraints, True)])


def phone(
    issuer: Issued,
    *pairs: tuple[str, str],
    name: x509.Name | None = None,
    key: PrivateKey | None = None,
    serial: int | None = None,
    sha1: bool = False,
    days: tuple[int, int] = (-3000, 3000),
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] | None = None,
) -> Issued:
    """A phone's certificate, with an attribute for each pair; `days` are counted from `NOW`."""
    usual: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
    ]
    added = usual if extensions is None else list(extensions)
    return _issued(name or name_of(*pairs), issuer, key, days, serial, sha1, added)


def _issued(
    name: x509.Name,
    issuer: Issued | None,
    key: PrivateKey | None,
    days: tuple[int, int],
    serial: int | None,
    sha1: bool,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> Issued:
    key = key or ec.generate_private_key(ec.SECP256R1())
    signer = issuer.key if issuer is not None else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer is not None else name)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(NOW + datetime.timedelta(days=days[0]))
        .not_valid_after(NOW + datetime.timedelta(days=days[1]))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    certificate = builder.sign(signer, hashes.SHA256())
    return Issued(_with_sha1(certificate, signer) if sha1 else certificate, key)


def _with_sha1(certificate: x509.Certificate, signer: PrivateKey) -> x509.Certificate:
    """The same certificate, signed anew with SHA-1, which nobody does any more."""
    assert isinstance(signer, rsa.RSAPrivateKey)
    sha256, sha1 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    body = certificate.tbs_certificate_bytes.replace(sha256, sha1)
    signature = signer.sign(body, padding.PKCS1v15(), hashes.SHA1())
    whole = certificate.public_bytes(serialization.Encoding.DER)
    whole = whole.replace(certificate.signature, signature).replace(sha256, sha1)
    return x509.load_der_x509_certificate(whole)
