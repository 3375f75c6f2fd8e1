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
    shown: str | None,
) -> Verdict:
    """Judge a request for a file of a known vendor.

    `scope` is the account of a `/p/<account>/` path, `shown` the one whose settings a shared file shows.
    """
    if rule.kind in _NEVER_KEPT:
        return Verdict(False, _NEVER_KEPT[rule.kind])
    if scope is not None and directory.entry(scope, "accounts", scope) is None:
        return Verdict(False, f"there is no account {scope!r}")
    if identity.conflicts and identity.mac is None:
        return Verdict(False, f"{identity.conflicts[0]}: a file goes only to the device that it belongs to")
    if rule.kind == "book":
        return _admit_book(directory, request, device, shown)
    if "{mac}" not in rule.path and rule.kind != "device":
        return Verdict(True, "a file without secrets, for every phone of the vendor")
    return _admit_device(directory, request, identity, profile, rule, device, scope)


def _admit_book(directory: Directory, request: BootRequest, device: Device | None, shown: str | None) -> Verdict:
    """Names and numbers of people are no secret of a phone, but nobody's outside of the account's networks either."""
    if shown is None:
        return Verdict(False, "nothing says whose phone book it is: it is asked for below /p/<account>/")
    account = directory.account(shown)
    if not account.enabled:
        return Verdict(False, _disabled(account))
    if device is not None and device.account != shown:
        return Verdict(False, f"device {device.id} belongs to account {device.account}, not to {shown}")
    site = directory.find(Site, shown, device.site) if device is not None else None
    if not _inside(request.peer, resolve_security((account, site, device)).networks or ()):
        return Verdict(False, _outside(request.peer, "the phone book", account))
    return Verdict(True, f"the phone book of account {shown}")


def _admit_device(
    directory: Directory,
    request: BootRequest,
    identity: Identity,
    profile: Profile,
    rule: FileRule,
    device: Device | None,
    scope: str | None,
) -> Verdict:
    if device is None:
        how = f"offhook device add {identity.mac}" if identity.mac else "the request names no MAC"
        return Verdict(False, f"no device has MAC {identity.mac}: {how}" if identity.mac else how)
    account = directory.account(device.account)
    if closed := _closed(account, device, scope):
        return Verdict(False, closed)
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
        return Verdict(False, _outside(request.peer, "the secrets", account))
    return Verdict(True, f"the config of device {device.id}")


def _closed(account: Account, device: Device, scope: str | None) -> str | None:
    """Why a device gets nothing at all; None: it may."""
    if scope is not None and scope != account.id:
        return f"device {device.id} belongs to account {account.id}, not to {scope}"
    if not account.enabled:
        return _disabled(account)
    if not device.enabled:
        return f"device {device.id} is disabled: offhook device edit {device.id} --set enabled=true"
    return None


def _disabled(account: Account) -> str:
    return f"account {account.id} is disabled: offhook account edit {account.id} --set enabled=true"


def _outside(peer: str, what: str, account: Account) -> str:
    return (
        f"{peer} is in none of the networks that may have {what} of account {account.id}: add its network to"
        " security.networks of the account, site or device"
    )


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
