"""Who is asking at the admin door: for now the holder of the admin token."""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web
from aiohttp.typedefs import Middleware

from offhook.model.secret import Secret

from .problems import Handler, problem

OPEN_PATHS = frozenset({"/healthz"})
"""What needs no token."""


def who(request: web.Request) -> str:
    """Who asks, in words, for what is written down about a change."""
    name: str = request.get("who", "admin")
    return f"{name} from {request.remote}" if request.remote else name


def token_middleware(token: Secret) -> Middleware:
    """Let only requests with `Authorization: Bearer <admin token>` through."""
    wanted = hashlib.sha256(token.reveal().encode()).digest()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS:
            return await handler(request)
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        digest = hashlib.sha256(given.strip().encode("utf-8", "surrogateescape")).digest()
        if scheme.lower() != "bearer" or not hmac.compare_digest(digest, wanted):
            return problem(
                401, "send the admin token (the file admin.token in the data folder) as Authorization: Bearer"
            )
        return await handler(request)

    return check
