"""Configs per second over HTTP and TFTP, first and repeated. Anchor: the same listener giving the same bytes, ready made.

Run it as `python -m bench.boot`. Server and phones share one process and one core here, so only the ratios say
something: how much of a phone's request is ours and how much is the listener's.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from offhook import resources
from offhook.admin.office import OfficeFile
from offhook.directory import Directory
from offhook.entry import Documents, Entry
from offhook.listeners.client import Clients
from offhook.listeners.desk import Desk
from offhook.listeners.http import HttpListener
from offhook.model.kind import kind_of, make_document, public_values
from offhook.model.secret import Secret
from offhook.provisioning.certificate.proof import Prover
from offhook.provisioning.firmware import FirmwareShelf
from offhook.provisioning.guard.guard import Guard
from offhook.provisioning.guard.logins import Logins
from offhook.provisioning.guard.roll import Roll
from offhook.provisioning.profiles import load_profiles
from offhook.provisioning.provisioner import Provisioner
from offhook.provisioning.render import Renderer
from offhook.provisioning.request import BootRequest
from offhook.provisioning.story import Story
from offhook.provisioning.tones import load_tones
from offhook.provisioning.uploads import Uploads

PHONES = 300
OFFICE = """
accounts: [{id: default, realm: bench.example, timezone: Europe/Paris, language: fr, country: FR}]
users: [%s]
devices: [%s]
callflows: [%s]
"""


def office() -> Directory:
    """300 people with a phone and an extension each."""
    users = ", ".join(f"{{id: u{n}, name: User {n}}}" for n in range(PHONES))
    devices = ", ".join(
        f'{{id: d{n}, mac: "{mac(n)}", model: yealink/T46S, owner: u{n}, sip: {{username: d{n}, password: p{n}}}}}'
        for n in range(PHONES)
    )
    flows = ", ".join(
        f'{{id: u{n}, numbers: ["{1000 + n}"], start: r, nodes: {{r: {{type: ring, targets: [{{user: u{n}}}]}}}}}}'
        for n in range(PHONES)
    )
    entries = []
    for _, document in OfficeFile(OFFICE % (users, devices, flows), "bench").documents():
        key = (document.account, kind_of(document), document.id)
        entries.append((key, Entry(key, 1, msgspec.json.encode(public_values(document, reveal=True)))))
    documents = Documents(lambda kind, body: make_document(kind, msgspec.json.decode(body), ""))
    return Directory.empty(documents).changed(1, entries)


def mac(number: int) -> str:
    """The MAC of a phone."""
    return f"001565{number:06x}"


async def keep_alive(port: int, paths: list[str]) -> float:
    """Requests per second of one connection that asks for the paths in turn."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.perf_counter()
    for path in paths:
        writer.write(b"GET %b HTTP/1.1\r\nHost: boot.example\r\n\r\n" % path.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
    writer.close()
    return len(paths) / (time.perf_counter() - begun)


async def anchor(body: bytes) -> tuple[Callable[[], Awaitable[Any]], int]:
    """A listener that gives ready bytes."""

    async def give(request: web.BaseRequest) -> web.Response:
        return web.Response(body=body)

    runner = web.ServerRunner(web.Server(give, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner.cleanup, runner.addresses[0][1]


async def main() -> None:
    """Print the table."""
    directory = office()
    folder = resources.profile_folders(None)[-1]
    renderer = Renderer(resources.template_folders(None))
    renderer.preload()
    none = folder / "none"
    uploads = Uploads(none, lambda *given: given[-1].reveal(), lambda *given: Secret(given[-1]))
    tones = load_tones(folder / "tones.toml")
    guard = Guard(Roll(bytes(32), os.urandom, lambda *_: None), lambda *_: None, Logins(os.urandom(32)))
    guard.roll.begin(((entry.key[0], entry.key[2]) for entry in directory.all("devices")), time.time())
    provisioner = Provisioner(load_profiles([folder]), renderer, tones, FirmwareShelf(none), uploads, guard)
    listener = HttpListener(
        Desk(lambda: directory, provisioner, Story()), ("127.0.0.1", 0), "boot.http", Clients(Prover({}))
    )
    await listener.start()
    paths = [f"/{mac(number)}.cfg" for number in range(PHONES)]
    request = BootRequest(listener="x", transport="http", path=paths[0], peer="127.0.0.1", now=0.0)
    close, port = await anchor(provisioner.answer(directory, request)[0].body)

    core_first = time.perf_counter()
    for path in paths:
        provisioner.answer(directory, msgspec.structs.replace(request, path=path, base_url="http://other/"))
    first = PHONES / (time.perf_counter() - core_first)
    core_again = time.perf_counter()
    for path in paths:
        provisioner.answer(directory, msgspec.structs.replace(request, path=path, base_url="http://other/"))
    again = PHONES / (time.perf_counter() - core_again)

    await keep_alive(listener.port, paths)
    rounds = [(await keep_alive(listener.port, paths), await keep_alive(port, paths)) for _ in range(7)]
    ours = statistics.median(one for one, _ in rounds)
    ready = statistics.median(other for _, other in rounds)
    ratio = statistics.median(one / other for one, other in rounds)
    print(f"core, first rendering      {first:>9.0f} a second")
    print(f"core, kept                 {again:>9.0f} a second   {again / first:>6.1f} × first")
    print(f"HTTP, ready bytes (anchor) {ready:>9.0f} a second")
    print(f"HTTP, kept configs         {ours:>9.0f} a second   {ratio:>6.2f} × anchor")
    await listener.stop()
    await close()


if __name__ == "__main__":
    asyncio.run(main())
