"""Networks: whether an address is in one of them, and which addresses count as one source."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=65_536)
def read_address(peer: str) -> Address | None:
    """A peer's address, without zone, an IPv4 address also where it came in over IPv6; None when it is none."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=65_536)
def is_inside(peer: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks; what is no address is in none."""
    address = read_address(peer)
    if address is None:
        return False
    return any(address in network for network in _parsed(networks) if network.version == address.version)


@lru_cache(maxsize=65_536)
def source_of(peer: str) -> str:
    """Who counts as one: an IPv4 address, or the /64 of an IPv6 address, in which every host has 2^64 of them."""
    address = read_address(peer)
    if isinstance(address, ipaddress.IPv6Address) and not address.is_loopback:
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address) if address is not None else peer


def is_own(source: str) -> bool:
    """Whether a source is this machine itself: its admin, or a proxy for everybody."""
    address = read_address(source)
    return address is not None and address.is_loopback


@lru_cache(maxsize=1024)
def _parsed(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(network) for network in networks)
