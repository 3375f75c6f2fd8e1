"""Who is asking at the admin door: the holder of the admin's own token, or of one that was given out for less."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from offhook.model.secret import Secret
from offhook.secrets.tokenbook import TokenBook, is_within
from offhook.secrets.tokens import Token

from .problems import Handler, problem

OPEN_PATHS = frozenset({"/healthz"})
"""What needs no token."""
_OF_ONE_ACCOUNT: Final = re.compile(
    r"/api/v1/(?!accounts\b|tokens\b|firmware\b|uploads\b|why\b|explain\b|apply\b)[a-z]+(/[^/]+)?"
)
"""Paths at which a token of one account is taken: documents, lists of them, export. All others reach further."""
_SECRET_PATHS: Final = re.compile(r"/api/v1/uploads/.*")
"""What may hold passwords in clear, whoever asks."""


def who(request: web.Request) -> str:
    """Who asks, in words, for what is written down about a change."""
    name: str = request.get("who", "admin")
    return f"{name} from {request.remote}" if request.remote else name


def token_middleware(admin: Secret, tokens: TokenBook) -> Middleware:
    """Let only requests with `Authorization: Bearer <token>` through, and only for what the token is for."""
    wanted = hashlib.sha256(admin.reveal().encode()).digest()

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS:
            return await handler(request)
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        digest = hashlib.sha256(given.strip().encode("utf-8", "surrogateescape")).digest()
        if scheme.lower() == "bearer" and hmac.compare_digest(digest, wanted):
            return await handler(request)
        token = tokens.find(Secret(given.strip()), time.time()) if scheme.lower() == "bearer" else None
        if token is None or not is_within(token.networks, request.remote) or not {"read", "write"} & {*token.scopes}:
            return problem(
                401,
                "send the admin token (the file admin.token in the data folder), or one of `offhook token create` with the"
                " scope read or write, as Authorization: Bearer",
            )
        if (refused := await _refused(request, token)) is not None:
            return problem(403, refused)
        request["who"] = f"token {token.name}"
        return await handler(request)

    return check


async def _refused(request: web.Request, token: Token) -> str | None:
    """Why a token may not do this; None: it may."""
    if request.method not in ("GET", "HEAD") and "write" not in token.scopes:
        return f"token {token.name!r} may only read: make one with --scope write"
    reveals = request.query.get("secrets") == "1" or _SECRET_PATHS.fullmatch(request.path) is not None
    if reveals and "secrets" not in token.scopes:
        return f"token {token.name!r} may not see secrets: make one with --scope secrets"
    if request.path.startswith("/api/v1/tokens"):
        return "only the admin's own token gives out tokens"
    if token.account is None:
        return None
    return await _beyond_account(request, token.account)


async def _beyond_account(request: web.Request, account: str) -> str | None:
    """What of a request is not of the token's account, in words."""
    only = f"this token is for account {account!r} alone"
    if _OF_ONE_ACCOUNT.fullmatch(request.path) is None:
        return f"{only}, and what is asked reaches further"
    default = None if request.path == "/api/v1/export" else "default"
    if request.query.get("account", default) != account:
        return f"{only}: say account={account}"
    if request.method in ("GET", "HEAD", "DELETE"):
        return None
    try:
        body = json.loads(await request.text())
    except ValueError:
        return f"{only}: send the document as JSON"
    said = body.get("account", account) if isinstance(body, dict) else account
    return None if said == account else f"{only}, and the document says account {said!r}"
