"""Admit: may this request have this file, and why (not), in words that an admin can act on."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.site import Site

from .identify import Identity
from .layers import resolve_security
from .profile import FileRule, Profile
from .request import BootRequest

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class Verdict(msgspec.Struct, frozen=True):
    """Whether a request may have a file, in words."""

    allowed: bool
    words: str


_NEVER_KEPT: Final = {
    "absent": "the vendor's phones ask for it and go on when it is not there, as it never is",
    "asset": "no such file is kept here",
}


def admit_file(
    directory: Directory,
    request: BootRequest,
    identity: Identity,
    profile: Profile,
    rule: FileRule,
    device: Device | None,
    scope: str | None,
) -> Verdict:
    """Judge a request for a file of a known vendor; `scope` is the account of a `/p/<account>/` path."""
    if rule.kind in _NEVER_KEPT:
        return Verdict(False, _NEVER_KEPT[rule.kind])
    if scope is not None and directory.entry(scope, "accounts", scope) is None:
        return Verdict(False, f"there is no account {scope!r}")
    if identity.conflicts and identity.mac is None:
        return Verdict(False, f"{identity.conflicts[0]}: a file goes only to the device that it belongs to")
    if "{mac}" not in rule.path and rule.kind != "device":
        return Verdict(True, "a file without secrets, for every phone of the vendor")
    if device is None:
        how = f"offhook device add {identity.mac}" if identity.mac else "the request names no MAC"
        return Verdict(False, f"no device has MAC {identity.mac}: {how}" if identity.mac else how)
    return _admit_device(directory, request, identity, profile, rule, device, scope)


def _admit_device(
    directory: Directory,
    request: BootRequest,
    identity: Identity,
    profile: Profile,
    rule: FileRule,
    device: Device,
    scope: str | None,
) -> Verdict:
    account = directory.account(device.account)
    if scope is not None and scope != account.id:
        return Verdict(False, f"device {device.id} belongs to account {account.id}, not to {scope}")
    if not account.enabled:
        return Verdict(False, f"account {account.id} is disabled: offhook account edit {account.id} --set enabled=true")
    if not device.enabled:
        return Verdict(False, f"device {device.id} is disabled: offhook device edit {device.id} --set enabled=true")
    if identity.said_vendor is not None and identity.said_vendor != profile.vendor:
        return Verdict(
            False,
            f"device {device.id} is registered as {device.model} but a {identity.said_vendor} phone asks: correct its"
            f" model with offhook device edit {device.id} --set model={identity.said_vendor}/{identity.model or ''}",
        )
    if rule.kind != "device":
        return Verdict(True, f"a file without secrets, of device {device.id}")
    return _admit_secrets(directory, request, account, device)


def _admit_secrets(directory: Directory, request: BootRequest, account: Account, device: Device) -> Verdict:
    site = directory.find(Site, account.id, device.site)
    rules = resolve_security((account, site, device))
    if request.transport == "tftp" and not rules.tftp_secrets:
        return Verdict(
            False,
            f"the config of device {device.id} holds secrets and TFTP is open to all on the way: let it boot over HTTP, or"
            f" allow it with offhook device edit {device.id} --set security.tftp_secrets=true (or on its site or account)",
        )
    if not _inside(request.peer, rules.networks or ()):
        return Verdict(
            False,
            f"{request.peer} is in none of the networks that may have the secrets of account {account.id}: add its network"
            " to security.networks of the account, site or device",
        )
    return Verdict(True, f"the config of device {device.id}")


def _inside(peer: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _parsed(networks) if network.version == address.version)


@lru_cache(maxsize=1024)
def _parsed(networks: tuple[str, ...]) -> Networks:
    return tuple(ipaddress.ip_network(network) for network in networks)
