"""The TFTP server on real sockets, with the clients that Debian has and with raw datagrams."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from offhook.bind import ListenRefused
from offhook.listeners.tftp.answer import File, Peer, Refusal, TransferReport
from offhook.listeners.tftp.packet import ReadRequest
from offhook.listeners.tftp.server import TftpServer
from offhook.listeners.tftp.terms import TftpLimits

FILES = {
    "config.cfg": b"#!version:1.0.0.1\n" + b"account.1.label = 101\n" * 200,
    "multiple.cfg": b"x" * 5120,
    "empty.cfg": b"",
    "firmware.rom": bytes(range(256)) * 4096,
}


def answer(request: ReadRequest, peer: Peer) -> File | Refusal:
    if request.filename == "broken.cfg":
        raise RuntimeError("no template")
    body = FILES.get(request.filename)
    return File(body) if body is not None else Refusal(1, "File not found")


@pytest.fixture
async def reports() -> list[TransferReport]:
    return []


@pytest.fixture
async def server(reports: list[TransferReport]) -> AsyncIterator[TftpServer]:
    server = TftpServer(answer, listen=("127.0.0.1", 0), ended=reports.append)
    await server.start()
    yield server
    await server.stop(0.1)


class Udp:
    """A phone's socket."""

    opened: ClassVar[list[socket.socket]] = []

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._server = (host, port)
        self.sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.bind((host, 0))
        self.opened.append(self.sock)

    def ask(self, data: bytes) -> None:
        self.sock.sendto(data, self._server)

    async def hear(self, seconds: float = 2.0) -> tuple[bytes, Peer]:
        loop = asyncio.get_running_loop()
        data, address = await asyncio.wait_for(loop.sock_recvfrom(self.sock, 65_536), seconds)
        return data, address[:2]

    async def silent(self, seconds: float = 0.3) -> bool:
        try:
            await self.hear(seconds)
        except TimeoutError:
            return True
        return False

    async def fetch(self, name: str, options: bytes = b"", blksize: int = 512) -> bytes:
        self.ask(b"\0\x01" + name.encode() + b"\0octet\0" + options)
        body, expected = b"", 1
        while True:
            data, address = await self.hear()
            if data[1] == 6:
                self.sock.sendto(b"\0\x04\0\0", address)
                continue
            assert data[1] == 3, data
            if int.from_bytes(data[2:4], "big") == expected & 0xFFFF:
                body += data[4:]
                expected += 1
            self.sock.sendto(b"\0\x04" + (expected - 1 & 0xFFFF).to_bytes(2, "big"), address)
            if len(data) - 4 < blksize:
                return body


@pytest.fixture(autouse=True)
def unplugged() -> Iterator[None]:
    """Every phone is unplugged at the end of a test."""
    yield
    while Udp.opened:
        Udp.opened.pop().close()


async def run(*command: str) -> int:
    assert shutil.which(command[0]), f"{command[0]} is missing: apt-get install tftp-hpa atftp"
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    return await asyncio.wait_for(process.wait(), 30)


@pytest.mark.parametrize("name", FILES)
async def test_debians_tftp_hpa_gets_every_file(server: TftpServer, tmp_path: Path, name: str) -> None:
    into = tmp_path / name
    await run("tftp", "-m", "binary", "127.0.0.1", str(server.port), "-c", "get", name, str(into))
    assert into.read_bytes() == FILES[name]


@pytest.mark.parametrize("options", [[], ["blksize 1428"], ["blksize 1428", "windowsize 8"], ["timeout 3", "tsize"]])
@pytest.mark.parametrize("name", FILES)
async def test_debians_atftp_gets_every_file(server: TftpServer, tmp_path: Path, name: str, options: list[str]) -> None:
    into = tmp_path / name
    asked = [word for option in options if " " in option for word in ("--option", option)]
    await run("atftp", *asked, "--get", "-r", name, "-l", str(into), "127.0.0.1", str(server.port))
    assert into.read_bytes() == FILES[name]


async def test_a_text_mode_client_gets_network_line_ends(server: TftpServer, tmp_path: Path) -> None:
    phone = Udp(server.port)
    phone.ask(b"\0\x01config.cfg\0netascii\0")
    data, _ = await phone.hear()
    assert data[4:].startswith(b"#!version:1.0.0.1\r\n")


async def test_three_hundred_phones_boot_at_once(server: TftpServer) -> None:
    phones = [Udp(server.port) for _ in range(300)]
    bodies = await asyncio.gather(*(phone.fetch("config.cfg") for phone in phones))
    assert set(bodies) == {FILES["config.cfg"]}


async def test_a_file_that_is_not_there_is_error_1_and_our_own_failure_error_0(server: TftpServer) -> None:
    phone = Udp(server.port)
    phone.ask(b"\0\x01nothing.cfg\0octet\0")
    assert (await phone.hear())[0][:4] == b"\0\x05\0\x01"
    phone.ask(b"\0\x01broken.cfg\0octet\0")
    assert (await phone.hear())[0][:4] == b"\0\x05\0\x00"


async def test_a_write_is_refused(server: TftpServer) -> None:
    phone = Udp(server.port)
    phone.ask(b"\0\x02config.cfg\0octet\0")
    assert (await phone.hear())[0][:4] == b"\0\x05\0\x02"


