"""The gate: lets whoever asks at the admin door through to what they may do, and nobody to an account that is not theirs."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.mac import MalformedMac, normalise_mac
from offhook.model.problem import NotFound
from offhook.model.secret import Secret
from offhook.secrets.peoplebook import PeopleBook
from offhook.secrets.tokenbook import TokenBook, is_within
from offhook.secrets.tokens import Scope

from .principal import ADMIN, RIGHTS, Principal, Right, account_of, no_account
from .problems import BadRequest, Forbidden, WhoAreYou
from .route import Route
from .sessions import COOKIE, Sessions

SCOPE_RIGHTS: Final[dict[Scope, frozenset[Right]]] = {
    "proxy": frozenset(),
    "read": frozenset(("read",)),
    "write": frozenset(("read", "write", "resync")),
    "secrets": frozenset(("secrets",)),
}
"""What a token's scopes open at the admin door."""
_SAFE: Final = frozenset(("GET", "HEAD"))


class Gate:
    """Knows everybody who may ask."""

    def __init__(
        self,
        admin: Secret,
        tokens: TokenBook,
        people: PeopleBook,
        sessions: Sessions,
        directory: Callable[[], Directory],
    ) -> None:
        """`admin` is the admin's own token; `directory` gives the published directory."""
        self._admin = hashlib.sha256(admin.reveal().encode()).digest()
        self._tokens = tokens
        self._people = people
        self._sessions = sessions
        self._directory = directory

    def guarded(self, route: Route) -> web.RouteDef:
        """A route as aiohttp has it, which nobody passes who may not."""

        async def handler(request: web.Request) -> web.StreamResponse:
            if route.right is not None:
                request["principal"] = principal = self._principal(request)
                self._check(route, request, principal)
            return await route.handler(request)

        return web.route(route.method, route.path, handler)

    def _principal(self, request: web.Request) -> Principal:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            found = self._by_token(given.strip(), request.remote)
        elif (cookie := request.cookies.get(COOKIE)) is not None:
            found = self._by_cookie(cookie, request)
        else:
            found = None
        if found is None:
            raise WhoAreYou(
                "send the admin token (the file admin.token in the data folder), or one of `offhook token create` with the"
                " scope read or write, as Authorization: Bearer; or sign in"
            )
        return found

    def _by_token(self, given: str, peer: str | None) -> Principal | None:
        digest = hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()
        if hmac.compare_digest(digest, self._admin):
            return ADMIN
        token = self._tokens.find(Secret(given), time.time())
        if token is None or not is_within(token.networks, peer):
            return None
        rights: frozenset[Right] = frozenset().union(*(SCOPE_RIGHTS[scope] for scope in token.scopes))
        return Principal(f"token {token.name}", rights, token.account) if "read" in rights else None

    def _by_cookie(self, cookie: str, request: web.Request) -> Principal | None:
        """Somebody's session. What a browser sends along by itself changes nothing: another site could have asked for it."""
        person = self._people.find(self._sessions.name_of(cookie) or "")
        if person is None:
            return None
        if request.method not in _SAFE:
            origin = request.headers.get("Origin")
            if "X-Offhook" not in request.headers or (origin is not None and urlsplit(origin).netloc != request.host):
                raise Forbidden("a change from a browser needs the header X-Offhook and must come from our own pages")
        return Principal(person.name, RIGHTS[person.role], person.account)

    def _check(self, route: Route, request: web.Request, principal: Principal) -> None:
        """Whether they may do this, and to whom; raises `Forbidden`, or `NotFound` for what is not theirs to know of."""
        if route.right not in principal.rights:
            raise Forbidden(f"{principal.name} may not do this: it takes the right {route.right!r}")
        if request.query.get("secrets") == "1" and "secrets" not in principal.rights:
            raise Forbidden(f"{principal.name} may not see secrets: it takes the right 'secrets'")
        if route.about == "installation" and principal.account is not None:
            raise Forbidden(f"{principal.name} is for one account, and this is of the whole installation")
        if route.about in ("account", "document"):
            self._check_account(route, request, principal)
        if route.about == "phone":
            self._check_phone(request, principal)

    def _check_account(self, route: Route, request: web.Request, principal: Principal) -> None:
        directory = self._directory()
        if route.about == "document" and request.match_info.get("kind") == "accounts":
            account = request.match_info.get("id")
            if account is None or (request.method == "PUT" and principal.account is None):
                return  # a list of those that are seen; a new one
        else:
            account = account_of(request)
        if not principal.sees(account) or directory.find(Account, account, account) is None:
            raise no_account(account, principal, directory.accounts())

    def _check_phone(self, request: web.Request, principal: Principal) -> None:
        try:
            mac = normalise_mac(request.match_info["mac"])
        except MalformedMac as error:
            raise BadRequest(str(error)) from None
        holders = self._directory().holders("mac", mac)
        hidden = any(not principal.sees(account) for account, _, _ in holders)
        if hidden or (not holders and principal.account is not None):
            raise NotFound(f"no device has MAC {mac}: offhook device add {mac}")
