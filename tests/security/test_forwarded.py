"""Whose address counts behind proxies: what a client writes itself never does."""

from __future__ import annotations

import pytest

from offhook.listeners.forwarded import client_address

PROXIES = ("127.0.0.1/32", "10.0.0.0/24")


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.9", ["10.0.0.5"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["127.0.0.1, 192.168.1.7, 203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["192.168.1.7", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        ("127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("127.0.0.1", ["192.168.1.7, unknown"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
    ],
)
def test_only_what_a_trusted_proxy_appended_counts(remote: str, forwarded: list[str], client: str) -> None:
    assert client_address(remote, forwarded, PROXIES) == client
