"""What only the running server can tell a doctor: phones that never register, and what is open that should not be."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, Final, TypedDict

import msgspec
from aiohttp import web

from offhook.directory import Directory
from offhook.doctor.finding import Finding
from offhook.extension_lines import login, shown_lines
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.site import Site
from offhook.provisioning.guard.assurance import Rung, rules_of
from offhook.provisioning.guard.guard import Guard
from offhook.provisioning.profiles import Profiles
from offhook.provisioning.story import Story
from offhook.registry import Registry
from offhook.secrets.authoritybook import AuthorityBook

from .principal import principal_of
from .route import Answer, Route
from .standing import Online

SHOWN: Final = 10
"""Devices that one finding names."""
PATIENCE: Final = 600.0
"""Seconds that a phone may take from its config to its registration."""


class Findings(TypedDict):
    """What was found."""

    items: list[dict[str, Any]]


class DoctorRoutes:
    """`/api/v1/doctor`."""

    def __init__(
        self,
        registry: Registry,
        story: Story,
        online: Online,
        guard: Guard,
        authorities: AuthorityBook,
        profiles: Profiles,
    ) -> None:
        self._profiles = profiles
        self._registry = registry
        self._story = story
        self._online = online
        self._guard = guard
        self._authorities = authorities

    def routes(self) -> list[Route]:
        """The routes of the doctor."""
        return [
            Route(
                method="GET", path="/api/v1/doctor", handler=self.findings, about="filtered",
                gives={200: Answer("What is not as it should be.", Findings)},
            )
        ]  # fmt: skip

    async def findings(self, request: web.Request) -> web.Response:
        """Phones that fetch their config and never register; accounts, sites and devices that send secrets over TFTP."""
        directory, own = self._registry.directory, principal_of(request).account
        accounts = [own] if own is not None else directory.accounts()
        found = [msgspec.to_builtins(one) for account in accounts for one in self._of(directory, account)]
        return web.Response(
            text=json.dumps({"items": found}, ensure_ascii=False) + "\n", content_type="application/json"
        )

    def _of(self, directory: Directory, account: str) -> Iterator[Finding]:
        yield from _open_tftp(directory, account)
        yield from self._unguarded(directory, account)
        devices = [
            device
            for identity in directory.ids(account, "devices")
            if (device := directory.find(Device, account, identity)) is not None and device.mac and device.sip
        ]
        yield from self._from_factory(devices)
        yield from self._without_url(directory, devices)
        silent = [device for device in devices if self._was_given(device) and not self._registered(directory, device)]
        if devices and len(silent) < len(devices):  # where no proxy tells, none is registered, and nothing is known
            for device in silent:
                yield Finding(
                    "registration", "warn", "fetches its config and does not register", f"device {device.id} of {account}",
                    "look whether it reaches the SIP proxy, and whether that refuses it (offhook device show "
                    f"{device.id})",
                )  # fmt: skip

    def _unguarded(self, directory: Directory, account: str) -> Iterator[Finding]:
        """Whose config goes out for a MAC alone, now or always."""
        opened, bare, shut, now = [], [], [], time.time()
        vouched = {one.vendor for one in self._authorities.all()}
        for identity in directory.ids(account, "devices"):
            device = directory.find(Device, account, identity)
            known = self._guard.roll.find(device) if device is not None and device.mac else None
            if device is None or known is None:
                continue
            rules = rules_of(directory, account, device)
            if rules.minimum == Rung.L0:
                bare.append(identity)
            elif rules.minimum == Rung.L4:
                shut += [identity] if (device.model or "").partition("/")[0] not in vouched else []
            elif known.is_window_open(rules.hours, now):
                opened.append(identity)
        if opened:
            yield Finding(
                "enrolment", "ok", f"the windows of {_some(opened)} are open", f"account {account}",
                "plug these phones in; each window closes when its phone comes back with its token",
            )  # fmt: skip
        if bare:
            yield Finding(
                "enrolment", "warn", f"whoever names a MAC gets the config of {_some(bare)}", f"account {account}",
                "keep security.networks narrow for them, or raise security.minimum_assurance",
            )  # fmt: skip

        if shut:
            yield Finding(
                "certificates", "warn",
                f"nothing can open the config of {_some(shut)}: no authority of their vendor was imported",
                f"account {account}", "offhook ca import --vendor VENDOR FILE, or lower security.minimum_assurance",
            )  # fmt: skip

    def _without_url(self, directory: Directory, devices: list[Device]) -> Iterator[Finding]:
        """Phones that cannot keep a token: how they boot after their window, next year and after a power cut."""
        lost = []
        for device in devices:
            profile, rules = self._profiles.of_model(device.model), rules_of(directory, device.account, device)
            if profile is not None and profile.file.keeps_no_url and rules.minimum > Rung.L0 and not rules.tftp_secrets:
                lost.append(device.id)
        if lost:
            yield Finding(
                "enrolment", "warn",
                f"no URL of their own can be told to {_some(lost)}: after their window they get no new config",
                f"account {devices[0].account}",
                "set security.minimum_assurance=L0 (or security.tftp_secrets=true) on these devices, with"
                " security.networks that only they are in",
            )  # fmt: skip

    def _from_factory(self, devices: list[Device]) -> Iterator[Finding]:
        """Phones that show the user name and password that all of their kind come with."""
        for device in devices:
            events = self._story.of_mac(device.mac) if device.mac is not None else []
            if any(event.event == "credentials.factory" for event in events):
                yield Finding(
                    "credentials", "warn", "asks with the user name and password that it has from the factory",
                    f"device {device.id} of {device.account}",
                    "they prove nothing: let it boot once over HTTPS, which tells it credentials of its own",
                )  # fmt: skip

    def _was_given(self, device: Device) -> bool:
        """Whether it was given its file long enough ago."""
        before = time.time() - PATIENCE
        events = self._story.of_mac(device.mac) if device.mac is not None else []
        return any(event.status == 200 and event.device == device.id and event.time < before for event in events)

    def _registered(self, directory: Directory, device: Device) -> bool:
        realm = directory.account(device.account).realm
        lines = range(1, len(shown_lines(directory, device)) + 1)
        return any(self._online(f"sip:{login(device, number)}@{realm}")["contacts"] for number in lines)


def _some(identities: list[str]) -> str:
    """The first few of many."""
    more = f", and {len(identities) - SHOWN} more" if len(identities) > SHOWN else ""
    return ", ".join(identities[:SHOWN]) + more


def _open_tftp(directory: Directory, account: str) -> Iterator[Finding]:
    """Whose secrets go over TFTP."""
    whose: list[tuple[str, Account | Site | Device | None]] = [
        (f"account {account}", directory.find(Account, account, account)),
        *((f"site {one} of {account}", directory.find(Site, account, one)) for one in directory.ids(account, "sites")),
        *(
            (f"device {one} of {account}", directory.find(Device, account, one))
            for one in directory.ids(account, "devices")
        ),
    ]
    for where, document in whose:
        security = document.security if document is not None else None
        if security is not None and security.tftp_secrets:
            networks = ", ".join(security.networks or ()) or "the networks of the layer above"
            yield Finding(
                "tftp", "warn", f"passwords go over TFTP, which anybody on the way can read, to {networks}", where,
                "let these phones ask over HTTPS, or keep the networks narrow; then unset security.tftp_secrets",
            )  # fmt: skip
