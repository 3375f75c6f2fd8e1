"""Every way of asking, for every file of every family: whose secrets come out, and that nobody else's ever do."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from offhook.cli.fetch import user_agent
from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.account import Security
from offhook.model.device import Device, Sip
from offhook.model.kind import make_document
from offhook.model.secret import Secret
from offhook.model.settings import Settings
from offhook.provisioning.certificate.proof import Proven
from offhook.provisioning.profile import Profile
from offhook.provisioning.request import BootAnswer, BootEvent, BootRequest, Transport
from tests.offices import NOW, Office, all_profiles, office_of
from tests.provisioning.test_golden_families import colleague

FAMILIES = sorted(all_profiles(), key=lambda profile: profile.family)
HOME = "10.0.0.9"
LATER = NOW + 48 * 3600


class Way(msgspec.Struct, frozen=True):
    """One way of asking for a phone's files."""

    told: bool
    """Whether the phone's own secrets may come out."""
    security: dict[str, Any] = {}
    peer: str = HOME
    transport: Transport = "http"
    at: float = NOW
    token: str | None = None
    """own, neighbour or first: whose token the path holds."""
    login: str | None = None
    """own or neighbour."""
    certificate: str | None = None
    """own or neighbour."""
    locked: bool = False


WAYS = {
    "L0 from outside": Way(False, peer="8.8.8.8"),
    "L0 late": Way(False, at=LATER),
    "L0 late, as it is wanted": Way(True, {"minimum_assurance": "L0"}, at=LATER),
    "L0 from outside, as it is wanted inside": Way(False, {"minimum_assurance": "L0"}, peer="8.8.8.8"),
    "L1 in its window": Way(True),
    "L1 where L2 is wanted": Way(False, {"minimum_assurance": "L2"}),
    "L1 where L3 is wanted": Way(False, {"minimum_assurance": "L3"}, transport="https"),
    "L1 where L4 is wanted": Way(False, {"minimum_assurance": "L4"}, transport="https"),
    "TFTP": Way(False, transport="tftp"),
    "TFTP, opened": Way(True, {"tftp_secrets": True}, transport="tftp"),
    "TFTP, opened, from outside": Way(False, {"tftp_secrets": True}, transport="tftp", peer="8.8.8.8"),
    "L2 from anywhere": Way(True, {"minimum_assurance": "L2"}, token="own", peer="8.8.8.8", at=LATER),
    "L2 where L3 is wanted": Way(False, {"minimum_assurance": "L3"}, token="own", transport="https"),
    "L2 with the neighbour's token": Way(False, token="neighbour"),
    "the first token where L3 is wanted": Way(False, {"minimum_assurance": "L3"}, token="first", transport="https"),
    "L3": Way(True, {"minimum_assurance": "L3"}, login="own", token="own", transport="https", at=LATER),
    "L3 without token": Way(True, {"minimum_assurance": "L3"}, login="own", transport="https", at=LATER),
    "L3 in clear": Way(False, {"minimum_assurance": "L3"}, login="own", token="own"),
    "L3 with the neighbour's credentials": Way(False, login="neighbour", transport="https"),
    "L4": Way(True, {"minimum_assurance": "L4"}, certificate="own", transport="https", at=LATER, peer="8.8.8.8"),
    "L4 with the neighbour's certificate": Way(False, certificate="neighbour", transport="https"),
    "locked, with its token": Way(False, token="own", locked=True),
    "locked, with its certificate": Way(False, certificate="own", transport="https", locked=True),
}


