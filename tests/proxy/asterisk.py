"""A stand-in for Asterisk at its end of a FastAGI connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping


class Asterisk:
    """Says how a call came, and answers commands as an Asterisk with some registered phones does."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self.contacts: dict[str, str] = {}
        """Endpoint → what PJSIP_DIAL_CONTACTS says of it."""
        self.dialled: Mapping[str, tuple[str, str]] = {}
        """What stands in a Dial → DIALSTATUS and HANGUPCAUSE that come of it."""
        self.outcome = ""
        self.trunk = "provider"
        self.commands: list[str] = []
        self._variables: dict[str, str] = {}

    async def call(self, dialled: str, endpoint: str = "josh-desk@a.example", **more: str) -> list[str]:
        """The commands that carry a call out, without those that only ask or set something."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        entries = {
            "agi_network": "yes", "agi_network_script": "route", "agi_request": "agi://127.0.0.1/route",
            "agi_channel": "PJSIP/josh-desk@a.example-0000002a", "agi_uniqueid": "1790000000.42",
            "agi_callerid": "102", "agi_calleridname": "Josh", "agi_callingpres": "0", "agi_dnid": dialled,
            "agi_rdnis": "unknown", "agi_context": "offhook", "agi_extension": dialled, "agi_priority": "1",
            "agi_arg_1": self._token, "agi_arg_2": endpoint, **more,
        }  # fmt: skip
        writer.write("".join(f"{name}: {value}\n" for name, value in entries.items()).encode() + b"\n")
        async with asyncio.timeout(10):
            while line := (await reader.readline()).decode().rstrip("\n"):
                self.commands.append(line)
                writer.write(self._answer(line).encode())
        writer.close()
        return [line for line in self.commands if line.split(" ")[0] in ("EXEC", "GOSUB")]

    def _answer(self, line: str) -> str:
        if asks := re.fullmatch(r'GET FULL VARIABLE "\$\{(.*)\}"', line):
            contacts = re.fullmatch(r"PJSIP_DIAL_CONTACTS\((.*)\)", asks[1])
            known = {"OFFHOOK_TRUNK": self.trunk, "OFFHOOK_OUTCOME": self.outcome, **self._variables}
            value = self.contacts.get(contacts[1], "") if contacts else known.get(asks[1], "")
            return f"200 result=1 ({value})\n"
        if line.startswith("EXEC Dial"):
            found = next((came for part, came in self.dialled.items() if part in line), ("NOANSWER", "19"))
            self._variables.update(DIALSTATUS=found[0], HANGUPCAUSE=found[1])
            return f"200 result={-1 if found[0] in ('ANSWER', 'CANCEL') else 0}\n"
        if line.startswith("EXEC VoiceMail"):
            return "200 result=-1\n"
        if line.startswith("EXEC Hangup"):
            return "200 result=-1\n"
        return (
            "520-Invalid command syntax.\nUsage: …\n520 End of proper usage.\n" if "BAD" in line else "200 result=1\n"
        )
