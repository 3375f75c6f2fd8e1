"""The bearer: which phone a certificate's subject says that it is, read attribute by attribute.

A subject is looked at by its attributes and never as one text: whoever may choose a part of a name must not be able to
write another attribute into it. What contradicts itself, or says nothing, is a refusal in words and no guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from cryptography import x509

from offhook.provisioning.profile import mac_or_none

from .rule import ATTRIBUTES, CertificateRule


class BearerUnknown(Exception):
    """A subject that names no phone, or more than one; the message says why."""


class Bearer(msgspec.Struct, frozen=True):
    """The phone that a certificate was made for."""

    mac: str
    """12 lower-case hexadecimal digits."""
    model: str | None
    """As the certificate writes it."""
    serial: str | None
    """Of the phone, not of the certificate."""


def bearer_of(subject: x509.Name, rules: Iterable[CertificateRule]) -> Bearer:
    """Whose a certificate is by its vendor's rules; raises `BearerUnknown`."""
    macs: set[str] = set()
    models: list[str] = []
    serials: set[str] = set()
    said = list(_said(subject, rules))
    if any(rule.generic for rule, _ in said):
        raise BearerUnknown("it is one that many phones share, and so proves nothing of any")
    for rule, groups in said:
        if groups.get("mac"):
            mac = mac_or_none(groups["mac"])
            if mac is None:
                raise BearerUnknown(f"its {rule.attribute} holds {groups['mac']}, which is no phone's MAC")
            macs.add(mac)
        if groups.get("model"):
            models.append(groups["model"])
        if groups.get("serial"):
            serials.add(groups["serial"])
    if len(macs) != 1:
        words = (
            "its attributes name different MACs: " + ", ".join(sorted(macs)) if macs else "no MAC is where it should be"
        )
        raise BearerUnknown(words)
    if len(serials) > 1:
        raise BearerUnknown("its attributes name different serial numbers: " + ", ".join(sorted(serials)))
    return Bearer(macs.pop(), models[0] if models else None, serials.pop() if serials else None)


def _said(subject: x509.Name, rules: Iterable[CertificateRule]) -> Iterator[tuple[CertificateRule, dict[str, str]]]:
    """What each rule that fits finds; raises `BearerUnknown` where an attribute that tells the MAC is there twice."""
    for rule in rules:
        values = {str(one.value) for one in subject.get_attributes_for_oid(ATTRIBUTES[rule.attribute])}
        pattern = rule.compiled()
        found = [matched.groupdict() for value in sorted(values) if (matched := pattern.fullmatch(value))]
        if len(values) > 1 and any(groups.get("mac") for groups in found):
            raise BearerUnknown(f"it has {len(values)} different {rule.attribute}: which one counts is not said")
        for groups in found:
            yield rule, groups
