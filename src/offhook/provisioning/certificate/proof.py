"""The proof: what the certificate that a phone showed proves of it, or why it proves nothing, in words."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from offhook.secrets.authority import Authority, CertificateRefused, read_certificate

from .bearer import Bearer, BearerUnknown, bearer_of
from .path import Path, PathRefused, find_path
from .rule import CertificateRule

LARGEST: Final = 16_384
"""Bytes of one certificate; what is larger is no phone's."""
REMEMBERED: Final = 4096
"""Certificates of which what they prove is remembered; the one that was silent longest is forgotten first."""


class Offered(msgspec.Struct, frozen=True):
    """What a phone showed, or a proxy says that it showed. Not yet proven to be worth anything."""

    leaf: bytes
    """DER of its own certificate, of which whoever speaks TLS with it has seen that it holds the key."""
    chain: tuple[bytes, ...] = ()
    """DER of those that it sent along."""


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A phone is one that its manufacturer made with this MAC."""

    vendor: str
    """The manufacturer, by whose authority it is proven."""
    mac: str
    """12 lower-case hexadecimal digits."""
    model: str | None = None
    """As the certificate writes it."""
    serial: str | None = None
    """The phone's serial number."""
    digest: str
    """SHA-256 of the certificate, 64 lower-case hexadecimal digits."""
    authority: str
    """Fingerprint of the imported authority."""
    expired: bool = False
    """Whether its time is over, which that authority does not mind."""


class Unproven(msgspec.Struct, frozen=True):
    """A certificate that counts as none."""

    words: str
    """Why."""
    event: str = ""
    """What happened, for programs, such as `header.doubled`; empty where it is nothing unusual."""
    refuses: bool = False
    """Whether whoever showed it gets nothing at all."""


class Prover:
    """Judges certificates by the authorities that were imported and the forms that profiles know."""

    def __init__(self, rules: dict[str, tuple[CertificateRule, ...]], authorities: Iterable[Authority] = ()) -> None:
        """`rules` are those of each vendor, `authorities` those that are believed."""
        self._rules: Final = rules
        self._authorities = tuple(authorities)
        self._judged: OrderedDict[bytes, tuple[Path, Bearer] | Unproven] = OrderedDict()

    @property
    def authorities(self) -> Sequence[Authority]:
        """The authorities that are believed."""
        return self._authorities

    def believe(self, authorities: Iterable[Authority]) -> None:
        """Believe these authorities from now on, and no others."""
        self._authorities = tuple(authorities)
        self._judged.clear()

    def judge(self, offered: Offered, now: float) -> Proven | Unproven:
        """What a certificate proves at this time (seconds since the epoch); never fails, whatever was offered."""
        digest = hashlib.sha256(offered.leaf)
        name = digest.hexdigest()
        for one in offered.chain:
            digest.update(hashlib.sha256(one).digest())
        key = digest.digest()
        known = self._judged.get(key)
        if known is None:
            known = self._judged[key] = self._read(offered)
            if len(self._judged) > REMEMBERED:
                self._judged.popitem(last=False)
        else:
            self._judged.move_to_end(key)
        if isinstance(known, Unproven):
            return known
        path, bearer = known
        if now < path.begins:
            return Unproven("its certificate is not valid yet: look whether this machine's clock is right")
        if now > path.expires and path.authority.refuse_expired:
            return Unproven("its certificate ran out, and its authority was imported with --refuse-expired")
        return Proven(
            vendor=path.authority.vendor,
            mac=bearer.mac,
            model=bearer.model,
            serial=bearer.serial,
            digest=name,
            authority=path.authority.fingerprint,
            expired=now > path.expires,
        )

    def _read(self, offered: Offered) -> tuple[Path, Bearer] | Unproven:
        if len(offered.leaf) > LARGEST or any(len(one) > LARGEST for one in offered.chain):
            return Unproven(f"its certificate is larger than {LARGEST} bytes")
        try:
            leaf = read_certificate(offered.leaf)
            path = find_path(leaf, offered.chain, self._authorities)
            rules = self._rules.get(path.authority.vendor, ())
            if not rules:
                return Unproven(
                    f"how {path.authority.vendor} writes a phone's MAC into its certificates is not known:"
                    f" add [[certificates]] to firmware-profiles/{path.authority.vendor}.toml in the data folder"
                )
            return path, bearer_of(leaf.subject, rules)
        except (CertificateRefused, PathRefused, BearerUnknown) as error:
            return Unproven(f"its certificate proves nothing: {error}")
