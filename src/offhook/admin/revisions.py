"""Earlier revisions over REST: who changed a document when, what exactly, and back to how it was."""

from __future__ import annotations

import json
from typing import Any, TypedDict

from aiohttp import web

from offhook.change import Put, differences
from offhook.model.document import Document
from offhook.model.kind import SINGULAR, public_values
from offhook.model.problem import NotFound
from offhook.registry import Registry
from offhook.store.history import History, Revision

from .changing import Changing, Made
from .documents import ONE
from .principal import account_of
from .problems import BadRequest
from .route import ACCOUNT, CHANGING, Answer, Route


class Past(TypedDict):
    """A document's revisions."""

    items: list[dict[str, Any]]


class RevisionRoutes:
    """`/api/v1/<kind>/<id>/history` and `…/rollback`."""

    def __init__(self, registry: Registry, history: History, changing: Changing) -> None:
        self._registry = registry
        self._changing = changing
        self._history = history

    def routes(self) -> list[Route]:
        """The routes of a document's past."""
        return [
            Route(
                method="GET", path=f"{ONE}/history", handler=self.past, about="document", query=(ACCOUNT,),
                gives={200: Answer("The revisions, oldest first.", Past)},
            ),
            Route(
                method="GET", path=f"{ONE}/history/{{rev}}", handler=self.show, about="document", query=(ACCOUNT,),
                gives={200: Answer("The document as it was.", "document")},
            ),
            Route(
                method="POST", path=f"{ONE}/rollback/{{rev}}", handler=self.roll_back, right="write", about="document",
                query=(ACCOUNT, *CHANGING), gives={200: Answer("What changed.", Made)},
            ),
        ]  # fmt: skip

    async def past(self, request: web.Request) -> web.Response:
        """Every revision that is kept, oldest first, with what it changed; secrets are masked."""
        items = []
        before: Document | None = None
        for revision in await self._revisions(request):
            document = self._read(request, revision)
            items.append(_values(revision, before, document))
            before = document
        return _json({"items": items})

    async def show(self, request: web.Request) -> web.Response:
        """A document as it was."""
        document = self._read(request, await self._revision(request))
        if document is None:
            raise NotFound(f"revision {request.match_info['rev']} is its removal: there is nothing to show")
        return _json(public_values(document))

    async def roll_back(self, request: web.Request) -> web.Response:
        """Make a document what it was; that is a change like any other, checked like any other."""
        document = self._read(request, await self._revision(request))
        if document is None:
            raise NotFound(f"revision {request.match_info['rev']} is its removal: remove it, if that is what is wanted")
        place = f"{SINGULAR[request.match_info['kind']]} ({document.id})"
        return _json(await self._changing.make(request, [Put(document, None, place)]))

    async def _revisions(self, request: web.Request) -> list[Revision]:
        kind, identity = request.match_info["kind"], request.match_info["id"]
        found = await self._history.of(_account(request), kind, identity)
        if not found:
            raise NotFound(f"no change of a {SINGULAR[kind]} {identity!r} is known in account {_account(request)!r}")
        return found

    async def _revision(self, request: web.Request) -> Revision:
        wanted = request.match_info["rev"]
        if not wanted.isdecimal():
            raise BadRequest(f"{wanted[:20]!r} is no revision: history lists their numbers")
        revisions = await self._revisions(request)
        found = next((one for one in revisions if one.rev == int(wanted)), None)
        if found is None:
            known = ", ".join(str(one.rev) for one in revisions[-10:])
            raise NotFound(f"revision {wanted} is not kept; the last ones are {known}")
        return found

    def _read(self, request: web.Request, revision: Revision) -> Document | None:
        if revision.body is None:
            return None
        return self._registry.read(request.match_info["kind"], revision.body)


def _account(request: web.Request) -> str:
    if request.match_info["kind"] == "accounts":
        return request.match_info["id"]
    return account_of(request)


def _values(revision: Revision, before: Document | None, document: Document | None) -> dict[str, Any]:
    changed = differences(before, document) if document is not None else ()
    action = "removed" if document is None else "added" if before is None else "changed"
    return {
        "rev": revision.rev,
        "time": revision.time,
        "who": revision.who,
        "action": action,
        "differences": [{"field": field, "before": old, "after": new} for field, old, new in changed],
    }


def _json(values: object) -> web.Response:
    return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")
