"""A real server as a process of its own, on free ports, and the real command that talks to it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

START_SECONDS = 30


class RunningServer:
    """`offhook serve`, started and stopped by a test."""

    def __init__(
        self, data: Path, *, settings: Mapping[str, str] | None = None, arguments: tuple[str, ...] = ()
    ) -> None:
        """`settings` are environment variables such as `OFFHOOK_BOOT__PUBLIC_URL`."""
        self.data = data
        self.environment = {
            **os.environ,
            "OFFHOOK_BOOT__HTTP": "127.0.0.1:0",
            "OFFHOOK_TFTP__LISTEN": "127.0.0.1:0",
            "OFFHOOK_ADMIN__LISTEN": "127.0.0.1:0",
            "OFFHOOK_PROXY__LISTEN": "127.0.0.1:0",
            **(settings or {}),
        }
        self._arguments = arguments
        self.process: subprocess.Popen[str] | None = None
        self.addresses: dict[str, str] = {}
        self.log = data.parent / f"{data.name}.log"

    def start(self) -> RunningServer:
        """Start, and wait until every door is open."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "offhook", "serve", "--data", str(self.data), *self._arguments],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if matched := re.match(r"(\S+) +(\w+://\S+)$", line):
                self.addresses[matched[1]] = matched[2]
            if line.startswith("admin token"):
                return self
        self.process.wait(timeout=20)
        self._close()
        raise AssertionError(f"the server did not start: {self.log.read_text()}")

    def kill(self) -> None:
        """SIGKILL: as when the power goes."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def stop(self) -> int:
        """Ctrl-C; gives the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=20)
        self._close()
        return code

    def _close(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        self.process.stdout.close()

    def port(self, door: str) -> int:
        """The port of a door, such as `boot.http`."""
        return int(self.addresses[door].rstrip("/").rpartition(":")[2])

    def run(self, *arguments: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """`offhook <arguments>` against this server."""
        done = subprocess.run(
            [sys.executable, "-m", "offhook", *arguments],
            env={**self.environment, "OFFHOOK_DATA": str(self.data), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            input=stdin,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, f"offhook {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done

    def __enter__(self) -> RunningServer:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
