"""Webhooks: what an operator wants to know at once, sent to one address, signed, and sent again until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import logging
import random
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import aiohttp

from offhook.outbound import Outbound, OutboundRefused, host_of
from offhook.provisioning.request import BootEvent

log = logging.getLogger(__name__)

EVENTS: Final = ("boot.failed", "phone.unknown", "device.locked", "firmware.changed")
LOCKING: Final = frozenset(("enrol.conflict", "ip.changed", "certificate.changed"))
"""Events of a boot request that is refused because its device was locked."""
MOST_WAITING: Final = 1_000
"""Notices; beyond it the oldest is dropped."""
MOST_UNKNOWN: Final = 500
"""From so many waiting notices on, unknown phones are told of no more: whoever makes MACs up must not push others out."""
NOT_THIS_ONE: Final = frozenset((400, 410, 413, 415, 422))
"""Statuses by which a receiver refuses what a notice says: sent again it would be refused again, and hold up all behind it."""
MOST_PHONES: Final = 20_000
"""Phones whose firmware, or last notice, is remembered."""
AGAIN: Final = 3_600.0
"""Seconds after which the same is told of the same phone once more."""
FIRST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 300.0
"""Seconds between two tries; each is twice the one before, and a random part of it."""
TRIES: Final = 20
TIMEOUT: Final = 10.0
"""Seconds that the receiver may take."""


class Webhooks:
    """Sends notices to one address."""

    def __init__(
        self, url: str, wanted: Iterable[str], key: bytes, outbound: Outbound, first_wait: float = FIRST_WAIT
    ) -> None:
        """`wanted` are names of `EVENTS`; `key` signs. Raises `OutboundRefused`."""
        outbound.check_url(url)
        self._url = url
        self._host = host_of(url)
        self._wanted = frozenset(wanted)
        self._key = key
        self._outbound = outbound
        self._first_wait = first_wait
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._versions: OrderedDict[str, str] = OrderedDict()
        """MAC → the firmware version that it last reported."""
        self._told: OrderedDict[tuple[str, str], float] = OrderedDict()
        """(event, MAC or device) → when that was last told."""
        self._sender: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._sender = asyncio.create_task(self._send_all())

    async def close(self) -> None:
        """Stop; what still waits is lost, and logged."""
        if self._sender is not None:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender
        if not self._waiting.empty():
            log.warning("%d notices were not sent to %s before the end", self._waiting.qsize(), self._host)

    def remember(self, event: BootEvent) -> None:
        """Learn from an event of the past; nothing is told of it."""
        for _ in self._notices(event):
            pass

    def booted(self, event: BootEvent) -> None:
        """A phone asked for something."""
        for name, data in self._notices(event):
            self.tell(name, data["mac"] or data["peer"], data)

    def tell(self, name: str, about: str, data: dict[str, Any]) -> None:
        """Send a notice soon, unless the same was told of the same lately."""
        now = time.time()
        last = self._told.get((name, about))
        if name not in self._wanted or (name != "firmware.changed" and last is not None and now - last < AGAIN):
            return
        if name == "phone.unknown" and self._waiting.qsize() >= MOST_UNKNOWN:
            return
        _keep(self._told, (name, about), now)
        if self._waiting.qsize() >= MOST_WAITING:
            dropped = self._waiting.get_nowait()
            log.warning("%s takes no notices: %s of %s is dropped", self._host, dropped["event"], dropped["data"])
        self._waiting.put_nowait({"id": str(uuid.uuid4()), "event": name, "time": round(now, 3), "data": data})

    def _notices(self, event: BootEvent) -> Iterator[tuple[str, dict[str, Any]]]:
        data = {
            name: getattr(event, name)
            for name in ("mac", "account", "device", "peer", "path", "model", "version", "verdict")
        }
        if event.status == 503:
            yield "boot.failed", data
        if event.status == 404 and event.mac is not None and event.device is None:
            yield "phone.unknown", data
        if event.event in LOCKING and event.status == 404:
            yield "device.locked", data
        if event.device is not None and event.mac is not None and event.version is not None and event.status < 400:
            before = self._versions.get(event.mac)
            _keep(self._versions, event.mac, event.version)
            if before is not None and before != event.version:
                yield "firmware.changed", {**data, "before": before}

    async def _send_all(self) -> None:
        async with self._outbound.session() as session:
            while True:
                notice = await self._waiting.get()
                body = json.dumps(notice, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
                wait = self._first_wait
                for left in reversed(range(TRIES)):
                    problem, again = await self._send(session, notice["id"], body)
                    if problem is None:
                        break
                    if not left or not again:
                        who = notice["data"]["device"] or notice["data"]["mac"]
                        log.error("the notice %s of %s is given up: %s", notice["event"], who, problem)
                        break
                    log.warning("%s did not take a notice, and is asked again: %s", self._host, problem)
                    await asyncio.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - that all servers do not come at once
                    wait = min(wait * 2, LONGEST_WAIT)

    async def _send(self, session: aiohttp.ClientSession, identity: str, body: bytes) -> tuple[str | None, bool]:
        """Send once: (why it was not taken, in words; None: it was), whether it may be taken another time."""
        moment = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Offhook-Id": identity,
            "Offhook-Timestamp": moment,
            "Offhook-Signature": "v1=" + signature(self._key, moment, body),
        }
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        try:
            async with session.post(
                self._url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                problem = None if 200 <= answer.status < 300 else f"it answered {answer.status}"
                return problem, answer.status not in NOT_THIS_ONE
        except (TimeoutError, aiohttp.ClientError, OutboundRefused, OSError) as error:
            return str(error) or type(error).__name__, True


def signature(key: bytes, moment: str, body: bytes) -> str:
    """HMAC-SHA256 over `<timestamp>.<body>`, hexadecimal."""
    return hmac.new(key, moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _keep(known: OrderedDict[Any, Any], key: object, value: object) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > MOST_PHONES:
        known.popitem(last=False)
