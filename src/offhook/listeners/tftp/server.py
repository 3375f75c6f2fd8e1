"""The TFTP server: a thin shell of sockets and time around `Transfer`.

Each session, a transfer under way, is found by the phone's address over all sockets, so that a request that comes twice
meets the transfer it began. Nothing is made per transfer but a few small objects: 5,000 phones that get their power back
together need no more sockets than one, and what decides is that their requests fit into the receive buffer.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from .answer import Outcome, Peer, Refusal, TftpAnswer, TransferReport
from .blocks import Blocks, Burst, Shelf
from .packet import (
    LARGEST_REQUEST,
    Error,
    ErrorCode,
    Malformed,
    Opcode,
    ReadRequest,
    WriteRequest,
    read_packet,
    to_netascii,
    write_packet,
)  # fmt: skip
from .sockets import Address, Sockets, send
from .terms import TftpLimits, agree
from .transfer import State, Transfer
from .wheel import TICK, Wheel

log = logging.getLogger(__name__)

SERVERS: Final = (0, 69)
"""Ports of which no answer is a phone's: another server would answer ours, and so on."""
DRAIN: Final = 64
"""Datagrams that are read from a socket before others have their turn."""


class _Session:
    """A transfer under way, with all that the shell must know of it."""

    __slots__ = ("address", "begun", "filename", "over", "peer", "request", "segments", "sock", "transfer")

    def __init__(
        self,
        transfer: Transfer,
        sock: socket.socket,
        address: Address,
        peer: Peer,
        request: bytes,
        filename: str,
        begun: float,
    ) -> None:
        self.transfer = transfer
        self.sock = sock
        self.address = address
        self.peer = peer
        self.request = request
        self.filename = filename
        self.begun = begun
        self.segments = True
        self.over = False


