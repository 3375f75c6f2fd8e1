"""What is told of a request: one event, in which nothing from outside can do harm."""

from __future__ import annotations

import re
from typing import Final

from offhook.model.device import Device

from .admit import Verdict
from .identify import Identity
from .request import BootAnswer, BootEvent, BootRequest

_TOKEN: Final = re.compile(r"^/?t/[^/]+/")


def boot_event(
    request: BootRequest, identity: Identity, device: Device | None, answer: BootAnswer, verdict: Verdict
) -> BootEvent:
    """The event of a request that was answered; the time that it took is not known yet."""
    conflicts = f" ({'; '.join(identity.conflicts)})" if identity.conflicts and verdict.allowed else ""
    return BootEvent(
        time=request.now,
        transport=request.transport,
        peer=request.peer,
        path=printable(_TOKEN.sub("/t/***/", request.path)),
        mac=identity.mac,
        account=device.account if device else None,
        device=device.id if device else None,
        vendor=identity.vendor,
        model=printable(identity.model) if identity.model else None,
        version=printable(identity.version) if identity.version else None,
        identified=printable("; ".join(identity.evidence) or "by nothing"),
        status=answer.status,
        verdict=verdict.words + printable(conflicts),
        bytes=answer.file_size or len(answer.body),
        milliseconds=0.0,
    )


def printable(text: str, limit: int = 300) -> str:
    """A text from outside as it may stand in a log line: no control characters, valid Unicode, not endless."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:limit])
    return clean + "…" if len(text) > limit else clean
