"""Principals: who asks at the admin door, and what they may do in which account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from aiohttp import web

from offhook.model.problem import NotFound, did_you_mean
from offhook.secrets.peoplebook import Role

Right = Literal["read", "write", "resync", "secrets", "people"]
"""read: see everything but secrets; write: change documents; resync: have phones fetch anew; secrets: passwords in clear;
people: admins and tokens."""

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    "owner": frozenset(("read", "write", "resync", "secrets", "people")),
    "admin": frozenset(("read", "write", "resync")),
    "support": frozenset(("read", "resync")),
    "viewer": frozenset(("read",)),
}
"""What each role may do."""


class Principal(msgspec.Struct, frozen=True):
    """Who asks."""

    name: str
    """As the audit calls them: `admin`, `marie`, `token billing`."""
    rights: frozenset[Right]
    account: str | None = None
    """The one account that there is for them; None: all."""

    def sees(self, account: str) -> bool:
        """Whether an account exists as far as they are told."""
        return self.account in (None, account)


ADMIN: Final = Principal("admin", RIGHTS["owner"])
"""Whoever holds the admin's own token."""


def principal_of(request: web.Request) -> Principal:
    """Who asks; every route but the open ones has one."""
    principal: Principal = request["principal"]
    return principal


def account_of(request: web.Request) -> str:
    """The account that a request is about: `account=`, else the principal's own, else `default`."""
    given = request.query.get("account")
    return given if given is not None else principal_of(request).account or "default"


def who(request: web.Request) -> str:
    """Who asks and from where, in words, for what is written down about it."""
    name = principal_of(request).name
    return f"{name} from {request.remote}" if request.remote else name


def no_account(account: str, principal: Principal, known: Iterable[str]) -> NotFound:
    """An account that is not there, or not there for whoever asks: they cannot tell these apart."""
    hint = did_you_mean(account, known if principal.account is None else (principal.account,))
    return NotFound(f"there is no account {account!r}{hint}")
