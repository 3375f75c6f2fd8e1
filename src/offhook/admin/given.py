"""What a device was given: the contents that its own files had lately."""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypedDict

from aiohttp import web

from offhook.model.device import Device
from offhook.model.problem import NotFound, did_you_mean
from offhook.registry import Registry
from offhook.secrets.vault import SealBroken
from offhook.store.given import GivenFiles

from .ledger import Ledger
from .principal import account_of, who
from .problems import BadRequest
from .route import ACCOUNT, BYTES, Answer, Route

_HASH: Final = re.compile(r"[0-9a-f]{6,64}")


class Given(TypedDict):
    """What a device was given."""

    items: list[dict[str, Any]]


class GivenRoutes:
    """`/api/v1/devices/<id>/files`."""

    def __init__(self, registry: Registry, given: GivenFiles, ledger: Ledger) -> None:
        self._registry = registry
        self._given = given
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes of what devices were given."""
        return [
            Route(
                method="GET", path="/api/v1/devices/{id}/files", handler=self.files, about="account", query=(ACCOUNT,),
                gives={200: Answer("The contents that its files had, oldest first.", Given)},
            ),
            Route(
                method="GET", path="/api/v1/devices/{id}/files/{hash}", handler=self.file, right="secrets", about="account",
                query=(ACCOUNT,), gives={200: Answer("The file as the device was given it.", bytes, (BYTES,))},
            ),
        ]  # fmt: skip

    async def files(self, request: web.Request) -> web.Response:
        """Each content that a file of the device had lately: its hash, when it was first given, to which firmware."""
        account, identity = self._device(request)
        items = [
            {
                "file": one.file,
                "hash": one.hash,
                "bytes": one.bytes,
                "time": one.gift.time,
                "peer": one.gift.peer,
                "version": one.gift.version,
                "revision": one.gift.revision,
            }
            for one in await self._given.of(account, identity)
        ]
        return web.Response(text=json.dumps({"items": items}) + "\n", content_type="application/json")

    async def file(self, request: web.Request) -> web.Response:
        """One content by its hash or the first digits of it, as it was given: there are passwords in it."""
        account, identity = self._device(request)
        wanted = request.match_info["hash"].lower()
        if not _HASH.fullmatch(wanted):
            raise BadRequest("a content is named by at least 6 hexadecimal digits of its hash")
        try:
            found = await self._given.content(account, identity, wanted)
        except SealBroken as error:
            raise NotFound(f"the content {wanted} cannot be opened any more: {error}") from None
        if found is None:
            raise NotFound(
                f"no content {wanted} of device {identity} is kept, or more than one: offhook device files {identity}"
            )
        name, body = found
        await self._ledger.note(who(request), "read", f"file {name} ({wanted}) of device {identity}", account)
        return web.Response(body=body, content_type=BYTES)

    def _device(self, request: web.Request) -> tuple[str, str]:
        """Account and id; what a removed device was given is not told, as another one may have its id by then."""
        account, identity = account_of(request), request.match_info["id"]
        directory = self._registry.directory
        if directory.find(Device, account, identity) is None:
            known = did_you_mean(identity, directory.ids(account, "devices"))
            raise NotFound(f"there is no device {identity!r} in account {account!r}{known}")
        return account, identity
