"""Names: Kazoo's ids as slugs of ours, and names of nodes that people can read; each once, in a fixed order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Final

SLUG_LENGTH: Final = 64
NODE_LENGTH: Final = 32
_OTHER: Final = re.compile(r"[^a-z0-9._-]+")


def slug(text: str, length: int = SLUG_LENGTH) -> str:
    """A text as a slug: without accents, in lower case, anything else a dash; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-._")[:length].strip("-._")


def node_name(text: str) -> str:
    """A text as the name of a node or of a period."""
    return slug(text, NODE_LENGTH).replace(".", "-") or "node"


def unused(name: str, taken: Container[str], length: int = SLUG_LENGTH) -> str:
    """The name itself, or with the first number from 2 on that makes it new."""
    candidate, number = name[:length], 2
    while candidate in taken:
        ending = f"-{number}"
        candidate, number = f"{name[: length - len(ending)]}{ending}", number + 1
    return candidate


class Ids:
    """Which id of ours each Kazoo document has."""

    def __init__(self) -> None:
        self._ours: dict[tuple[str, str], str] = {}
        self._taken: dict[str, set[str]] = {}
        self._kinds: set[str] = set()

    def know(self, kind: str) -> None:
        """The file lists this kind: what it does not list does not exist."""
        self._kinds.add(kind)

    def give(self, kind: str, theirs: str, wanted: str) -> str:
        """A new id for a document of a kind, as near to `wanted` as is free."""
        given = self.make(kind, wanted)
        self._ours[kind, theirs] = given
        return given

    def make(self, kind: str, wanted: str) -> str:
        """A new id for a document that Kazoo does not have."""
        taken = self._taken.setdefault(kind, set())
        given = unused(slug(wanted) or kind.rstrip("s"), taken)
        taken.add(given)
        return given

    def find(self, kind: str, theirs: str) -> str | None:
        """Our id of a document that another one names; None when the file lists that kind, and not this document."""
        known = self._ours.get((kind, theirs))
        if known is not None or kind in self._kinds:
            return known
        return slug(theirs) or None