class Asked:
    """An office of two phones of one family, in which every secret is a marker of its own."""

    def __init__(self, profile: Profile, way: Way) -> None:
        self.profile, self.way = profile, way
        self.office: Office = office_of(
            "accounts: [{id: default, realm: a.example}]\n", public_url="https://boot.example"
        )
        oui = (profile.file.ouis[0] if profile.file.ouis else "020000")[:6]
        self.macs = {"own": f"{oui}aabb01", "neighbour": f"{oui}aabb02"}
        model = colleague(profile)
        named = f"{profile.vendor}/{model}" if model else profile.vendor
        account = self.office.directory.account("default")
        self.office.change(msgspec.structs.replace(account, settings=self._settings("account")))
        self.office.change(make_document("users", {"id": "marie", "name": "Marie"}, ""))
        self.office.change(
            make_document("mailboxes", {"id": "m", "number": "901", "owner": "marie", "pin": "739512"}, "")
        )
        for name, mac in self.macs.items():
            device = make_document("devices", {"id": name, "mac": mac, "model": named, "owner": "marie"}, "")
            assert isinstance(device, Device)
            sip = Sip(username=name, password=Secret(f"Marker-{name}-sip"))
            security = msgspec.convert(way.security, Security) if name == "own" else Security()
            self.office.change(
                msgspec.structs.replace(device, sip=sip, settings=self._settings(name), security=security)
            )
        self.agent = user_agent(profile, model, None, self.macs["own"])
        self.model = model
        roll = self.office.guard.roll
        self.tokens: dict[str, str] = {}
        for name in self.macs:
            device = self._device(name)
            if name == "own" and way.token == "first":
                self.tokens["first"] = roll.open(device, NOW)
                continue
            if way.token or way.login or way.certificate or name == "neighbour":
                roll.claim(roll.enrolment(device), device, HOME)
                self.tokens[name] = roll.told(roll.enrolment(device)) or ""
        if way.locked:
            roll.lock(self._device("own"), "stolen")

    @staticmethod
    def _settings(of: str) -> Settings:
        names = ("web_admin_password", "web_user_password", "dot1x_password")
        return msgspec.structs.replace(Settings(), **{name: Secret(f"Marker-{of}-{name}") for name in names})

    def _device(self, name: str) -> Device:
        device = self.office.directory.device_of_mac(self.macs[name])
        assert device is not None
        return device

    def ask(self, name: str) -> tuple[BootAnswer, BootEvent]:
        """One file, in the way that is tried."""
        way = self.way
        path = name.removeprefix("https://boot.example").lstrip("/")
        if path.startswith(("t/", "p/")):
            path = path.split("/", 2)[2]
        token = self.tokens[way.token] if way.token is not None and way.token in self.tokens else None
        if way.token == "own" and way.locked:
            token = "a" * 26
        authorization = None
        if way.login is not None:
            roll = self.office.guard.roll
            login = roll.login(roll.enrolment(self._device(way.login)))
            assert login is not None
            given = f"{login.user_name}:{login.password.reveal()}"
            authorization = "Basic " + base64.b64encode(given.encode()).decode()
        proven = None
        if way.certificate is not None:
            proven = Proven(vendor=self.profile.vendor, mac=self.macs[way.certificate], digest="ab" * 32, authority="x")
        request = BootRequest(
            listener="boot",
            transport=way.transport,
            path=f"/t/{token}/{path}" if token else f"/{path}",
            user_agent=self.agent if way.transport != "tftp" else None,
            peer=way.peer,
            base_url="https://boot.example/",
            now=way.at,
            authorization=authorization,
            target=f"/{path}",
            certificate=proven,
        )
        return self.office.provisioner.answer(self.office.directory, request)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("profile", FAMILIES, ids=lambda profile: profile.family)
async def test_a_phone_s_secrets_come_out_to_it_alone(profile: Profile, way: Way) -> None:
    asked = Asked(profile, way)
    mine, theirs = b"Marker-own", b"Marker-neighbour"
    bodies: list[bytes] = []
    told: list[str] = []

    async def fetch(name: str) -> Fetched:
        answer, event = asked.ask(name)
        assert answer.status in (200, 401, 404), event.verdict
        assert theirs not in answer.body and b"739512" not in answer.body
        shown = str(msgspec.to_builtins(event))
        assert "Marker" not in shown and not any(token in shown for token in asked.tokens.values())
        if b"Marker" in answer.body:
            told.append(name)
            assert answer.own, f"{name} is no file of this phone alone"
        bodies.append(answer.body)
        return Fetched(url=name, outcome="found" if answer.status == 200 else "absent", words="", body=answer.body)

    await VirtualPhone(profile, asked.model, None, asked.macs["own"], fetch).boot()
    book = profile.file.phone_book
    if book is not None:
        await fetch(book.url.partition("?")[0])
    everything = b"".join(bodies)
    assert bool(told) == (mine in everything) == way.told
    assert asked.tokens["neighbour"].encode() not in everything or way.token == "neighbour"
    roll = asked.office.guard.roll
    login = roll.login(roll.enrolment(asked._device("own")))
    if login is not None and login.password.reveal().encode() in everything:
        assert way.told or way.token == "first", "credentials go to the phone that may have them"
    neighbour = roll.login(roll.enrolment(asked._device("neighbour")))
    assert neighbour is not None and neighbour.password.reveal().encode() not in everything
