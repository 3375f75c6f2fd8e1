"""Tokens over REST: give one out, list them, take one back. Only the admin's own token may."""

from __future__ import annotations

import ipaddress
import json
import time
from typing import Any, get_args

import msgspec
from aiohttp import web

from offhook.model.account import Account
from offhook.model.problem import NotFound, did_you_mean
from offhook.registry import Registry
from offhook.secrets.tokenbook import TokenBook
from offhook.secrets.tokens import Scope, Token

from .problems import BadRequest

SCOPES = get_args(Scope)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that is asked for."""

    scopes: tuple[Scope, ...]
    name: str = ""
    account: str | None = None
    networks: tuple[str, ...] = ()
    expires: float | None = None
    """Seconds since 1970; null: never."""


class TokenRoutes:
    """`/api/v1/tokens` and `/api/v1/tokens/<id>`."""

    def __init__(self, registry: Registry, tokens: TokenBook) -> None:
        self._registry = registry
        self._tokens = tokens

    def routes(self) -> list[web.RouteDef]:
        """The routes of tokens."""
        return [
            web.get("/api/v1/tokens", self.list),
            web.post("/api/v1/tokens", self.create),
            web.delete("/api/v1/tokens/{id}", self.revoke),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Every token, without its text, which nobody has any more."""
        return _json({"items": [_values(token) for token in self._tokens.all()]})

    async def create(self, request: web.Request) -> web.Response:
        """A new token; its text is in this answer and never again."""
        try:
            wanted = msgspec.json.decode(await request.read(), type=Wanted)
        except msgspec.DecodeError as error:
            raise BadRequest(f"{error}; scopes are {', '.join(SCOPES)}") from None
        self._check(wanted)
        token, shown = self._tokens.add(
            wanted.name or "-".join(wanted.scopes),
            wanted.scopes,
            account=wanted.account,
            networks=wanted.networks,
            created=time.time(),
            expires=wanted.expires,
        )
        return _json({**_values(token), "token": shown.reveal()}, 201)

    def _check(self, wanted: Wanted) -> None:
        directory = self._registry.directory
        if not wanted.scopes:
            raise BadRequest(f"scopes: name one at least of {', '.join(SCOPES)}")
        if wanted.account is not None and directory.find(Account, wanted.account, wanted.account) is None:
            known = did_you_mean(wanted.account, directory.accounts())
            raise BadRequest(f"account: there is no account {wanted.account!r}{known}")
        if wanted.expires is not None and wanted.expires <= time.time():
            raise BadRequest("expires: that is over already")
        for network in wanted.networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise BadRequest(f"networks: {network[:50]!r} is no network such as 10.0.0.0/8: {error}") from None

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a token out of force, at once."""
        identity = request.match_info["id"]
        token = self._tokens.revoke(identity)
        if token is None:
            raise NotFound(f"there is no token {identity!r}: offhook token list shows their ids")
        return _json(_values(token))


def _values(token: Token) -> dict[str, Any]:
    """A token as JSON, without its hash: nobody needs to see that."""
    values: dict[str, Any] = msgspec.to_builtins(token)
    values.pop("sha256")
    values["expired"] = token.expires is not None and token.expires <= time.time()
    return values


def _json(values: object, status: int = 200) -> web.Response:
    text = json.dumps(values, ensure_ascii=False) + "\n"
    return web.Response(status=status, text=text, content_type="application/json")
