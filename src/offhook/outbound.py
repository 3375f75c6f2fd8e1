"""Outbound calls: to addresses that an admin wrote down, and never into our own network by somebody's name for it.

A name is resolved once, what it stands for is checked, and just that address is connected to, so that a name which changes
its mind between check and use (DNS rebinding) gains nothing. Redirects are not followed. A URL is read by the parser that
the client itself calls by: two readings of one text, such as of `http://127。0。0。1/`, would be a way around the check.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""RFC 4291 §2.4: all that IANA has given out for public use; what is outside is local, or an old way to write IPv4."""


class OutboundRefused(OSError):
    """An address that may not be called; the message says why and how to allow it."""


class Outbound:
    """Which addresses may be called."""

    def __init__(self, allowed: str = "") -> None:
        """`allowed`: names of hosts, addresses and networks with commas between them, which may be called although they are
        not public. Raises `ValueError`."""
        self._hosts: set[str] = set()
        self._networks: list[Network] = []
        for one in filter(None, (part.strip() for part in allowed.split(","))):
            try:
                self._networks.append(ipaddress.ip_network(one))
            except ValueError:
                if "/" in one:
                    raise ValueError(f"{one!r} is no network: write 10.1.0.0/16, or a host's name") from None
                self._hosts.add(one.lower().rstrip("."))

    def session(self) -> aiohttp.ClientSession:
        """A client that calls only what may be called, and raises `OutboundRefused` for all else; close it."""
        connector = aiohttp.TCPConnector(resolver=_Resolver(self), use_dns_cache=False)
        return aiohttp.ClientSession(connector=connector, trust_env=False, middlewares=(self._checked,))

    async def _checked(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Look at every request of a session: an address that is written as such never comes to the resolver."""
        self.check_url(str(request.url))
        return await handler(request)

    def check_url(self, url: str) -> None:
        """Refuse a URL that is not HTTP, or that names an address which may not be called; raises `OutboundRefused`."""
        try:
            parts = URL(url)
            host = parts.host
        except ValueError:
            raise OutboundRefused("what is to be called is no http or https address") from None
        if parts.user is not None or parts.password is not None:
            raise OutboundRefused("an address with a name or password in it would show that in logs: leave it out")
        if parts.scheme not in ("http", "https") or not host:
            raise OutboundRefused("what is to be called is no http or https address")
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            return  # a name: what it stands for is checked when it is called
        self.check(host, str(literal))

    def check(self, host: str, address: str) -> None:
        """Refuse an address that a host stands for; raises `OutboundRefused`."""
        found = ipaddress.ip_address(address.partition("%")[0])
        if host.lower().rstrip(".") in self._hosts:
            return
        for one in _stands_for(found):
            allowed = any(one.version == network.version and one in network for network in self._networks)
            if not allowed and not _is_public(one):
                raise OutboundRefused(
                    f"{host} is {address}, which is not a public address: allow it in [outbound] allow if it is meant"
                )


def _stands_for(address: Address) -> Iterator[Address]:
    """An address, and those that are written inside it: packets end up there."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    found = [one for one in inner if one is not None]
    yield from found or [address]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


def host_of(url: str) -> str:
    """Whom a URL calls, for logs: its path and query may hold a key."""
    try:
        return URL(url).host or "nobody"
    except ValueError:
        return "nobody"


class _Resolver(AbstractResolver):
    """Resolves names, and gives only what may be called."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All addresses of a name; one that may not be called spoils the name."""
        found = await self._resolver.resolve(host, port, family)
        for one in found:
            self._outbound.check(host, one["host"])
        return found

    async def close(self) -> None:
        """Nothing is open."""
        await self._resolver.close()
