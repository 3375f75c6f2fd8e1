"""Backup over REST: one file of everything, made while the server goes on."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from offhook.backup import archive
from offhook.backup.collect import gather
from offhook.keyring import DATA_KEYS
from offhook.registry import Registry
from offhook.secrets.vault import Vault
from offhook.store.base import StoredDocument

from .ledger import Ledger
from .principal import who
from .route import Answer, Route, flag

log = logging.getLogger(__name__)

GZIP: Final = "application/gzip"
_PIECE: Final = 256 * 1024


class BackupRoutes:
    """`/api/v1/backup`."""

    def __init__(
        self,
        registry: Registry,
        data_keys: Callable[[str], list[StoredDocument]],
        data: Path,
        vault: Vault,
        ledger: Ledger,
    ) -> None:
        """`data_keys` gives the documents of a kind that no directory holds, as they are stored."""
        self._registry = registry
        self._data_keys = data_keys
        self._data = data
        self._vault = vault
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The routes of backups."""
        return [
            Route(
                method="GET", path="/api/v1/backup", handler=self.backup, right="secrets",
                query=(flag("firmware", "0: leave out firmware files, which are large and are had elsewhere."),),
                gives={200: Answer("A backup, as `offhook restore` takes it.", bytes, (GZIP,))},
            )
        ]  # fmt: skip

    async def backup(self, request: web.Request) -> web.StreamResponse:
        """All documents with their secrets sealed, their history, the audit, uploads, templates and firmware."""
        directory = self._registry.directory
        documents = [StoredDocument(*entry.key, entry.rev, entry.body) for entry in directory.all()]
        documents += self._data_keys(DATA_KEYS)
        await self._ledger.note(who(request), "read", f"backup of revision {directory.revision}")
        with tempfile.TemporaryDirectory(dir=self._data, prefix="~backup-") as work:
            manifest, sources = await asyncio.to_thread(
                gather, self._data, documents, directory.revision, self._vault.key_file, Path(work),
                firmware=request.query.get("firmware") != "0", now=time.time(),
            )  # fmt: skip
            answer = web.StreamResponse(headers={"Content-Type": GZIP, "Cache-Control": "no-store"})
            await answer.prepare(request)
            reading, writing = os.pipe()

            def write() -> None:
                with os.fdopen(writing, "wb") as stream:
                    archive.write(stream, manifest, sources)

            written = asyncio.get_running_loop().run_in_executor(None, write)
            try:
                with os.fdopen(reading, "rb", buffering=0) as stream:
                    while piece := await asyncio.to_thread(stream.read, _PIECE):
                        await answer.write(piece)
            finally:
                # With nobody left who reads, the writer fails soon; a file that is not whole is never ended as if it were.
                await written
            await answer.write_eof()
            return answer
