"""The admin door: its routes, office files in and out, and the answers to «why»."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from offhook import __version__
from offhook.callflow.memory import Exchange
from offhook.change import Outcome, Put, Remove
from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.kind import kind_of
from offhook.model.mac import MalformedMac, normalise_mac
from offhook.model.problem import NotFound, Refused
from offhook.model.secret import MASK, Secret
from offhook.provisioning.making import Explanation
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.story import Story
from offhook.registry import Registry
from offhook.secrets.tokenbook import TokenBook
from offhook.store.history import History

from .authentication import token_middleware
from .calls import CallRoutes
from .changing import Changing
from .check import CheckRoutes
from .documents import DocumentRoutes
from .firmware import FirmwareRoutes
from .office import OfficeFile, office_values, write_office
from .problems import BadRequest, problems_middleware
from .revisions import RevisionRoutes
from .schedules import ScheduleRoutes
from .standing import Online, StandingRoutes
from .tokens import TokenRoutes

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of one request: an office file of 20,000 phones."""


class AdminApi:
    """Joins the routes to what they speak with."""

    def __init__(
        self,
        registry: Registry,
        history: History,
        exchange: Exchange,
        provisioner: Provisioner,
        story: Story,
        token: Secret,
        tokens: TokenBook,
        online: Online,
        templates: Sequence[Path],
    ) -> None:
        """`token` is the admin's own, `tokens` those given out; `templates` are the folders of templates, an admin's own
        first."""
        self._registry = registry
        self._history = history
        self._exchange = exchange
        self._provisioner = provisioner
        self._changing = Changing(registry, provisioner)
        self._story = story
        self._token = token
        self._tokens = tokens
        self._online = online
        self._templates = templates

    def application(self) -> web.Application:
        """The application of the admin door."""
        application = web.Application(
            middlewares=[problems_middleware, token_middleware(self._token, self._tokens)], client_max_size=LARGEST_BODY
        )
        application.add_routes(
            [
                web.get("/healthz", self.health),
                web.post("/api/v1/apply", self.apply),
                web.get("/api/v1/export", self.export),
                web.get("/api/v1/why/{mac}", self.why),
                web.get("/api/v1/uploads/{mac}", self.uploads),
                web.get("/api/v1/uploads/{mac}/{name}", self.upload),
                web.get("/api/v1/explain/config/{mac}", self.explain_config),
                *FirmwareRoutes(self._provisioner.shelf, self._provisioner.profiles).routes(),
                *CheckRoutes(self._registry, self._exchange, self._provisioner, self._templates).routes(),
                *RevisionRoutes(self._registry, self._history, self._changing).routes(),
                *CallRoutes(self._registry, self._exchange).routes(),
                *ScheduleRoutes(self._registry).routes(),
                *TokenRoutes(self._registry, self._tokens).routes(),
                *StandingRoutes(self._registry, self._story, self._online).routes(),
                *DocumentRoutes(self._registry, self._changing).routes(),
            ]
        )
        return application

    async def health(self, request: web.Request) -> web.Response:
        """Alive, and at which revision."""
        return _json({"status": "ok", "version": __version__, "revision": self._registry.directory.revision})

    async def apply(self, request: web.Request) -> web.Response:
        """Make the documents what an office file says.

        `prune` also removes those of its kinds that it leaves out; with `new` every one of its documents must be new.
        """
        name = request.query.get("file", "office file")
        try:
            text = (await request.read()).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadRequest(f"{name} is not UTF-8 at byte {error.start}: save it as UTF-8") from None
        office = await asyncio.to_thread(OfficeFile, text, name)  # beside the event loop: phones are answered meanwhile
        changes = await office_changes(
            self._registry.directory,
            office,
            prune=request.query.get("prune") == "1",
            new=request.query.get("new") == "1",
        )
        try:
            made = await self._changing.make(request, changes)
        except Refused as refused:
            raise office.located(refused.problems) from None
        return _json({**made, "revision": self._registry.directory.revision})

    async def export(self, request: web.Request) -> web.Response:
        """All documents, or those of one account, as an office file."""
        wanted = request.query.get("account")
        reveal = request.query.get("secrets") == "1"
        directory = self._registry.directory
        documents = [directory.get(*entry.key) for entry in directory.all() if wanted in (None, entry.key[0])]
        office = office_values((document for document in documents if document is not None), reveal=reveal)
        as_json = request.query.get("format") == "json"
        text = write_office(office, as_json=as_json)
        return web.Response(text=text, content_type="application/json" if as_json else "application/yaml")

    async def why(self, request: web.Request) -> web.Response:
        """The last boot requests of a phone."""
        mac = _mac(request)
        device = self._registry.directory.device_of_mac(mac)
        events = [msgspec.to_builtins(event) for event in self._story.of_mac(mac)]
        return _json({"mac": mac, "device": device.id if device else None, "events": events})

    async def uploads(self, request: web.Request) -> web.Response:
        """What a phone has sent: its logs, and what its user changed on it."""
        mac, device = self._sender(request)
        listed = await asyncio.to_thread(lambda: list(self._provisioner.uploads.names(device.account, mac)))
        return _json({"items": [{"name": name, "bytes": size, "time": when} for name, size, when in listed]})

    async def upload(self, request: web.Request) -> web.Response:
        """One file that a phone has sent, as it is."""
        mac, device = self._sender(request)
        name = request.match_info["name"].lower()
        body = await asyncio.to_thread(self._provisioner.uploads.get, device.account, mac, name)
        if body is None:
            raise NotFound(f"the phone {mac} sent no file {name}: offhook uploads {mac} lists what it sent")
        return web.Response(body=body, content_type="application/octet-stream")

    def _sender(self, request: web.Request) -> tuple[str, Device]:
        mac = _mac(request)
        device = self._registry.directory.device_of_mac(mac)
        if device is None:
            raise NotFound(f"no device has MAC {mac}: offhook device add {mac}")
        return mac, device

    async def explain_config(self, request: web.Request) -> web.Response:
        """Every value of a phone's config with the layer that it came from."""
        _, device = self._sender(request)
        directory = self._registry.directory
        try:
            explanation = self._provisioner.explain(directory, device)
        except LookupError as error:
            raise NotFound(str(error)) from None
        return _json(explanation_values(explanation, directory.find(Account, device.account, device.account)))


async def office_changes(
    directory: Directory, office: OfficeFile, *, prune: bool = False, new: bool = False
) -> list[Put | Remove]:
    """The changes that make the documents what an office file says; raises `Refused` with the file's lines."""
    placed = await asyncio.to_thread(office.documents)
    changes: list[Put | Remove] = [
        Put(document, 0 if new else None, place, keep_secrets=True) for place, document in placed
    ]
    if prune:
        kept = {(document.account, kind_of(document), document.id) for _, document in placed}
        accounts = {document.account for _, document in placed}
        changes += [
            Remove(entry.key)
            for entry in directory.all()
            if entry.key not in kept and entry.key[0] in accounts and entry.key[1] in office.values
        ]
    return changes


async def apply_office(registry: Registry, office: OfficeFile, *, prune: bool = False) -> list[Outcome]:
    """Make the documents what an office file says; raises `Refused` with the file's lines."""
    try:
        return await registry.change(await office_changes(registry.directory, office, prune=prune))
    except Refused as refused:
        raise office.located(refused.problems) from None


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


def _mac(request: web.Request) -> str:
    try:
        return normalise_mac(request.match_info["mac"])
    except MalformedMac as error:
        raise BadRequest(str(error)) from None


def _json(values: object) -> web.Response:
    return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")
