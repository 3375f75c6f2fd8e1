"""What asking offhook adds to a call over Kamailio. Anchor: the same Kamailio sending calls where its file says.

Run it as `python -m bench.proxy`. Callers, Kamailio, offhook and the answering side share one machine. The anchor is the
static route of calls for help, which asks nobody; the calls that are asked about come from the trunk, go to a public
number, and its callflow hands them to the same answering side. The door alone is asked over kept connections, and its
answers are counted per second of its own processor time, so that the askers' share does not count.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from tests.e2e.running import RunningServer
from tests.e2e.telephony.kamailio import Kamailio
from tests.e2e.telephony.programs import free_port, needed
from tests.e2e.telephony.sipp import SCENARIOS

SCENARIO = Path(__file__).parent / "scenarios" / "caller.xml"
REALM = "bench.example"
DID = "+33140000100"
STATIC = "112"
RATE = 50
"""Calls a second at which the delay is measured."""
CALLS = 1500
RATES = (100, 200, 300, 400, 600, 800, 1200, 1600)
"""Calls a second that are tried, while all of the one before were answered in time."""
IN_TIME = 0.5
"""Seconds after which a caller sends its INVITE again (RFC 3261 T1): a call that waits longer was not in time."""
USERS = 300
ASKED = 6000
CONNECTIONS = 16

OFFICE = """
accounts:
- {{id: default, realm: bench.example, proxy: {{host: 127.0.0.1}}, voicemail_uri: "sip:{{box}}@127.0.0.1:{answering}",
   dial: {{country_code: "33", national_prefix: "0", international_prefix: "00", emergency: ["112"]}}}}
