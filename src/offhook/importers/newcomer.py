"""What somebody new gets: a callflow that rings them, a mailbox, and an id for their phone."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Any, Final

RING_SECONDS: Final = 20
"""How long a new callflow rings, unless it is said otherwise."""


def new_callflow(
    identity: str,
    account: str,
    name: str,
    numbers: Sequence[str],
    *,
    kind: str = "user",
    timeout: int = RING_SECONDS,
    box: str | None = None,
) -> dict[str, Any]:
    """The callflow of a user (or, by `kind`, a device) of the same id: ring, and then only what was asked for.

    `timeout` in seconds; `box` is the mailbox that it goes to when nobody answers.
    """
    ring: dict[str, Any] = {"type": "ring", "targets": [{kind: identity}], "timeout": timeout}
    nodes: dict[str, Any] = {"ring": ring}
    if box is not None:
        ring["next"] = {"else": "voicemail"}
        nodes["voicemail"] = {"type": "voicemail", "box": box}
    return {"id": identity, "account": account, "name": name, "numbers": list(numbers), "start": "ring", "nodes": nodes}


def new_mailbox(user: str, account: str, number: str, name: str, email: str | None) -> dict[str, Any]:
    """A user's first mailbox; it has the user's id."""
    box = {"id": user, "account": account, "number": number, "name": name, "owner": user}
    return {**box, **({"email": email} if email else {})}


def device_id(mac: str, model: str | None, owner: str | None, taken: Container[str]) -> str:
    """An id that says whose phone it is, or which: `marie-t46s`, `marie-t46s-aabb02`, `yealink-aabb01`.

    `mac` is 12 hexadecimal digits; `taken` ids are passed over.
    """
    wanted = device_id_wanted(mac, model, owner)
    # Not `-2`: that is how the second line of the first one logs in.
    candidates = (wanted, f"{wanted}-{mac[6:]}", f"{wanted[:50]}-{mac}")
    return next((one for one in candidates if one not in taken), candidates[-1])


def device_id_wanted(mac: str, model: str | None, owner: str | None) -> str:
    """The id that a phone gets when nobody has it; others begin with it."""
    vendor, _, name = (model or "phone").partition("/")
    wanted = f"{owner}-{name or vendor}" if owner else f"{vendor}-{mac[6:]}"
    return re.sub(r"[^a-z0-9._-]+", "-", wanted.lower()).strip("-")[:57]
