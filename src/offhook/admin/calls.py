"""Calls explained: what would happen to one, step by step, with the reasons."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any, Final, TypedDict
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from offhook.callflow.action import Step
from offhook.callflow.memory import Exchange
from offhook.callflow.picture import mermaid
from offhook.callflow.rehearsal import CallerUnknown, call_from, in_words, rehearse, told
from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.callflow import Callflow
from offhook.model.problem import NotFound, did_you_mean
from offhook.registry import Registry

from .principal import account_of
from .problems import BadRequest
from .route import ACCOUNT, Answer, Parameter, Route


class Explained(TypedDict):
    """What would happen to a call."""

    told: list[str]
    steps: list[dict[str, Any]]
    pictures: dict[str, str]


_QUESTION: Final = (
    Parameter("from", "An extension, a user's or device's id, or a number outside.", required=True),
    Parameter("to", "What is dialled.", required=True),
    Parameter("at", "When, on the account's clock, as 2026-12-24T18:30; else now."),
    Parameter("outcome", "What comes of each ring, in order.", many=True),
    Parameter("digits", "What the caller chooses in each menu, in order.", many=True),
)


class CallRoutes:
    """`/api/v1/explain/call` and `/api/v1/callflows/<id>/picture`."""

    def __init__(self, registry: Registry, exchange: Exchange) -> None:
        self._registry = registry
        self._exchange = exchange

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(
                method="GET",
                path="/api/v1/explain/call",
                handler=self.explain,
                about="account",
                query=(ACCOUNT, *_QUESTION),
                gives={200: Answer("The way of the call.", Explained)},
            ),
            Route(
                method="GET",
                path="/api/v1/callflows/{id}/picture",
                handler=self.picture,
                about="account",
                query=(ACCOUNT,),
                gives={200: Answer("A Mermaid flowchart.", str, ("text/vnd.mermaid",))},
            ),
        ]

    async def explain(self, request: web.Request) -> web.Response:
        """Walk a call: `from`, `to`, `at` (a local or full time), `outcome` and `digits` (repeatable)."""
        query = request.query
        directory = self._registry.directory
        account = directory.account(account_of(request))
        if not query.get("from") or not query.get("to"):
            raise BadRequest("say who calls whom: from and to")
        try:
            call = call_from(directory, account, query["from"], query["to"])
        except CallerUnknown as error:
            raise BadRequest(str(error)) from None
        steps = rehearse(
            directory,
            call,
            self._exchange,
            now=_moment(query.get("at"), account),
            outcomes=query.getall("outcome", []),
            digits=query.getall("digits", []),
        )
        values = {
            "from": query["from"],
            "to": query["to"],
            "told": told(steps),
            "steps": [_step(step) for step in steps],
            "pictures": _pictures(directory, account, steps),
        }
        return _json(values)

    async def picture(self, request: web.Request) -> web.Response:
        """A callflow as a Mermaid flowchart."""
        directory = self._registry.directory
        account = directory.account(account_of(request))
        flow = directory.find(Callflow, account.id, request.match_info["id"])
        if flow is None:
            known = directory.ids(account.id, "callflows")
            identity = request.match_info["id"]
            raise NotFound(f"there is no callflow {identity!r}{did_you_mean(identity, known)}")
        return web.Response(text=mermaid(flow), content_type="text/vnd.mermaid")


def _step(step: Step) -> dict[str, Any]:
    return {
        "callflow": step.callflow,
        "node": step.node,
        "words": in_words(step.action) or "the call is over",
        "action": msgspec.to_builtins(step.action),
        "properties": msgspec.to_builtins(step.properties),
        "outcomes": step.outcomes,
        "trace": step.trace,
    }


def _pictures(directory: Directory, account: Account, steps: list[Step]) -> dict[str, str]:
    """Each callflow that the call came through, with its way marked."""
    ways: dict[str, list[str]] = {}
    for step in steps:
        if step.callflow and step.node:
            ways.setdefault(step.callflow, []).append(step.node)
    flows = {identity: directory.find(Callflow, account.id, identity) for identity in ways}
    return {identity: mermaid(flow, ways[identity]) for identity, flow in flows.items() if flow is not None}


def _moment(text: str | None, account: Account) -> float:
    """Seconds since the epoch of a time; one without an offset is on the account's own clock."""
    if text is None:
        return time.time()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"at={text[:40]!r} is no time: write 2026-12-24T18:30, or with an offset") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(account.timezone or "UTC"))
    return moment.timestamp()


def _json(values: object) -> web.Response:
    return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type="application/json")
