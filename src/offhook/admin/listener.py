"""The admin door's socket."""

from __future__ import annotations

import logging

from aiohttp import web

from offhook.bind import listen_tcp

from .api import AdminApi

log = logging.getLogger(__name__)


class AdminListener:
    """Listens for admins and their programs."""

    def __init__(self, api: AdminApi, listen: tuple[str, int]) -> None:
        self._api = api
        self.host, _ = self._listen = listen
        self._runner: web.AppRunner | None = None
        self.port = 0
        """The port that is really listened at, once started."""

    async def start(self) -> None:
        """Listen; raises `OSError` with the address in words."""
        self._runner = web.AppRunner(self._api.application(), handle_signals=False, access_log=None)
        await self._runner.setup()
        await web.SockSite(self._runner, listen_tcp(self._listen, "admin.listen", 128)).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Finish what is being answered, then close."""
        if self._runner is not None:
            await self._runner.cleanup()
