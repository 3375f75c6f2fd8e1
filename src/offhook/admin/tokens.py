"""Tokens over REST: give one out, list them, take one back."""

from __future__ import annotations

import ipaddress
import json
import time
from typing import Any, TypedDict, get_args

import msgspec
from aiohttp import web

from offhook.model.problem import NotFound
from offhook.registry import Registry
from offhook.secrets.tokenbook import TokenBook
from offhook.secrets.tokens import Scope, Token

from .ledger import Ledger
from .principal import Principal, no_account, principal_of, who
from .problems import BadRequest
from .route import Answer, Route

SCOPES = get_args(Scope)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that is asked for."""

    scopes: tuple[Scope, ...]
    name: str = ""
    account: str | None = None
    networks: tuple[str, ...] = ()
    expires: float | None = None
    """Seconds since 1970; null: never."""


class Tokens(TypedDict):
    """The tokens that were given out."""

    items: list[dict[str, Any]]


class TokenRoutes:
    """`/api/v1/tokens` and `/api/v1/tokens/<id>`."""

    def __init__(self, registry: Registry, tokens: TokenBook, ledger: Ledger) -> None:
        self._registry = registry
        self._tokens = tokens
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes of tokens."""
        return [
            Route(
                method="GET", path="/api/v1/tokens", handler=self.list, right="people", about="filtered",
                gives={200: Answer("Every token.", Tokens)},
            ),
            Route(
                method="POST", path="/api/v1/tokens", handler=self.create, right="people", about="filtered", body=Wanted,
                gives={201: Answer("The token, and its text, which is never to be seen again.")},
            ),
            Route(
                method="DELETE", path="/api/v1/tokens/{id}", handler=self.revoke, right="people", about="filtered",
                gives={200: Answer("The token that was revoked.")},
            ),
        ]  # fmt: skip

    async def list(self, request: web.Request) -> web.Response:
        """Every token, without its text, which nobody has any more."""
        principal = principal_of(request)
        seen = [token for token in self._tokens.all() if principal.account in (None, token.account)]
        return _json({"items": [_values(token) for token in seen]})

    async def create(self, request: web.Request) -> web.Response:
        """A new token; its text is in this answer and never again."""
        try:
            wanted = msgspec.json.decode(await request.read(), type=Wanted)
        except msgspec.DecodeError as error:
            raise BadRequest(f"{error}; scopes are {', '.join(SCOPES)}") from None
        principal = principal_of(request)
        if wanted.account is None and principal.account is not None:
            wanted = msgspec.structs.replace(wanted, account=principal.account)
        self._check(wanted, principal)
        name = wanted.name or "-".join(wanted.scopes)
        await self._ledger.note(who(request), "gave out", f"token {name} ({', '.join(wanted.scopes)})", wanted.account)
        token, shown = self._tokens.add(
            name,
            wanted.scopes,
            account=wanted.account,
            networks=wanted.networks,
            created=time.time(),
            expires=wanted.expires,
        )
        return _json({**_values(token), "token": shown.reveal()}, 201)

    def _check(self, wanted: Wanted, principal: Principal) -> None:
        accounts = self._registry.directory.accounts()
        if not wanted.scopes:
            raise BadRequest(f"scopes: name one at least of {', '.join(SCOPES)}")
        if wanted.account is not None and not (principal.sees(wanted.account) and wanted.account in accounts):
            raise no_account(wanted.account, principal, accounts)
        if wanted.expires is not None and wanted.expires <= time.time():
            raise BadRequest("expires: that is over already")
        for network in wanted.networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise BadRequest(f"networks: {network[:50]!r} is no network such as 10.0.0.0/8: {error}") from None

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a token out of force, at once."""
        identity, principal = request.match_info["id"], principal_of(request)
        token = next((one for one in self._tokens.all() if one.id == identity), None)
        if token is None or principal.account not in (None, token.account):
            raise NotFound(f"there is no token {identity!r}: offhook token list shows their ids")
        await self._ledger.note(who(request), "revoked", f"token {token.name}", token.account)
        self._tokens.revoke(identity)
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
