"""Keys of the server's own that are kept in a file: what is signed with one holds beyond a restart."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from . import privatefile
from .keyfile import Randomness

LENGTH: Final = 32
"""Bytes."""


def kept_key(path: Path, random: Randomness = os.urandom) -> bytes:
    """The key in the file, which is made when there is none; raises `PrivateFileRefused`.

    A file that holds no key any more is made anew: what was signed with the old one is refused from then on.
    """
    known = privatefile.read(path)
    if known is not None and len(known) == LENGTH:
        return known
    if known is not None:
        path.unlink()
    key = random(LENGTH)
    privatefile.create(path, key)
    return key
