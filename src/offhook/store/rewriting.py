"""Rewriting: what stands in an SQLite table is put in other words, a few rows at a time, by the thread that writes it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Final

import msgspec

AT_A_TIME: Final = 50
"""Rows, before others have their turn."""

Key = tuple[Any, ...]
Run = Callable[[Callable[[], Any]], "Future[Any]"]
"""Has something done by the thread that the table belongs to."""
Reworded = Callable[[Key, Any], Any]
"""A row's key and what stands there → what is to stand there; None: as it is."""


class Statements(msgspec.Struct, frozen=True):
    """How a table is asked."""

    keys: str
    """Selects the key columns of all rows."""
    read: str
    """Selects what stands in the row of a key."""
    write: str
    """Puts a value into the row of a key, which follows it."""


async def rewrite(
    run: Run, connection: Callable[[], sqlite3.Connection], statements: Statements, reworded: Reworded
) -> int:
    """How many rows were rewritten; each piece is durable by itself."""
    keys = await asyncio.wrap_future(run(lambda: connection().execute(statements.keys).fetchall()))
    done = 0
    for at in range(0, len(keys), AT_A_TIME):
        piece = partial(_rewritten, connection, statements, keys[at : at + AT_A_TIME], reworded)
        done += await asyncio.wrap_future(run(piece))
    return done


def _rewritten(
    connection: Callable[[], sqlite3.Connection], statements: Statements, keys: Sequence[Key], reworded: Reworded
) -> int:
    done = 0
    with connection() as database:
        for key in keys:
            row = database.execute(statements.read, key).fetchone()
            anew = reworded(key, row[0]) if row is not None and row[0] is not None else None
            if anew is not None:
                database.execute(statements.write, (anew, *key))
                done += 1
    return done
