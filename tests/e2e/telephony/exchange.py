"""An office on the telephone: offhook, Kamailio, booted and registered phones, a mailbox server, a trunk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from offhook import resources
from offhook.cli.fetch import HttpFetcher, user_agent
from offhook.cli.virtual_phone import Report, VirtualPhone
from offhook.provisioning.profiles import Profiles, load_profiles
from tests.e2e.running import RunningServer

from .kamailio import Kamailio
from .opensips import OpenSips
from .phone import Phone, yealink_accounts
from .programs import free_port, until
from .sipp import Answerer, Caller

REALM: Final = "office.test"
OUTSIDE: Final = "+33611223344"
"""A mobile telephone, behind the trunk."""
DID: Final = "+33140000100"
AWAY: Final = "offhook is away"
BACK: Final = "offhook is there again"
"""What Kamailio says."""
PHONES: Final[Mapping[str, tuple[str, str]]] = {
    "marie-desk": ("001565aabb01", "T46S"),
    "marie-home": ("001565aabb02", "T54W"),
    "josh-desk": ("001565aabb03", "T46S"),
    "ann-desk": ("001565aabb04", "T31P"),
    "hall": ("001565aabb05", "T31P"),
}
"""Device → MAC and Yealink model."""
OFFICE: Final = """
accounts:
- id: default
  realm: office.test
  timezone: Europe/Paris
  language: fr
  country: FR
  proxy: {{host: 127.0.0.1, port: {proxy}, transport: udp}}
  voicemail_uri: "sip:{{box}}@127.0.0.1:{mailboxes}"
  dial: {{country_code: "33", national_prefix: "0", international_prefix: "00", emergency: ["112"]}}
users:
- {{id: marie, name: Marie Tremblay, primary_extension: "101"}}
- {{id: josh, name: Josh Côté, caller_id: {{external: {{name: Bureau, number: "+33140000102"}}}}}}
- {{id: ann, name: Ann Lee}}
- {{id: bob, name: 'Bob "the Builder"'}}
devices:
- {{id: marie-desk, owner: marie, mac: 001565aabb01, model: yealink/T46S}}
- {{id: marie-home, owner: marie, mac: 001565aabb02, model: yealink/T54W}}
- {{id: josh-desk, owner: josh, mac: 001565aabb03, model: yealink/T46S}}
- {{id: ann-desk, owner: ann, mac: 001565aabb04, model: yealink/T31P}}
- {{id: hall, name: Hall, mac: 001565aabb05, model: yealink/T31P}}
- {{id: bob-desk, owner: bob, sip: {{username: bob-desk, password: bob-secret}}}}
- {{id: bob-old, owner: bob, sip: {{username: bob-old, password: old-secret}}}}
- {{id: doorbell, name: Doorbell, sip: {{username: doorbell, password: bell-secret}}}}
mailboxes:
- {{id: marie, number: "101", owner: marie, pin: "1234"}}
- {{id: josh, number: "102", owner: josh, pin: "1234"}}
- {{id: general, number: "800", name: Office, pin: "1234"}}
groups:
- {{id: desk, members: [{{user: josh}}, {{user: ann, delay: 2}}]}}
schedules:
- {{id: office, periods: {{open: [{{}}], closed: else}}}}
callflows:
- {{id: marie, numbers: ["101"], start: r, nodes: {{
    r: {{type: ring, targets: [{{user: marie}}], timeout: 3, next: {{else: v}}}}, v: {{type: voicemail, box: marie}}}}}}
- {{id: marie-only, numbers: ["151"], start: r, nodes: {{r: {{type: ring, targets: [{{user: marie}}], timeout: 2}}}}}}
- {{id: josh, numbers: ["102"], start: r, nodes: {{
    r: {{type: ring, targets: [{{user: josh}}], timeout: 8, next: {{busy: a, else: v}}}},
    a: {{type: ring, targets: [{{user: ann}}], timeout: 8, next: {{else: v}}}}, v: {{type: voicemail, box: josh}}}}}}
