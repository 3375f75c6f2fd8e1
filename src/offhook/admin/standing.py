"""How a device stands: what it was last provisioned with, and whether it is registered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypedDict

from aiohttp import web

from offhook.directory import Directory
from offhook.extension_lines import login, shown_lines
from offhook.model.device import Device
from offhook.model.problem import NotFound, did_you_mean
from offhook.provisioning.request import BootEvent
from offhook.provisioning.story import Story
from offhook.registry import Registry

from .principal import account_of
from .route import ACCOUNT, Answer, Route

Online = Callable[[str], dict[str, Any]]
"""What the proxies told of an address of record: `{contacts: […], calls: n}`."""


class Standing(TypedDict):
    """How a device stands."""

    device: str
    provisioned: dict[str, Any] | None
    lines: list[dict[str, Any]]


class StandingRoutes:
    """`/api/v1/devices/<id>/standing`."""

    def __init__(self, registry: Registry, story: Story, online: Online) -> None:
        self._registry = registry
        self._story = story
        self._online = online

    def routes(self) -> list[Route]:
        """The routes of how things stand."""
        return [
            Route(
                method="GET", path="/api/v1/devices/{id}/standing", handler=self.standing, about="account",
                query=(ACCOUNT,), gives={200: Answer("Its last config and its registrations.", Standing)},
            )
        ]  # fmt: skip

    async def standing(self, request: web.Request) -> web.Response:
        """The last config that a device was given, and each of its lines: registered from where, or not."""
        account, identity = account_of(request), request.match_info["id"]
        directory = self._registry.directory
        device = directory.find(Device, account, identity)
        if device is None:
            known = did_you_mean(identity, directory.ids(account, "devices"))
            raise NotFound(f"there is no device {identity!r} in account {account!r}{known}")
        provisioned = next((_config(event) for event in reversed(self._events(device)) if _was_given(event)), None)
        values = {"device": identity, "provisioned": provisioned, "lines": self._lines(directory, device)}
        return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")

    def _events(self, device: Device) -> list[BootEvent]:
        return self._story.of_mac(device.mac) if device.mac is not None else []

    def _lines(self, directory: Directory, device: Device) -> list[dict[str, Any]]:
        if device.sip is None:
            return []
        realm = directory.account(device.account).realm
        found = []
        for number, shown in enumerate(shown_lines(directory, device), start=1):
            aor = f"sip:{login(device, number)}@{realm}"
            extension = shown.extension.number if shown.extension is not None else None
            found.append({"line": number, "extension": extension, "aor": aor, **self._online(aor)})
        return found


def _was_given(event: BootEvent) -> bool:
    """Whether the phone got a file of its own."""
    return event.status == 200 and event.device is not None


def _config(event: BootEvent) -> dict[str, Any]:
    return {
        "time": event.time,
        "path": event.path,
        "transport": event.transport,
        "peer": event.peer,
        "model": event.model,
        "version": event.version,
    }
