"""Tampered secrets: each one that does not open is told once in the log and in the audit, with its place and its mend."""

from __future__ import annotations

import asyncio
import logging

from offhook.model.problem import Unavailable
from offhook.secrets.vault import SealBroken

from .ledger import Ledger

log = logging.getLogger(__name__)


class Tampered:
    """What was found since the server's start."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: set[tuple[str, str, str, str]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """From now on what is found is written down."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Finish what is being written."""
        await asyncio.gather(*self._writing)

    def told(self, error: SealBroken) -> None:
        """A secret was read that does not open; may be called in any thread, and as often as it is read."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._note, error)

    def _note(self, error: SealBroken) -> None:
        place = (error.account, error.kind, error.id, error.field)
        if place in self._known:
            return
        self._known.add(place)
        log.error("%s", error)
        task = asyncio.ensure_future(self._write(error))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, error: SealBroken) -> None:
        what = f"{error.kind}/{error.id} field {error.field}: {error}"
        try:
            await self._ledger.note("offhook", "tampered", what, error.account)
        except Unavailable as unwritten:
            log.error("%s", unwritten)