@pytest.mark.parametrize(
    "garbage", [b"", b"\0", b"\xff" * 2000, b"\0\x01config.cfg", b"\0\x01a\0mail\0", b"\0\x63abc", bytes(9000)]
)
async def test_garbage_does_no_harm(server: TftpServer, garbage: bytes) -> None:
    phone = Udp(server.port)
    phone.ask(garbage)
    assert await Udp(server.port).fetch("config.cfg") == FILES["config.cfg"]


async def test_tftp_duplicate_rrq_a_request_that_comes_twice_is_one_transfer(
    server: TftpServer, reports: list[TransferReport]
) -> None:
    phone = Udp(server.port)
    request = b"\0\x01config.cfg\0octet\0"
    phone.ask(request)
    first, tid = await phone.hear()
    phone.ask(request)
    assert await phone.hear() == (first, tid)
    phone.sock.sendto(b"\0\x04\0\x01", tid)
    second, _ = await phone.hear()
    assert second[:4] == b"\0\x03\0\x02"
    phone.ask(request)
    assert await phone.silent()


async def test_tftp_loop_a_request_that_seems_to_come_from_another_server_is_not_answered(server: TftpServer) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        other.bind(("127.0.0.77", 69))
        for request in (b"\0\x01config.cfg\0octet\0", b"\0\x01nothing.cfg\0octet\0", b"\0\x01bad"):
            other.sendto(request, ("127.0.0.1", server.port))
        await asyncio.sleep(0.3)
        with pytest.raises(BlockingIOError):
            other.recv(1024)
    assert await Udp(server.port).fetch("config.cfg") == FILES["config.cfg"]


async def test_another_request_from_the_same_port_ends_the_one_before(
    server: TftpServer, reports: list[TransferReport]
) -> None:
    phone = Udp(server.port)
    phone.ask(b"\0\x01firmware.rom\0octet\0")
    await phone.hear()
    phone.ask(b"\0\x01empty.cfg\0octet\0")
    assert (await phone.hear())[0] == b"\0\x03\0\x01"
    assert [(report.filename, report.outcome) for report in reports] == [("firmware.rom", "aborted")]


async def test_a_stranger_who_sends_acks_disturbs_nobody(server: TftpServer) -> None:
    phone, stranger = Udp(server.port), Udp(server.port)
    phone.ask(b"\0\x01config.cfg\0octet\0")
    _, tid = await phone.hear()
    stranger.sock.sendto(b"\0\x04\0\x01", tid)
    assert (await stranger.hear())[0][:4] == b"\0\x05\0\x05"
    phone.sock.sendto(b"\0\x04\0\x01", tid)
    assert (await phone.hear())[0][:4] == b"\0\x03\0\x02"


async def test_a_lost_block_is_sent_again(server: TftpServer, reports: list[TransferReport]) -> None:
    phone = Udp(server.port)
    phone.ask(b"\0\x01multiple.cfg\0octet\0")
    first, _ = await phone.hear()
    again, _ = await phone.hear(3.0)
    assert again == first


async def test_tftp_socket_cap_a_source_that_opens_too_many_transfers_gets_no_more_but_others_do() -> None:
    server = TftpServer(answer, listen=("127.0.0.1", 0), limits=TftpLimits(sessions_per_source=3))
    await server.start()
    try:
        phones = [Udp(server.port) for _ in range(4)]
        for phone in phones[:3]:
            phone.ask(b"\0\x01firmware.rom\0octet\0")
            await phone.hear()
        phones[3].ask(b"\0\x01firmware.rom\0octet\0")
        assert await phones[3].silent()
        other = Udp(server.port, "127.0.0.1")
        other.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other.sock.setblocking(False)
        other.sock.bind(("127.0.0.2", 0))
        Udp.opened.append(other.sock)
        assert await other.fetch("config.cfg") == FILES["config.cfg"]
    finally:
        await server.stop(0)


async def test_phones_on_ipv6_boot_too() -> None:
    server = TftpServer(answer, listen=("::1", 0))
    await server.start()
    try:
        assert await Udp(server.port, "::1").fetch("config.cfg") == FILES["config.cfg"]
    finally:
        await server.stop(0)


async def test_a_port_in_use_is_said_with_the_setting_to_change(server: TftpServer) -> None:
    with pytest.raises(ListenRefused, match=rf"127\.0\.0\.1:{server.port}.*tftp\.listen"):
        await TftpServer(answer, listen=("127.0.0.1", server.port)).start()


async def test_stopping_lets_a_transfer_end(server: TftpServer) -> None:
    phone = Udp(server.port)
    phone.ask(b"\0\x01multiple.cfg\0octet\0")
    data, tid = await phone.hear()
    stopping = asyncio.ensure_future(server.stop(5))
    body = b""
    while len(data) == 516:
        body += data[4:]
        phone.sock.sendto(b"\0\x04" + data[2:4], tid)
        data, _ = await phone.hear()
    phone.sock.sendto(b"\0\x04" + data[2:4], tid)
    await stopping
    assert body + data[4:] == FILES["multiple.cfg"]