- {{id: ann, numbers: ["103"], start: r, nodes: {{r: {{type: ring, targets: [{{user: ann}}], timeout: 8}}}}}}
- {{id: bob, numbers: ["104"], start: r, nodes: {{
    r: {{type: ring, targets: [{{user: bob}}], timeout: 20, next: {{else: v}}}}, v: {{type: voicemail, box: general}}}}}}
- {{id: hall, numbers: ["110"], start: r, nodes: {{r: {{type: ring, targets: [{{device: hall}}], timeout: 8}}}}}}
- {{id: door, numbers: ["600"], start: r, nodes: {{
    r: {{type: ring, targets: [{{user: marie}}, {{user: josh}}, {{device: hall}}], timeout: 8}}}}}}
- {{id: desk, numbers: ["700"], start: r, nodes: {{
    r: {{type: ring, targets: [{{group: desk}}], timeout: 8, next: {{else: v}}}}, v: {{type: voicemail, box: general}}}}}}
- {{id: in-turn, numbers: ["710"], start: r, nodes: {{
    r: {{type: ring, order: in_order, targets: [{{user: josh, timeout: 2}}, {{user: bob, timeout: 2}}, {{user: ann, timeout: 6}}],
       timeout: 10}}}}}}
- {{id: main, numbers: ["+33140000100", "100"], start: h, nodes: {{
    h: {{type: hours, schedule: office, next: {{open: r, closed: v}}}},
    r: {{type: ring, targets: [{{user: ann}}], timeout: 8, next: {{else: v}}}}, v: {{type: voicemail, box: general}}}}}}
- {{id: mobile-later, numbers: ["720"], start: r, nodes: {{
    r: {{type: ring, targets: [{{user: josh}}, {{number: "0611223344", delay: 2}}], timeout: 8}}}}}}
- {{id: mobile-too, numbers: ["721"], start: r, nodes: {{
    r: {{type: ring, targets: [{{user: josh}}, {{number: "0611223344"}}], timeout: 8}}}}}}
- {{id: message, numbers: ["790"], start: v, nodes: {{v: {{type: voicemail, box: general}}}}}}
- {{id: alone, numbers: ["730"], start: r, nodes: {{
    r: {{type: ring, targets: [{{device: bob-old}}], timeout: 5, on_reject: stop, next: {{rejected: a, else: v}}}},
    a: {{type: ring, targets: [{{user: ann}}], timeout: 8}}, v: {{type: voicemail, box: general}}}}}}
