"""Programs that a test starts and stops, the ports that they listen at, and waiting for what they do."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

PACKAGES: Final = {
    "kamailio": "kamailio kamailio-utils-modules kamailio-extra-modules",
    "baresip": "baresip-core",
    "sipp": "sip-tester",
}
"""Program → the Debian packages that it comes with."""
_given: set[int] = set()


def needed(program: str) -> str:
    """The path of a program; says what to install when it is missing."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    assert path is not None, f"{program} is missing: apt-get install {PACKAGES[program]}"
    return path


def free_port(span: int = 1) -> int:
    """The first of `span` neighbouring ports of 127.0.0.1 that nobody has, over UDP and TCP; each is given out once."""
    for candidate in range(20_000 + (os.getpid() * 61) % 8_000, 32_000, span + 1):
        wanted = range(candidate, candidate + span)
        if not _given.intersection(wanted) and all(_is_free(port) for port in wanted):
            _given.update(wanted)
            return candidate
    raise AssertionError("no free ports between 20000 and 32000")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def until(condition: Callable[[], T], seconds: float, what: str) -> T:
    """Wait until something is so, and give what it is; fails with `what` when it does not come about."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"after {seconds:g} s: {what}"
        time.sleep(0.02)


class Program:
    """One process and all that it starts, in a session of its own."""

    def __init__(self, command: Sequence[str | Path], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                start_new_session=True,
            )

    def has_said(self, text: str) -> bool:
        """Whether its log has a text; fails when it ended instead."""
        said = self.log.read_text(errors="replace")
        assert text in said or self.process.poll() is None, f"{self.process.args!r} ended:\n{said[-3000:]}"
        return text in said

    def stop(self) -> None:
        """End it: asked, then, with all its children, forced."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
