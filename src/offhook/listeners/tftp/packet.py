"""TFTP packets (RFC 1350) with the option extension (RFC 2347), read from datagrams and written to them as values."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import Final

import msgspec

LARGEST_REQUEST: Final = 1500
"""Bytes of a request that we read at most: RFC 2347 allows 512, and no network hands over more in one piece."""
MOST_OPTIONS: Final = 16
"""Options of a request that are read; phones send four."""
MODES: Final = ("octet", "netascii")
"""The transfer modes (RFC 1350 §1) that are served; `mail` is obsolete since that RFC."""
_TWO_NUMBERS: Final = struct.Struct("!HH")


class Opcode(IntEnum):
    """The first two bytes of every packet (RFC 1350 §5; OACK: RFC 2347)."""

    RRQ = 1
    WRQ = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OACK = 6


class ErrorCode(IntEnum):
    """What an ERROR packet says in its second two bytes (RFC 1350 §5; 8: RFC 2347)."""

    NOT_DEFINED = 0
    FILE_NOT_FOUND = 1
    ACCESS_VIOLATION = 2
    DISK_FULL = 3
    ILLEGAL_OPERATION = 4
    UNKNOWN_TRANSFER_ID = 5
    FILE_EXISTS = 6
    NO_SUCH_USER = 7
    OPTION_REFUSED = 8


class Malformed(ValueError):
    """A datagram that is no TFTP packet; the message says what is wrong with it, in words for the phone's log."""


class ReadRequest(msgspec.Struct, frozen=True):
    """RRQ: a phone wants a file."""

    filename: str
    """As asked for: UTF-8 where it is that, else ISO 8859-1. Not empty, and free of NUL; anything else may stand in it."""
    mode: str
    """One of `MODES`."""
    options: Mapping[str, int]
    """Value of each option by its lower-case name; options that are no number are left out, as if never sent (RFC 2347)."""


class WriteRequest(msgspec.Struct, frozen=True):
    """WRQ: a phone wants to leave a file here."""

    filename: str
    mode: str
    options: Mapping[str, int]


class Data(msgspec.Struct, frozen=True):
    """DATA: one block of a file."""

    block: int
    """Number of the block modulo 65,536; the first one is 1."""
    body: bytes
    """Its bytes; fewer than blksize in the last block only."""


class Ack(msgspec.Struct, frozen=True):
    """ACK: the phone has all blocks up to this one."""

    block: int
    """Modulo 65,536; 0 answers an OACK."""


class Error(msgspec.Struct, frozen=True):
    """ERROR: the sender ends the transfer; it is never answered."""

    code: int
    """An `ErrorCode`, or a number that the RFCs do not know."""
    message: str


class OptionAck(msgspec.Struct, frozen=True):
    """OACK: the options that a server takes, with its own values (RFC 2347)."""

    options: Mapping[str, int]


Packet = ReadRequest | WriteRequest | Data | Ack | Error | OptionAck
"""Any packet."""


def read_packet(datagram: bytes) -> Packet:
    """Understand what came in one datagram; raises `Malformed`, and never anything else."""
    if len(datagram) < 2:
        raise Malformed("shorter than any TFTP packet")
    reader = _READERS.get(datagram[0] << 8 | datagram[1])
    if reader is None:
        raise Malformed(f"no packet has the opcode {datagram[0] << 8 | datagram[1]}")
    return reader(datagram)


def write_packet(packet: Packet) -> bytes:
    """The datagram of a packet. What ASCII cannot say in the message of an ERROR becomes a question mark."""
    match packet:
        case ReadRequest(filename, mode, options):
            return b"\0\1" + _fields((filename, mode)) + _write_options(options)
        case WriteRequest(filename, mode, options):
            return b"\0\2" + _fields((filename, mode)) + _write_options(options)
        case Data(block, body):
            return _TWO_NUMBERS.pack(Opcode.DATA, block) + body
        case Ack(block):
            return _TWO_NUMBERS.pack(Opcode.ACK, block)
        case Error(code, message):
            return _TWO_NUMBERS.pack(Opcode.ERROR, code) + message.encode("ascii", "replace") + b"\0"
        case OptionAck(options):
            return b"\0\6" + _write_options(options)


def to_netascii(body: bytes) -> bytes:
    """A text as it travels in the mode `netascii` (RFC 764): lines end in CR LF, and a CR that ends none is CR NUL."""
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\r\0").replace(b"\n", b"\r\n")


def _read_request(datagram: bytes) -> tuple[str, str, Mapping[str, int]]:
    if len(datagram) > LARGEST_REQUEST:
        raise Malformed("a request longer than any phone's")
    filename, *fields = datagram[2:].split(b"\0")
    if not filename:
        raise Malformed("a request without a file name")
    if len(fields) < 2:
        raise Malformed("a request without a mode, or without the NUL that ends it")
    mode = fields[0].decode("latin-1").lower()
    if mode not in MODES:
        raise Malformed(f"the mode {mode[:20]!r} is not served: ask for octet or netascii")
    return _text(filename), mode, _read_options(fields[1:])


def _read_error(datagram: bytes) -> Error:
    code = _TWO_NUMBERS.unpack(_at_least_four(datagram)[:4])[1]
    return Error(code, _text(datagram[4:].partition(b"\0")[0]))


def _read_options(fields: list[bytes]) -> Mapping[str, int]:
    """The numbers among `name NUL value NUL …`; of an option that comes twice the first one counts."""
    options: dict[str, int] = {}
    for name, value in zip(fields[: 2 * MOST_OPTIONS : 2], fields[1 : 2 * MOST_OPTIONS : 2], strict=False):
        if value.isdigit() and len(value) <= 10:
            options.setdefault(name.decode("latin-1").lower(), int(value))
    return options


def _write_options(options: Mapping[str, int]) -> bytes:
    return _fields(word for name, value in options.items() for word in (name, str(value)))


def _fields(words: Iterable[str]) -> bytes:
    return b"".join(word.encode() + b"\0" for word in words)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _at_least_four(datagram: bytes) -> bytes:
    if len(datagram) < 4:
        raise Malformed("ends before its block number or error code")
    return datagram


_READERS: Final[Mapping[int, Callable[[bytes], Packet]]] = {
    Opcode.RRQ: lambda datagram: ReadRequest(*_read_request(datagram)),
    Opcode.WRQ: lambda datagram: WriteRequest(*_read_request(datagram)),
    Opcode.DATA: lambda datagram: Data(_TWO_NUMBERS.unpack(_at_least_four(datagram)[:4])[1], datagram[4:]),
    Opcode.ACK: lambda datagram: Ack(_TWO_NUMBERS.unpack(_at_least_four(datagram)[:4])[1]),
    Opcode.ERROR: _read_error,
    Opcode.OACK: lambda datagram: OptionAck(_read_options(datagram[2:].split(b"\0"))),
}
