"""The audit over REST: who did what, and whether the record is whole."""

from __future__ import annotations

import json
from typing import Any, TypedDict

import msgspec
from aiohttp import web

from offhook.store.audit import Audit, Entry

from .principal import principal_of
from .problems import BadRequest
from .route import Answer, Parameter, Route, whole

MOST = 1000
"""Entries of one answer."""


class Entries(TypedDict):
    """Entries of the audit, newest first."""

    items: list[dict[str, Any]]


class Verified(TypedDict):
    """Whether every entry is as it was written."""

    entries: int
    fault: str | None


class AuditRoutes:
    """`/api/v1/audit` and `/api/v1/audit/verify`."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def routes(self) -> list[Route]:
        """The routes of the audit."""
        return [
            Route(
                method="GET", path="/api/v1/audit", handler=self.list, about="filtered",
                query=(
                    whole("limit", "Entries, newest first.", MOST),
                    Parameter("who", "A part of who did it."),
                    Parameter("what", "A part of what was done to."),
                    Parameter("action", "What was done: `read` are the readings of secrets."),
                    Parameter("before", "Only entries before this number.", {"type": "integer", "minimum": 1}),
                ),
                gives={200: Answer("The entries.", Entries)},
            ),
            Route(
                method="GET", path="/api/v1/audit/verify", handler=self.verify, right="people",
                gives={200: Answer("Whether the chain holds.", Verified)},
            ),
        ]  # fmt: skip

    async def list(self, request: web.Request) -> web.Response:
        """The newest entries; whoever administers one account sees those of that account."""
        query, own = request.query, principal_of(request).account
        limit, before = _number(request, "limit", 100), _number(request, "before", 0)

        def wanted(entry: Entry) -> bool:
            return (
                own in (None, entry.account)
                and query.get("who", "") in entry.who
                and query.get("what", "") in entry.what
                and query.get("action") in (None, entry.action)
                and (not before or entry.seq < before)
            )

        found = await self._audit.last(wanted, min(limit, MOST))
        return _json({"items": [msgspec.to_builtins(one) for one in found]})

    async def verify(self, request: web.Request) -> web.Response:
        """Go over the whole record; every entry is checked against the one before it."""
        verdict = await self._audit.verify()
        return _json({"entries": verdict.entries, "fault": verdict.fault})


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not text.isascii() or not int(text[:15]) >= 1:
        raise BadRequest(f"{name}={text[:20]!r}: write a whole number from 1 on")
    return int(text[:15])


def _json(values: object) -> web.Response:
    return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")
