"""The key that seals the cursors of calls: kept, so that a call that is under way outlives a restart."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from . import privatefile
from .keyfile import Randomness

LENGTH: Final = 32
"""Bytes."""


def cursor_key(path: Path, random: Randomness = os.urandom) -> bytes:
    """The key in the file, which is made when there is none; raises `PrivateFileRefused`.

    A file that holds no key any more is made anew: calls that are under way are then routed again.
    """
    known = privatefile.read(path)
    if known is not None and len(known) == LENGTH:
        return known
    if known is not None:
        path.unlink()
    key = random(LENGTH)
    privatefile.create(path, key)
    return key
