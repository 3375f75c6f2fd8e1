"""Who is asking at the proxy door: the holder of a token with the scope `proxy`. Everyone else learns nothing."""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from offhook.logs import denied
from offhook.model.secret import Secret
from offhook.secrets.tokenbook import TokenBook, is_within
from offhook.secrets.tokens import Token

from .limits import Limit

log = logging.getLogger(__name__)

OPEN_PATHS: Final = frozenset({"/healthz", "/proxy/v1/healthz"})
"""What needs no token."""
TOKEN: Final = ContextVar[Token]("token")
"""The token of the request that is being answered."""
REFUSALS_A_SECOND: Final = 5.0
REFUSALS_AT_ONCE: Final = 50.0
"""How often one address may come with a wrong token before it hears 429 instead of 401."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def token_middleware(tokens: TokenBook, rate: float) -> Middleware:
    """Let only requests with a proxy's token through, each token `rate` times a second, twice that at once.

    `Authorization: Bearer <token>`, or Basic with the token as password: some proxies can send nothing else.
    """
    by_token = Limit(rate, 2 * rate)
    by_source = Limit(REFUSALS_A_SECOND, REFUSALS_AT_ONCE)

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS:
            return await handler(request)
        now, source = time.monotonic(), request.remote or ""
        shown = _shown(request.headers.get("Authorization", ""))
        token = tokens.find(shown, time.time()) if shown is not None else None
        if token is None or "proxy" not in token.scopes or not is_within(token.networks, source):
            if not by_source.allows(source, now):
                return _too_many("too many requests with a wrong token from this address")
            reason = f"token {token.name!r} is not for this door or this address" if token else "no token of ours"
            log.warning(
                "%s was refused at the proxy door: %s", source, reason, extra=denied("proxy", source, request.path, 401)
            )
            return web.json_response({"error": "unauthorized"}, status=401, headers={"WWW-Authenticate": "Bearer"})
        if not by_token.allows(token.id, now):
            return _too_many(
                f"more than {rate:g} requests a second with this token: raise [proxy] rate if that is meant"
            )
        TOKEN.set(token)
        return await handler(request)

    return check


def _shown(authorization: str) -> Secret | None:
    """The token that a request shows, in either way."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return Secret(given.strip())
    if scheme.lower() != "basic":
        return None
    try:
        return Secret(base64.b64decode(given.strip(), validate=True).decode().partition(":")[2])
    except (binascii.Error, UnicodeDecodeError):
        return None


def _too_many(detail: str) -> web.Response:
    return web.json_response({"error": "too_many_requests", "detail": detail}, status=429, headers={"Retry-After": "1"})
