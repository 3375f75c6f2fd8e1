"""Webhooks: signed, sent again until they are taken, each thing told once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from offhook.outbound import Outbound, OutboundRefused
from offhook.provisioning.request import BootEvent
from offhook.webhooks import EVENTS, MOST_UNKNOWN, MOST_WAITING, Webhooks, signature

KEY = b"k" * 32
MAC = "001565aabb01"


def event(**more: Any) -> BootEvent:
    values: dict[str, Any] = {
        "time": 0.0, "transport": "http", "peer": "10.0.0.5", "path": "/x.cfg", "mac": MAC, "account": "default",
        "device": "desk", "vendor": "yealink", "model": "T46S", "version": None, "identified": "", "status": 200,
        "verdict": "given", "bytes": 1, "milliseconds": 0.1,
    }  # fmt: skip
    return BootEvent(**{**values, **more})


class Receiver:
    """The operator's side; `answers` are given in turn, then 200."""

    def __init__(self, *answers: int) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self._answers = list(answers)
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self._answers.pop(0) if self._answers else 200)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@asynccontextmanager
async def receiving(*answers: int, wanted: tuple[str, ...] = EVENTS) -> AsyncIterator[tuple[Receiver, Webhooks]]:
    receiver = Receiver(*answers)
    application = web.Application()
    application.add_routes([web.post("/hook", receiver.take)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    hooks = Webhooks(receiver.url, wanted, KEY, Outbound("127.0.0.1"), first_wait=0.01)
    hooks.start()
    try:
        yield receiver, hooks
    finally:
        await hooks.close()
        await runner.cleanup()


async def until(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(10):
        while len(receiver.got) < count:
            await asyncio.sleep(0.01)


async def test_a_notice_is_signed_over_its_time_and_body() -> None:
    async with receiving() as (receiver, hooks):
        hooks.booted(event(status=503, verdict="our own failure"))
        await until(receiver, 1)
    headers, body = receiver.got[0]
    assert headers["Offhook-Signature"] == "v1=" + signature(KEY, headers["Offhook-Timestamp"], body)
    told = json.loads(body)
    assert told["event"] == "boot.failed" and told["id"] == headers["Offhook-Id"] and told["data"]["device"] == "desk"


async def test_what_is_not_taken_is_sent_again_as_the_same_notice() -> None:
    async with receiving(500, 503, 429) as (receiver, hooks):
        hooks.booted(event(status=503))
        await until(receiver, 4)
    assert len({one["id"] for one in receiver.events()}) == 1


@pytest.mark.parametrize("status", [400, 410, 413, 422])
async def test_a_notice_that_is_refused_for_what_it_says_holds_up_no_other(status: int) -> None:
    async with receiving(status) as (receiver, hooks):
        hooks.booted(event(status=503))
        hooks.booted(event(status=404, device=None, mac="001565aabb02"))
        await until(receiver, 2)
        await asyncio.sleep(0.05)
    assert [one["event"] for one in receiver.events()] == ["boot.failed", "phone.unknown"]


async def test_made_up_phones_push_no_other_notice_out() -> None:
    async with receiving() as (receiver, hooks):
        hooks.booted(event(status=503))
        for number in range(MOST_WAITING + 5):
            hooks.booted(event(status=404, device=None, mac=f"{number:012x}"))
        hooks.booted(event(status=404, event="enrol.conflict"))
        await until(receiver, MOST_UNKNOWN + 1)
    names = [one["event"] for one in receiver.events()]
    assert names[0] == "boot.failed" and names[-1] == "device.locked" and len(names) == MOST_UNKNOWN + 1


async def test_what_a_refused_phone_says_of_its_firmware_is_not_believed() -> None:
    async with receiving() as (receiver, hooks):
        hooks.booted(event(version="66.85"))
        hooks.booted(event(version="1.2.3", status=404))
        hooks.booted(event(version="66.86"))
        await until(receiver, 1)
        await asyncio.sleep(0.05)
    assert [one["data"]["before"] for one in receiver.events()] == ["66.85"]


async def test_an_unknown_phone_is_told_once_however_often_it_asks() -> None:
    async with receiving() as (receiver, hooks):
        for _ in range(5):
            hooks.booted(event(status=404, device=None, account=None))
        hooks.booted(event(status=404, device=None, account=None, mac="001565aabb02"))
        await until(receiver, 2)
        await asyncio.sleep(0.05)
    assert [(one["event"], one["data"]["mac"]) for one in receiver.events()] == [
        ("phone.unknown", MAC),
        ("phone.unknown", "001565aabb02"),
    ]


async def test_new_firmware_is_told_with_the_one_before_also_from_before_a_restart() -> None:
    async with receiving() as (receiver, hooks):
        hooks.remember(event(version="66.85"))
        hooks.booted(event(version="66.85"))
        hooks.booted(event(version="66.86"))
        hooks.booted(event(version="66.86"))
        await until(receiver, 1)
        await asyncio.sleep(0.05)
    (told,) = receiver.events()
    assert (told["event"], told["data"]["before"], told["data"]["version"]) == ("firmware.changed", "66.85", "66.86")


async def test_a_device_that_is_locked_is_told_once_for_both_phones() -> None:
    async with receiving() as (receiver, hooks):
        for _ in range(2):
            hooks.booted(event(status=404, event="enrol.conflict", verdict="device desk is locked"))
        hooks.booted(event(status=200, event="ip.changed"))
        await until(receiver, 1)
        await asyncio.sleep(0.05)
    assert [(one["event"], one["data"]["device"]) for one in receiver.events()] == [("device.locked", "desk")]


async def test_only_what_is_wanted_is_told() -> None:
    async with receiving(wanted=("boot.failed",)) as (receiver, hooks):
        hooks.booted(event(status=404, device=None))
        hooks.booted(event(status=503))
        await until(receiver, 1)
        await asyncio.sleep(0.05)
    assert [one["event"] for one in receiver.events()] == ["boot.failed"]


async def test_an_address_inside_is_refused_at_the_start() -> None:
    with pytest.raises(OutboundRefused):
        Webhooks("http://169.254.169.254/", EVENTS, KEY, Outbound())
