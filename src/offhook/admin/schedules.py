"""Schedules over REST: which period holds when, for the days to come."""

from __future__ import annotations

import json
import time
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from aiohttp import web

from offhook.callflow.hours import next_change, period_at, preview
from offhook.model.account import Account
from offhook.model.problem import NotFound, did_you_mean
from offhook.model.schedule import Schedule
from offhook.registry import Registry

from .principal import account_of
from .problems import BadRequest
from .route import ACCOUNT, Answer, Route, whole

LONGEST_PREVIEW = 400
"""Days."""


class Preview(TypedDict):
    """A schedule's periods."""

    timezone: str
    now: dict[str, str]
    next_change: float | None
    spans: list[dict[str, Any]]


class ScheduleRoutes:
    """`/api/v1/schedules/<id>/preview`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def routes(self) -> list[Route]:
        """The routes of schedules beside those of every document."""
        return [
            Route(
                method="GET", path="/api/v1/schedules/{id}/preview", handler=self.preview, about="account",
                query=(ACCOUNT, whole("days", "How far it looks ahead.", LONGEST_PREVIEW)),
                gives={200: Answer("The periods to come.", Preview)},
            )
        ]  # fmt: skip

    async def preview(self, request: web.Request) -> web.Response:
        """The period that holds now and why, when that changes, and the periods of the next `days` (30)."""
        account, identity = account_of(request), request.match_info["id"]
        directory = self._registry.directory
        schedule = directory.find(Schedule, account, identity)
        owner = directory.find(Account, account, account)
        if schedule is None or owner is None:
            known = directory.ids(account, "schedules")
            raise NotFound(f"there is no schedule {identity!r} in account {account!r}{did_you_mean(identity, known)}")
        days = request.query.get("days", "30")
        if not days.isdecimal() or not 1 <= int(days[:5]) <= LONGEST_PREVIEW:
            raise BadRequest(f"days={days[:20]!r}: write a whole number from 1 to {LONGEST_PREVIEW}")
        zone = ZoneInfo(schedule.timezone or owner.timezone or "UTC")
        now = time.time()
        period = period_at(schedule, zone, now)
        values = {
            "timezone": zone.key,
            "now": {"period": period.name, "why": period.why},
            "next_change": next_change(schedule, zone, now),
            "spans": [
                {"begin": span.begin, "end": span.end, "period": span.period.name, "why": span.period.why}
                for span in preview(schedule, zone, now, int(days))
            ],
        }
        return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")
