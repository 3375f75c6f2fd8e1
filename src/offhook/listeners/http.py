"""The HTTP boot listener: any path a phone may think of, GET and HEAD, conditional requests, clean refusals."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from offhook.bind import listen_tcp
from offhook.provisioning.certificate.proof import Proven
from offhook.provisioning.request import BootAnswer, BootRequest
from offhook.provisioning.uploads import LARGEST

from .client import Clients
from .desk import Desk
from .tls.door import TlsDoorway
from .tls.live import LiveContext

BACKLOG: Final = 4096
"""Connections that may wait to be accepted when the power comes back; the kernel caps it at net.core.somaxconn."""
SERVER: Final = {"Server": "offhook"}
"""No version: it would only help those who look for holes."""
UNKEPT: Final = {"Cache-Control": "no-store", **SERVER}
"""Of refusals: no cache on the way may give one to a phone that is no longer refused."""
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:[0-9]{1,5})?")


class HttpListener:
    """One socket that phones fetch their files at."""

    def __init__(
        self,
        desk: Desk,
        listen: tuple[str, int],
        name: str,
        clients: Clients,
        tls: LiveContext | None = None,
        is_old: bool = False,
        demands_login: bool = False,
        imported: Callable[[], bool] = lambda: False,
    ) -> None:
        """`name` is the door's, such as `boot.http`, for events and messages; `tls`: None: plain HTTP; `is_old`: its TLS
        may be so old that only who shows a certificate is believed to be alone with us; `demands_login`: everybody is asked
        for credentials; `imported` tells whether any manufacturer's authority was."""
        self._clients = clients
        self._is_old = is_old
        self._demands_login = demands_login
        self._imported = imported
        self._desk = desk
        self.host, _ = self._listen = listen
        self._name = name
        self._tls = tls
        self._runner: web.ServerRunner | None = None
        self._doorway: TlsDoorway | None = None
        self.port = 0
        """The port that is really listened at, once started."""

    async def start(self) -> None:
        """Listen; raises `ListenRefused`."""
        socket = listen_tcp(self._listen, self._name, BACKLOG)
        self.port = socket.getsockname()[1]
        server = web.Server(self._answer, access_log=None)
        self._runner = web.ServerRunner(server, handle_signals=False)
        await self._runner.setup()
        if self._tls is None:
            await web.SockSite(self._runner, socket, backlog=BACKLOG).start()
        else:
            self._doorway = TlsDoorway(self._name, socket, server, self._tls, self._imported)
            self._doorway.open()

    async def stop(self) -> None:
        """Finish what is being answered, then close."""
        if self._doorway is not None:
            await self._doorway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "PUT":
            return await self._take(request)
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD, PUT", **SERVER})
        answer = await self._desk.reply(self._read(request))
        if answer.file is not None:
            headers = {**SERVER, "Content-Type": answer.content_type, "Cache-Control": "no-cache"}
            return _WholeOrRange(answer.file, headers=headers)
        return _response(request, answer)

    async def _take(self, request: web.BaseRequest) -> web.StreamResponse:
        """A file that a phone sends; one that is too large is not even read."""
        if (request.content_length or 0) > LARGEST:
            return web.Response(status=413, headers={"Connection": "close", **SERVER})
        body = bytearray()
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LARGEST:
                return web.Response(status=413, headers={"Connection": "close", **SERVER})
        answer = await self._desk.take(self._read(request), bytes(body))
        return _response(request, answer)

    def _read(self, request: web.BaseRequest) -> BootRequest:
        host, now = request.headers.get("Host", ""), time.time()
        client = self._clients.read(request, now)
        is_secure = client.scheme == "https" and (not self._is_old or isinstance(client.certificate, Proven))
        return BootRequest(
            listener=self._name,
            transport="https" if is_secure else "http",
            path=request.path,
            query=request.query_string,
            user_agent=request.headers.get("User-Agent"),
            peer=client.peer,
            base_url=f"{client.scheme}://{host}/" if _HOST.fullmatch(host) else None,
            now=now,
            method=request.method,
            target=request.raw_path,
            authorization=_only(request.headers.getall("Authorization", ())),
            demands_login=self._demands_login,
            certificate=client.certificate,
            notice=client.event,
        )


class _WholeOrRange(web.FileResponse):
    """A file, or the range of it that a phone still lacks.

    Whether a phone's part is of the same file is asked by `If-Range` (RFC 9110 §13.1.5), of which aiohttp reads the date
    alone: asked by a validator, the whole file is given.
    """

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """See aiohttp."""
        if request.headers.get("If-Range", "").endswith('"'):
            headers = request.headers.copy()
            headers.popall("Range", None)
            request = request.clone(headers=headers)
        return await super().prepare(request)


def _response(request: web.BaseRequest, answer: BootAnswer) -> web.Response:
    """The answer as HTTP; refusals have no body that a phone could take for a config."""
    if answer.status == 401:
        refusal = web.Response(status=401, headers=UNKEPT)
        for challenge in answer.challenges:
            refusal.headers.add("WWW-Authenticate", challenge)
        return refusal
    if answer.status in (201, 204, 404):
        return web.Response(status=answer.status, headers=UNKEPT)
    if answer.status == 503:
        return web.Response(status=503, headers={"Retry-After": "30", **SERVER})
    headers = {**SERVER, "ETag": answer.etag, "Cache-Control": "no-cache", "Content-Type": answer.content_type}
    if _matches(request.headers.get("If-None-Match"), answer.etag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=answer.body, headers=headers)


def _only(headers: Sequence[str]) -> str | None:
    """A header that may be there once; written twice it is as good as wrong, whichever of the two somebody else reads."""
    return ", ".join(headers) if headers else None


def _matches(if_none_match: str | None, etag: str) -> bool:
    """RFC 9110 §13.1.2: weak comparison with any of the list, or `*`."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
