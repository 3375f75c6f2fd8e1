"""Moves: what becomes of a phone that has proven who it is and comes from elsewhere than before, by the rule `ip_change`."""

from __future__ import annotations

import logging

from offhook.model.device import Device

from .assurance import Rules
from .enrolment import Enrolment, locked
from .networks import source_of
from .roll import Roll
from .verdict import Verdict
from .words import locked_words

log = logging.getLogger("offhook.guard")


def move_refused(roll: Roll, device: Device, known: Enrolment, rules: Rules, peer: str) -> Verdict | None:
    """Why a phone gets nothing at another address; None: it does, or has not moved. An alert is written to the log."""
    if not _has_moved(known, peer):
        return None
    if rules.ip_change == "lock":
        known = roll.set(locked(known, f"it came from {peer}, and from {known.address} before"))
        return Verdict(False, locked_words(device, known), "ip.changed")
    if rules.ip_change == "alert":
        log.warning("device %s of %s came from %s, and from %s before", *known.key[::-1], peer, known.address)
    return None


def move_notice(known: Enrolment, rules: Rules, peer: str) -> str:
    """The event of a phone that is served at another address; empty where nothing is said of that."""
    return "ip.changed" if rules.ip_change == "alert" and _has_moved(known, peer) else ""


def _has_moved(known: Enrolment, peer: str) -> bool:
    return known.address not in (None, source_of(peer))
