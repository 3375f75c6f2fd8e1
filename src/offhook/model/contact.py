"""A contact: an entry of the account's phone book."""

from __future__ import annotations

from .document import Document, Name, Number


class Contact(Document, frozen=True, kw_only=True):
    """Somebody outside."""

    name: Name
    numbers: tuple[Number, ...] = ()
    """First = the one to call."""
