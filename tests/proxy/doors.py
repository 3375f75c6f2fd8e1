"""The proxy door on a real socket, over an office in memory, and a proxy that asks at it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from offhook.callflow.action import Ask, Change
from offhook.callflow.call import Outcome
from offhook.directory import Directory
from offhook.proxy.listener import ProxyDoor, ProxyListener
from offhook.proxy.presence import Presence
from offhook.proxy.revocations import Revocations
from offhook.proxy.routing import Routing
from offhook.secrets.tokenbook import TokenBook
from tests.callflow.calls import EXCHANGE, MONDAY_NOON

RATE = 1000.0


class House:
    """What stands behind the door."""

    def __init__(self, directory: Directory, folder: Path, rate: float = RATE) -> None:
        self.directory = directory
        self.ran: list[Change | Ask] = []
        """Errands that calls sent us on."""
        self.outcome = Outcome("done", "on")
        """What comes of them."""
        self.tokens = TokenBook(folder / "tokens.json")
        self.presence = Presence()
        self.revocations = Revocations(lambda: self.directory)
        routing = Routing(lambda: self.directory, EXCHANGE, self._run, clock=lambda: MONDAY_NOON)
        door = ProxyDoor(lambda: self.directory, routing, self.presence, self.revocations, self.tokens, rate)
        self.listener = ProxyListener(door, ("127.0.0.1", 0))

    async def _run(self, errand: Change | Ask, account: str) -> Outcome:
        self.ran.append(errand)
        return self.outcome

    def token(self, **more: Any) -> str:
        """A proxy's token."""
        _, shown = self.tokens.add("kamailio", more.pop("scopes", ("proxy",)), created=0.0, **more)
        return shown.reveal()


class Answer:
    """What a proxy got."""

    def __init__(self, status: int, headers: Mapping[str, str], values: Any) -> None:
        self.status = status
        self.headers = headers
        self.values = values


class Proxy:
    """Asks as Kamailio does."""

    def __init__(self, session: aiohttp.ClientSession, base: str, token: str) -> None:
        self._session = session
        self._base = base
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def ask(self, method: str, path: str, **how: Any) -> Answer:
        headers = {**self.headers, **how.pop("headers", {})}
        async with self._session.request(method, f"{self._base}{path}", headers=headers, **how) as answer:
            return Answer(answer.status, answer.headers, await answer.json())

    async def raw(self, method: str, path: str, **how: Any) -> tuple[int, str, str]:
        """Status, content type and text of an answer."""
        headers = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        async with self._session.request(method, f"{self._base}{path}", headers=headers, **how) as answer:
            return answer.status, answer.content_type, await answer.text()

    async def route(self, **fields: Any) -> Any:
        """The plan of a call."""
        asked = {"call_id": "c1", "from_tag": "t1", "domain": "a.example", "auth_user": "josh-desk", **fields}
        answer = await self.ask("POST", "/proxy/v1/route", data=asked)
        assert answer.status == 200, answer.values
        return answer.values


@contextlib.asynccontextmanager
async def asking(house: House, token: str | None = None) -> AsyncIterator[Proxy]:
    """The door is open; without `token` the proxy has one that is good."""
    await house.listener.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Proxy(session, f"http://127.0.0.1:{house.listener.port}", house.token() if token is None else token)
    finally:
        await house.listener.stop()
