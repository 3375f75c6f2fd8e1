"""Names: Kazoo's ids as slugs of ours, and names of nodes that people can read; each once, in a fixed order."""

from __future__ import annotations

from typing import Final

from offhook.importers.names import slug, unused

NODE_LENGTH: Final = 32


def node_name(text: str) -> str:
    """A text as the name of a node or of a period."""
    return slug(text, NODE_LENGTH).replace(".", "-") or "node"


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
