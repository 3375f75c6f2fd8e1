"""Events: what proxies tell us without being asked. Each is taken or left on its own; none is worth an error."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from .fields import BodyUnreadable, clean
from .presence import Contact, Presence

MOST: Final = 1_000
"""Events of one request."""
DEFAULT_EXPIRES: Final = 3_600
"""Seconds, where the proxy does not say (RFC 3261 §10.2.1.1)."""


def events_of(body: bytes, content_type: str) -> list[dict[str, str]]:
    """The events of a request: a JSON list, `{"events": […]}`, one object, or one form-encoded event a line.

    Raises `BodyUnreadable`.
    """
    text = body.decode("utf-8", "replace")
    if content_type != "application/json" and not text.lstrip().startswith(("{", "[")):
        return [dict(_cleaned(dict(parse_qsl(line, errors="replace")))) for line in text.splitlines()[:MOST] if line]
    try:
        values: Any = json.loads(text)
    except ValueError as error:
        raise BodyUnreadable(f"the body is not JSON: {error}") from None
    if isinstance(values, dict):
        values = values.get("events", [values])
    if not isinstance(values, list):
        raise BodyUnreadable("the body must be a list of events")
    return [dict(_cleaned(value)) for value in values[:MOST] if isinstance(value, dict)]


def _cleaned(values: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, str | int | float):
            yield str(name), clean(str(value))


def take(presence: Presence, event: Mapping[str, str], only: str | None, now: float | None = None) -> bool:
    """Take one event up; False when it says nothing, or is of another realm than `only` (None: any realm)."""
    now = time.time() if now is None else now
    aor, call = event.get("aor", ""), event.get("call", "")
    kind = event.get("type", "")
    if only is not None and aor.rpartition("@")[2].lower() != only and kind != "call_end":
        return False
    if kind in ("registered", "unregistered"):
        return aor.startswith("sip:") and _register(presence, event, kind == "registered", now)
    if kind in ("call_start", "call_answer") and call and aor:
        presence.talks(call, aor, now)
        return True
    if kind == "call_end" and call:
        presence.ended(call)
        return True
    return False


def _register(presence: Presence, event: Mapping[str, str], registered: bool, now: float) -> bool:
    aor = event["aor"]
    if not registered:
        presence.unregistered(aor, event.get("contact") or None)
        return True
    expires = event.get("expires", "")
    seconds = int(expires) if expires.isdecimal() and len(expires) < 8 else DEFAULT_EXPIRES
    if seconds == 0:
        presence.unregistered(aor, event.get("contact") or None)
        return True
    presence.registered(
        Contact(
            aor=aor,
            contact=event.get("contact", ""),
            source=event.get("source", ""),
            user_agent=event.get("user_agent", ""),
            proxy=event.get("proxy", ""),
            since=now,
            until=now + seconds,
        )
    )
    return True
