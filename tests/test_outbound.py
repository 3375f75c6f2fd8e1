"""Whom we call ourselves: nobody in our own network by a name for it, unless an admin says so."""

from __future__ import annotations

import ipaddress

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from offhook.outbound import Outbound, OutboundRefused, host_of


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://10.0.0.1/", "http://192.168.1.1:8080/x", "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fd00::1]/", "http://0.0.0.0/", "http://[::]/",
        "http://[::ffff:127.0.0.1]/", "http://[::ffff:a00:1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
        "http://[::7f00:1]/", "http://[fec0::1]/", "http://[64:ff9b:1::7f00:1]/", "http://127。0。0。1/", "http://①27.0.0.1/",
        "http://1２7.0.0.1/", "ftp://name:password@example.com/", "http://exa mple:x/", "http://[::1%25lo]/",
        "http://100.64.0.1/", "http://224.0.0.1/", "http://255.255.255.255/", "ftp://example.com/", "file:///etc/passwd",
        "gopher://example.com/", "http:///nothing", "http://name:password@example.com/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_or_not_http_is_refused(url: str) -> None:
    with pytest.raises(OutboundRefused):
        Outbound().check_url(url)


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://93.184.216.34/", "https://[2606:2800:220:1::1]/"])
def test_a_public_address_is_called(url: str) -> None:
    Outbound().check_url(url)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "127。0。0。1",
        "①27.0.0.1",
        "127.0.0.1.",
    ],
)
async def test_another_way_to_write_our_own_address_is_refused_before_anything_is_sent(host: str) -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    application = web.Application()
    application.add_routes([web.get("/", answer)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with Outbound().session() as session:
        with pytest.raises((aiohttp.ClientError, OSError)):
            await session.get(f"http://{host}:{port}/")
    assert asked == []
    async with (
        Outbound("localhost, 127.0.0.0/8").session() as session,
        session.get(f"http://localhost:{port}/") as reply,
    ):
        assert reply.status == 200
    await runner.cleanup()


def test_a_refusal_never_shows_a_password() -> None:
    for url in ("ftp://name:hunter2@example.com/", "http://name:hunter2@example.com/", "http://x:hunter2@[::1/"):
        with pytest.raises(OutboundRefused) as refused:
            Outbound().check_url(url)
        assert "hunter2" not in str(refused.value)


def test_a_log_names_the_host_of_a_url_alone_as_its_path_may_hold_a_key() -> None:
    assert host_of("https://hooks.example.com/services/T0/B0/key?token=key") == "hooks.example.com"
    assert host_of("http://[::1") == "nobody"


def test_an_admin_may_allow_a_host_an_address_or_a_network() -> None:
    outbound = Outbound("CRM.internal, 10.1.0.0/16, fd00::5")
    outbound.check("crm.internal.", "192.168.9.9")
    outbound.check_url("http://10.1.200.3/")
    outbound.check_url("http://[fd00::5]/")
    for url in ("http://10.2.0.1/", "http://[fd00::6]/"):
        with pytest.raises(OutboundRefused, match=r"\[outbound\] allow"):
            outbound.check_url(url)
    with pytest.raises(ValueError, match="is no network"):
        Outbound("10.1.0.0/99")


@given(address=st.ip_addresses(v=4))
def test_no_private_address_passes_in_any_ipv6_clothes(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    clothes = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    ]
    for one in (address, *clothes):
        try:
            Outbound().check("host", str(one))
        except OutboundRefused:
            continue
        assert address.is_global and not address.is_multicast
