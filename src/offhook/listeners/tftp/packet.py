"""TFTP packets (RFC 1350) with option extension (RFC 2347-2349, 7440), read and written as values."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Final

import msgspec

RRQ, WRQ, DATA, ACK, ERROR, OACK = 1, 2, 3, 4, 5, 6
"""Opcodes (RFC 1350 §5, RFC 2347)."""

NOT_DEFINED, FILE_NOT_FOUND, ACCESS_VIOLATION, ILLEGAL_OPERATION, UNKNOWN_TID, BAD_OPTION = 0, 1, 2, 4, 5, 8
"""Error codes (RFC 1350 §5, RFC 2347)."""

LARGEST_REQUEST: Final = 1500
"""Bytes of a request that are looked at; RFC 2347 allows 512."""
MOST_OPTIONS: Final = 16


class Malformed(ValueError):
    """A datagram that is no TFTP packet that we can answer."""


class Request(msgspec.Struct, frozen=True):
    """RRQ or WRQ: a phone wants to read or write a file."""

    write: bool
    filename: str
    """As it was asked; bytes that are not UTF-8 become U+FFFD."""
    mode: str
    """`octet` or `netascii`, lower case."""
    options: Mapping[str, int]
    """Options with a number, by lower-case name; those without one are left out (RFC 2347: ignored)."""


class Ack(msgspec.Struct, frozen=True):
    """The phone has everything up to a block."""

    block: int
    """Modulo 65,536."""


class Error(msgspec.Struct, frozen=True):
    """The other side gives up."""

    code: int
    message: str


def read_packet(data: bytes) -> Request | Ack | Error:
    """What a phone sent; raises `Malformed`, never anything else."""
    if len(data) < 4:
        raise Malformed("shorter than any TFTP packet")
    opcode = data[0] << 8 | data[1]
    if opcode == ACK:
        return Ack(data[2] << 8 | data[3])
    if opcode in (RRQ, WRQ):
        return _read_request(data)
    if opcode == ERROR:
        return Error(data[2] << 8 | data[3], data[4:].partition(b"\0")[0].decode("utf-8", "replace")[:200])
    raise Malformed(f"opcode {opcode} is none that a phone sends to us")


def _read_request(data: bytes) -> Request:
    if len(data) > LARGEST_REQUEST:
        raise Malformed("a request longer than any phone's")
    parts = data[2:].split(b"\0")
    if len(parts) < 3 or not parts[0]:
        raise Malformed("a request without file name and mode")
    mode = parts[1].lower()
    if mode not in (b"octet", b"netascii"):
        raise Malformed(f"mode {mode[:20]!r} is neither octet nor netascii")
    options: dict[str, int] = {}
    fields = parts[2 : 2 + 2 * MOST_OPTIONS]
    for name, value in zip(fields[::2], fields[1::2], strict=False):
        if re.fullmatch(rb"[0-9]{1,10}", value):
            options.setdefault(name.decode("latin-1").lower(), int(value))
    return Request(data[1] == WRQ, parts[0].decode("utf-8", "replace"), mode.decode(), options)


def write_error(code: int, message: str) -> bytes:
    """An ERROR packet."""
    return struct.pack("!HH", ERROR, code) + message.encode("ascii", "replace") + b"\0"


def write_oack(options: Mapping[str, int]) -> bytes:
    """An OACK packet: the options as we take them."""
    body = b"".join(name.encode() + b"\0" + str(value).encode() + b"\0" for name, value in options.items())
    return struct.pack("!H", OACK) + body


def data_packets(body: bytes, blksize: int) -> memoryview:
    """All DATA packets of a file, one after the other: packet k stands at k · (blksize + 4).

    The last one is shorter than the others, and empty when the size is a multiple of blksize (RFC 1350 §6).
    """
    count = len(body) // blksize + 1
    parts: list[bytes] = []
    for index in range(count):
        parts += (struct.pack("!HH", DATA, index + 1 & 0xFFFF), body[index * blksize : (index + 1) * blksize])
    return memoryview(b"".join(parts))


def to_netascii(body: bytes) -> bytes:
    """A text in the form of `netascii` (RFC 764): line ends as CR LF, bare CRs as CR NUL."""
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\r\0").replace(b"\n", b"\r\n")
