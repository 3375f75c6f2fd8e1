"""Kamailio with the configuration that we ship."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from .programs import Program, free_port, needed, until

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "kamailio" / "kamailio.cfg"
OPTIONS = (
    "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{own}\r\n"
    "From: <sip:test@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {own}@127.0.0.1\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 5\r\nContent-Length: 0\r\n\r\n"
)


class Kamailio:
    """A running proxy; `settings` are those of kamailio.cfg."""

    def __init__(self, folder: Path, offhook: str, **settings: str | int) -> None:
        """`offhook`: URL of its proxy door, with the token."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.trusted_port = int(settings.get("TRUSTED_PORT") or free_port())
        values: dict[str, str | int] = {
            "ADDRESS": '"127.0.0.1"',
            "PHONE_PORT": self.port,
            "TRUSTED_PORT": self.trusted_port,
            "WORKERS": 2,
            "ASKERS": 4,
            "OFFHOOK": f'"offhook=>{offhook}"',
            **settings,
        }
        defines = [part for name, value in values.items() for part in ("-A", f"{name}={value}")]
        command: list[str | Path] = [
            needed("kamailio"),
            "-f",
            CONFIGURATION,
            *defines,
            "-DD",
            "-E",
            "-m",
            "64",
            "-M",
            "8",
            "-Y",
            folder,
        ]
        self.program = Program(command, folder / "kamailio.log")
        until(self._answers, 15, f"kamailio does not answer, see {self.program.log}")

    def _answers(self) -> bool:
        self.program.has_said("")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            probe.connect(("127.0.0.1", self.port))
            try:
                probe.send(OPTIONS.format(port=self.port, own=probe.getsockname()[1]).encode())
                return probe.recv(4096).startswith(b"SIP/2.0 200")
            except OSError:
                return False

    def answers_within(self) -> float:
        """Seconds until it answers an OPTIONS request: how long its workers let one wait."""
        begun = time.monotonic()
        until(self._answers, 10, "kamailio does not answer")
        return time.monotonic() - begun

    def said(self) -> str:
        """Its log."""
        return self.program.log.read_text(errors="replace")

    def stop(self) -> None:
        """End it."""
        self.program.stop()
