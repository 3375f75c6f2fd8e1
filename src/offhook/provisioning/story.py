"""The story: the last boot events of each phone, in bounded memory, for `offhook why`."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from .request import BootEvent

EVENTS_A_PHONE: Final = 30
PHONES: Final = 20_000
"""Phones whose story is kept; the one that has been silent longest is forgotten first."""


class Story:
    """What phones asked for lately and what they were given."""

    def __init__(self, phones: int = PHONES, events: int = EVENTS_A_PHONE) -> None:
        self._phones = phones
        self._events = events
        self._by_mac: OrderedDict[str, deque[BootEvent]] = OrderedDict()
        self._unnamed: deque[BootEvent] = deque(maxlen=500)
        self._listeners: list[Callable[[BootEvent], None]] = []

    def listen(self, listener: Callable[[BootEvent], None]) -> None:
        """Call `listener` with every event from now on."""
        self._listeners.append(listener)

    def add(self, event: BootEvent) -> None:
        """Keep an event and tell the listeners."""
        self.remember(event)
        for listener in self._listeners:
            listener(event)

    def remember(self, event: BootEvent) -> None:
        """Keep an event that the listeners know already, as one read back at start."""
        if event.mac is None:
            self._unnamed.append(event)
            return
        events = self._by_mac.get(event.mac)
        if events is None:
            events = self._by_mac[event.mac] = deque(maxlen=self._events)
            if len(self._by_mac) > self._phones:
                self._by_mac.popitem(last=False)
        events.append(event)
        self._by_mac.move_to_end(event.mac)

    def of_mac(self, mac: str) -> list[BootEvent]:
        """The last events of a phone, oldest first."""
        return list(self._by_mac.get(mac, ()))

    def of_nobody(self) -> list[BootEvent]:
        """The last events that named no MAC, oldest first."""
        return list(self._unnamed)
