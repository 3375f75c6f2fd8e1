"""The proxy door: its routes and its socket."""

from __future__ import annotations

import ipaddress
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from offhook.bind import listen_tcp
from offhook.callflow.cursor import CursorRefused
from offhook.directory import Directory
from offhook.meters import Meters
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.secrets.tokenbook import TokenBook

from .adapters.door import AdapterDoor
from .answers import Answers
from .authentication import TOKEN, token_middleware
from .credentials import UNKNOWN_TTL, credential
from .events import events_of, take
from .fields import BodyUnreadable, fields_of
from .presence import Presence
from .revocations import Revocations
from .routing import Routing, call_id

log = logging.getLogger(__name__)

LARGEST_BODY: Final = 256 * 1024
"""Bytes of one request: a call with every header at its longest, or a heap of events."""
SAME_CALL: Final = ("call_id", "from_tag", "dialed")
SAME_QUERY: Final = ("token", "cause", "status", "contact")
QUESTIONS: Final = {
    "/proxy/v1/credentials": "credentials",
    "/proxy/v1/route": "route",
    "/proxy/v1/route/next": "next",
    "/proxy/v1/events": "events",
    "/proxy/v1/changes": "changes",
}
"""What is asked at which path, as it is counted."""
BACKLOG: Final = 1024
"""Connections that may wait to be accepted."""


class ProxyDoor:
    """What SIP proxies ask, over HTTP below `/proxy/v1`."""

    def __init__(
        self,
        directory: Callable[[], Directory],
        routing: Routing,
        presence: Presence,
        revocations: Revocations,
        tokens: TokenBook,
        rate: float,
        meters: Meters | None = None,
        is_locked: Callable[[Device], bool] = lambda device: False,
    ) -> None:
        """`rate`: requests a second of one token; `meters` count what is asked, None: nobody does; `is_locked` tells of a
        device whether it may not log in."""
        self._is_locked = is_locked
        self._meters = meters or Meters()
        self._directory = directory
        self._routing = routing
        self._presence = presence
        self._revocations = revocations
        self._tokens = tokens
        self._rate = rate
        self._answers = Answers(time.monotonic)
        self._adapters = AdapterDoor(directory, routing, self._answers, is_locked)

    def application(self) -> web.Application:
        """The application of the door."""
        application = web.Application(
            middlewares=[self._counted, _failures, token_middleware(self._tokens, self._rate)],
            client_max_size=LARGEST_BODY,
        )
        application.add_routes(
            [
                web.get("/healthz", self.health),
                web.get("/proxy/v1/healthz", self.health),
                web.get("/proxy/v1/credentials", self.credentials),
                web.post("/proxy/v1/route", self.route),
                web.post("/proxy/v1/route/next", self.next),
                web.post("/proxy/v1/events", self.events),
                web.get("/proxy/v1/changes", self.changes),
                *self._adapters.routes(),
            ]
        )
        return application

    @web.middleware
    async def _counted(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        begun = time.perf_counter()
        answer = await handler(request)
        question = QUESTIONS.get(request.path, "other")
        self._meters.proxy[question, answer.status] += 1
        if question in ("route", "next"):
            self._meters.proxy_seconds.took(time.perf_counter() - begun)
        return answer

    async def health(self, request: web.Request) -> web.Response:
        """Alive, and at which revision."""
        return _json({"status": "ok", "revision": self._directory().revision})

    async def credentials(self, request: web.Request) -> web.Response:
        """The digest secret of a line; what is not there, not enabled or not this token's to see looks the same."""
        realm, username = request.query.get("realm", ""), request.query.get("username", "")
        found = credential(self._directory(), realm, username, self._is_locked)
        only = self._only_realm()
        if found is None or (only is not None and realm.lower() != only):
            return _json({"error": "no_such_credential", "ttl": UNKNOWN_TTL}, 404)
        return _json({name: getattr(found, name) for name in found.__struct_fields__})

    async def route(self, request: web.Request) -> web.Response:
        """The plan of a call; the same call gets the same plan for a minute."""
        fields = fields_of(await request.read(), request.content_type)
        if not fields.get("dialed"):
            raise BodyUnreadable("say with `dialed` what was dialled: the user part of the Request-URI")
        account = TOKEN.get().account

        async def make() -> bytes:
            return _encoded(await self._routing.route(fields, account))

        key = (account, *(fields.get(name, "") for name in SAME_CALL), fields.get("caps"), fields.get("auth_user"))
        return _bytes(await (self._answers.once(key, make) if fields.get("call_id") else make()))

    async def next(self, request: web.Request) -> web.Response:
        """The plan that goes on from a query."""
        fields = fields_of(await request.read(), request.content_type)
        account = TOKEN.get().account

        async def make() -> bytes:
            return _encoded(await self._routing.resume(fields, account))

        key = (account, call_id(fields), *(fields.get(name, "") for name in SAME_QUERY), fields.get("caps"))
        return _bytes(await self._answers.once(key, make))

    async def events(self, request: web.Request) -> web.Response:
        """Who registers and who talks."""
        listed = events_of(await request.read(), request.content_type)
        only = self._only_realm()
        taken = sum(take(self._presence, event, only) for event in listed)
        return _json({"taken": taken})

    async def changes(self, request: web.Request) -> web.Response:
        """Which credentials to forget, changed after a revision; `all`: every one."""
        after = request.query.get("after", "")
        given = int(after) if after.isdecimal() and len(after) < 19 else -1
        revision, names = self._revocations.since(given, self._only_realm())
        return _json({"revision": revision, "forget": list(names or ()), "all": names is None})

    def _only_realm(self) -> str | None:
        """The realm of a token that is for one account; None: the token is for all."""
        name = TOKEN.get().account
        if name is None:
            return None
        account = self._directory().find(Account, name, name)
        return account.realm if account is not None else ""


class ProxyListener:
    """Listens for SIP proxies."""

    def __init__(self, door: ProxyDoor, listen: tuple[str, int]) -> None:
        self._door = door
        self.host, _ = self._listen = listen
        self._runner: web.AppRunner | None = None
        self.port = 0
        """The port that is really listened at, once started."""

    async def start(self) -> None:
        """Listen; raises `ListenRefused`."""
        warn_if_outside(self.host, "proxy door", "listen")
        self._runner = web.AppRunner(self._door.application(), handle_signals=False, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, listen_tcp(self._listen, "proxy.listen", BACKLOG), backlog=BACKLOG).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Finish what is being answered, then close."""
        if self._runner is not None:
            await self._runner.cleanup()


@web.middleware
async def _failures(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """What goes wrong, in the form of this door: short, and 5xx only for our own failures."""
    try:
        return await handler(request)
    except BodyUnreadable as error:
        return _json({"error": "bad_request", "detail": str(error)}, 400)
    except CursorRefused as error:
        return _json({"error": "gone", "detail": str(error)}, 410)
    except web.HTTPException as error:
        return _json({"error": error.reason.lower().replace(" ", "_")}, error.status)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return _json({"error": "internal"}, 500)


def warn_if_outside(host: str, door: str, setting: str) -> None:
    """Say in the log that an address is one that others than proxies may reach."""
    if not _is_inside(host):
        log.warning(
            "the %s listens at %s, in clear: secrets go over it, so let only the proxies' own network reach it, or set"
            " [proxy] %s to an address there",
            door, host, setting,
        )  # fmt: skip


def _is_inside(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or (address.is_private and not address.is_unspecified)


def _encoded(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _bytes(body: bytes, status: int = 200) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", charset="utf-8")


def _json(values: dict[str, Any], status: int = 200) -> web.Response:
    return _bytes(_encoded(values), status)