class TftpServer:
    """Serves files to phones, at one address."""

    def __init__(
        self,
        answer: Callable[[ReadRequest, Peer], TftpAnswer],
        *,
        listen: tuple[str, int],
        limits: TftpLimits | None = None,
        ended: Callable[[TransferReport], None] | None = None,
    ) -> None:
        """`answer` gives a file from memory, at once: all other phones wait; if it raises, the phone gets error 0.

        `ended` is told of every request that was answered, once it is over.
        """
        self._answer = answer
        self._listen = listen
        self._limits = limits or TftpLimits()
        self._ended = ended
        self._sessions: dict[Address, _Session] = {}
        self._of_source: Counter[str] = Counter()
        self._shelf = Shelf()
        self._wheel: Wheel[_Session] = Wheel(time.monotonic())
        self._sockets: Sockets | None = None
        self._tick: asyncio.TimerHandle | None = None
        self.port = 0
        """The port that is really listened at, once started."""

    async def start(self) -> None:
        """Listen; raises `ListenRefused`, which says how to mend it."""
        loop = asyncio.get_running_loop()
        self._sockets = sockets = Sockets(self._listen, lambda sock: loop.add_reader(sock, self._carried, sock))
        assert sockets.listening is not None
        loop.add_reader(sockets.listening, self._requested)
        self.port = sockets.port
        self._wheel.turn(time.monotonic())
        self._tick = loop.call_later(TICK, self._look_after)

    async def stop(self, patience: float = 2.0) -> None:
        """Take no more requests, let transfers that are under way end for `patience` seconds, and close."""
        sockets = self._sockets
        if sockets is None or sockets.listening is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(sockets.listening)
        sockets.stop_listening()
        until = time.monotonic() + patience
        while self._sessions and time.monotonic() < until:  # noqa: ASYNC110 - a few turns, once in a server's life
            await asyncio.sleep(TICK / 4)
        if self._tick is not None:
            self._tick.cancel()
        for session in list(self._sessions.values()):
            session.transfer.error()
            self._forget(session, time.monotonic())
        for sock in sockets.carriers:
            loop.remove_reader(sock)
        sockets.close()
        self._sockets = None

    def _requested(self) -> None:
        """The listening socket has datagrams."""
        sockets = self._sockets
        assert sockets is not None
        now = time.monotonic()
        try:
            for _ in range(DRAIN):
                datagram, address, asked = sockets.receive_request()
                self._on_request(datagram, address, asked, now)
        except BlockingIOError:
            pass

    def _carried(self, sock: socket.socket) -> None:
        """A carrying socket has datagrams."""
        now = time.monotonic()
        sessions = self._sessions
        try:
            for _ in range(DRAIN):
                datagram, address = sock.recvfrom(LARGEST_REQUEST)
                session = sessions.get(address)
                if session is None:
                    self._on_stranger(sock, datagram, address)
                elif session.sock is sock and len(datagram) >= 4:
                    self._on_datagram(session, datagram, now)
        except BlockingIOError:
            pass

    def _on_datagram(self, session: _Session, datagram: bytes, now: float) -> None:
        # The two packets of a phone that is served, without a value made of each: this is nine tenths of all that comes.
        opcode = datagram[0] << 8 | datagram[1]
        transfer = session.transfer
        if opcode == Opcode.ACK:
            burst = transfer.ack(datagram[2] << 8 | datagram[3], now)
            if burst is not None:
                self._send(session, burst)
                return
        elif opcode == Opcode.ERROR:
            transfer.error()
        if transfer.state is not State.GOING:
            self._forget(session, now)

    def _on_request(self, datagram: bytes, address: Address, asked: bytes, now: float) -> None:
        session = self._sessions.get(address)
        if session is not None and session.request == datagram:
            burst = session.transfer.request_again()
            if burst is not None:
                self._send(session, burst)
            return
        if datagram[:2] not in (
            b"\0\1",
            b"\0\2",
        ):  # nothing else has a place here, and answering it could go on for ever
            log.debug("TFTP: %s sent %d bytes that are no request", address[0], len(datagram))
            return
        if address[1] in SERVERS:
            log.debug("TFTP: %s asked from port %d, where no phone is but a server", address[0], address[1])
            return
        assert self._sockets is not None
        sock = self._sockets.carrier(asked)
        try:
            request = read_packet(datagram)
        except Malformed as error:
            log.debug("TFTP: %s sent %s", address[0], error)
            self._reply(sock, address, ErrorCode.ILLEGAL_OPERATION, str(error))
            return
        if session is not None:
            session.transfer.error()
            self._forget(session, now)
        peer = (address[0].removeprefix("::ffff:"), address[1])
        if isinstance(request, WriteRequest):
            log.info("TFTP: %s wanted to write %r, which is refused", peer[0], request.filename)
            self._reply(sock, address, ErrorCode.ACCESS_VIOLATION, "files are only given out here")
            self._report(peer, request.filename, "refused", 0, 0.0, 0)
        elif (
            isinstance(request, ReadRequest)
            and len(self._sessions) < self._limits.sessions
            and self._of_source[address[0]] < self._limits.sessions_per_source
        ):
            self._on_read(request, datagram, address, peer, sock, now)

    def _on_read(
        self, request: ReadRequest, datagram: bytes, address: Address, peer: Peer, sock: socket.socket, now: float
    ) -> None:
        try:
            answer = self._answer(request, peer)
        except Exception:
            log.exception("TFTP: %s asked for %r and could not be answered", peer[0], request.filename)
            answer = Refusal(ErrorCode.NOT_DEFINED, "server error, try again")
        if isinstance(answer, Refusal):
            self._reply(sock, address, answer.code, answer.message)
            self._report(peer, request.filename, "refused", 0, time.monotonic() - now, 0)
            return
        octet = request.mode == "octet"
        body = answer.body if octet else to_netascii(bytes(answer.body))
        terms = agree(request.options, len(body), self._limits, ipv6=":" in peer[0])
        blocks = self._shelf.blocks(body, terms.blksize) if octet else Blocks(body, terms.blksize)
        transfer = Transfer(blocks, terms)
        session = _Session(transfer, sock, address, peer, datagram, request.filename, now)
        self._sessions[address] = session
        self._of_source[address[0]] += 1
        self._send(session, transfer.start(now))
        self._wheel.put(session, transfer.deadline)

    def _on_stranger(self, sock: socket.socket, datagram: bytes, address: Address) -> None:
        """Somebody without a session sent something: it may be told so, but an ERROR is never answered (RFC 1350 §4)."""
        if datagram[:2] == b"\0\4":
            self._reply(sock, address, ErrorCode.UNKNOWN_TRANSFER_ID, "unknown transfer ID")

    def _look_after(self) -> None:
        """A tick has passed: see to the sessions whose deadline may have."""
        now = time.monotonic()
        for session in self._wheel.turn(now):
            if session.over:
                continue
            burst = session.transfer.wait_over(now)
            if burst is not None:
                self._send(session, burst)
            if session.transfer.state is State.GOING:
                self._wheel.put(session, session.transfer.deadline)
            else:
                self._forget(session, now)
        self._tick = asyncio.get_running_loop().call_later(TICK, self._look_after)

    def _send(self, session: _Session, burst: Burst) -> None:
        try:
            session.segments = send(session.sock, burst, session.address, segments=session.segments)
        except OSError as error:  # as good as lost on the way: the phone's silence brings it again
            log.debug("TFTP: a datagram to %s was lost: %s", session.peer[0], error)

    def _reply(self, sock: socket.socket, address: Address, code: int, message: str) -> None:
        """An ERROR outside of any session."""
        try:
            sock.sendto(write_packet(Error(code, message)), address)
        except OSError as error:
            log.debug("TFTP: a datagram to %s was lost: %s", address[0], error)

    def _forget(self, session: _Session, now: float) -> None:
        """A session is over: its address may begin another."""
        session.over = True
        del self._sessions[session.address]
        source = session.address[0]
        self._of_source[source] -= 1
        if not self._of_source[source]:
            del self._of_source[source]
        transfer = session.transfer
        outcome = _OUTCOMES[transfer.state]
        seconds = now - session.begun
        self._report(session.peer, session.filename, outcome, transfer.delivered, seconds, transfer.retransmissions)

    def _report(
        self, peer: Peer, filename: str, outcome: Outcome, size: int, seconds: float, retransmissions: int
    ) -> None:
        if self._ended is None:
            return
        report = TransferReport(
            peer=peer, filename=filename, outcome=outcome, bytes=size, seconds=seconds, retransmissions=retransmissions
        )
        try:
            self._ended(report)
        except Exception:
            log.exception("TFTP: the end of the transfer of %r to %s could not be reported", filename, peer[0])


_OUTCOMES: Final[dict[State, Outcome]] = {
    State.DONE: "done",
    State.GAVE_UP: "gave_up",
    State.ABORTED: "aborted",
}
