"""Certified: what becomes of a phone that shows its manufacturer's certificate. It needs no window and no token.

The certificate says for good which MAC it is. So all that the request names must be that phone, and the certificate that a
device showed first is its own from then on: who shows another of the same MAC has a phone whose board was changed, or has
found a way to have one made, which only an admin can tell apart.
"""

from __future__ import annotations

import logging

from offhook.directory import Directory
from offhook.model.device import Device
from offhook.provisioning.certificate.proof import Proven

from .assurance import Rules, Rung
from .caller import Asking
from .enrolment import Enrolment, locked, may_claim
from .roll import Roll
from .verdict import Verdict
from .words import locked_words

log = logging.getLogger("offhook.guard")


def contradiction(asking: Asking, proven: Proven, other: Device | None) -> Verdict | None:
    """Why a request is not that of the phone whose certificate came with it; None: nothing speaks against it.

    `other` is the device whose token or credentials came along.
    """
    named = None
    if asking.mac is not None and asking.mac != proven.mac:
        named = f"the MAC {asking.mac} is asked for"
    elif asking.conflict is not None:
        named = asking.conflict
    elif other is not None and other.mac != proven.mac:
        named = f"the token or the credentials are device {other.id}'s"
    if named is None:
        return None
    words = f"its certificate is that of {proven.mac} and {named}: a file goes only to the device that it belongs to"
    return Verdict(False, words, "certificate.mac_mismatch")


def is_another(known: Enrolment, proven: Proven) -> bool:
    """Whether a device has shown another certificate before."""
    return known.leaf is not None and known.leaf != bytes.fromhex(proven.digest)


def is_contested(known: Enrolment, rules: Rules, peer: str) -> bool:
    """Whether somebody else may have been given the device's secrets in its open window, before it showed a certificate."""
    return known.leaf is None and known.stage == "open" and not may_claim(known, peer) and rules.minimum <= Rung.L2


def changed(roll: Roll, device: Device, known: Enrolment, peer: str, proven: Proven) -> Verdict:
    """The alarm at another certificate than before; the device is held until an admin says that it is right."""
    before = known.leaf.hex()[:16] if known.leaf is not None else "none"
    reason = f"{peer} showed another certificate (SHA-256 {proven.digest[:16]}…) than it had before ({before}…)"
    now = roll.set(locked(known, reason))
    log.warning("device %s of account %s is locked: %s", device.id, device.account, reason)
    return Verdict(False, locked_words(device, now), "certificate.changed")


def may_have_files(directory: Directory, device: Device) -> bool:
    """Whether a device and its account are switched on."""
    return device.enabled and directory.account(device.account).enabled
