"""NOTIFY: has a phone fetch its config again, or reboot, over the SIP proxy at which it is registered.

The request goes to the address of record, to the proxy's port for trusted machines, without a subscription, as phones take
it (RFC 6665 speaks of subscriptions; `check-sync` is older). Any final answer of the phone means that it has it; what it
makes of it is seen when it boots.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sipmessage import URI, Address, CSeq, Message, Parameters, Request, Response, Via

log = logging.getLogger(__name__)

T1: Final = 0.5
T2: Final = 4.0
"""Seconds between the first two sendings, and at most between any two (RFC 3261 §17.1.2.1)."""
PATIENCE: Final = 8.0
"""Seconds after which nobody waits any more: a proxy answers for a phone that is gone long before."""
_BRANCH: Final = "z9hG4bK"
_ABSENT: Final = frozenset((404, 480))
"""What a proxy says for an address of record that nobody is registered for."""
_NOT_TAKEN: Final = frozenset((401, 403, 405, 407, 408, 420, 488, 489))
"""Refusals of the proxy, or of a phone that does not know the event."""


class Notified(msgspec.Struct, frozen=True):
    """What came of a NOTIFY."""

    delivered: bool
    """Whether the phone has it."""
    status: int | None
    """The SIP status; None: nothing came back."""
    said: str
    """What that means, in words."""


def notify_request(aor: str, event: str, *, local: tuple[str, int], mark: str) -> Request:
    """The NOTIFY of an event (with its parameters) for an address of record; `mark` is new for each, `local` where we are."""
    uri = URI.parse(aor)
    request = Request("NOTIFY", uri)
    request.via = [
        Via(
            transport="UDP",
            host=_host(local[0]),
            port=local[1],
            parameters=Parameters(branch=_BRANCH + mark, rport=None),
        )
    ]
    request.max_forwards = 70
    request.from_address = Address(
        uri=URI(scheme="sip", host=uri.host, user="offhook"), parameters=Parameters(tag=mark)
    )
    request.to_address = Address(uri=uri)
    request.call_id = f"{mark}@offhook"
    request.cseq = CSeq(sequence=1, method="NOTIFY")
    request.contact = [Address(uri=URI(scheme="sip", host=_host(local[0]), port=local[1], user="offhook"))]
    request.headers.set("Event", event)
    request.headers.set("Subscription-State", "terminated;reason=noresource")
    request.content_length = 0
    return request


def judged(status: int | None, phrase: str = "") -> Notified:
    """What a final answer to a NOTIFY means."""
    if status is None:
        return Notified(
            False, None, f"the SIP proxy did not answer in {PATIENCE:g} s: is [proxy] notify its trusted port?"
        )
    if status in _ABSENT:
        return Notified(False, status, "the phone is not registered: it fetches its config when it next boots")
    if status in _NOT_TAKEN:
        return Notified(
            False, status, f"refused with {status} {phrase}: is this machine among those that the proxy trusts?"
        )
    if 500 <= status < 600:
        return Notified(False, status, f"the SIP proxy could not pass it on: {status} {phrase}")
    return Notified(True, status, f"the phone has it ({status} {phrase})")


def waits() -> Iterator[float]:
    """Seconds to wait after each sending, until patience ends."""
    left, wait = PATIENCE, T1
    while left > 0:
        yield min(wait, left)
        left -= wait
        wait = min(wait * 2, T2)


class Notifier(asyncio.DatagramProtocol):
    """Sends NOTIFY to one SIP proxy; its socket opens with the first one."""

    def __init__(self, proxy: tuple[str, int]) -> None:
        """`proxy`: the address of the proxy's trusted port."""
        self._proxy = proxy
        self._transport: asyncio.DatagramTransport | None = None
        self._opening = asyncio.Lock()
        self._waiting: dict[str, asyncio.Future[Response]] = {}

    async def notify(self, aor: str, event: str) -> Notified:
        """Send an event to an address of record and wait for what comes of it."""
        transport = await self._open()
        mark = secrets.token_hex(12)
        request = bytes(notify_request(aor, event, local=transport.get_extra_info("sockname")[:2], mark=mark))
        answer = self._waiting[_BRANCH + mark] = asyncio.get_running_loop().create_future()
        try:
            for wait in waits():
                transport.sendto(request)
                done, _ = await asyncio.wait((answer,), timeout=wait)
                if done:
                    response = answer.result()
                    return judged(response.code, response.phrase)
            return judged(None)
        finally:
            del self._waiting[_BRANCH + mark]

    async def _open(self) -> asyncio.DatagramTransport:
        async with self._opening:
            if self._transport is None or self._transport.is_closing():
                loop = asyncio.get_running_loop()
                self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=self._proxy)
            return self._transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """A final answer goes to whoever waits for it; everything else is dropped."""
        try:
            message = Message.parse(data)
            if not isinstance(message, Response) or message.code < 200:
                return
            branch = message.via[0].parameters.get("branch")
        except (ValueError, IndexError, UnicodeError):
            return
        waiting = self._waiting.get(branch or "")
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the sender waits, and sends again."""
        log.warning("the SIP proxy for NOTIFY cannot be reached: %s", exc)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
