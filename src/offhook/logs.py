"""Logs: one event, one line, for people or for programs; nothing that came from outside can make a line of its own."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from aiohttp.http_exceptions import HttpProcessingError

Form = Literal["human", "json"]
FIELDS: Final = "fields"
"""Name under which an event's own fields are handed over: `log.info(words, extra=fields(mac=…))`."""
_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
_TOKEN: Final = re.compile(r"(?<![a-z0-9])t/[a-z2-7]{26}|ofh_[0-9a-f]{10}_[A-Za-z0-9_-]+", re.IGNORECASE)
"""A phone's token in a path, and one of the admin or proxy door: the last net, for what somebody forgot, or a library says."""
_TOLD: Final = re.compile(r"[^:'\"\n]*")
"""The part of aiohttp's words on a broken request that does not quote it."""


def fields(**values: Any) -> dict[str, dict[str, Any]]:
    """What a log line tells besides its words, for `extra`."""
    return {FIELDS: values}


def denied(
    door: str, peer: str | None, path: str | None = None, status: int | None = None, **more: Any
) -> dict[str, dict[str, Any]]:
    """For `extra`: somebody was refused at a door; the same names wherever it was."""
    return fields(event="denied", door=door, peer=peer, path=path, status=status, **more)


class Lines(logging.Formatter):
    """Writes a record as one line."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback is a field of it in JSON, and stands escaped at its end for people."""
        words = record.getMessage()
        trace = self.formatException(record.exc_info) if record.exc_info else None
        own: dict[str, Any] = getattr(record, FIELDS, {})
        if self._form == "json":
            line = {
                "time": round(record.created, 3),
                "level": record.levelname.lower(),
                "logger": record.name,
                "message": words,
                **own,
                **({"traceback": trace} if trace else {}),
            }
            return _without_tokens(_one_line(_JSON.encode(line), _in_json))
        head = f"{_moment(record.created)} {record.levelname} {record.name}: {_one_line(words)}"
        return _without_tokens(head if trace is None else f"{head} | {_one_line(trace)}")


def set_up(form: Form, level: str) -> None:
    """Write everything from a level on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(_not_http)


def _not_http(record: logging.LogRecord) -> bool:
    """What a scanner sends that is no HTTP is no failure of ours: a few words, no traceback, and nothing of what it sent, as
    that may be a password with a typing error before it."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        told = _TOLD.match(error.message)
        record.msg, record.args = f"{record.getMessage()}: {told[0].strip() if told else 'no HTTP'}", ()
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _in_json(character: str) -> str:
    return json.dumps(character)[1:-1]


def _one_line(text: str, written: Callable[[str], str] = _escaped) -> str:
    """A text without anything that ends a line, steers a terminal or is no Unicode; `written` writes such a character."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else written(character) for character in text)


def _without_tokens(line: str) -> str:
    return _TOKEN.sub(lambda found: "t/***" if found[0][1] == "/" else "ofh_***", line)