users: [{users}]
devices: [{devices}]
mailboxes: [{{id: box, number: "800", name: Box}}]
callflows:
- {{id: box, numbers: ["+33140000100"], start: v, nodes: {{v: {{type: voicemail, box: box}}}}}}
{flows}
"""


def office(answering: int) -> str:
    """People with two phones each, and one number that everybody outside calls."""
    return OFFICE.format(
        answering=answering,
        users=", ".join(f"{{id: u{n}, name: User {n}}}" for n in range(USERS)),
        devices=", ".join(
            f"{{id: u{n}-{at}, owner: u{n}, sip: {{username: u{n}-{at}, password: pw-{n}-{at}}}}}"
            for n in range(USERS)
            for at in ("desk", "home")
        ),
        flows="\n".join(
            f'- {{id: u{n}, numbers: ["{1000 + n}"], start: r, nodes: {{'
            f"r: {{type: ring, targets: [{{user: u{n}}}], next: {{else: v}}}}, v: {{type: voicemail, box: box}}}}}}"
            for n in range(USERS)
        ),
    )


class Calls:
    """What became of a number of calls."""

    def __init__(self, folder: Path, port: int, number: str, *, rate: int, calls: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                needed("sipp"), "-sf", SCENARIO, "-i", "127.0.0.1", "-p", str(free_port()), "-nostdin", "-aa",
                "-r", str(rate), "-m", str(calls), "-l", str(rate * 10), "-timeout", f"{calls / rate + 30:.0f}",
                "-key", "number", number, "-key", "realm", REALM, "-trace_rtt", "-rtt_freq", "1", "-recv_timeout", "10000",
                f"127.0.0.1:{port}",
            ],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        self.all_answered = done.returncode == 0
        (report,) = folder.glob("*_rtt.csv")
        with report.open(newline="") as lines:
            self.seconds = sorted(
                float(row[1]) / 1000 for row in csv.reader(lines, delimiter=";") if row[0][0].isdigit()
            )

    def quantile(self, share: float) -> float:
        """Seconds from INVITE to answer that a share of the calls stays below."""
        return self.seconds[min(int(len(self.seconds) * share), len(self.seconds) - 1)]

    @property
    def in_time(self) -> bool:
        """Whether every call was answered, and none had to be asked twice."""
        return self.all_answered and self.quantile(0.999) < IN_TIME


@contextlib.contextmanager
def answering(folder: Path) -> Iterator[int]:
    """The answering side; gives its port."""
    port = free_port()
    process = subprocess.Popen(
        [needed("sipp"), "-sf", SCENARIOS / "answer.xml", "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-aa"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def delay(folder: Path, kamailio: Kamailio) -> None:
    """The time that asking adds to a call, in turns with calls that nobody is asked about."""
    static: list[float] = []
    asked: list[float] = []
    for turn in range(3):
        for times, port, number in ((static, kamailio.port, STATIC), (asked, kamailio.trusted_port, DID)):
            calls = Calls(folder / f"{number}-{turn}", port, number, rate=RATE, calls=CALLS // 3)
            assert calls.all_answered, f"calls to {number} failed"
            times.extend(calls.seconds)
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        ways = [sorted(found)[int(len(found) * share)] * 1000 for found in (static, asked)]
        print(f"{name} from INVITE to answer at {RATE} calls/s: static route {ways[0]:.1f} ms,"
              f" asked {ways[1]:.1f} ms: {ways[1] - ways[0]:+.1f} ms")  # fmt: skip


def sustained(folder: Path, port: int, number: str) -> int:
    """Calls a second of which every one is answered in time."""
    best = 0
    for rate in RATES:
        if not Calls(folder / f"{number}-at-{rate}", port, number, rate=rate, calls=rate * 6).in_time:
            break
        best = rate
    return best


def processor_seconds(process: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def ask(port: int, requests: list[bytes]) -> None:
    """Send requests over kept connections, each as soon as the one before is answered."""
    waiting = iter(requests)

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        writer.close()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))


def request(token: str, method: str, path: str, body: str = "") -> bytes:
    """A request as Kamailio sends it."""
    return (
        f"{method} /proxy/v1/{path} HTTP/1.1\r\nHost: offhook\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def door(server: RunningServer, port: int, token: str) -> None:
    """Answers of the door alone, per second of one core."""
    assert server.process is not None

    def route(at: int) -> bytes:
        fields = {
            "call_id": f"{at}@bench", "from_tag": f"t{at}", "dialed": str(1000 + at % USERS), "domain": REALM,
            "auth_user": f"u{(at + 7) % USERS}-desk", "source": "10.0.0.9:5060", "user_agent": "Bench/1",
        }  # fmt: skip
        return request(token, "POST", "route", urlencode(fields))

    kinds = {
        "healthz, the listener alone": [request(token, "GET", "healthz")] * ASKED,
        "credentials": [
            request(token, "GET", f"credentials?realm={REALM}&username=u{at % USERS}-desk") for at in range(ASKED)
        ],
        "route to a user, then a mailbox": [route(at) for at in range(ASKED)],
    }
    anchor = 0.0
    for name, requests in kinds.items():
        before = processor_seconds(server.process.pid)
        asyncio.run(ask(port, requests))
        answers = len(requests) / (processor_seconds(server.process.pid) - before)
        anchor = anchor or answers
        print(f"{name}: {answers:,.0f} answers per core second, {answers / anchor:.2f} of the listener alone")


def main() -> None:
    """Print all of it."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        other = stack.enter_context(answering(folder))
        listen = f"127.0.0.1:{free_port()}"
        settings = {"OFFHOOK_PROXY__LISTEN": listen, "OFFHOOK_PROXY__RATE": "1000000"}
        server = stack.enter_context(RunningServer(folder / "data", settings=settings))
        server.run("apply", "-f", "-", stdin=office(other))
        token = server.run("token", "create", "--scope", "proxy", "--name", "bench", "--quiet").stdout.strip()
        door(server, int(listen.rpartition(":")[2]), token)
        to = f'"sip:127.0.0.1:{other}"'
        url = f"http://proxy:{token}@{listen}/proxy/v1"
        kamailio = Kamailio(folder / "kamailio", url, EMERGENCY_TRUNK=to, MEDIA=to, WORKERS=2, ASKERS=8)
        stack.callback(kamailio.stop)
        delay(folder, kamailio)
        static, asked = (
            sustained(folder, port, number) for port, number in ((kamailio.port, STATIC), (kamailio.trusted_port, DID))
        )
        print(
            f"calls a second, all answered in time: static route {static}, asked {asked}: {asked / (static or 1):.2f}"
        )


if __name__ == "__main__":
    main()
