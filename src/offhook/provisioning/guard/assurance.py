"""Assurance: the ladder of how sure we are who is asking, and the rules that a device's layers set for it."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from offhook.directory import Directory
from offhook.model.account import PRIVATE_NETWORKS
from offhook.model.device import Device
from offhook.model.site import Site

from .networks import is_inside


class Rung(IntEnum):
    """How sure we are who is asking; a higher rung is surer."""

    L0 = 0
    """A MAC, which everybody can name."""
    L1 = 1
    """From a known network, while the device's enrolment window is open."""
    L2 = 2
    """With the token that was made for this device alone."""
    L3 = 3
    """With the device's own HTTP credentials, over TLS."""
    L4 = 4
    """With its manufacturer's certificate for this MAC."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a request proves about a device, each by itself."""

    known_network: bool = False
    """Whether the address is in the networks that may have secrets without more."""
    window: bool = False
    """Whether the device's enrolment window is open to this address."""
    token: bool = False
    """Whether the path holds a token of the device."""
    credentials: bool = False
    """Whether the device's own user name and password were proven over TLS."""
    certificate: bool = False
    """Whether a certificate of the manufacturer for this very MAC was proven."""


def rung_of(evidence: Evidence) -> Rung:
    """The highest rung that the evidence reaches."""
    if evidence.certificate:
        return Rung.L4
    if evidence.credentials:
        return Rung.L3
    if evidence.token:
        return Rung.L2
    return Rung.L1 if evidence.known_network and evidence.window else Rung.L0


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a device's layers say: built-in < account < site < device."""

    minimum: Rung
    hours: int
    """How long an enrolment window stays open."""
    networks: tuple[str, ...]
    listed: bool
    """True when a layer lists networks: secrets then go nowhere else, whatever is proven. Otherwise `networks` are the
    private ones, and a proof is good from everywhere."""
    tftp_secrets: bool
    ip_change: str

    def knows(self, peer: str) -> bool:
        """Whether an address may have secrets without a proof of its own."""
        return is_inside(peer, self.networks)

    def bars(self, peer: str) -> bool:
        """Whether an address may not have secrets whatever it proves."""
        return self.listed and not self.knows(peer)


def rules_of(directory: Directory, account: str, device: Device | None) -> Rules:
    """The rules in force for a device, or with None for what belongs to the whole account."""
    site = directory.find(Site, account, device.site) if device is not None else None
    layers = [layer.security for layer in (device, site, directory.account(account)) if layer is not None]

    def nearest(name: str, built_in: Any) -> Any:
        return next((value for layer in layers if (value := getattr(layer, name)) is not None), built_in)

    networks = nearest("networks", None)
    return Rules(
        minimum=Rung[nearest("minimum_assurance", "L1")],
        hours=nearest("enrolment_hours", 24),
        networks=PRIVATE_NETWORKS if networks is None else networks,
        listed=networks is not None,
        tftp_secrets=nearest("tftp_secrets", False),
        ip_change=nearest("ip_change", "ignore"),
    )
