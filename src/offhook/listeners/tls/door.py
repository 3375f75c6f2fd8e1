"""A TLS door: takes phones in one by one, so that it can be said which of them failed the handshake and why.

asyncio's own server drops such a phone without a word, or any place to say one.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from .handshake import failure_words

log = logging.getLogger("offhook.tls")

HANDSHAKE_SECONDS: Final = 30.0
"""That a phone may take; old ones compute for seconds."""
BREATH: Final = 1.0
"""Seconds before the next try when the system gives no more connections."""
_EXHAUSTED: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
"""What else may come of it concerns one phone, which went away before it was taken in."""
REPEATED_AFTER: Final = 600.0
"""Seconds after which the same is said again of the same peer."""
REMEMBERED: Final = 1000
"""Peers of whom it is remembered what was said."""


class TlsDoorway:
    """One listening socket, at which TLS is spoken."""

    def __init__(
        self,
        name: str,
        listening: socket.socket,
        serve: Callable[[], asyncio.BaseProtocol],
        context: ssl.SSLContext,
        imported: Callable[[], bool],
    ) -> None:
        """`serve` makes the protocol of a phone that is through; `imported` tells whether any authority was."""
        self._name = name
        self._listening = listening
        self._serve = serve
        self._context = context
        self._imported = imported
        self._told: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._greeting: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Take phones in from now on."""
        self._accepting = asyncio.create_task(self._accept())

    async def close(self) -> None:
        """Take no more in; who is being served is not disturbed."""
        tasks = [*self._greeting, *([self._accepting] if self._accepting is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listening.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(self._listening)
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    log.error("%s can take nobody in now: %s", self._name, error.strerror)
                    await asyncio.sleep(BREATH)
                continue
            greeting = loop.create_task(self._greet(connection, address))
            self._greeting.add(greeting)
            greeting.add_done_callback(self._greeting.discard)

    async def _greet(self, connection: socket.socket, address: Any) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.connect_accepted_socket(
                self._serve, connection, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except ssl.SSLError as error:
            self._say(str(address[0]), failure_words(error, imported=self._imported()), loop.time())
            connection.close()
        except OSError:  # it went away, or took too long: nobody waits for a word
            connection.close()

    def _say(self, peer: str, words: str, now: float) -> None:
        """One line; not again at once for a phone that keeps trying."""
        said = self._told.get((peer, words))
        if said is not None and now - said < REPEATED_AFTER:
            return
        self._told[peer, words] = now
        self._told.move_to_end((peer, words))
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        log.warning("%s: %s failed the TLS handshake: %s", self._name, peer, words)
