"""The TFTP boot listener: joins the TFTP server to the desk."""

from __future__ import annotations

import mmap
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final

from offhook.listeners.desk import Desk
from offhook.meters import Meters
from offhook.provisioning.request import BootRequest

from .answer import File, Peer, Refusal, TransferReport
from .packet import ReadRequest
from .server import TftpServer

FILE_NOT_FOUND = 1
NOT_DEFINED = 0
"""TFTP error codes (RFC 1350 §5): 0 for our own failure, after which a phone asks again."""
KEPT_FILES: Final = 32
"""Files on disk that stay open for the next phone."""


class TftpListener:
    """One TFTP door that phones fetch their files at."""

    def __init__(self, desk: Desk, listen: tuple[str, int], meters: Meters | None = None) -> None:
        """`meters` count the transfers; None: nobody does."""
        self._desk = desk
        self.host = listen[0]
        self._server = TftpServer(self._answer, listen=listen, ended=self._ended)
        self._meters = meters
        self._maps: OrderedDict[tuple[Path, int, int], mmap.mmap] = OrderedDict()

    async def start(self) -> None:
        """Listen; raises `ListenRefused`."""
        await self._server.start()

    async def stop(self) -> None:
        """Let transfers that are under way end, then close."""
        await self._server.stop()

    @property
    def port(self) -> int:
        """The port that is really listened at, once started."""
        return self._server.port

    def _answer(self, request: ReadRequest, peer: Peer) -> File | Refusal:
        boot = BootRequest(listener="tftp", transport="tftp", path=request.filename, peer=peer[0], now=time.time())
        answer = self._desk.answer(boot)
        if answer.file is not None:
            return File(self._mapped(answer.file))
        if answer.status == 200:
            return File(answer.body)
        if answer.status == 404:
            return Refusal(FILE_NOT_FOUND, "File not found")
        return Refusal(NOT_DEFINED, "Server error, try again")

    def _ended(self, report: TransferReport) -> None:
        if self._meters is not None:
            self._meters.transfers[report.outcome] += 1
            self._meters.tftp_bytes += report.bytes
            self._meters.retransmissions += report.retransmissions

    def _mapped(self, path: Path) -> mmap.mmap:
        """A file on disk as memory, the same object for every phone that fetches it; the one used longest ago goes."""
        state = path.stat()
        key = (path, state.st_ino, state.st_mtime_ns)
        mapped = self._maps.pop(key, None)
        if mapped is None:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._maps[key] = mapped
        if len(self._maps) > KEPT_FILES:
            self._maps.popitem(last=False)
        return mapped
