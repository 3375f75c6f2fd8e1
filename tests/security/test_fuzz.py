"""Noise: whatever is sent to the boot doors, nothing breaks, nothing grows, and the next phone is served."""

from __future__ import annotations

import random
import socket
import time
import tracemalloc
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from offhook.listeners.forwarded import client_address
from offhook.listeners.tftp.packet import Malformed, read_packet
from offhook.provisioning.request import Transport
from tests.e2e.running import RunningServer
from tests.offices import Office, office_of

MARKER = b"Marker-desk"
OFFICE = """
accounts: [{id: default, realm: a.example, name: Alpha, security: {tftp_secrets: true}}]
devices: [{id: desk, mac: 001565aabb01, model: yealink/T46S, sip: {username: desk, password: Marker-desk}}]
"""
GOOD = (
    b"\0\x01001565aabb01.cfg\0octet\0", b"\0\x01x.cfg\0netascii\0blksize\x001428\0tsize\x000\0windowsize\x008\0",
    b"\0\x02x\0octet\0", b"\0\x03\0\x01data", b"\0\x04\0\x01", b"\0\x05\0\x01no\0", b"\0\x06blksize\x001428\0",
)  # fmt: skip


def noise(seed: int, count: int) -> list[bytes]:
    """Datagrams that are random, and good ones with something wrong in them."""
    dice = random.Random(seed)
    made = []
    for _ in range(count):
        if dice.random() < 0.3:
            made.append(dice.randbytes(dice.choice((0, 1, 2, 3, 4, 20, 600))))
            continue
        datagram = bytearray(dice.choice(GOOD))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(datagram) + 1)
            kind = dice.random()
            if kind < 0.4 and at < len(datagram):
                datagram[at] = dice.randrange(256)
            elif kind < 0.7:
                datagram[at:at] = dice.randbytes(dice.randint(1, 9))
            else:
                del datagram[at : at + dice.randint(1, 9)]
        made.append(bytes(datagram))
    return made


def test_tftp_malformed_fuzz() -> None:
    datagrams = [*noise(1, 100_000), b"\0\0", b"\0\7", b"\0\xff", b"\0\1" + b"x" * 70_000]
    tracemalloc.start()
    for datagram in datagrams[:1000]:
        _read(datagram)
    before = tracemalloc.get_traced_memory()[0]
    malformed = sum(_read(datagram) for datagram in datagrams)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert malformed > 1000 and grown < 200_000


def _read(datagram: bytes) -> bool:
    try:
        read_packet(datagram)
    except Malformed:
        return True
    return False


def test_a_server_that_was_sent_noise_serves_the_next_phone_and_has_nothing_to_say(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as server:
        (tmp_path / "office.yaml").write_text(OFFICE)
        server.run("apply", "-f", str(tmp_path / "office.yaml"))
        assert server.process is not None
        door = ("127.0.0.1", server.port("tftp"))
        served = ask(door)
        before, told = memory(server.process.pid), server.log.read_text()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.setblocking(False)
            answered = 0
            for number, datagram in enumerate(noise(2, 10_000)):
                stranger.sendto(datagram, door)
                if not number % 50:
                    time.sleep(0.001)  # a socket's buffer is no part of what is tried
                    answered += drained(stranger)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            stranger.sendto(b"\0\x05\0\x01go away\0", door)
            time.sleep(0.2)
            assert drained(stranger) == 0, "an ERROR is never answered"
        assert ask(door) == served and MARKER in served
        assert answered and "Traceback" not in server.log.read_text()[len(told) :]
        assert memory(server.process.pid) - before < 20_000


def drained(stranger: socket.socket) -> int:
    """How many answers have come."""
    count = 0
    while True:
        try:
            stranger.recv(65_536)
        except BlockingIOError:
            return count
        count += 1


def ask(door: tuple[str, int]) -> bytes:
    """A phone fetches its config block by block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(10)
        phone.sendto(b"\0\x01001565aabb01.cfg\0octet\0", door)
        body = b""
        while True:
            datagram, peer = phone.recvfrom(2048)
            assert datagram[:2] == b"\0\3", datagram
            if int.from_bytes(datagram[2:4]) == len(body) // 512 + 1:
                body += datagram[4:]
            phone.sendto(b"\0\4" + datagram[2:4], peer)
            if len(datagram) < 516:
                return body


def memory(process: int) -> int:
    """Kilobytes that a process holds."""
    line = next(one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1])


TEXTS = st.text(st.characters(codec="utf-8"), max_size=80)
PIECES = st.lists(
    st.sampled_from(
        ["/", "t", "p", "default", "001565aabb01", "001565AABB02", ".cfg", "..", "%2e", "\\", "\0", "y000000000066.cfg",
         "firmware", "a" * 26, "?", "mac=", "é", "\udcff", "yealink-book.xml", "SEP", ".xml", "//", "{{7*7}}"],
    ),
    max_size=8,
).map("".join)  # fmt: skip
AGENTS = (
    st.none()
    | TEXTS
    | st.sampled_from(
        [
            "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:01",
            "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:02",
            "snomD785-SIP 10.1",
        ]
    )
)
TRANSPORTS: list[Transport] = ["http", "https", "tftp"]
_OFFICE: list[Office] = []


def silent() -> Office:
    """An office whose only phone cannot be asked for from outside."""
    if not _OFFICE:
        _OFFICE.append(office_of(OFFICE))
    return _OFFICE[0]


@settings(max_examples=600)
@given(PIECES | TEXTS, TEXTS, AGENTS, st.sampled_from(TRANSPORTS))
@example("/t/", "", None, "http")
@example("//t//x", "", None, "http")
@example("/p/default/", "mac=001565aabb01", None, "https")
def test_whatever_is_asked_for_from_outside_nothing_fails_and_no_secret_comes_out(
    path: str, query: str, agent: str | None, transport: Transport
) -> None:
    answer, event = silent().ask(path, agent, query=query, transport=transport, peer="203.0.113.7")
    assert answer.status in (200, 404), event.verdict
    assert MARKER not in answer.body and "Marker" not in repr(event)
    assert event.path.isprintable() and event.verdict.isprintable() and event.identified.isprintable()


@settings(max_examples=300)
@given(
    TEXTS | st.just("10.0.0.7"),
    st.lists(
        TEXTS
        | st.sampled_from(["127.0.0.1", "10.0.0.7", "198.51.100.4, 10.0.0.7", "::1", "[::1]:80", "unknown", ",,"]),
        max_size=4,
    ),
)
def test_whatever_proxies_say_the_client_is_one_address_and_never_one_that_the_client_wrote(
    remote: str, forwarded: list[str]
) -> None:
    found = client_address(remote, forwarded, ("10.0.0.0/8",))
    if remote != "10.0.0.7":
        assert found == remote
    else:
        last = ",".join(forwarded).rpartition(",")[2].strip()
        assert found in (remote, last) or last == "10.0.0.7"
