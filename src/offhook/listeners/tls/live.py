"""Live contexts: doors whose certificate and authorities change while phones are at them, without a restart.

A listening socket keeps the context that it was opened with: so it is given one that hands each new phone on to whichever
is current. Phones that are being served stay with the one that they came by.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Self

from .context import KINDS, TlsDoor, TlsRefused, context_of

log = logging.getLogger(__name__)

State = tuple[tuple[int, int, int] | None, ...]
"""By which it is seen that files are others than before."""


class LiveContext(ssl.SSLContext):
    """A context that stands for another."""

    current: ssl.SSLContext

    def __new__(cls, current: ssl.SSLContext) -> Self:
        """One that stands for `current` until it is told otherwise."""
        made = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)
        made.current = current
        return made

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        """See `ssl.SSLContext`: what a new phone is served with."""
        return self.current.wrap_bio(*arguments, **named)


class LiveDoors:
    """The contexts of all TLS doors of a server."""

    def __init__(self, doors: Iterable[TlsDoor], authorities: Callable[[], Sequence[bytes]]) -> None:
        """`authorities` gives the imported ones as DER. Raises `TlsRefused`."""
        self._doors: Final = {door.name: door for door in doors}
        self._authorities = authorities
        self._states = {name: _state(door) for name, door in self._doors.items()}
        self._contexts: Final = {
            name: LiveContext(context_of(door, authorities())) for name, door in self._doors.items()
        }

    def __contains__(self, name: str) -> bool:
        """Whether this server has such a door."""
        return name in self._contexts

    def context(self, name: str) -> LiveContext:
        """The context of a door."""
        return self._contexts[name]

    def believe(self) -> None:
        """Take up the authorities that are imported now."""
        for name in self._doors:
            if KINDS[name].asks:
                self._renew(name, "the imported authorities")

    def look(self) -> None:
        """Take up files that have changed; waits for the disk."""
        for name, door in self._doors.items():
            state = _state(door)
            if state != self._states[name]:
                self._states[name] = state
                self._renew(name, f"the certificate in {door.certificate}")

    def _renew(self, name: str, what: str) -> None:
        try:
            self._contexts[name].current = context_of(self._doors[name], self._authorities())
        except TlsRefused as error:
            log.error("%s goes on with what it had: %s", name, error)
        else:
            log.info("%s: %s changed, and new connections are served with it", name, what)


def _state(door: TlsDoor) -> State:
    return tuple(_file_state(path) for path in (door.certificate, door.key) if path is not None)


def _file_state(path: Any) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
