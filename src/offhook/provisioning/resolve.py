"""Resolve: everything that a phone's file needs, from the directory alone: settings, lines, keys, servers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from offhook.directory import Directory
from offhook.model.account import Account, Server
from offhook.model.device import Device
from offhook.model.document import RawValue
from offhook.model.settings import BUILT_IN
from offhook.model.site import Site
from offhook.model.user import User

from .guard.login import Login
from .keys import resolve_keys
from .layers import Resolved, resolve_layers, without_secrets
from .lines import resolve_lines
from .phone import Common, Firmware, Phone, PhoneServer
from .profile import Profile
from .timezone import zone_rule
from .tones import TonePlan


class Resolution(msgspec.Struct, frozen=True):
    """A phone, and what there is to say about how it came to be."""

    phone: Phone
    layers: Resolved
    notes: tuple[str, ...]
    """What was left out or is missing, in words for the admin."""

    def noting(self, note: str) -> Resolution:
        """The same with one more thing to say."""
        return msgspec.structs.replace(self, notes=(*self.notes, note))


def resolve_phone(
    directory: Directory,
    device: Device,
    profile: Profile,
    tones: Mapping[str, TonePlan],
    *,
    model: str | None,
    generation: str | None,
    base_url: str,
    book_url: str | None = None,
    login: Login | None = None,
    firmware: Firmware | None = None,
) -> Resolution:
    """Everything for a device's own file. `model` is in the profile's writing; `base_url` ends in `/` or is empty.

    `book_url` is the account's own phone book, which the phone gets unless a layer names another or switches it off.
    """
    account = directory.account(device.account)
    site = directory.find(Site, account.id, device.site)
    owner = directory.find(User, account.id, device.owner)
    layers = resolve_layers(profile.vendor, account, site, owner, device)
    if book_url is not None and layers.settings.phone_book_url is None and layers.settings.phone_book:
        own = {
            "phone_book_url": book_url,
            "phone_book_name": layers.settings.phone_book_name or account.name or account.id,
        }
        layers = layers.with_settings(own, f"account {account.id}'s phone book")
    facts = profile.file.models.get(model or "")
    lines = resolve_lines(directory, account, device, layers.settings, profile.accounts(model))
    keys = resolve_keys(directory, account, device, layers.settings, lines.lines, profile.key_rules(generation), facts)
    assert device.mac is not None
    phone = Phone(
        vendor=profile.vendor,
        model=model,
        facts=facts,
        generation=generation,
        mac=device.mac,
        settings=layers.settings,
        servers=sip_servers(account),
        zone=zone_rule(layers.settings.timezone or "UTC"),
        tone=tones.get(layers.settings.tones or ""),
        provisioning_url=base_url,
        login=login,
        firmware=firmware,
        overrides={name: raw for name, raw in layers.overrides.items() if profile.dictionary.knows(name)},
        device=device.id,
        name=device.name or device.id,
        realm=account.realm,
        lines=lines.lines,
        keys=keys.keys,
    )
    return Resolution(phone, layers, (*lines.notes, *keys.notes))


def resolve_common(
    account: Account | None,
    profile: Profile,
    tones: Mapping[str, TonePlan],
    *,
    model: str | None,
    generation: str | None,
    mac: str | None,
    base_url: str,
    login: Login | None = None,
    firmware: Firmware | None = None,
) -> Common:
    """What a file may hold that many phones share: the account's settings without secrets, or the built-in ones."""
    settings = resolve_layers(profile.vendor, account, None, None, None).settings if account else BUILT_IN
    settings = without_secrets(settings)
    no_overrides: dict[str, RawValue] = {}
    return Common(
        vendor=profile.vendor,
        model=model,
        facts=profile.file.models.get(model or ""),
        generation=generation,
        mac=mac,
        settings=settings,
        servers=sip_servers(account) if account else (),
        zone=zone_rule(settings.timezone or "UTC"),
        tone=tones.get(settings.tones or ""),
        provisioning_url=base_url,
        login=login,
        firmware=firmware,
        overrides=no_overrides,
    )


def sip_servers(account: Account) -> tuple[PhoneServer, ...]:
    """The account's proxy and its backups; the realm itself when no proxy is set (RFC 3263)."""
    if account.proxy is None:
        return (PhoneServer.of(Server(host=account.realm)),)
    first = Server(host=account.proxy.host, port=account.proxy.port, transport=account.proxy.transport)
    return tuple(PhoneServer.of(server) for server in (first, *account.proxy.backup))
