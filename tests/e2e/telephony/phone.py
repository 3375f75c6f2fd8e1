"""A desk phone: baresip with the accounts that stand in the config files which it was served."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .programs import Program, free_port, needed, until

SETTINGS = """\
poll_method epoll
sip_listen 127.0.0.1:{sip}
call_local_timeout 120
call_max_calls 4
audio_source ausine,440
audio_player aufile,{folder}/heard.wav
audio_alert aufile,{folder}/alert.wav
ausrc_srate 48000
ausrc_channels 2
auplay_channels 1
rtp_ports {rtp}-{rtp_end}
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


@dataclass(frozen=True)
class Account:
    """One SIP account, as a config file says it."""

    user: str
    realm: str
    login: str
    password: str
    proxy: str
    """`host:port` that the phone sends to."""
    display_name: str = ""


def yealink_accounts(config: str) -> list[Account]:
    """The accounts of a Yealink config file: `account.<k>.<parameter> = <value>`, of those that are switched on."""
    values = dict(re.findall(r"(?m)^(account\.[0-9]+\.[a-z0-9_.]+) = (.*?)\s*$", config))
    found = []
    for number in range(1, 17):
        name = f"account.{number}"
        if values.get(f"{name}.enable") != "1":
            continue
        found.append(
            Account(
                values[f"{name}.user_name"],
                values[f"{name}.sip_server.1.address"],
                values[f"{name}.auth_name"],
                values[f"{name}.password"],
                f"{values[f'{name}.outbound_proxy.1.address']}:{values[f'{name}.outbound_proxy.1.port']}",
                values.get(f"{name}.display_name", ""),
            )
        )
    return found


class Phone:
    """A running phone, driven over its control port."""

    def __init__(self, name: str, folder: Path, accounts: Sequence[Account]) -> None:
        self.name = name
        self.accounts = list(accounts)
        self.events: list[dict[str, Any]] = []
        folder.mkdir(parents=True)
        sip, rtp, control = free_port(2), free_port(20), free_port()
        self.port = sip
        (folder / "config").write_text(
            SETTINGS.format(sip=sip, rtp=rtp, rtp_end=rtp + 19, control=control, folder=folder)
        )
        (folder / "accounts").write_text("".join(_line(account) for account in accounts))
        (folder / "contacts").write_text("")
        self.program = Program([needed("baresip"), "-f", folder, "-v"], folder / "baresip.log")
        connected = until(lambda: self._connect(control), 10, f"{name}: baresip does not start")
        assert connected is not None
        self._socket = connected
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _connect(self, port: int) -> socket.socket | None:
        self.program.has_said("")
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            return None

    def _read(self) -> None:
        """Netstrings of JSON: events of the phone among answers to commands."""
        buffer = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            buffer += data
            while b":" in buffer:
                length, _, rest = buffer.partition(b":")
                if len(rest) < int(length) + 1:
                    break
                message = json.loads(rest[: int(length)])
                buffer = rest[int(length) + 1 :]
                if message.get("event"):
                    self.events.append({**message, "at": time.time()})

    def do(self, command: str, parameters: str = "") -> None:
        """Press a key, so to say: `accept`, `hangup`, `dial`."""
        message = json.dumps({"command": command, "params": parameters}).encode()
        self._socket.sendall(b"%d:%s," % (len(message), message))

    def saw(self, kind: str, since: float) -> list[dict[str, Any]]:
        """Events of a kind: CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED, REGISTER_OK, REGISTER_FAIL."""
        return [event for event in self.events if event.get("type") == kind and event["at"] >= since]

    def rings(self, since: float, seconds: float = 5.0) -> dict[str, Any]:
        """Wait until it rings, and give that event."""
        return until(lambda: self.saw("CALL_INCOMING", since), seconds, f"{self.name} does not ring")[0]

    def stops(self, since: float, seconds: float = 5.0) -> dict[str, Any]:
        """Wait until its call is over, and give that event."""
        return until(lambda: self.saw("CALL_CLOSED", since), seconds, f"{self.name} rings on")[0]

    def hang_up(self) -> None:
        """Put it on the hook, if it is not there, and wait until it is."""
        if not self._on_the_hook():
            self.do("hangup")
            until(self._on_the_hook, 5, f"{self.name} cannot hang up")

    def _on_the_hook(self) -> bool:
        begun = len(self.saw("CALL_INCOMING", 0)) + len(self.saw("CALL_OUTGOING", 0))
        return begun <= len(self.saw("CALL_CLOSED", 0))

    def stop(self) -> None:
        """Pull the plug."""
        self.program.stop()
        self._socket.close()
        self._reader.join(timeout=5)


def _line(account: Account) -> str:
    return (
        f'"{account.display_name}" <sip:{account.user}@{account.realm}>;outbound="sip:{account.proxy}"'
        f";auth_user={account.login};auth_pass={account.password};regint=120;answermode=manual;audio_codecs=pcmu\n"
    )
