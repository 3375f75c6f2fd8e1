"""The FastAGI door: calls that Asterisk hands over, each on a connection of its own, for as long as it lasts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from offhook.bind import listen_tcp
from offhook.callflow.cursor import CursorRefused
from offhook.directory import Directory
from offhook.logs import denied
from offhook.model.account import Account
from offhook.model.secret import Secret
from offhook.proxy.authentication import REFUSALS_A_SECOND, REFUSALS_AT_ONCE
from offhook.proxy.fields import clean
from offhook.proxy.limits import Limit
from offhook.proxy.listener import warn_if_outside
from offhook.proxy.routing import Routing
from offhook.secrets.tokenbook import TokenBook, is_within
from offhook.secrets.tokens import Token

from .agi_lines import Environment, HungUp, LinesRefused, Reader, Reply, Said, command
from .asterisk_agi import Ask, Came, Command, Planned, asked, carry_out

log = logging.getLogger(__name__)

INTRODUCTION: Final = 5.0
"""Seconds that Asterisk may take to say how the call came."""
BACKLOG: Final = 1024


class _Gone(Exception):
    """The caller hung up, or Asterisk closed the connection."""


class AgiListener:
    """Listens for Asterisk."""

    def __init__(
        self, directory: Callable[[], Directory], routing: Routing, tokens: TokenBook, listen: tuple[str, int]
    ) -> None:
        self._directory = directory
        self._routing = routing
        self._tokens = tokens
        self.host, _ = self._listen = listen
        self._refusals = Limit(REFUSALS_A_SECOND, REFUSALS_AT_ONCE)
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self.port = 0
        """The port that is really listened at, once started."""

    async def start(self) -> None:
        """Listen; raises `ListenRefused`."""
        warn_if_outside(self.host, "FastAGI door", "agi")
        listening = listen_tcp(self._listen, "proxy.agi", BACKLOG)
        self._server = await asyncio.start_server(self._take, sock=listening, backlog=BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close; Asterisk goes on in its own dialplan with the calls that were still being set up."""
        if self._server is not None:
            self._server.close()
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            await self._serve(_Line(reader, writer))
        except (_Gone, ConnectionError, TimeoutError):
            log.debug("a FastAGI connection ended early")
        except LinesRefused as error:
            log.warning("%s at the FastAGI door: %s", _address(writer), error)
        except asyncio.CancelledError:
            log.debug("a FastAGI connection was closed by us")
        except Exception:
            log.exception("a call over FastAGI failed")
        finally:
            writer.close()

    async def _serve(self, line: _Line) -> None:
        async with asyncio.timeout(INTRODUCTION):
            environment = await line.hear()
        assert isinstance(environment, Environment)
        entries = {name: clean(value, name) for name, value in environment.entries.items()}
        token = self._token(entries.get("agi_arg_1", ""), line.address)
        if token is None:
            return
        fields = asked(entries)
        plan = await self._routing.route(fields, token.account)
        conversation = carry_out(self._planned(plan), fields["call_id"])
        came: Came = None
        while True:
            try:
                todo = conversation.send(came)
            except StopIteration:
                return
            if isinstance(todo, Command):
                came = await line.ask(todo)
            else:
                came = await self._go_on(todo, token.account)

    async def _go_on(self, ask: Ask, account: str | None) -> Planned | None:
        try:
            return self._planned(await self._routing.resume(ask.fields, account))
        except CursorRefused as error:
            log.warning("a call over FastAGI goes on as if nobody had answered: %s", error)
            return None

    def _planned(self, plan: dict[str, object]) -> Planned:
        name, steps = plan["account"], plan["steps"]
        account = self._directory().find(Account, str(name), str(name)) if name is not None else None
        assert isinstance(steps, list)
        return Planned(steps, account.realm if account is not None else "invalid")

    def _token(self, shown: str, source: str) -> Token | None:
        """The token of a proxy that may ask; None: it may not, and learns nothing."""
        token = self._tokens.find(Secret(shown), time.time()) if shown else None
        if token is not None and "proxy" in token.scopes and is_within(token.networks, source):
            return token
        if self._refusals.allows(source, time.monotonic()):
            log.warning(
                "%s was refused at the FastAGI door: its first argument is no token of a proxy",
                source,
                extra=denied("agi", source),
            )
        return None


class _Line:
    """A connection: what is said over it, one thing after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._lines = Reader()
        self._heard: list[Said] = []
        self.address = _address(writer)

    async def hear(self) -> Said:
        """The next thing that is said."""
        while not self._heard:
            data = await self._reader.read(4096)
            if not data:
                raise _Gone
            self._heard += self._lines.read(data)
        return self._heard.pop(0)

    async def ask(self, todo: Command) -> Reply:
        """Send a command, and wait for what came of it: as long as the call lasts, if need be."""
        self._writer.write(command(*todo.words))
        await self._writer.drain()
        said = await self.hear()
        if isinstance(said, HungUp) or not isinstance(said, Reply):
            raise _Gone
        return said


def _address(writer: asyncio.StreamWriter) -> str:
    peer = writer.get_extra_info("peername")
    return str(peer[0]) if peer else ""
