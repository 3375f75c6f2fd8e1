"""Phones over REST: why one got what it got, where its config comes from, and what it has sent."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypedDict

import msgspec
from aiohttp import web

from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.mac import normalise_mac
from offhook.model.problem import NotFound
from offhook.model.secret import MASK, Secret
from offhook.provisioning.making import Explanation
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.story import Story
from offhook.registry import Registry

from .ledger import Ledger
from .principal import who
from .route import BYTES, Answer, Route


class Why(TypedDict):
    """A phone's last requests."""

    mac: str
    device: str | None
    events: list[dict[str, Any]]


class Sent(TypedDict):
    """What a phone has sent."""

    items: list[dict[str, Any]]


class PhoneRoutes:
    """`/api/v1/why/<mac>`, `/api/v1/explain/config/<mac>` and `/api/v1/uploads/<mac>`."""

    def __init__(self, registry: Registry, provisioner: Provisioner, story: Story, ledger: Ledger) -> None:
        self._registry = registry
        self._provisioner = provisioner
        self._story = story
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes of phones."""
        return [
            Route(
                method="GET", path="/api/v1/why/{mac}", handler=self.why, about="phone",
                gives={200: Answer("Its last requests and what became of them.", Why)},
            ),
            Route(
                method="GET", path="/api/v1/explain/config/{mac}", handler=self.explain, about="phone",
                gives={200: Answer("Every value with the layer that it came from, secrets masked.")},
            ),
            Route(
                method="GET", path="/api/v1/uploads/{mac}", handler=self.uploads, about="phone",
                gives={200: Answer("Names, sizes and times.", Sent)},
            ),
            Route(
                method="GET", path="/api/v1/uploads/{mac}/{name}", handler=self.upload, right="secrets", about="phone",
                gives={200: Answer("The file as it was sent.", bytes, (BYTES,))},
            ),
        ]  # fmt: skip

    async def why(self, request: web.Request) -> web.Response:
        """The last boot requests of a phone."""
        mac = normalise_mac(request.match_info["mac"])
        holders = self._registry.directory.holders("mac", mac)
        events = [msgspec.to_builtins(event) for event in self._story.of_mac(mac)]
        return _json({"mac": mac, "device": holders[0][2] if holders else None, "events": events})

    async def uploads(self, request: web.Request) -> web.Response:
        """What a phone has sent: its logs, and what its user changed on it."""
        mac, device = self._device(request)
        listed = await asyncio.to_thread(lambda: list(self._provisioner.uploads.names(device.account, mac)))
        return _json({"items": [{"name": name, "bytes": size, "time": when} for name, size, when in listed]})

    async def upload(self, request: web.Request) -> web.Response:
        """One file that a phone has sent, as it is; there may be passwords in it."""
        mac, device = self._device(request)
        name = request.match_info["name"].lower()
        body = await asyncio.to_thread(self._provisioner.uploads.get, device.account, mac, name)
        if body is None:
            raise NotFound(f"the phone {mac} sent no file {name}: offhook uploads {mac} lists what it sent")
        await self._ledger.note(who(request), "read", f"upload {name} of device {device.id}", device.account)
        return web.Response(body=body, content_type=BYTES)

    async def explain(self, request: web.Request) -> web.Response:
        """Every value of a phone's config with the layer that it came from."""
        _, device = self._device(request)
        directory = self._registry.directory
        try:
            explanation = self._provisioner.explain(directory, device)
        except LookupError as error:
            raise NotFound(str(error)) from None
        return _json(explanation_values(explanation, directory.find(Account, device.account, device.account)))

    def _device(self, request: web.Request) -> tuple[str, Device]:
        mac = normalise_mac(request.match_info["mac"])
        device = self._registry.directory.device_of_mac(mac)
        if device is None:
            raise NotFound(f"no device has MAC {mac}: offhook device add {mac}")
        return mac, device


def explanation_values(explanation: Explanation, account: Account | None) -> dict[str, Any]:
    """An explanation as JSON, secrets masked."""
    resolution = explanation.resolution
    phone = resolution.phone

    def plain(value: object) -> object:
        return MASK if isinstance(value, Secret) else msgspec.to_builtins(value, enc_hook=lambda _: MASK)

    settings = [
        {"name": name, "value": plain(getattr(phone.settings, name)), "layer": layer}
        for name, layer in sorted(resolution.layers.origins.items())
    ]
    overrides = [
        {
            "parameter": name,
            "value": MASK if raw.secret else raw.text,
            "layer": resolution.layers.override_origins[name],
        }
        for name, raw in sorted(phone.overrides.items())
    ]
    files = {
        name: [
            {"parameter": one.name, "value": MASK if one.secret else one.value, "override": one.override}
            for one in rendered.parameters
        ]
        for name, rendered in explanation.files.items()
    }
    return {
        "device": phone.device,
        "mac": phone.mac,
        "account": account.id if account else None,
        "vendor": phone.vendor,
        "model": phone.model,
        "generation": phone.generation,
        "servers": plain(phone.servers),
        "lines": plain(phone.lines),
        "keys": plain(phone.keys),
        "settings": settings,
        "overrides": overrides,
        "notes": list(resolution.notes),
        "files": files,
    }


def _json(values: object) -> web.Response:
    return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")
