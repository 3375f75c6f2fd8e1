"""A rule of a profile: in which attribute of its certificates' subject a vendor writes which phone it is."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from cryptography.x509.oid import NameOID

ATTRIBUTES: Final = {
    "CN": NameOID.COMMON_NAME,
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}
"""The attributes that a rule may name (RFC 4519), as they are usually written."""
MAC: Final = r"(?P<mac>[0-9a-f]{12}|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5})"
"""What `{mac}` in a rule's pattern stands for."""
GROUPS: Final = frozenset(("mac", "model", "serial"))


class CertificateRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attribute of the subject and what its value tells."""

    attribute: str
    """One of `ATTRIBUTES`."""
    pattern: str
    """Regular expression that the whole value fits, case ignored; named groups: mac (or `{mac}`), model, serial."""
    generic: bool = False
    """Whether a certificate with such a value is in many phones alike, and so proves nothing of one."""

    def compiled(self) -> re.Pattern[str]:
        """The pattern, ready; raises `re.error`."""
        return re.compile(self.pattern.replace("{mac}", MAC), re.IGNORECASE | re.ASCII)

    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        found = [] if self.attribute in ATTRIBUTES else [f"{self.attribute!r} is none of {', '.join(ATTRIBUTES)}"]
        try:
            groups = set(self.compiled().groupindex)
        except re.error as error:
            return [*found, f"pattern {self.pattern!r}: {error}"]
        if strange := groups - GROUPS:
            found.append(
                f"pattern {self.pattern!r} has a group {min(strange)!r}; there are {', '.join(sorted(GROUPS))}"
            )
        if not groups and not self.generic:
            found.append(f"pattern {self.pattern!r} has no named group, so it tells nothing")
        return found
