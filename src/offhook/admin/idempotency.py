"""Idempotency keys: a request that comes again, because its answer was lost, is answered and not done a second time."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from .principal import principal_of
from .problems import BadRequest
from .route import IDEMPOTENCY, Route

KEPT: Final = 24 * 3600.0
"""Seconds that an answer is kept, as long as the server lives."""
MOST: Final = 10_000
"""Answers that are kept; beyond it the oldest are forgotten."""
LONGEST_KEY: Final = 255


class _Done(msgspec.Struct, frozen=True):
    body: bytes
    """SHA-256 of what was asked."""
    when: float
    status: int
    text: bytes
    headers: tuple[tuple[str, str], ...]


class Idempotency:
    """Remembers what was answered to which key."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._done: OrderedDict[tuple[str, str, str], _Done] = OrderedDict()
        self._doing: dict[tuple[str, str, str], asyncio.Lock] = {}

    def once(self, route: Route) -> Route:
        """The route that heeds the key, if it is one that does."""
        if IDEMPOTENCY not in route.query:
            return route

        async def handler(request: web.Request) -> web.StreamResponse:
            given = request.headers.get(IDEMPOTENCY.name)
            if given is None:
                return await route.handler(request)
            if not given or len(given) > LONGEST_KEY:
                raise BadRequest(
                    f"{IDEMPOTENCY.name}: write 1 to {LONGEST_KEY} characters, new for each thing to be made"
                )
            key = (principal_of(request).name, request.path_qs, given)
            lock = self._doing.setdefault(key, asyncio.Lock())
            try:
                async with lock:
                    return await self._answer(route, request, key)
            finally:
                if not lock.locked():
                    self._doing.pop(key, None)

        return msgspec.structs.replace(route, handler=handler)

    async def _answer(self, route: Route, request: web.Request, key: tuple[str, str, str]) -> web.StreamResponse:
        body = hashlib.sha256(await request.read()).digest()
        done = self._done.get(key)
        if done is not None and self._clock() - done.when < KEPT:
            if done.body != body:
                raise BadRequest(f"{IDEMPOTENCY.name}: this key was used for something else: choose another")
            return web.Response(status=done.status, body=done.text, headers=dict(done.headers))
        answer = await route.handler(request)
        if isinstance(answer, web.Response) and isinstance(answer.body, bytes) and 200 <= answer.status < 300:
            self._done[key] = _Done(body, self._clock(), answer.status, answer.body, tuple(answer.headers.items()))
            while len(self._done) > MOST:
                self._done.popitem(last=False)
        return answer
