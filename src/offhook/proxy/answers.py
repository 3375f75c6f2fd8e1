"""Answers that were given lately: the same question gets the same answer, and what it sets in motion happens once.

Questions come twice when a proxy takes over from another, when a connection breaks and is tried again, when a call
reaches us on two ways at once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Final

SECONDS: Final = 60
"""How long an answer is kept."""
MOST: Final = 20_000
"""Answers that are kept; one takes some kB."""


class Answers:
    """Answers by their question."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds, and never goes back."""
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, asyncio.Future[bytes]]] = OrderedDict()

    async def once(self, question: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer to a question: the one that was given, the one that is being made, or a new one.

        What goes wrong while it is made is raised to everyone who waits for it, and not kept.
        """
        now = self._clock()
        while self._kept and (next(iter(self._kept.values()))[0] <= now or len(self._kept) >= MOST):
            self._kept.popitem(last=False)
        kept = self._kept.get(question)
        if kept is None:
            making = asyncio.ensure_future(make())
            kept = self._kept[question] = (now + SECONDS, making)
            making.add_done_callback(lambda done: self._forget_failed(question, done))
        return await asyncio.shield(kept[1])

    def _forget_failed(self, question: Hashable, done: asyncio.Future[bytes]) -> None:
        kept = self._kept.get(question)
        if (done.cancelled() or done.exception() is not None) and kept is not None and kept[1] is done:
            del self._kept[question]
