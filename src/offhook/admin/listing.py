"""Lists: pages of documents, chosen by fields and by a part of their id or name, of many without holding anybody up."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from offhook.directory import Directory
from offhook.entry import Entry
from offhook.model.document import Document
from offhook.model.references import Key

TURN: Final = 200
"""Documents that are looked at before phones and proxies have their turn."""
_PLAIN: Final = re.compile(rb"[a-z0-9 ._/@+-]+")
"""Texts that stand in a document's JSON as they are."""


class Filter(NamedTuple):
    """A field by which a list is chosen from."""

    holds: Callable[[str | None, str], bool]
    """Whether a document with this value of the field is wanted."""
    kind: str | None
    """The kind of document that the value names."""


def _is(value: str | None, wanted: str) -> bool:
    """An empty text wants those that have none."""
    return (value or "") == wanted


def _is_model(value: str | None, wanted: str) -> bool:
    """`vendor/Model`, or `vendor` for all of its models; case does not matter."""
    model, asked = (value or "").lower(), wanted.lower()
    return model == asked or (bool(asked) and model.startswith(f"{asked}/"))


FILTERS: Final = {"owner": Filter(_is, "users"), "site": Filter(_is, "sites"), "model": Filter(_is_model, None)}
"""Query parameter of a list, which is the name of the field → how it chooses."""


async def page(
    directory: Directory,
    accounts: Sequence[str],
    kind: str,
    *,
    cursor: str,
    part: str,
    chosen: Mapping[str, str],
    limit: int,
    read: Callable[[Key], Document | None],
) -> tuple[list[Document], str | None]:
    """Documents with ids above `cursor`, ascending, at most `limit`; and the cursor of the next page, None: there is none.

    `part` is in their id or name, whatever the case; `chosen` is field → value; `read` gives a document to be shown.
    """
    found: list[Document] = []
    looked = 0
    texts = _texts(part, chosen)
    for account in accounts:
        ids = _ids(directory, account, kind)
        for at in range(bisect_right(ids, cursor), len(ids)):
            looked += 1
            if looked % TURN == 0:
                await asyncio.sleep(0)
            entry = directory.entry(account, kind, ids[at])
            document = read((account, kind, ids[at])) if entry is not None and _may_be(entry, texts) else None
            document = document if document is not None and _is_wanted(document, part, chosen) else None
            if document is None:
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(document)
    return found, None


def _ids(directory: Directory, account: str, kind: str) -> list[str]:
    key = ("ids", account, kind)
    known: list[str] | None = directory.memory.get(key)
    if known is None:
        known = directory.memory[key] = directory.ids(account, kind)
    return known


def _texts(part: str, chosen: Mapping[str, str]) -> tuple[bytes | None, tuple[bytes, ...]]:
    """What the JSON of a wanted document has in it, in lower case: the part (None: that cannot be told), and the values."""

    def plain(text: str) -> bytes | None:
        raw = text.lower().encode()
        return raw if _PLAIN.fullmatch(raw) else None

    return plain(part), tuple(raw for value in chosen.values() if (raw := plain(value)) is not None)


def _may_be(entry: Entry, texts: tuple[bytes | None, tuple[bytes, ...]]) -> bool:
    """Whether a document may be wanted, by its bytes: most that are not are known without being read."""
    in_part, in_values = texts
    if in_part is None and not in_values:
        return True
    body = entry.body.lower()
    if in_part is not None and in_part not in body and in_part not in entry.key[2].encode():
        return False
    return all(value in body for value in in_values)


def _is_wanted(document: Document, part: str, chosen: Mapping[str, str]) -> bool:
    if part and part.lower() not in f"{document.id} {getattr(document, 'name', '')}".lower():
        return False
    return all(FILTERS[name].holds(getattr(document, name), value) for name, value in chosen.items())
