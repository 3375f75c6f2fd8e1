"""A mailbox: a voicemail box with a number and a PIN, owned by a user or by nobody."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .document import Document, Name, Slug
from .secret import Secret


class Mailbox(Document, frozen=True, kw_only=True):
    """A voicemail box."""

    number: Annotated[str, Meta(pattern=r"^[0-9*#]{1,31}$")]
    """The box's own number; unique among the account's mailboxes. It is no number that one can call."""
    name: Name | None = None
    owner: Slug | None = None
    pin: Secret | None = None
    """Made up when it is left out."""
    email: Annotated[str, Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
