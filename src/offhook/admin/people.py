"""People over REST: who administers, with which role; signing in and out."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Annotated, Final, TypedDict, TypeVar, get_args

import msgspec
from aiohttp import web
from msgspec import Meta

from offhook.model.problem import NotFound
from offhook.model.secret import Secret
from offhook.registry import Registry
from offhook.secrets.peoplebook import SHORTEST, PeopleBook, Person, Role, hashed

from .ledger import Ledger
from .principal import RIGHTS, Principal, no_account, principal_of, who
from .problems import BadRequest, TooMany, WhoAreYou
from .route import Answer, Route
from .sessions import COOKIE, LONGEST, Sessions

AT_ONCE: Final = 2
"""Passwords that are hashed at the same time: each takes a core and 19 MB for a while."""
Name = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$", description="Lower-case, as an e-mail address may be.")
]
Password = Annotated[str, Meta(min_length=SHORTEST, max_length=1000)]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An admin who is to be."""

    name: Name
    password: Password
    role: Role = "admin"
    account: str | None = None
    """The one account that they administer; null: all."""


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password in place of the old one."""

    password: Password


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who somebody says to be."""

    name: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=1000)]
    """What is longer is nobody's, and is not hashed."""


class PersonShown(TypedDict):
    """An admin, without anything of the password."""

    name: str
    role: Role
    account: str | None
    created: float


class People(TypedDict):
    """All admins."""

    items: list[PersonShown]


class Myself(TypedDict):
    """Who asks."""

    name: str
    account: str | None
    rights: list[str]


class PeopleRoutes:
    """`/api/v1/admins` and `/api/v1/session`."""

    def __init__(self, registry: Registry, people: PeopleBook, sessions: Sessions, ledger: Ledger) -> None:
        self._registry = registry
        self._people = people
        self._sessions = sessions
        self._ledger = ledger
        self._hashing = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[Route]:
        """The routes of people."""
        one, person = "/api/v1/admins/{name}", Answer("The admin.", PersonShown)
        return [
            Route(
                method="GET", path="/api/v1/admins", handler=self.list, right="people", about="filtered",
                gives={200: Answer("Everybody.", People)},
            ),
            Route(
                method="POST", path="/api/v1/admins", handler=self.create, right="people", about="filtered", body=Wanted,
                gives={201: person},
            ),
            Route(
                method="PUT", path=f"{one}/password", handler=self.set_password, right="people", about="filtered",
                body=NewPassword, gives={200: person},
            ),
            Route(method="DELETE", path=one, handler=self.remove, right="people", about="filtered", gives={200: person}),
            Route(
                method="POST", path="/api/v1/session", handler=self.sign_in, right=None, about="nobody", body=SignIn,
                gives={201: Answer("Who has signed in, and the cookie of the session.", Myself, headers=("Set-Cookie",))},
            ),
            Route(
                method="GET", path="/api/v1/session", handler=self.myself, about="nobody",
                gives={200: Answer("Who asks, and what they may do.", Myself)},
            ),
            Route(
                method="DELETE", path="/api/v1/session", handler=self.sign_out, about="nobody",
                gives={200: Answer("Who asked; the session is over.", Myself)},
            ),
        ]  # fmt: skip

    async def list(self, request: web.Request) -> web.Response:
        """Every admin."""
        principal = principal_of(request)
        return _json({"items": [_shown(one) for one in self._people.all() if principal.account in (None, one.account)]})

    async def create(self, request: web.Request) -> web.Response:
        """A new admin."""
        wanted, principal = await _read(request, Wanted), principal_of(request)
        account = wanted.account if wanted.account is not None else principal.account
        accounts = self._registry.directory.accounts()
        if account is not None and not (principal.sees(account) and account in accounts):
            raise no_account(account, principal, accounts)
        if self._people.find(wanted.name) is not None:
            raise BadRequest(f"name: there is an admin {wanted.name!r} already: choose another name")
        password = await self._hashed(wanted.password)
        await self._ledger.note(who(request), "added", f"admin {wanted.name} ({wanted.role})", account)
        person = Person(wanted.name, wanted.role, password, account, time.time())
        self._people.keep(person)
        return _json(_shown(person), 201)

    async def set_password(self, request: web.Request) -> web.Response:
        """Another password; every session of theirs ends."""
        wanted, person = await _read(request, NewPassword), self._find(request)
        password = await self._hashed(wanted.password)
        await self._ledger.note(who(request), "changed", f"password of admin {person.name}", person.account)
        person = msgspec.structs.replace(person, password=password)
        self._people.keep(person)
        self._sessions.end_all_of(person.name)
        return _json(_shown(person))

    async def remove(self, request: web.Request) -> web.Response:
        """Let somebody in no longer."""
        person = self._find(request)
        await self._ledger.note(who(request), "removed", f"admin {person.name}", person.account)
        self._people.remove(person.name)
        self._sessions.end_all_of(person.name)
        return _json(_shown(person))

    async def sign_in(self, request: web.Request) -> web.Response:
        """Begin a session: the cookie that comes is as good as a token until it ends."""
        wanted = await _read(request, SignIn)
        sources = (f"name {wanted.name}", f"address {request.remote}")
        if (seconds := self._sessions.wait(*sources)) > 0:
            raise TooMany(f"too many wrong passwords: try again in {math.ceil(seconds)} s")
        async with self._hashing:
            person = await asyncio.to_thread(self._people.verified, wanted.name, Secret(wanted.password))
        if person is None:
            self._sessions.wrong(*sources)
            await self._ledger.note(f"somebody from {request.remote}", "refused", f"sign-in as {wanted.name[:64]!r}")
            raise WhoAreYou("name or password is wrong")
        await self._ledger.note(
            f"{person.name} from {request.remote}", "signed in", f"admin {person.name}", person.account
        )
        answer = _json(_myself(Principal(person.name, RIGHTS[person.role], person.account)), 201)
        answer.set_cookie(
            COOKIE,
            self._sessions.begin(person.name),
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            max_age=int(LONGEST),
        )
        return answer

    async def myself(self, request: web.Request) -> web.Response:
        """Who asks, and what they may do."""
        return _json(_myself(principal_of(request)))

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session."""
        self._sessions.end(request.cookies.get(COOKIE, ""))
        answer = _json(_myself(principal_of(request)))
        answer.del_cookie(COOKIE)
        return answer

    def _find(self, request: web.Request) -> Person:
        name, principal = request.match_info["name"], principal_of(request)
        person = self._people.find(name)
        if person is None or principal.account not in (None, person.account):
            raise NotFound(f"there is no admin {name!r}: offhook admin list shows them")
        return person

    async def _hashed(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(hashed, Secret(password))


T = TypeVar("T")


async def _read(request: web.Request, wanted: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=wanted)
    except msgspec.DecodeError as error:
        hint = f"; roles are {', '.join(get_args(Role))}" if "$.role" in str(error) else ""
        raise BadRequest(f"{error}{hint}") from None


def _shown(person: Person) -> PersonShown:
    return {"name": person.name, "role": person.role, "account": person.account, "created": person.created}


def _myself(principal: Principal) -> Myself:
    return {"name": principal.name, "account": principal.account, "rights": sorted(principal.rights)}


def _json(values: object, status: int = 200) -> web.Response:
    text = json.dumps(values, ensure_ascii=False) + "\n"
    return web.Response(status=status, text=text, content_type="application/json")
