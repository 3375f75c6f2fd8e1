"""Credentials: the digest secret of one line of a device, for the realm that is asked; never the password itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from offhook.directory import Directory
from offhook.extension_lines import shown_lines
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.references import base_login
from offhook.model.user import User

TTL: Final = 300
"""Seconds that a proxy may use a credential without asking again."""
UNKNOWN_TTL: Final = 30
"""Seconds that a proxy may remember that there is none."""
STALE_IF_ERROR: Final = 86_400
"""Seconds that a proxy may go on with a credential while it cannot ask."""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What a proxy checks a line's digest against."""

    username: str
    realm: str
    ha1: str
    """MD5 of `username:realm:password`, hexadecimal (RFC 7616 §3.4.2, as RFC 2617 had it)."""
    ha1_sha256: str
    """SHA-256 of the same (RFC 8760)."""
    aor: str
    """`sip:<username>@<realm>`: the only address of record that it may register (RFC 3261 §10)."""
    device: str
    """Id of the device, for logs."""
    enabled: bool = True
    """Always true: what is not enabled has no credential."""
    ttl: int = TTL
    stale_if_error: int = STALE_IF_ERROR


def credential(
    directory: Directory, realm: str, username: str, is_locked: Callable[[Device], bool] = lambda device: False
) -> Credential | None:
    """The credential of a line; None for a login that is nobody's or that may not be used, which look the same.

    `is_locked` tells of a device whether its password may be in wrong hands.
    """
    account = directory.account_of_realm(realm.lower())
    if account is None or not account.enabled:
        return None
    device, line = _line_of(directory, account, username)
    if device is None or not device.enabled or device.sip is None or device.sip.password is None or is_locked(device):
        return None
    owner = directory.find(User, account.id, device.owner)
    shown = shown_lines(directory, device)
    if (owner is not None and not owner.enabled) or line > len(shown):
        return None
    user = shown[line - 1].user
    if user is not None and not user.enabled:
        return None
    text = f"{username}:{realm}:{device.sip.password.reveal()}".encode()
    return Credential(
        username=username,
        realm=realm,
        ha1=hashlib.md5(text, usedforsecurity=False).hexdigest(),  # what SIP phones speak
        ha1_sha256=hashlib.sha256(text).hexdigest(),
        aor=f"sip:{username}@{account.realm}",
        device=device.id,
    )


def _line_of(directory: Directory, account: Account, username: str) -> tuple[Device | None, int]:
    """The device that logs in so, and with which of its lines, counted from 1."""
    device = directory.device_of_login(account.id, username)
    base = base_login(username)
    if device is not None or base is None:
        return device, 1
    return directory.device_of_login(account.id, base), int(username.rpartition("-")[2])
