"""Resync and reboot: a phone is told over SIP to fetch its config again."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, TypedDict

import msgspec
from aiohttp import web

from offhook.directory import Directory
from offhook.extension_lines import login, shown_lines
from offhook.model.device import Device
from offhook.model.problem import NotFound, Problem, Refused, did_you_mean
from offhook.provisioning.provisioner import Provisioner
from offhook.registry import Registry

from .ledger import Ledger
from .principal import account_of, who
from .route import ACCOUNT, Answer, Route
from .standing import Online

Notify = Callable[[str, str], Awaitable[msgspec.Struct]]
"""(address of record, event) → what came of it: `delivered`, `status`, `said`."""
Action = Literal["resync", "reboot"]
_NO_PROXY: Final = (
    "no SIP proxy is known over which phones can be told: set it to the address and port at which that takes requests of"
    " trusted machines (127.0.0.1:5062 for the Kamailio under deploy/kamailio), and restart"
)


class Woken(TypedDict):
    """What came of telling a phone."""

    device: str
    aor: str
    delivered: bool
    status: int | None
    said: str


class WakingRoutes:
    """`/api/v1/devices/<id>/resync` and `…/reboot`."""

    def __init__(
        self, registry: Registry, provisioner: Provisioner, online: Online, notify: Notify | None, ledger: Ledger
    ) -> None:
        """`notify`: None where no SIP proxy is known to send it to."""
        self._registry = registry
        self._provisioner = provisioner
        self._online = online
        self._notify = notify
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes that tell phones something."""
        return [
            Route(
                method="POST", path=f"/api/v1/devices/{{id}}/{action}", handler=handler, right="resync", about="account",
                query=(ACCOUNT,), gives={200: Answer("What came of it.", Woken)},
            )
            for action, handler in (("resync", self.resync), ("reboot", self.reboot))
        ]  # fmt: skip

    async def resync(self, request: web.Request) -> web.Response:
        """Have a device fetch its config again; phones that must reboot for it do so when they are idle."""
        return await self._tell(request, "resync")

    async def reboot(self, request: web.Request) -> web.Response:
        """Have a device reboot."""
        return await self._tell(request, "reboot")

    async def _tell(self, request: web.Request, action: Action) -> web.Response:
        account, identity = account_of(request), request.match_info["id"]
        directory = self._registry.directory
        device = directory.find(Device, account, identity)
        if device is None:
            known = did_you_mean(identity, directory.ids(account, "devices"))
            raise NotFound(f"there is no device {identity!r} in account {account!r}{known}")
        event, aor = self._event(device, action), self._aor(directory, device)
        if self._notify is None:
            raise Refused([Problem("[proxy] notify", _NO_PROXY)])
        told = msgspec.to_builtins(await self._notify(aor, event))
        await self._ledger.note(who(request), action, f"device {identity}: {told['said']}", account)
        values: dict[str, Any] = {"device": identity, "aor": aor, **told}
        return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")

    def _event(self, device: Device, action: Action) -> str:
        profile = self._provisioner.profiles.of_model(device.model)
        if profile is None:
            raise Refused(
                [Problem("model", f"device {device.id} has no vendor's profile: nobody knows what it listens to")]
            )
        setup = profile.file.setup
        event = setup.resync if action == "resync" else setup.reboot
        if event is None:
            other = "" if setup.resync is None or action == "resync" else f": try offhook device resync {device.id}"
            raise Refused([Problem("model", f"{profile.file.name} phones know no NOTIFY for a {action}{other}")])
        return event

    def _aor(self, directory: Directory, device: Device) -> str:
        """The first of its lines that is registered, as far as is known; else its first."""
        if device.sip is None:
            raise Refused(
                [Problem("sip", f"device {device.id} has no SIP account: it cannot be told anything over SIP")]
            )
        realm = directory.account(device.account).realm
        lines = range(1, len(shown_lines(directory, device)) + 1)
        aors = [f"sip:{login(device, number)}@{realm}" for number in lines]
        return next((aor for aor in aors if self._online(aor)["contacts"]), aors[0])
