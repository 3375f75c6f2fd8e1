"""Routes of the admin door: what is asked how, who may, and what comes back; the table from which OpenAPI is made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

import msgspec
from aiohttp import web

from .principal import Right

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
About = Literal["account", "document", "phone", "filtered", "installation", "nobody"]
"""Whose a route's subject is. account: of `account=`; document: of `account=`, or the account that the path names; phone:
of the device that has the path's MAC; filtered: of whatever the principal sees; installation: only for who sees all
accounts; nobody: of no account."""

JSON: Final = "application/json"
YAML: Final = "application/yaml"
TEXT: Final = "text/plain"
BYTES: Final = "application/octet-stream"


class Parameter(msgspec.Struct, frozen=True):
    """A query parameter or header."""

    name: str
    says: str
    schema: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "string"})
    """JSON schema of one value."""
    many: bool = False
    """Whether it may be given several times."""
    required: bool = False
    where: Literal["query", "header"] = "query"


class Answer(msgspec.Struct, frozen=True):
    """What a status brings."""

    says: str
    schema: Any = None
    """A type that msgspec makes a JSON schema of, `"document"` or `"page"` for those of the path's kind, a tuple of such: any
    one of them; None: any JSON object."""
    types: tuple[str, ...] = (JSON,)
    headers: tuple[str, ...] = ()


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One way of asking."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    """As aiohttp has it; `{kind:a|b}` stands for one path each."""
    handler: Handler
    """Its docstring says what it does."""
    right: Right | None = "read"
    """What a principal needs; None: nothing, not even a name."""
    about: About = "installation"
    query: tuple[Parameter, ...] = ()
    body: Any = None
    """The body's type, `"document"`, `"patch"`, or None: there is none."""
    body_types: tuple[str, ...] = (JSON,)
    gives: dict[int, Answer]
    """Statuses beside those of problems, which every route has."""


def flag(name: str, says: str) -> Parameter:
    """A query parameter that says yes."""
    return Parameter(name, says, {"type": "string", "enum": ["0", "1"]})


def whole(name: str, says: str, largest: int) -> Parameter:
    """A query parameter that is a number from 1 on."""
    return Parameter(name, says, {"type": "integer", "minimum": 1, "maximum": largest})


DRY_RUN: Final = flag("dry_run", "Only tell what would change, and whose files.")
FORCE: Final = flag("force", "Change it although an example of a callflow comes out otherwise then.")
DIFF: Final = Parameter("diff", "With dry_run: the device whose files are compared.")
CHANGING: Final = (DRY_RUN, FORCE, DIFF)
"""What every change understands."""
ACCOUNT: Final = Parameter("account", "Whose it is; else the asking account's own, or `default`.")
IF_MATCH: Final = Parameter("If-Match", "The revision that must be there now, as an ETag.", where="header")
IF_NONE_MATCH: Final = Parameter("If-None-Match", "`*`: the document must be new.", where="header")
IDEMPOTENCY: Final = Parameter(
    "Idempotency-Key", "The same key and body again get the same answer, and nothing is made twice.", where="header"
)
