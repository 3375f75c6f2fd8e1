"""Logs: one event, one line, for people or for programs; nothing that came from outside can make a line of its own."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from aiohttp.http_exceptions import HttpProcessingError

Form = Literal["human", "json"]
FIELDS: Final = "fields"
"""Name under which an event's own fields are handed over: `log.info(words, extra=fields(mac=…))`."""


def fields(**values: Any) -> dict[str, dict[str, Any]]:
    """What a log line tells besides its words, for `extra`."""
    return {FIELDS: values}


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
            return msgspec.json.encode(line, enc_hook=str).decode()
        head = f"{_moment(record.created)} {record.levelname} {record.name}: {_one_line(words)}"
        return head if trace is None else f"{head} | {_one_line(trace)}"


def set_up(form: Form, level: str) -> None:
    """Write everything from a level on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(_not_http)


def _not_http(record: logging.LogRecord) -> bool:
    """What a scanner sends that is no HTTP is no failure of ours: a few words, and no traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.msg, record.args = f"{record.getMessage()}: {error.message[:200]}", ()
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(text: str) -> str:
    """A text without anything that ends a line or steers a terminal."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
