"""Ids out of names: slugs, each once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Final

SLUG_LENGTH: Final = 64
_OTHER: Final = re.compile(r"[^a-z0-9._-]+")


def slug(text: str, length: int = SLUG_LENGTH) -> str:
    """A text as a slug: without accents, in lower case, anything else a dash; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-._")[:length].strip("-._")


def unused(name: str, taken: Container[str], length: int = SLUG_LENGTH) -> str:
    """The name itself, or with the first number from 2 on that makes it new."""
    candidate, number = name[:length], 2
    while candidate in taken:
        ending = f"-{number}"
        candidate, number = f"{name[: length - len(ending)]}{ending}", number + 1
    return candidate
