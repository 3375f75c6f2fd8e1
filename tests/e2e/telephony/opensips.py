"""OpenSIPS with the configuration that we ship, in Kamailio's place: `OFFHOOK_OPENSIPS=<its program>`.

It is in no Debian release, so nobody is expected to have it; with an OpenSIPS built from its sources
(`OFFHOOK_OPENSIPS=/usr/local/sbin/opensips OFFHOOK_OPENSIPS_MODULES=<folder with *.so>`) the same scenarios run against it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from .kamailio import Kamailio
from .programs import Program, free_port, until

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "opensips" / "opensips.cfg"


class OpenSips(Kamailio):
    """A running proxy; `settings` are those of Kamailio, each put where opensips.cfg has it."""

    def __init__(self, folder: Path, offhook: str, **settings: str | int) -> None:
        """`offhook`: URL of its proxy door, with the token."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.trusted_port = int(settings.get("TRUSTED_PORT") or free_port())
        written = folder / "opensips.cfg"
        written.write_text(self._configured(offhook, {name: str(value) for name, value in settings.items()}))
        program = os.environ["OFFHOOK_OPENSIPS"]
        command: list[str | Path] = [program, "-F", "-f", written, "-w", folder, "-m", "64", "-M", "8"]
        self.program = Program(command, folder / "opensips.log")
        until(self._answers, 15, f"opensips does not answer, see {self.program.log}")

    def _configured(self, offhook: str, settings: dict[str, str]) -> str:
        token, _, door = offhook.removeprefix("http://proxy:").partition("@")
        places = {
            name: settings[name].strip('"').removeprefix("sip:") for name in ("MEDIA", "TRUNK", "EMERGENCY_TRUNK")
        }
        text = CONFIGURATION.read_text(encoding="utf-8")
        modules = os.environ.get("OFFHOOK_OPENSIPS_MODULES", "/usr/local/lib/opensips/modules")
        for old, new in (
            (r"^mpath=.*", f'mpath="{modules}/"'),
            (r"^stderror_enabled=no", "stderror_enabled=yes"),
            (r"^xlog_level=3", "xlog_level=5"),
            (r"127\.0\.0\.1:8082/proxy/v1", door),
            (r"put-the-token-here", token),
            (r":506\[02\]", f":({self.port}|{self.trusted_port})"),
            (r"(?<=udp:127\.0\.0\.1:)5060", str(self.port)),
            (r"\b5062\b", str(self.trusted_port)),
            (r"(?<=media=s:)[0-9.:]+", places["MEDIA"]),
            (r'(?<="trunk=s:)[0-9.:]+', places["TRUNK"]),
            (r"(?<=emergency_trunk=s:)[0-9.:]+", places["EMERGENCY_TRUNK"]),
        ):
            text, found = re.subn(old, new, text, flags=re.MULTILINE)
            assert found, f"opensips.cfg has no {old}"
        return text
