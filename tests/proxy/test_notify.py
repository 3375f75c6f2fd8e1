"""NOTIFY to a phone over its proxy: what is sent, sent again, and made of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sipmessage import Message, Request

from offhook.proxy.notify import PATIENCE, Notifier, judged, notify_request, waits

Answering = Callable[[Request, int], list[bytes]]
"""What a proxy says to a request, and how often that has come."""


class Proxy(asyncio.DatagramProtocol):
    """The far end, on a real socket."""

    def __init__(self, answering: Answering) -> None:
        self.got: list[Request] = []
        self._answering = answering
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        request = Message.parse(data)
        assert isinstance(request, Request) and self.transport is not None
        self.got.append(request)
        for answer in self._answering(request, len(self.got)):
            self.transport.sendto(answer, addr)


def answer(request: Request, status: str, branch: str | None = None) -> bytes:
    via = str(request.via[0])
    if branch is not None:
        via = via.partition(";")[0] + f";branch={branch}"
    return (
        f"SIP/2.0 {status}\r\nVia: {via}\r\nFrom: {request.from_address}\r\nTo: {request.to_address};tag=x\r\n"
        f"Call-ID: {request.call_id}\r\nCSeq: {request.cseq}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@asynccontextmanager
async def proxy(answering: Answering) -> AsyncIterator[tuple[Proxy, Notifier]]:
    loop = asyncio.get_running_loop()
    transport, far = await loop.create_datagram_endpoint(lambda: Proxy(answering), local_addr=("127.0.0.1", 0))
    notifier = Notifier(transport.get_extra_info("sockname"))
    try:
        yield far, notifier
    finally:
        notifier.close()
        transport.close()
        await asyncio.sleep(0)  # until the sockets are closed


async def test_a_phone_gets_the_event_of_its_vendor_and_its_answer_counts_as_delivery() -> None:
    async with proxy(lambda request, _: [answer(request, "100 Trying"), answer(request, "200 OK")]) as (far, notifier):
        told = await notifier.notify("sip:desk@bureau.example", "check-sync;reboot=false")
    assert told.delivered and told.status == 200
    (request,) = far.got
    assert (request.method, str(request.uri)) == ("NOTIFY", "sip:desk@bureau.example")
    assert request.headers.get("Event") == "check-sync;reboot=false"
    assert request.headers.get("Subscription-State") == "terminated;reason=noresource"


async def test_a_phone_without_the_subscription_has_the_event_all_the_same() -> None:
    async with proxy(lambda request, _: [answer(request, "481 Subscription does not exist")]) as (_, notifier):
        assert (await notifier.notify("sip:desk@bureau.example", "check-sync")).delivered


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("480 Not Registered", "not registered"),
        ("404 Not Found", "not registered"),
        ("489 Bad Event", "trusts"),
        ("407 Proxy Authentication Required", "trusts"),
        ("503 Service Unavailable", "could not pass it on"),
    ],
)
async def test_what_no_phone_has_said_is_no_delivery_and_says_why(status: str, said: str) -> None:
    async with proxy(lambda request, _: [answer(request, status)]) as (_, notifier):
        told = await notifier.notify("sip:desk@bureau.example", "check-sync")
    assert not told.delivered and said in told.said and told.status == int(status[:3])


async def test_a_lost_request_is_sent_again_as_the_same_one() -> None:
    async with proxy(lambda request, count: [answer(request, "200 OK")] if count > 1 else []) as (far, notifier):
        assert (await notifier.notify("sip:desk@bureau.example", "check-sync")).delivered
    assert len(far.got) == 2 and bytes(far.got[0]) == bytes(far.got[1])


async def test_answers_to_somebody_else_and_rubbish_are_not_taken_for_its_own() -> None:
    def answering(request: Request, _: int) -> list[bytes]:
        foreign = answer(request, "200 OK", branch="z9hG4bKforeign")
        return [b"", b"\xff\x00rubbish", b"SIP/2.0 200 OK\r\n\r\n", foreign, answer(request, "480 Not Registered")]

    async with proxy(answering) as (_, notifier):
        assert (await notifier.notify("sip:desk@bureau.example", "check-sync")).status == 480


async def test_two_phones_are_told_at_once_and_each_hears_its_own() -> None:
    def answering(request: Request, _: int) -> list[bytes]:
        return [answer(request, "200 OK" if request.uri.user == "desk" else "480 Not Registered")]

    async with proxy(answering) as (_, notifier):
        told = await asyncio.gather(
            *(notifier.notify(f"sip:{user}@b.example", "check-sync") for user in ("desk", "hall"))
        )
    assert [one.delivered for one in told] == [True, False]


def test_patience_is_spent_on_waits_that_double() -> None:
    assert sum(waits()) == PATIENCE and list(waits())[:3] == [0.5, 1.0, 2.0]
    assert not judged(None).delivered


@given(data=st.binary(max_size=400))
def test_no_datagram_upsets_it(data: bytes) -> None:
    Notifier(("127.0.0.1", 9)).datagram_received(data, ("127.0.0.1", 9))


def test_a_host_of_ipv6_is_written_in_brackets() -> None:
    request = notify_request("sip:desk@bureau.example", "check-sync", local=("::1", 5), mark="m")
    assert b"Via: SIP/2.0/UDP [::1]:5;" in bytes(request)