- {{id: out, patterns: ["^0[1-9][0-9]{{{{8}}}}$"], start: d, nodes: {{d: {{type: dial_out, caller_id: external}}}}}}
"""


class Exchange:
    """Everything that a call goes through; each phone has booted from what offhook served it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.phones: dict[str, Phone] = {}
        self._stack = contextlib.ExitStack()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self.mailboxes = self._answerer("mailboxes")
        self.trunk = self._answerer("trunk")
        self.help = self._answerer("help")
        door = f"127.0.0.1:{free_port()}"
        trusted = free_port()
        settings = {"OFFHOOK_PROXY__LISTEN": door, "OFFHOOK_PROXY__NOTIFY": f"127.0.0.1:{trusted}"}
        self.server = self._stack.enter_context(RunningServer(self.folder / "data", settings=settings))
        token = self.server.run("token", "create", "--scope", "proxy", "--name", "kamailio", "--quiet").stdout.strip()
        proxy = OpenSips if "OFFHOOK_OPENSIPS" in os.environ else Kamailio
        self.kamailio = proxy(
            self.folder / "kamailio",
            f"http://proxy:{token}@{door}/proxy/v1",
            TRUSTED_PORT=trusted,
            TRUNK=f'"sip:127.0.0.1:{self.trunk.port}"',
            EMERGENCY_TRUNK=f'"sip:127.0.0.1:{self.help.port}"',
            MEDIA=f'"sip:127.0.0.1:{self.mailboxes.port}"',
            SILENT=2000,
        )
        self._stack.callback(self.kamailio.stop)
        office = OFFICE.format(proxy=self.kamailio.port, mailboxes=self.mailboxes.port).replace("{{8}}", "{8}")
        self.server.run("apply", "-f", "-", stdin=office)
        profiles = load_profiles(resources.profile_folders(None))
        for name, (mac, model) in PHONES.items():
            config = asyncio.run(self._boot(profiles, mac, model)).requests[-1].body.decode()
            self.phones[name] = Phone(name, self.folder / name, yealink_accounts(config))
            self._stack.callback(self.phones[name].stop)
        for name in self.phones:
            self.until_registered(name)

    def _answerer(self, name: str) -> Answerer:
        answerer = Answerer(self.folder, name)
        self._stack.callback(answerer.stop)
        return answerer

    def stop(self) -> None:
        """Everything off, the last part first."""
        self._stack.close()

    async def _boot(self, profiles: Profiles, mac: str, model: str) -> Report:
        """Do what the phone does when it is plugged in."""
        profile = profiles.by_vendor["yealink"]
        fetch = HttpFetcher(f"{self.server.addresses['boot.http']}/", user_agent(profile, model, None, mac))
        report = await VirtualPhone(profile, model, None, mac, fetch).boot()
        assert report.came_up, report.reason
        return report

    # --- the admin -------------------------------------------------------------------------------------------------

    def admin(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask the admin door."""
        token = (self.server.data / "admin.token").read_text().strip()
        request = urllib.request.Request(
            f"{self.server.addresses['admin']}/api/v1/{path}",
            data=json.dumps(body).encode() if body is not None else None,
            method=method,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    @contextlib.contextmanager
    def without_offhook(self) -> Iterator[None]:
        """offhook is stopped, and Kamailio has seen that; afterwards it is back, and Kamailio knows."""
        seen = self.kamailio.said().count(AWAY)
        self.server.stop()
        until(lambda: self.kamailio.said().count(AWAY) > seen, 10, "kamailio does not see that offhook is away")
        try:
            yield
        finally:
            seen = self.kamailio.said().count(BACK)
            self.server.start()
            until(lambda: self.kamailio.said().count(BACK) > seen, 10, "kamailio does not see that offhook is back")

    def change(self, document: str, **fields: Any) -> None:
        """Change a document (`users/marie`)."""
        self.admin("PATCH", document, fields)

    def lines(self, device: str) -> list[dict[str, Any]]:
        """How a device's lines stand, as `offhook device show` has it."""
        lines: list[dict[str, Any]] = self.admin("GET", f"devices/{urllib.parse.quote(device)}/standing")["lines"]
        return lines

    def until_registered(self, device: str) -> None:
        """Wait until every line of a device is registered, as far as offhook knows."""
        until(lambda: all(line["contacts"] for line in self.lines(device)), 15, f"{device} is not registered")

    # --- callers ---------------------------------------------------------------------------------------------------

    def call(self, number: str, user: str = "bob-desk", password: str = "bob-secret") -> Caller:
        """A device of the office calls."""
        return Caller(self.folder, self.kamailio.port, REALM, number, user=user, password=password)

    def call_from_outside(self, number: str = DID) -> Caller:
        """Somebody outside calls, in over the trunk."""
        return Caller(self.folder, self.kamailio.trusted_port, REALM, number, source=OUTSIDE)

    def register(self, user: str, password: str, listening: int = 9) -> int:
        """A device that listens at a port registers for a minute; gives the answer's code."""
        proxy, number = self.kamailio.port, str(listening)
        caller = Caller(self.folder, proxy, REALM, number, user=user, password=password, scenario="register.xml")
        return caller.result().code

    def sipp_phone(self, scenario: str, user: str, password: str) -> Answerer:
        """A phone that does what no baresip does, registered; the test stops it."""
        phone = Answerer(self.folder, scenario.partition(".")[0], scenario)
        until(lambda: self.register(user, password, phone.port) == 200, 5, f"{user} cannot register")
        return phone

    def now(self) -> float:
        """A moment that everything from now on comes after; all phones are on the hook then."""
        for phone in self.phones.values():
            phone.hang_up()
        return time.time()
