"""Listening sockets, and what to say when one cannot be had."""

from __future__ import annotations

import errno
import socket


class ListenRefused(OSError):
    """An address that cannot be listened at; the message says which, why, and what to change."""

    def __init__(self, listen: tuple[str, int], setting: str, error: OSError) -> None:
        where = f"{listen[0]}:{listen[1]}"
        reasons = {
            errno.EADDRINUSE: "another program listens there already: stop it, or choose another port",
            errno.EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE: give it to the service, or choose another port",
            errno.EADDRNOTAVAIL: "this machine has no such address: choose one of its own, or 0.0.0.0 for all",
        }
        reason = reasons.get(error.errno or 0, str(error))
        super().__init__(error.errno, f"cannot listen at {where}: {reason} with the setting {setting}")


def listen_tcp(listen: tuple[str, int], setting: str, backlog: int) -> socket.socket:
    """A listening TCP socket; raises `ListenRefused` naming the setting (`boot.http`)."""
    family = socket.AF_INET6 if ":" in listen[0] else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(listen)
        bound.listen(backlog)
    except OSError as error:
        bound.close()
        raise ListenRefused(listen, setting, error) from None
    bound.setblocking(False)
    return bound
