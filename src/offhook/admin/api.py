"""The admin door: all of its routes in one table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import msgspec
from aiohttp import web

from offhook import __version__
from offhook.callflow.memory import Exchange
from offhook.meters import Meters
from offhook.model.secret import Secret
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.story import Story
from offhook.registry import Registry
from offhook.secrets.authoritybook import AuthorityBook
from offhook.secrets.peoplebook import PeopleBook
from offhook.secrets.tokenbook import TokenBook
from offhook.store.audit import Audit
from offhook.store.base import StoredDocument
from offhook.store.given import GivenFiles
from offhook.store.history import History

from .auditing import AuditRoutes
from .authorities import AuthorityRoutes
from .backup import BackupRoutes
from .calls import CallRoutes
from .changing import Changing
from .check import CheckRoutes
from .doctor import DoctorRoutes
from .documents import DocumentRoutes
from .firmware import FirmwareRoutes
from .gate import Gate
from .given import GivenRoutes
from .guarding import GuardRoutes, Settled
from .idempotency import Idempotency
from .keys import KeyRoutes
from .ledger import Ledger
from .metrics import MetricsRoutes, Ready
from .offices import OfficeRoutes
from .openapi import OpenApiRoutes
from .people import PeopleRoutes
from .phones import PhoneRoutes
from .problems import problems_middleware
from .revisions import RevisionRoutes
from .rotation import Rotation
from .route import Answer, Route
from .schedules import ScheduleRoutes
from .sessions import Sessions
from .standing import Online, StandingRoutes
from .tokens import TokenRoutes
from .waking import Notify, WakingRoutes

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of one request: an office file of 20,000 phones."""


class Health(TypedDict):
    """That the server lives."""

    status: str
    version: str
    revision: int


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the admin door speaks with."""

    registry: Registry
    history: History
    given: GivenFiles
    audit: Audit
    ledger: Ledger
    exchange: Exchange
    provisioner: Provisioner
    story: Story
    admin: Secret
    """The admin's own token."""
    tokens: TokenBook
    people: PeopleBook
    authorities: AuthorityBook
    believe: Callable[[], None]
    """Believe the authorities that are in the book now."""
    online: Online
    notify: Notify | None
    """Tells a phone something over SIP; None: no proxy is set up for that."""
    data: Path
    rotation: Rotation
    stored: Callable[[str], list[StoredDocument]]
    """Documents of a kind as the store has them."""
    meters: Meters
    online_lines: Callable[[], int]
    ready: Ready
    open_metrics: bool
    settled: Settled
    templates: Sequence[Path]
    """The folders of templates, an admin's own first."""
    clock: Callable[[], float] = time.monotonic


class AdminApi:
    """Joins the routes to what they speak with."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        sessions = Sessions(parts.clock)
        self._gate = Gate(parts.admin, parts.tokens, parts.people, sessions, lambda: parts.registry.directory)
        changing = Changing(parts.registry, parts.provisioner)
        served = [
            Route(
                method="GET", path="/healthz", handler=self.health, right=None, about="nobody",
                gives={200: Answer("The server lives.", Health)},
            ),
            *MetricsRoutes(
                parts.registry, parts.provisioner.cache, parts.meters, parts.online_lines, parts.ready,
                parts.provisioner.guard, open_=parts.open_metrics,
            ).routes(),
            *BackupRoutes(
                parts.registry, parts.stored, parts.data, parts.rotation.vault, parts.ledger
            ).routes(),
            *KeyRoutes(parts.registry, parts.rotation, parts.ledger).routes(),
            *OfficeRoutes(parts.registry, changing, parts.ledger).routes(),
            *PhoneRoutes(parts.registry, parts.provisioner, parts.story, parts.ledger).routes(),
            *FirmwareRoutes(parts.provisioner.shelf, parts.provisioner.profiles).routes(),
            *DoctorRoutes(
                parts.registry, parts.story, parts.online, parts.provisioner.guard, parts.authorities,
                parts.provisioner.profiles,
            ).routes(),
            *CheckRoutes(parts.registry, parts.exchange, parts.provisioner, parts.templates).routes(),
            *RevisionRoutes(parts.registry, parts.history, changing).routes(),
            *CallRoutes(parts.registry, parts.exchange).routes(),
            *ScheduleRoutes(parts.registry).routes(),
            *AuditRoutes(parts.audit).routes(),
            *PeopleRoutes(parts.registry, parts.people, sessions, parts.ledger).routes(),
            *TokenRoutes(parts.registry, parts.tokens, parts.ledger).routes(),
            *AuthorityRoutes(
                parts.authorities, parts.provisioner.profiles.by_vendor, parts.ledger, parts.believe
            ).routes(),
            *GivenRoutes(parts.registry, parts.given, parts.ledger).routes(),
            *StandingRoutes(parts.registry, parts.story, parts.online).routes(),
            *WakingRoutes(parts.registry, parts.provisioner, parts.online, parts.notify, parts.ledger).routes(),
            *GuardRoutes(
                parts.registry, parts.provisioner.guard, parts.settled, parts.ledger, parts.provisioner.public_url
            ).routes(),
            *DocumentRoutes(parts.registry, changing).routes(),
        ]  # fmt: skip
        self.routes: list[Route] = [*served, *OpenApiRoutes(served).routes()]
        """The whole table."""

    def application(self) -> web.Application:
        """The application of the admin door."""
        application = web.Application(middlewares=[problems_middleware], client_max_size=LARGEST_BODY)
        idempotency = Idempotency(self._parts.clock)
        application.add_routes([self._gate.guarded(idempotency.once(route)) for route in self.routes])
        return application

    async def health(self, request: web.Request) -> web.Response:
        """Alive, and at which revision."""
        values: Health = {
            "status": "ok",
            "version": __version__,
            "revision": self._parts.registry.directory.revision,
        }
        return web.Response(text=json.dumps(values) + "\n", content_type="application/json")
