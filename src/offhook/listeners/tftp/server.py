"""The TFTP server: a thin shell of sockets around `Transfer`.

One socket listens; a pool of sockets that live as long as the server carries the data, each transfer on one of them (its
TID). Sessions are found by the phone's address over all sockets, so that a repeated request meets its transfer. Nothing
is made per transfer but a few small objects: 5,000 phones that get their power back together need no more sockets than
one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from .kept import KeptPackets
from .packet import (
    ACCESS_VIOLATION,
    ILLEGAL_OPERATION,
    LARGEST_REQUEST,
    NOT_DEFINED,
    UNKNOWN_TID,
    Ack,
    Error,
    Malformed,
    Request,
    read_packet,
    to_netascii,
    write_error,
)  # fmt: skip
from .sockets import listen_udp, warn_of_a_small_buffer
from .transfer import Limits, State, Transfer, agree
from .wheel import TICK, TimingWheel

log = logging.getLogger(__name__)

POOL: Final = 8
"""Data sockets."""
DRAIN: Final = 64
"""Datagrams read at a time before other sockets have their turn."""
UDP_SEGMENT: Final = 103
"""Linux: have the kernel cut one buffer into datagrams."""
SEGMENTS: Final = 64
SEGMENTED_BYTES: Final = 60_000

Peer = tuple[str, int]
"""IP address and port."""
Datagrams = Sequence[memoryview | bytes]


class ReadRequest(msgspec.Struct, frozen=True):
    """What a phone wants."""

    filename: str
    mode: str


class File(msgspec.Struct, frozen=True):
    """The file for a request."""

    body: bytes


class Refusal(msgspec.Struct, frozen=True):
    """No file for a request."""

    code: int
    """TFTP error code: 1 = there is none; 0 = our own failure, the phone asks again."""
    message: str


class TransferReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one transfer."""

    peer: Peer
    filename: str
    outcome: Literal["done", "gave_up", "aborted"]
    bytes: int
    seconds: float
    resent: int


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much the server takes on; a phone beyond it gets no answer and asks again."""

    sessions: int = 20_000
    a_source: int = 2_000
    """Sessions of one IP address: a whole site can stand behind one."""


class _Session:
    __slots__ = ("address", "begun", "filename", "over", "peer", "request", "size", "sock", "transfer")

    def __init__(
        self,
        transfer: Transfer,
        sock: socket.socket,
        address: tuple[object, ...],
        request: bytes,
        filename: str,
        size: int,
        now: float,
    ) -> None:
        self.transfer = transfer
        self.sock = sock
        self.address = address
        self.request = request
        self.filename = filename
        self.size = size
        self.begun = now
        self.over = False


class TftpServer:
    """Serves reads on one address."""

    def __init__(
        self,
        answer: Callable[[ReadRequest, Peer], File | Refusal],
        *,
        listen: tuple[str, int],
        limits: Limits | None = None,
        load: ServerLimits | None = None,
        ended: Callable[[TransferReport], None] | None = None,
    ) -> None:
        """`answer` gives a file from memory; what it raises becomes error 0. `ended` is told of every transfer."""
        self._answer = answer
        self._address = listen
        self._limits = limits or Limits()
        self._load = load or ServerLimits()
        self._ended = ended
        self._sessions: dict[tuple[object, ...], _Session] = {}
        self._of_source: dict[object, int] = {}
        self._wheel: TimingWheel[_Session] = TimingWheel()
        self._turn = 0
        self._segments = True
        self._kept = KeptPackets()
        self._listening: socket.socket | None = None
        self._pool: list[socket.socket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tick: asyncio.TimerHandle | None = None
        self.port = 0
        """The port that is really listened at, once started."""

    async def start(self) -> None:
        """Listen; raises `ListenRefused`."""
        self._loop = loop = asyncio.get_running_loop()
        self._listening = listen_udp(self._address)
        self.port = self._listening.getsockname()[1]
        self._pool = [listen_udp((self._address[0], 0)) for _ in range(POOL)]
        warn_of_a_small_buffer(self._listening)
        loop.add_reader(self._listening.fileno(), self._drain, self._listening, True)
        for sock in self._pool:
            loop.add_reader(sock.fileno(), self._drain, sock, False)
        self._tick = loop.call_later(TICK, self._sweep)

    async def stop(self, patience: float = 2.0) -> None:
        """Take no more requests, let transfers end for some seconds, close."""
        loop = self._loop
        if loop is None or self._listening is None:
            return
        loop.remove_reader(self._listening.fileno())
        until = loop.time() + patience
        while self._sessions and loop.time() < until:  # noqa: ASYNC110 - a few turns at most, once in a server's life
            await asyncio.sleep(TICK / 2)
        if self._tick is not None:
            self._tick.cancel()
        for sock in self._pool:
            loop.remove_reader(sock.fileno())
        for sock in (self._listening, *self._pool):
            sock.close()
        self._listening, self._pool, self._loop = None, [], None
        self._sessions.clear()

    # --- what comes in ---------------------------------------------------------------------------------------------

    def _drain(self, sock: socket.socket, listening: bool) -> None:
        """Read what is there, but leave the other sockets their turn."""
        assert self._loop is not None
        now = self._loop.time()
        try:
            for _ in range(DRAIN):
                data, address = sock.recvfrom(LARGEST_REQUEST + 1)
                if listening:
                    self._on_request(data, address, now)
                else:
                    self._on_datagram(sock, data, address, now)
        except BlockingIOError:
            pass
        except OSError as error:
            log.warning("TFTP: a datagram could not be read: %s", error)

    def _on_request(self, data: bytes, address: tuple[object, ...], now: float) -> None:
        session = self._sessions.get(address)
        if session is not None and session.request == data:
            self._send(session, session.transfer.request_again(now))
            return
        try:
            request = read_packet(data)
        except Malformed as error:
            log.debug("TFTP: %s from %s", error, address[0])
            self._reply(address, write_error(ILLEGAL_OPERATION, "Illegal TFTP operation"))
            return
        if not isinstance(request, Request):
            if isinstance(request, Ack):
                self._reply(address, write_error(UNKNOWN_TID, "Unknown transfer ID"))
            return
        if request.write:
            self._reply(address, write_error(ACCESS_VIOLATION, "Files are only given out here"))
            return
        if session is not None:  # another file from the same port: the phone gave up the one before
            session.transfer.error()
            self._forget(session, now)
        if len(self._sessions) >= self._load.sessions or self._of_source.get(address[0], 0) >= self._load.a_source:
            return
        self._begin(request, data, address, now)

    def _begin(self, request: Request, data: bytes, address: tuple[object, ...], now: float) -> None:
        peer = (str(address[0]), int(str(address[1])))
        try:
            answer = self._answer(ReadRequest(request.filename, request.mode), peer)
        except Exception:
            log.exception("TFTP: %s asked for %r and could not be answered", peer[0], request.filename)
            answer = Refusal(NOT_DEFINED, "Server error, try again")
        if isinstance(answer, Refusal):
            self._reply(address, write_error(answer.code, answer.message))
            return
        body = to_netascii(answer.body) if request.mode == "netascii" else answer.body
        terms = agree(request, len(body), self._limits)
        self._turn = (self._turn + 1) % len(self._pool)
        transfer = Transfer(self._kept.of(body, terms.blksize), terms)
        session = _Session(transfer, self._pool[self._turn], address, data, request.filename, len(body), now)
        self._sessions[address] = session
        self._of_source[address[0]] = self._of_source.get(address[0], 0) + 1
        self._send(session, transfer.start(now))
        self._wheel.put(session, session.transfer.deadline - now)

    def _on_datagram(self, sock: socket.socket, data: bytes, address: tuple[object, ...], now: float) -> None:
        session = self._sessions.get(address)
        if session is None or session.sock is not sock:
            if session is None and len(data) >= 4 and data[1] == 4:
                self._reply(address, write_error(UNKNOWN_TID, "Unknown transfer ID"), sock)
            return
        try:
            packet = read_packet(data)
        except Malformed:
            return
        transfer = session.transfer
        if isinstance(packet, Ack):
            self._send(session, transfer.ack(packet.block, now))
        elif isinstance(packet, Error):
            transfer.error()
        if transfer.state is not State.GOING:
            self._forget(session, now)

    # --- what goes out ---------------------------------------------------------------------------------------------

    def _send(self, session: _Session, datagrams: Datagrams) -> None:
        step = session.transfer.step
        for datagram in datagrams:
            if len(datagram) <= step:
                self._transmit(session, datagram)
            elif not (self._segments and self._send_segments(session, memoryview(datagram), step)):
                for at in range(0, len(datagram), step):
                    self._transmit(session, datagram[at : at + step])

    def _send_segments(self, session: _Session, window: memoryview, step: int) -> bool:
        """A whole window in one system call, which the kernel cuts; False when it cannot."""
        size = min(SEGMENTS, SEGMENTED_BYTES // step) * step
        option = [(socket.IPPROTO_UDP, UDP_SEGMENT, step.to_bytes(2, "little"))]
        try:
            for at in range(0, len(window), size):
                session.sock.sendmsg((window[at : at + size],), option, 0, session.address)
        except OSError as error:
            if error.errno in (errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.ENOPROTOOPT):
                self._segments = False
                return False
        return True

    def _transmit(self, session: _Session, datagram: memoryview | bytes) -> None:
        # What the kernel cannot take now is lost as on any network: the phone's silence brings it again.
        with contextlib.suppress(OSError):
            session.sock.sendto(datagram, session.address)

    def _reply(self, address: tuple[object, ...], datagram: bytes, sock: socket.socket | None = None) -> None:
        """One datagram outside of any session, such as an ERROR."""
        sender = sock or self._listening
        if sender is not None:
            with contextlib.suppress(OSError):
                sender.sendto(datagram, address)

    # --- time ------------------------------------------------------------------------------------------------------

    def _sweep(self) -> None:
        """Turn the wheel by one slot; sessions whose deadline moved on are put where it is now."""
        assert self._loop is not None
        now = self._loop.time()
        for session in self._wheel.turn():
            if session.over:
                continue
            if session.transfer.deadline <= now:
                self._send(session, session.transfer.wait_over(now))
            if session.transfer.state is State.GOING:
                self._wheel.put(session, session.transfer.deadline - now)
            else:
                self._forget(session, now)
        self._tick = self._loop.call_later(TICK, self._sweep)

    def _forget(self, session: _Session, now: float) -> None:
        if session.over:
            return
        session.over = True
        if self._sessions.get(session.address) is session:
            del self._sessions[session.address]
        source = session.address[0]
        left = self._of_source.get(source, 1) - 1
        if left:
            self._of_source[source] = left
        else:
            self._of_source.pop(source, None)
        if self._ended is not None:
            transfer = session.transfer
            peer = (str(session.address[0]), int(str(session.address[1])))
            outcome: Literal["done", "gave_up", "aborted"] = transfer.state.value  # type: ignore[assignment]
            self._ended(
                TransferReport(
                    peer=peer,
                    filename=session.filename,
                    outcome=outcome,
                    bytes=session.size,
                    seconds=now - session.begun,
                    resent=transfer.resent,
                )
            )
