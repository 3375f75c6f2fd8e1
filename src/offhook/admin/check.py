"""The admin door's check: everything that is wrong now, before a phone or a caller finds it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypedDict

from aiohttp import web

from offhook.callflow.lint import lint
from offhook.callflow.memory import Exchange
from offhook.callflow.rehearsal import broken_examples, problem_of
from offhook.model.problem import Problem
from offhook.provisioning.inspection import inspect_files, inspect_pins, inspect_templates
from offhook.provisioning.provisioner import Provisioner
from offhook.registry import Registry

from .principal import principal_of
from .route import Answer, Route

TURN: Final = 20
"""Devices that are looked at before phones have their turn."""


class Found(TypedDict):
    """What is wrong."""

    items: list[dict[str, Any]]


class CheckRoutes:
    """`/api/v1/check`."""

    def __init__(
        self, registry: Registry, exchange: Exchange, provisioner: Provisioner, templates: Sequence[Path]
    ) -> None:
        """`templates` are the folders of templates, an admin's own first."""
        self._registry = registry
        self._exchange = exchange
        self._provisioner = provisioner
        self._templates = templates

    def routes(self) -> list[Route]:
        """The routes of the check."""
        return [
            Route(
                method="GET", path="/api/v1/check", handler=self.check, about="filtered",
                gives={200: Answer("What is wrong, errors first.", Found)},
            )
        ]  # fmt: skip

    async def check(self, request: web.Request) -> web.Response:
        """Every problem that is found, errors first."""
        directory, own = self._registry.directory, principal_of(request).account
        seen = [own] if own is not None else directory.accounts()
        broken = await _gathered(_broken(self._registry, seen))
        if broken:  # nothing else can be checked then
            return _answer(_values("error", broken))
        templates = [] if own is not None else await asyncio.to_thread(lambda: [*inspect_templates(self._templates)])
        files = await _gathered(inspect_files(directory, self._provisioner, seen))
        pins = await _gathered(inspect_pins(directory, self._provisioner, self._provisioner.shelf, seen))
        accounts = [directory.account(account) for account in seen]
        callflows = await _gathered(
            Problem(one.place, f"{one.message} ({one.code})") if one is not None else None
            for account in accounts
            for one in lint(directory, account)
        )
        now = time.time()
        examples = await _gathered(
            problem_of(one) if one is not None else None
            for account in accounts
            for one in broken_examples(directory, account, self._exchange, now)
        )
        items = [*_values("error", (*templates, *files, *examples)), *_values("warning", (*pins, *callflows))]
        return _answer(items)


def _answer(items: list[dict[str, Any]]) -> web.Response:
    return web.Response(text=json.dumps({"items": items}, ensure_ascii=False) + "\n", content_type="application/json")


def _broken(registry: Registry, accounts: Sequence[str]) -> Iterator[Problem | None]:
    """Secrets that do not open any more: altered, or moved from elsewhere."""
    for entry in registry.directory.all():
        if entry.key[0] in accounts:
            found = registry.mendable(entry.key)
            yield None
            for one in found[1] if found is not None else ():
                yield Problem("/".join(entry.key[1:]), str(one))


async def _gathered(found: Iterable[Problem | None]) -> list[Problem]:
    problems = []
    for count, problem in enumerate(found):
        if problem is not None:
            problems.append(problem)
        elif count % TURN == 0:
            await asyncio.sleep(0)
    return problems


def _values(severity: str, problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [{"severity": severity, "place": one.place, "message": one.message} for one in problems]
