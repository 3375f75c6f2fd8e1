"""FastAGI's lines: what Asterisk says to a service that runs a call, and commands to it. No sockets.

Asterisk connects, sends its environment (`agi_extension: 101`, a line each, an empty line at the end), then answers one
command after the other: `200 result=1 (value)`, `510 Invalid or unknown command`, `511 Command Not Permitted on a dead
channel`, `520-…` up to a line that begins with `520 `. `HANGUP` may stand in between. Source: res_agi.c of Asterisk 18 to 23.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

LONGEST: Final = 16_384
"""Bytes of a line; a variable's value stands on one."""
MOST_ENTRIES: Final = 200
"""Lines of an environment."""
_REPLY: Final = re.compile(r"(\d{3})(?: result=(\S*)(?: \((.*)\))?)?.*", re.DOTALL)


class LinesRefused(Exception):
    """What came is no FastAGI; the message says what is wrong with it."""


class Environment(msgspec.Struct, frozen=True):
    """How a call came: the first thing that is said."""

    entries: dict[str, str]
    """`agi_extension` → `101`; what Asterisk does not know (`unknown`) is empty."""


class Reply(msgspec.Struct, frozen=True):
    """The answer to a command."""

    code: int
    """200: it was carried out."""
    result: str = ""
    """-1: the caller is gone, or the command failed."""
    text: str = ""
    """What stands behind it in brackets: the value of a variable."""


class HungUp(msgspec.Struct, frozen=True):
    """The caller is gone; answers go on."""


Said = Environment | Reply | HungUp


class Reader:
    """Bytes to what is said."""

    def __init__(self) -> None:
        self._rest = b""
        self._entries: dict[str, str] | None = {}
        """The environment while it comes; None: it is complete."""

    def read(self, data: bytes) -> Iterator[Said]:
        """What is complete now; raises `LinesRefused`."""
        self._rest += data
        while b"\n" in self._rest:
            line, _, self._rest = self._rest.partition(b"\n")
            if len(line) > LONGEST:
                break
            said = self._line(line.decode("utf-8", "replace").rstrip("\r"))
            if said is not None:
                yield said
        if len(self._rest) > LONGEST:
            raise LinesRefused(f"a line of more than {LONGEST} bytes: is this Asterisk?")

    def _line(self, line: str) -> Said | None:
        if self._entries is not None:
            return self._entry(line)
        if line == "HANGUP":
            return HungUp()
        if line.startswith("520-") or not line[:3].isdecimal():
            return None  # how a command is used, on several lines that end with one that begins `520 `
        matched = _REPLY.fullmatch(line)
        return Reply(int(matched[1]), matched[2] or "", matched[3] or "") if matched is not None else None

    def _entry(self, line: str) -> Said | None:
        assert self._entries is not None
        if not line:
            entries, self._entries = self._entries, None
            return Environment(entries)
        name, separator, value = line.partition(":")
        if not separator or not name.startswith("agi_") or len(self._entries) >= MOST_ENTRIES:
            raise LinesRefused(f"{line[:40]!r} is no line of an AGI environment: is this Asterisk?")
        value = value.strip()
        self._entries[name] = "" if value == "unknown" else value
        return None


def command(*words: str) -> bytes:
    """A command; each word stays one word, on one line, whatever is in it.

    Within quotes a backslash takes its meaning from the sign after it.
    """
    return (" ".join(word if word.isalpha() else _quoted(word) for word in words) + "\n").encode("utf-8", "replace")


def _quoted(word: str) -> str:
    plain = re.sub(r"[\x00-\x1f\x7f]+", " ", word)
    return '"' + re.sub(r'([\\"])', r"\\\1", plain) + '"'
