"""sipp: callers that hear what comes of their call, and servers that answer (a mailbox, a trunk's far end)."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from .programs import Program, free_port, needed, until

SCENARIOS = Path(__file__).parent / "scenarios"
_MESSAGE = re.compile(
    r"-{20,} (\d{4}-\d\d-\d\d)[ T\t](\d\d:\d\d:\d\d)(\.\d+).*?\n(?:UDP|TCP) message (sent|received).*?\n\n(.*?)(?=\n-{20,} \d{4}|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Message:
    """One SIP message of a trace."""

    at: float
    sent: bool
    text: str

    def header(self, name: str) -> str | None:
        """The value of a header."""
        found = re.search(rf"(?mi)^{re.escape(name)}: *(.*?)\r?$", self.text)
        return found[1] if found else None

    @property
    def first_line(self) -> str:
        """`INVITE sip:… SIP/2.0` or `SIP/2.0 200 OK`."""
        return self.text.split("\n", 1)[0].strip()


def messages(trace: Path) -> list[Message]:
    """Every message of a trace file that is whole so far."""
    if not trace.exists():
        return []
    found = []
    for day, clock, fraction, way, text in _MESSAGE.findall(trace.read_text(errors="replace")):
        at = time.mktime(time.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S")) + float(fraction)
        found.append(Message(at, way == "sent", text))
    return found


@dataclass(frozen=True)
class Result:
    """What a caller heard in the end."""

    code: int
    contact: str
    """Who answered."""
    seconds: float
    """From the call to that answer."""
    trace: list[Message]


class Caller:
    """One call: of a device of the office, with its password, or (without `user`) in over the trunk."""

    def __init__(
        self,
        folder: Path,
        port: int,
        realm: str,
        number: str,
        *,
        user: str = "",
        password: str = "",
        source: str = "",
        scenario: str = "",
    ) -> None:
        """`port` is the proxy's; `source` the number of a caller on the trunk."""
        own = free_port()
        self._trace = folder / f"call-{own}.log"
        scenario_file = SCENARIOS / (scenario or ("caller.xml" if user else "trunk_caller.xml"))
        self._program = Program(
            [
                needed("sipp"), "-sf", scenario_file, "-i", "127.0.0.1", "-p", str(own), "-m", "1", "-nostdin",
                "-timeout", "30s", "-timeout_error", "-key", "user", user or source, "-au", user, "-ap", password,
                "-key", "realm", realm, "-key", "number", number, "-trace_msg", "-message_file", self._trace,
                f"127.0.0.1:{port}",
            ],
            folder / f"caller-{own}.out",
        )  # fmt: skip

    def result(self, seconds: float = 25.0) -> Result:
        """Wait for the end of the call."""
        until(lambda: self._program.process.poll() is not None, seconds, "the caller still waits")
        trace = messages(self._trace)
        asked = trace[0].at
        for message in trace:
            line = message.first_line
            if message.sent and line.startswith(("INVITE ", "REGISTER ")):
                asked = message.at
            final = re.match(r"SIP/2\.0 ([2-6]\d\d)", line)
            if (
                final
                and not message.sent
                and final[1] not in ("401", "407")
                and re.search("INVITE|REGISTER", message.header("CSeq") or "")
            ):
                return Result(int(final[1]), message.header("Contact") or "", message.at - asked, trace)
        challenged = [message for message in trace if message.first_line.startswith(("SIP/2.0 401", "SIP/2.0 407"))]
        assert challenged, f"the caller heard nothing final:\n{self._trace.read_text(errors='replace')[-3000:]}"
        return Result(int(challenged[-1].first_line.split()[1]), "", challenged[-1].at - asked, trace)

    def hang_up(self) -> None:
        """Give up: the caller is gone without a word."""
        self._program.stop()


class Answerer:
    """A server that answers every call at once, or with `scenario` does something else, and keeps what it got."""

    def __init__(self, folder: Path, name: str, scenario: str = "answer.xml", port: int | None = None) -> None:
        self.port = port or free_port()
        self._trace = folder / f"{name}-{self.port}.log"
        self._program = Program(
            [
                needed("sipp"), "-sf", SCENARIOS / scenario, "-i", "127.0.0.1", "-p", str(self.port), "-nostdin", "-aa",
                "-trace_msg", "-message_file", self._trace, "127.0.0.1:9",
            ],
            folder / f"{name}-{self.port}.out",
        )  # fmt: skip

    def invites(self, since: float) -> list[Message]:
        """The calls that came in since a moment."""
        return [
            one
            for one in messages(self._trace)
            if not one.sent and one.first_line.startswith("INVITE ") and one.at >= since
        ]

    def call(self, since: float, seconds: float = 5.0) -> Message:
        """Wait for a call, and give it."""
        return until(lambda: self.invites(since), seconds, f"no call reaches {self._trace.stem}")[-1]

    def stop(self) -> None:
        """End it."""
        self._program.stop()
