"""Changes: what somebody wants saved or removed, and what that did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from offhook.model.document import Document
from offhook.model.kind import public_values
from offhook.model.references import Key
from offhook.model.secret import MASK


class Put(msgspec.Struct, frozen=True):
    """Save a document as it is given."""

    document: Document
    expected: int | None = None
    """The revision that must be there now; 0 = the document must be new; None = whatever is there."""
    place: str = ""
    """How messages call the document; absent: `kind/id`."""
    keep_secrets: bool = False
    """Whether secrets of `settings` and `overrides` that the document leaves out stay as they are stored: so in an office
    file, which is exported without them. A device's password and a mailbox's PIN always stay."""


class Remove(msgspec.Struct, frozen=True):
    """Remove a document."""

    key: Key
    expected: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What a change did, or would do, to one document."""

    key: Key
    action: Literal["added", "changed", "removed"]
    differences: tuple[tuple[str, Any, Any], ...]
    """(field, before, after) with secrets masked; a field that was absent is None."""


def differences(old: Document | None, new: Document) -> tuple[tuple[str, Any, Any], ...]:
    """(field, before, after) of every field that differs, one level below lists; secrets are masked."""
    before = dict(_flat("", public_values(old))) if old is not None else {}
    after = dict(_flat("", public_values(new)))
    changed = [name for name in (before | after) if name != "rev" and before.get(name) != after.get(name)]
    masked = _changed_secrets(old, new) if old is not None else ()
    return tuple((name, before.get(name), after.get(name)) for name in sorted({*changed, *masked}))


def _changed_secrets(old: Document, new: Document) -> Iterator[str]:
    """Fields whose secret changed, which the masked values cannot show."""
    before, after = (dict(_flat("", public_values(document, reveal=True))) for document in (old, new))
    shown = dict(_flat("", public_values(new)))
    for name, value in after.items():
        if before.get(name) != value and shown.get(name) == MASK:
            yield name


def _flat(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _flat(f"{place}.{name}" if place else name, part)
    else:
        yield place, value
