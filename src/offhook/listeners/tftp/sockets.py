"""UDP sockets whose receive buffer holds a whole boot storm's requests."""

from __future__ import annotations

import logging
import socket
from typing import Final

from offhook.bind import ListenRefused

log = logging.getLogger(__name__)

RECEIVE_BUFFER: Final = 8 * 1024 * 1024
"""Bytes asked for: what decides a storm is whether all requests fit in until we come to them."""
ENOUGH_BUFFER: Final = 4 * 1024 * 1024
SO_RCVBUFFORCE: Final = 33
"""Linux: also above net.core.rmem_max, with CAP_NET_ADMIN."""


def listen_udp(address: tuple[str, int]) -> socket.socket:
    """A UDP socket; raises `ListenRefused`."""
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise ListenRefused(address, "tftp.listen", error) from None
    return sock


def warn_of_a_small_buffer(sock: socket.socket) -> None:
    """Say so when the kernel grants less than a storm needs."""
    granted = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    if granted < ENOUGH_BUFFER:
        log.warning(
            "the kernel grants TFTP a receive buffer of %d bytes: when all phones boot at once many requests are lost and"
            " asked again; raise net.core.rmem_max to %d",
            granted,
            RECEIVE_BUFFER,
        )
