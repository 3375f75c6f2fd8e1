"""What an exchange is set up with, and what it has worked out of one revision of the directory.

All that is kept follows from the directory alone, so keeping it changes no answer; it goes with its revision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from offhook.directory import Directory

MOST: Final = 50_000
"""Entries of one table; a full one is begun anew. An entry takes some hundred bytes."""


def no_limit(model: str | None) -> int | None:
    """Every model holds as many SIP accounts as are wanted."""
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """What stays the same from call to call."""

    key: bytes
    """Seals the cursors; at least 16 bytes, the same on all replicas."""
    accounts: Callable[[str | None], int | None] = no_limit
    """How many SIP accounts a model (`vendor/Model`) holds; None: not known, no limit."""


class Memory:
    """Tables of one directory and exchange."""

    __slots__ = ("callers", "legs", "matches", "patterns", "trunks")

    def __init__(self) -> None:
        self.callers: dict[tuple[str, str | None], Any] = {}
        self.matches: dict[tuple[str, str], Any] = {}
        self.patterns: dict[str, Any] = {}
        self.trunks: dict[tuple[str, str], Any] = {}
        self.legs: dict[tuple[str, str, str, str, str], Any] = {}


def memory_of(directory: Directory, exchange: Exchange) -> Memory:
    """The tables of a directory and an exchange."""
    memory: Memory | None = directory.memory.get(exchange)
    if memory is None:
        memory = directory.memory[exchange] = Memory()
    return memory


def keep(table: dict[Any, Any], key: Any, value: Any) -> Any:
    """Put an entry into a table, and give it back."""
    if len(table) >= MOST:
        table.clear()
    table[key] = value
    return value
