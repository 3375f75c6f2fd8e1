"""A device, its phone with a certificate, others with and without one, and an admin; whatever happens in whatever order."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from offhook.model.device import Device
from offhook.model.kind import make_document
from offhook.provisioning.certificate.proof import Proven
from offhook.provisioning.request import BootEvent
from tests.offices import NOW, office_of

MAC, STRANGER = "001565000001", "001565000009"
PEERS = st.sampled_from(["10.0.0.5", "10.0.0.66", "203.0.113.9"])
PATH = f"/{MAC}.cfg"


def proof(mac: str, digit: str) -> Proven:
    return Proven(vendor="yealink", mac=mac, digest=digit * 64, authority="b" * 64)


class CertifiedDevice(RuleBasedStateMachine):
    """Where certificates are demanded (`minimum` L4), and where they are one way of several."""

    minimum = "L4"

    def __init__(self) -> None:
        super().__init__()
        self.office = office_of("accounts: [{id: default, realm: a.example}]\n")
        sip = {"username": "desk", "password": "Marker"}
        values = {"id": "desk", "mac": MAC, "model": "yealink/T46S", "sip": sip}
        self.office.change(make_document("devices", {**values, "security": {"minimum_assurance": self.minimum}}, ""))
        self.pinned: str | None = None
        self.told: list[str] = ["a" * 26]

    @property
    def device(self) -> Device:
        device = self.office.directory.device_of_mac(MAC)
        assert device is not None
        return device

    @property
    def is_locked(self) -> bool:
        return self.office.guard.roll.is_locked(self.device)

    def asked(self, peer: str, certificate: Proven | None, token: str | None, path: str = PATH) -> BootEvent:
        was_locked = self.is_locked
        whole = f"/t/{token}{path}" if token else path
        answer, event = self.office.ask(whole, certificate=certificate, peer=peer, transport="https")
        given = b"Marker" in answer.body
        assert not (given and was_locked), "a locked device gets nothing, whoever asks"
        assert given == (event.status == 200 and event.verdict.startswith("the config of")), event.verdict
        if (token_told := self.office.guard.roll.told(self.office.guard.roll.enrolment(self.device))) is not None:
            self.told.append(token_told)
        return event

    def tokens(self) -> st.SearchStrategy[str | None]:
        return st.none() | st.sampled_from(self.told)

    @rule(data=st.data(), peer=PEERS, digit=st.sampled_from("ac"))
    def somebody_shows_a_certificate_of_the_phone(self, data: st.DataObject, peer: str, digit: str) -> None:
        was_locked = self.is_locked
        event = self.asked(peer, proof(MAC, digit), data.draw(self.tokens()))
        if self.pinned not in (None, digit):
            assert event.status == 404 and self.is_locked
            assert event.event == ("locked" if was_locked else "certificate.changed")
        elif event.status == 200:
            assert event.assurance == "L4"
            self.pinned = digit
        else:
            assert was_locked or event.event == "enrol.conflict"

    @rule(data=st.data(), peer=PEERS)
    def somebody_asks_without_a_certificate(self, data: st.DataObject, peer: str) -> None:
        event = self.asked(peer, None, data.draw(self.tokens()))
        assert event.status == 404 or self.minimum != "L4"
        assert event.assurance != "L4"

    @rule(data=st.data(), peer=PEERS)
    def another_phone_asks_with_its_own_certificate(self, data: st.DataObject, peer: str) -> None:
        event = self.asked(peer, proof(STRANGER, "e"), data.draw(self.tokens()))
        assert (event.status, event.event) == (404, "certificate.mac_mismatch")
        self.office.guard.clear(None)

    @rule()
    def an_admin_opens_a_window(self) -> None:
        self.told.append(self.office.guard.roll.open(self.device, NOW))
        self.pinned = None

    @rule()
    def an_admin_locks(self) -> None:
        self.office.guard.roll.lock(self.device, "lost")

    @precondition(lambda self: self.office.guard.roll.enrolment(self.device).stage == "enrolled")
    @rule()
    def an_admin_rotates(self) -> None:
        self.office.guard.roll.rotate(self.device, NOW)

    @invariant()
    def what_is_kept_in_mind_is_the_first_that_was_served(self) -> None:
        leaf = self.office.guard.roll.enrolment(self.device).leaf
        assert leaf == (bytes.fromhex(self.pinned * 64) if self.pinned is not None else None)


class FreeDevice(CertifiedDevice):
    """The same with the usual minimum."""

    minimum = "L1"


TestCertifiedDevice = CertifiedDevice.TestCase
TestCertifiedDevice.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestFreeDevice = FreeDevice.TestCase
TestFreeDevice.settings = TestCertifiedDevice.settings
