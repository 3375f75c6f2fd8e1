"""The guard over REST: where a device's enrolment stands, opening, locking and rotating it, and who is banned."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from secrets import token_urlsafe
from typing import Any, Final, TypedDict

import msgspec
from aiohttp import web

from offhook.change import Put
from offhook.model.device import Device
from offhook.model.problem import NotFound, Unavailable, did_you_mean
from offhook.model.secret import Secret
from offhook.provisioning.guard.assurance import rules_of
from offhook.provisioning.guard.guard import Guard
from offhook.registry import Registry

from .ledger import Ledger
from .principal import account_of, principal_of, who
from .route import ACCOUNT, Answer, Parameter, Route

PASSWORD_BYTES: Final = 15
REASON: Final = Parameter("reason", "Why, in words that `offhook why` repeats.", {"type": "string", "maxLength": 200})
SOURCE: Final = Parameter("source", "Only this one's: an IPv4 address or an IPv6 /64, as they are listed.")

Settled = Callable[[tuple[str, ...]], Awaitable[None]]
"""Waits until what was decided of a device lasts; raises `OSError`."""


class Enrolled(TypedDict):
    """Where a device's enrolment stands."""

    device: str
    stage: str
    until: float | None
    """When its window closes, in seconds since the epoch; None: none is open."""
    address: str | None
    reason: str | None
    certificate: str | None
    """SHA-256 of the manufacturer's certificate that it showed first; None: it has shown none."""
    url: str | None
    """What to give to the phone by hand, where a window was opened and the asker may see secrets."""


class Bans(TypedDict):
    """Who gets nothing without a token for a while."""

    items: list[dict[str, Any]]


class GuardRoutes:
    """`/api/v1/devices/<id>/{enrolment,enrol,lock,unlock,rotate}` and `/api/v1/bans`."""

    def __init__(
        self, registry: Registry, guard: Guard, settled: Settled, ledger: Ledger, public_url: str | None
    ) -> None:
        self._registry = registry
        self._guard = guard
        self._settled = settled
        self._ledger = ledger
        self._public_url = public_url

    def routes(self) -> list[Route]:
        """The routes of the guard."""
        now = {200: Answer("Where its enrolment stands now.", Enrolled)}
        verbs = {"enrol": self.enrol, "unlock": self.unlock, "rotate": self.rotate}
        return [
            Route(
                method="GET", path="/api/v1/devices/{id}/enrolment", handler=self.enrolment, about="account",
                query=(ACCOUNT,), gives=now,
            ),
            Route(
                method="POST", path="/api/v1/devices/{id}/lock", handler=self.lock, about="account", right="write",
                query=(ACCOUNT, REASON), gives=now,
            ),
            *(
                Route(
                    method="POST", path=f"/api/v1/devices/{{id}}/{verb}", handler=handler, about="account", right="write",
                    query=(ACCOUNT,), gives=now,
                )
                for verb, handler in verbs.items()
            ),
            Route(method="GET", path="/api/v1/bans", handler=self.bans, gives={200: Answer("All in force.", Bans)}),
            Route(
                method="DELETE", path="/api/v1/bans", handler=self.clear, right="write", query=(SOURCE,),
                gives={200: Answer("Those that were lifted.", Bans)},
            ),
        ]  # fmt: skip

    async def enrolment(self, request: web.Request) -> web.Response:
        """Where a device's enrolment stands: its window open, enrolled, or locked and why."""
        return self._answer(self._device(request))

    async def enrol(self, request: web.Request) -> web.Response:
        """Open a new enrolment window; the token that the device had is dead."""
        device = self._device(request)
        await self._ledger.note(who(request), "opened", f"enrolment of device {device.id}", device.account)
        return await self._opened(request, device, self._guard.roll.open(device, time.time()))

    async def unlock(self, request: web.Request) -> web.Response:
        """Open a window for a locked device, with another SIP password: somebody may have read the one before."""
        device = self._device(request)
        self._guard.roll.check_locked(device)
        await self._ledger.note(who(request), "unlocked", f"device {device.id}", device.account)
        if device.sip is not None:
            sip = msgspec.structs.replace(device.sip, password=Secret(token_urlsafe(PASSWORD_BYTES)))
            changed = Put(msgspec.structs.replace(device, sip=sip), expected=device.rev)
            await self._registry.change([changed], force=True, who=who(request))
        return await self._opened(request, device, self._guard.roll.open(device, time.time()))

    async def lock(self, request: web.Request) -> web.Response:
        """Give a device nothing any more, and let its token be dead."""
        device = self._device(request)
        await self._ledger.note(who(request), "locked", f"device {device.id}", device.account)
        self._guard.roll.lock(device, request.query.get("reason") or f"{principal_of(request).name} locked it")
        await self._kept(device)
        return self._answer(device)

    async def rotate(self, request: web.Request) -> web.Response:
        """Give a device another token at its next boot; the one it has is good until it comes with the other."""
        device = self._device(request)
        self._guard.roll.check_enrolled(device)
        await self._ledger.note(who(request), "rotated", f"token of device {device.id}", device.account)
        self._guard.roll.rotate(device, time.time())
        await self._kept(device)
        return self._answer(device)

    async def bans(self, request: web.Request) -> web.Response:
        """Every source that is banned, why and for how long."""
        return _json({"items": [msgspec.to_builtins(ban) for ban in self._guard.sources.bans(time.time())]})

    async def clear(self, request: web.Request) -> web.Response:
        """Lift the ban of one source, or of all."""
        source = request.query.get("source")
        await self._ledger.note(who(request), "lifted", f"ban of {source}" if source else "all bans")
        return _json({"items": [msgspec.to_builtins(ban) for ban in self._guard.clear(source)]})

    def _device(self, request: web.Request) -> Device:
        account, identity = account_of(request), request.match_info["id"]
        directory = self._registry.directory
        device = directory.find(Device, account, identity)
        if device is None:
            known = did_you_mean(identity, directory.ids(account, "devices"))
            raise NotFound(f"there is no device {identity!r} in account {account!r}{known}")
        return device

    async def _opened(self, request: web.Request, device: Device, token: str) -> web.Response:
        await self._kept(device)
        may_see = "secrets" in principal_of(request).rights and device.mac is not None
        if may_see:
            await self._ledger.note(who(request), "read", f"own address of device {device.id}", device.account)
        url = f"{(self._public_url or '').rstrip('/')}/t/{token}/"
        return self._answer(device, url if may_see else None)

    async def _kept(self, device: Device) -> None:
        try:
            await self._settled((device.account, device.id))
        except OSError as error:
            raise Unavailable(
                f"it counts until a restart, but cannot be written down: {error.strerror or error}"
            ) from None

    def _answer(self, device: Device, url: str | None = None) -> web.Response:
        known = self._guard.roll.enrolment(device)
        hours = rules_of(self._registry.directory, device.account, device).hours
        is_open = known.is_window_open(hours, time.time())
        values: Enrolled = {
            "device": device.id,
            "stage": known.stage,
            "until": known.opened + hours * 3600 if is_open else None,
            "address": known.address,
            "reason": known.reason or None,
            "certificate": known.leaf.hex() if known.leaf is not None else None,
            "url": url,
        }
        return _json(values)


def _json(values: object) -> web.Response:
    return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")
