"""The server's sockets: one that listens, and a few that carry the transfers and live as long as the server.

A transfer takes its turn on one of the carrying sockets, whose port is the server's transfer identifier (RFC 1350 §4);
none is opened or closed for it. They stay unconnected, so that a phone that vanished costs no error. A phone must be
answered from the address that it asked, or it takes the answer for a stranger's: where the server listens at all
addresses, each address that phones ask at gets carrying sockets of its own when the first of them comes.
"""

from __future__ import annotations

import errno
import ipaddress
import logging
import socket
import sys
from collections.abc import Callable
from typing import Final

from offhook.bind import ListenRefused

from .blocks import Burst
from .packet import LARGEST_REQUEST

log = logging.getLogger(__name__)

Address = tuple[str, int] | tuple[str, int, int, int]
"""A phone's address as a socket gives it: for IPv6 with flow and scope."""

POOL: Final = 8
"""Carrying sockets of one address."""
MOST_POOLS: Final = 64
"""Addresses that get carrying sockets of their own; phones that ask at further ones share those of all addresses."""
RECEIVE_BUFFER: Final = 8 * 1024 * 1024
"""Bytes asked for on each socket: in a boot storm all phones must fit in until we come to them, or they ask again."""
ENOUGH_BUFFER: Final = 4 * 1024 * 1024
"""Bytes below which that is worth a warning."""
SETTING: Final = "tftp.listen"
"""The setting that says where to listen."""

_SO_RCVBUFFORCE: Final = 33
_IP_PKTINFO: Final = 8
_IPV6_RECVPKTINFO: Final = 49
_UDP_SEGMENT: Final = 103
_SEGMENTS: Final = 64
"""Datagrams of one UDP_SEGMENT call at most (Linux, udp.h)."""
_SEGMENTED_BYTES: Final = 65_000
"""Bytes of one UDP_SEGMENT call at most: what one IP packet could hold."""
_NO_SEGMENTS: Final = frozenset({errno.EIO, errno.EINVAL, errno.EMSGSIZE, errno.ENOPROTOOPT})
"""The kernel or the way to the phone cannot do UDP_SEGMENT; any other error is a datagram lost."""


class Sockets:
    """All sockets of one server."""

    def __init__(self, listen: tuple[str, int], opened: Callable[[socket.socket], None]) -> None:
        """Listen at an address; `::` is all of IPv6 and IPv4. `opened` is told of each carrying socket.

        Raises `ListenRefused`.
        """
        self._opened = opened
        self._pools: dict[bytes, list[socket.socket]] = {}
        self._turn = 0
        self.listening: socket.socket | None = _bind(listen)
        """Where requests arrive; None when no more are taken."""
        self.port: int = self.listening.getsockname()[1]
        """The port that is really listened at."""
        granted = granted_buffer(self.listening)
        if granted < ENOUGH_BUFFER:
            log.warning(
                "TFTP got a receive buffer of %d kB: when all phones boot at once, many ask in vain and come again."
                " Allow more with: sysctl -w net.core.rmem_max=%d",
                granted // 1024,
                RECEIVE_BUFFER,
            )
        try:
            self._ask_where_datagrams_arrive(listen[0])
            self._pools[b""] = self._open_pool((listen[0], 0))
        except OSError:
            self.close()
            raise

    def receive_request(self) -> tuple[bytes, Address, bytes]:
        """The next datagram at the listening socket, the phone's address, and our own that it asked, as `carrier` takes it.

        Raises `BlockingIOError` when there is none.
        """
        assert self.listening is not None
        datagram, notes, _, address = self.listening.recvmsg(LARGEST_REQUEST + 1, 64)
        return datagram, address, notes[0][2] if notes else b""

    def carrier(self, asked: bytes) -> socket.socket:
        """The socket whose turn it is to carry a transfer, at the address that the phone asked."""
        pool = self._pools.get(asked) or self._open_pool_of(asked)
        self._turn = (self._turn + 1) % POOL
        return pool[self._turn]

    def stop_listening(self) -> None:
        """Take no more requests; transfers go on."""
        if self.listening is not None:
            self.listening.close()
            self.listening = None

    @property
    def carriers(self) -> list[socket.socket]:
        """All sockets but the listening one."""
        return [sock for pool in self._pools.values() for sock in pool]

    def close(self) -> None:
        """Close everything."""
        self.stop_listening()
        for sock in self.carriers:
            sock.close()
        self._pools = {}

    def _ask_where_datagrams_arrive(self, host: str) -> None:
        """Have the kernel note with each datagram which of our addresses it came to, where there can be several."""
        if sys.platform != "linux" or self.listening is None or not ipaddress.ip_address(host).is_unspecified:
            return
        if self.listening.family == socket.AF_INET6:
            self.listening.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
        else:
            self.listening.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def _open_pool_of(self, asked: bytes) -> list[socket.socket]:
        """Carrying sockets for one more address of ours; those of all addresses when it cannot have any."""
        if len(self._pools) > MOST_POOLS:
            return self._pools[b""]
        own = _own_address(asked)
        try:
            pool = self._open_pool(own)
        except OSError as error:
            log.warning(
                "TFTP cannot answer from %s, where phones ask (%s): some will not take the answer", own[0], error
            )
            pool = self._pools[b""]
        self._pools[asked] = pool
        return pool

    def _open_pool(self, address: Address) -> list[socket.socket]:
        pool: list[socket.socket] = []
        try:
            for _ in range(POOL):
                pool.append(_bind(address))
        except OSError:
            for sock in pool:
                sock.close()
            raise
        for sock in pool:
            self._opened(sock)
        return pool


def granted_buffer(sock: socket.socket) -> int:
    """Bytes of a socket's receive buffer. Linux tells twice as much, as half is for its own bookkeeping (socket(7))."""
    told = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return told // 2 if sys.platform == "linux" else told


def send(sock: socket.socket, burst: Burst, address: Address, *, segments: bool) -> bool:
    """Send a burst. False when `segments` was asked for in vain: then it went out one by one, as all further ones should.

    With `segments` the kernel gets the whole burst and cuts it (UDP_SEGMENT). Raises `OSError` when a datagram is lost.
    """
    buffer, step = burst.buffer, burst.step
    if len(buffer) <= step:
        sock.sendto(buffer, address)
        return segments
    at_once = min(_SEGMENTS, _SEGMENTED_BYTES // step) * step
    if segments and at_once > step:
        cut = [(socket.IPPROTO_UDP, _UDP_SEGMENT, step.to_bytes(2, sys.byteorder))]
        whole = memoryview(buffer)
        try:
            for at in range(0, len(buffer), at_once):
                sock.sendmsg((whole[at : at + at_once],), cut, 0, address)
            return True
        except OSError as error:
            if error.errno not in _NO_SEGMENTS:
                raise
    for datagram in burst.datagrams():
        sock.sendto(datagram, address)
    return False


def _own_address(asked: bytes) -> Address:
    """The address in a kernel's note on where a datagram came to (ip(7): in_pktinfo; ipv6(7): in6_pktinfo)."""
    if len(asked) == 12:
        return socket.inet_ntop(socket.AF_INET, asked[4:8]), 0
    host = socket.inet_ntop(socket.AF_INET6, asked[:16])
    link = int.from_bytes(asked[16:20], sys.byteorder) if ipaddress.IPv6Address(host).is_link_local else 0
    return host, 0, 0, link


def _bind(address: Address) -> socket.socket:
    """A socket with a large receive buffer; raises `ListenRefused`."""
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)  # needs CAP_NET_ADMIN
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise ListenRefused((address[0], address[1]), SETTING, error) from None
    return sock
