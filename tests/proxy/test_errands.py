"""What a callflow asks of us in the middle of a call: settings are changed, web services asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from offhook.admin.office import OfficeFile
from offhook.callflow.action import Ask, Change
from offhook.change import Put
from offhook.model.device import Device
from offhook.model.group import Group
from offhook.model.mode import Mode
from offhook.model.user import User
from offhook.outbound import Outbound
from offhook.proxy.errands import Errands, label_of
from offhook.registry import Registry
from offhook.secrets.keyfile import KeyFile
from offhook.secrets.vault import Vault
from offhook.store.tinydb import TinyDBStore

OFFICE = """
accounts: [{id: default, realm: a.example}]
users: [{id: marie, name: Marie}]
devices: [{id: hall, name: Hall}]
groups: [{id: desk, members: [{user: marie, delay: 3}]}]
modes: [{id: night, states: [day, night, holiday]}]
"""


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[Registry]:
    store = TinyDBStore(tmp_path / "store")
    registry = Registry(store, Vault(KeyFile.open(tmp_path / "keys" / "master.key", data_exists=False)))
    await registry.open()
    await registry.change(
        [Put(document, None, place) for place, document in OfficeFile(OFFICE, "office.yaml").documents()]
    )
    yield registry
    await store.close()


async def run(registry: Registry, what: str, op: str, kind: str = "users", identity: str = "marie", **more: Any) -> str:
    """What comes of a change."""
    return str(
        await Errands(registry, Outbound("127.0.0.1")).run(
            Change(what, op, kind, identity, **{"by": "marie", **more}), "default"
        )
    )


def user(registry: Registry) -> User:
    found = registry.directory.find(User, "default", "marie")
    assert found is not None
    return found


async def test_do_not_disturb_is_switched_by_a_call(registry: Registry) -> None:
    assert await run(registry, "dnd", "toggle") == "done:on" and user(registry).dnd
    assert await run(registry, "dnd", "ask") == "done:on" and user(registry).rev == 2
    assert await run(registry, "dnd", "on") == "done:on" and user(registry).rev == 2
    assert await run(registry, "dnd", "off") == "done:off" and not user(registry).dnd
    assert await run(registry, "dnd", "on", "devices", "hall", by=None) == "done:on"
    hall = registry.directory.find(Device, "default", "hall")
    assert hall is not None and hall.dnd


async def test_calls_are_forwarded_to_the_dialled_number_or_the_last_one(registry: Registry) -> None:
    assert await run(registry, "forward", "on") == "refused"
    assert await run(registry, "forward", "on", value="0612345678") == "done:on"
    assert (user(registry).forward.enabled, user(registry).forward.number) == (True, "0612345678")
    assert await run(registry, "forward", "off", value="9") == "done:off"
    assert await run(registry, "forward", "toggle") == "done:on"
    assert user(registry).forward.number == "0612345678"
    assert await run(registry, "forward", "on", value="not a number!") == "refused"


async def test_call_waiting_is_on_until_somebody_switches_it_off(registry: Registry) -> None:
    assert await run(registry, "call_waiting", "ask") == "done:on"
    assert await run(registry, "call_waiting", "toggle") == "done:off"
    assert user(registry).settings.call_waiting is False


async def test_a_mode_goes_to_its_next_state_or_to_a_given_one(registry: Registry) -> None:
    for op, value, word in (
        ("toggle", None, "done:night"), ("toggle", None, "done:holiday"), ("toggle", None, "done:day"),
        ("on", "holiday", "done:holiday"), ("ask", None, "done:holiday"), ("on", "lunch", "refused"),
    ):  # fmt: skip
        assert await run(registry, "mode", op, "modes", "night", value=value) == word
    night = registry.directory.find(Mode, "default", "night")
    assert night is not None and night.state == "holiday"


async def test_somebody_leaves_a_group_and_joins_again(registry: Registry) -> None:
    assert await run(registry, "member", "toggle", "groups", "desk") == "done:off"
    assert await run(registry, "member", "on", "groups", "desk") == "done:on"
    desk = registry.directory.find(Group, "default", "desk")
    assert desk is not None and [member.user for member in desk.members] == ["marie"]
    assert await run(registry, "member", "on", "groups", "desk", by=None) == "refused"


@pytest.mark.parametrize(("what", "kind", "identity"), [("hotdesk", "devices", "hall"), ("dnd", "users", "gone")])
async def test_what_cannot_be_changed_is_refused(registry: Registry, what: str, kind: str, identity: str) -> None:
    assert await run(registry, what, "on", kind, identity) == "refused"


Serve = Callable[[web.Request], Awaitable[web.Response]]


async def asked(registry: Registry, serve: Serve, timeout: int = 1) -> str:
    """What comes of asking a web service that answers so."""
    application = web.Application()
    application.router.add_post("/where", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    errands = Errands(registry, Outbound("127.0.0.1"))
    try:
        ask = Ask(f"http://127.0.0.1:{runner.addresses[0][1]}/where", timeout, {"called": "200"})
        return str(await errands.run(ask, "default"))
    finally:
        await errands.close()
        await runner.cleanup()


async def test_a_web_service_names_the_branch_as_text_or_json(registry: Registry) -> None:
    heard: list[Any] = []

    async def text(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response(text="gold\n")

    async def as_json(request: web.Request) -> web.Response:
        return web.json_response({"branch": "gold"})

    assert await asked(registry, text) == "label:gold" and heard == [{"called": "200"}]
    assert await asked(registry, as_json) == "label:gold"


async def test_a_web_service_that_fails_redirects_or_babbles_has_failed(registry: Registry) -> None:
    async def broken(request: web.Request) -> web.Response:
        return web.Response(status=500, text="gold")

    async def elsewhere(request: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.1:1/")

    async def babble(request: web.Request) -> web.Response:
        return web.Response(text="g" * 100_000)

    for serve in (broken, elsewhere, babble):
        assert await asked(registry, serve) == "failed"
    ask = Ask("http://127.0.0.1:1/", 1, {})
    errands = Errands(registry, Outbound("127.0.0.1"))
    assert str(await errands.run(ask, "default")) == "failed"
    await errands.close()


async def test_a_web_service_inside_is_not_asked_unless_that_is_allowed(registry: Registry) -> None:
    async def text(request: web.Request) -> web.Response:
        raise AssertionError("it was asked")

    application = web.Application()
    application.router.add_post("/where", text)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    errands = Errands(registry, Outbound())
    for host in ("127.0.0.1", "localhost"):
        ask = Ask(f"http://{host}:{runner.addresses[0][1]}/where", 1, {"called": "200"})
        assert str(await errands.run(ask, "default")) == "failed"
    await errands.close()
    await runner.cleanup()


@given(st.one_of(st.text(max_size=80), st.from_type(dict[str, int]).map(json.dumps)))
def test_a_label_is_a_word_or_nothing(text: str) -> None:
    label = label_of(text)
    assert label is None or (0 < len(label) <= 64 and label.isascii() and not label.isspace())
