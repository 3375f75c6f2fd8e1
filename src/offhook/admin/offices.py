"""Office files over REST: the documents made what a file says, and all of them written into one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from offhook.change import Outcome, Put, Remove
from offhook.directory import Directory
from offhook.model.document import Document
from offhook.model.kind import KINDS, kind_of
from offhook.model.problem import Refused
from offhook.model.references import Key
from offhook.registry import Registry

from .changing import Changing, Made, is_set
from .ledger import Ledger
from .office import OfficeFile, office_values, write_office
from .principal import Principal, no_account, principal_of, who
from .problems import BadRequest
from .route import CHANGING, JSON, YAML, Answer, Parameter, Route, flag


class Applied(Made):
    """What an office file changed."""

    revision: int


class OfficeRoutes:
    """`/api/v1/apply` and `/api/v1/export`."""

    def __init__(self, registry: Registry, changing: Changing, ledger: Ledger) -> None:
        self._registry = registry
        self._changing = changing
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes of office files."""
        return [
            Route(
                method="POST", path="/api/v1/apply", handler=self.apply, right="write", about="filtered",
                query=(
                    *CHANGING,
                    flag("prune", "Also remove documents of the file's kinds and accounts that it leaves out."),
                    flag("new", "Every document of the file must be new."),
                    Parameter("file", "How messages call the file."),
                ),
                body=dict[str, Any], body_types=(YAML, JSON), gives={200: Answer("What changed.", Applied)},
            ),
            Route(
                method="GET", path="/api/v1/export", handler=self.export, about="filtered",
                query=(
                    Parameter("account", "Only this account."),
                    flag("secrets", "With passwords and PINs in clear, for who may see them."),
                    Parameter("format", "Else YAML.", {"type": "string", "enum": ["json", "yaml"]}),
                ),
                gives={200: Answer("An office file.", dict[str, Any], (YAML, JSON))},
            ),
        ]  # fmt: skip

    async def apply(self, request: web.Request) -> web.Response:
        """Make the documents what an office file says, all of it or nothing.

        For whoever administers one account the file's documents are of that account where they name none.
        """
        name, principal = request.query.get("file", "office file"), principal_of(request)
        try:
            text = (await request.read()).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadRequest(f"{name} is not UTF-8 at byte {error.start}: save it as UTF-8") from None
        office = await asyncio.to_thread(OfficeFile, text, name)  # beside the event loop: phones are answered meanwhile
        if principal.account is not None:
            _set_account(office, principal.account)
        placed = await asyncio.to_thread(office.documents)
        _check(placed, principal)
        changes = office_changes(
            self._registry.directory, office, placed, prune=is_set(request, "prune"), new=is_set(request, "new")
        )
        try:
            made = await self._changing.make(request, changes)
        except Refused as refused:
            raise office.located(refused.problems) from None
        values: Applied = {**made, "revision": self._registry.directory.revision}
        return web.Response(text=json.dumps(values, ensure_ascii=False) + "\n", content_type=JSON)

    async def export(self, request: web.Request) -> web.Response:
        """All documents, or those of one account, as an office file."""
        principal, directory = principal_of(request), self._registry.directory
        account = request.query.get("account", principal.account)
        if account is not None and not (principal.sees(account) and account in directory.accounts()):
            raise no_account(account, principal, directory.accounts())
        reveal = is_set(request, "secrets")
        if reveal:
            await self._ledger.note(who(request), "read", f"secrets of {account or 'all accounts'}: export", account)
        as_json = request.query.get("format") == "json"
        read = None if reveal else self._registry.legible
        text = await asyncio.to_thread(_written, directory, account, read, as_json=as_json)
        return web.Response(text=text, content_type=JSON if as_json else YAML)


def _written(
    directory: Directory, account: str | None, read: Callable[[Key], Document | None] | None, *, as_json: bool
) -> str:
    """With secrets in clear when nobody is given who reads documents without them."""
    keys = [entry.key for entry in directory.all() if account in (None, entry.key[0])]
    documents = [directory.get(*key) if read is None else read(key) for key in keys]
    office = office_values((document for document in documents if document is not None), reveal=read is None)
    return write_office(office, as_json=as_json)


def _set_account(office: OfficeFile, account: str) -> None:
    """Documents that name no account are of this one."""
    for kind, listed in office.values.items() if isinstance(office.values, dict) else ():
        if kind in KINDS and kind != "accounts" and isinstance(listed, list):
            for raw in listed:
                if isinstance(raw, dict):
                    raw.setdefault("account", account)


def _check(placed: list[tuple[str, Document]], principal: Principal) -> None:
    for _, document in placed:
        if not principal.sees(document.account):
            raise no_account(document.account, principal, ())


def office_changes(
    directory: Directory,
    office: OfficeFile,
    placed: list[tuple[str, Document]],
    *,
    prune: bool = False,
    new: bool = False,
) -> list[Put | Remove]:
    """The changes that make the documents what an office file says; `placed` are its documents with their places."""
    changes: list[Put | Remove] = [
        Put(document, 0 if new else None, place, keep_secrets=True) for place, document in placed
    ]
    if prune:
        kept = {(document.account, kind_of(document), document.id) for _, document in placed}
        accounts = {document.account for _, document in placed}
        changes += [
            Remove(entry.key)
            for entry in directory.all()
            if entry.key not in kept and entry.key[0] in accounts and entry.key[1] in office.values
        ]
    return changes


async def apply_office(registry: Registry, office: OfficeFile, *, prune: bool = False) -> list[Outcome]:
    """Make the documents what an office file says; raises `Refused` with the file's lines."""
    placed = await asyncio.to_thread(office.documents)
    try:
        return await registry.change(office_changes(registry.directory, office, placed, prune=prune))
    except Refused as refused:
        raise office.located(refused.problems) from None
