"""What is told of a request: one event, in which nothing from outside can do harm."""

from __future__ import annotations

import re
from typing import Final

from offhook.model.device import Device

from .certificate.proof import Proven, Unproven
from .guard.assurance import Rung
from .guard.caller import Caller
from .guard.verdict import Verdict
from .identify import Identity
from .request import BootAnswer, BootEvent, BootRequest

_TOKEN: Final = re.compile(r"(?<![^/])t/+[^/]+", re.IGNORECASE)
"""Also where a token has no meaning, as in `//t/<token>/` of a URL that was joined badly: it is a secret all the same."""


def boot_event(
    request: BootRequest,
    identity: Identity,
    device: Device | None,
    caller: Caller | None,
    answer: BootAnswer,
    verdict: Verdict,
) -> BootEvent:
    """The event of a request that was answered; the time that it took is not known yet."""
    by_token = device.mac if device is not None and caller is not None and caller.by_token else None
    conflicts = f" ({'; '.join(identity.conflicts)})" if identity.conflicts and verdict.allowed else ""
    shown = request.certificate
    known = [*identity.evidence, *(["its token"] if by_token else []), *([_certificate(shown)] if shown else [])]
    if request.notice == "header.forged":
        known.append("a header that it wrote itself and that counts from trusted proxies only")
    return BootEvent(
        time=request.now,
        transport=request.transport,
        peer=request.peer,
        path=shown_path(request.path),
        mac=identity.mac or by_token or (shown.mac if isinstance(shown, Proven) else None),
        account=device.account if device else None,
        device=device.id if device else None,
        vendor=identity.vendor,
        model=printable(identity.model) if identity.model else None,
        version=printable(identity.version) if identity.version else None,
        identified=printable("; ".join(known) or "by nothing", 600),
        assurance=(caller.rung if caller is not None else Rung.L0).name,
        event=verdict.event or (caller.notice if caller is not None else request.notice),
        status=answer.status,
        verdict=verdict.words + printable(conflicts),
        bytes=answer.file_size or len(answer.body),
        milliseconds=0.0,
    )


def _certificate(shown: Proven | Unproven) -> str:
    """What a certificate says of who asks, or why it says nothing."""
    if isinstance(shown, Unproven):
        return f"no certificate that counts, as {shown.words}"
    said = (shown.vendor, shown.model, shown.mac, f"serial number {shown.serial}" if shown.serial else None)
    return f"certificate: {' '.join(part for part in said if part)}" + (", which ran out" if shown.expired else "")


def shown_path(path: str) -> str:
    """A path from outside as it may be shown: without the token that is a secret of its device."""
    return printable(_TOKEN.sub("t/***", path))


def printable(text: str, limit: int = 300) -> str:
    """A text from outside as it may stand in a log line: no control characters, valid Unicode, not endless."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:limit])
    return clean + "…" if len(text) > limit else clean
