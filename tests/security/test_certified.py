"""The fourth rung: what a manufacturer's certificate opens, and what becomes of what was before it."""

from __future__ import annotations

import pytest

from offhook.model.kind import make_document
from offhook.provisioning.certificate.proof import Proven, Unproven
from offhook.provisioning.request import BootEvent
from tests.offices import Office, office_of

MAC, OTHER = "001565000001", "001565000002"
PATH = f"/{MAC}.cfg"
HERE, THERE = "10.0.0.9", "10.0.0.66"


def proof(mac: str = MAC, digit: str = "a", vendor: str = "yealink") -> Proven:
    return Proven(vendor=vendor, mac=mac, digest=digit * 64, authority="b" * 64)


def office(model: str = "yealink/T46S", mac: str = MAC, **security: object) -> Office:
    made = office_of("accounts: [{id: default, realm: a.example}]\n")
    for name, number in (("desk", mac), ("next", OTHER)):
        sip = {"username": name, "password": f"Marker-{name}"}
        values = {"id": name, "mac": number, "model": model, "sip": sip, "security": security}
        made.change(make_document("devices", values, ""))
    return made


def stage(made: Office) -> str:
    device = made.directory.device_of_mac(MAC)
    assert device is not None
    return made.guard.roll.enrolment(device).stage


def asked(made: Office, path: str = PATH, certificate: Proven | Unproven | None = None, peer: str = HERE) -> BootEvent:
    answer, event = made.ask(path, certificate=certificate, peer=peer, transport="https" if certificate else "http")
    assert (b"Marker-desk" in answer.body) == (answer.status == 200 and path.endswith(PATH)), event.verdict
    return event


def test_a_certificate_opens_the_config_without_a_window_and_from_everywhere() -> None:
    made = office(enrolment_hours=0, minimum_assurance="L4")
    event = asked(made, certificate=proof(), peer="203.0.113.9")
    assert (event.status, event.assurance, event.event) == (200, "L4", "")
    assert "certificate: yealink 001565000001" in event.identified
    assert stage(made) == "enrolled"


def test_where_certificates_are_demanded_nothing_else_opens_anything() -> None:
    made = office(minimum_assurance="L4")
    assert asked(made).status == 404, "not even what leads to a token"
    assert asked(made, certificate=proof()).status == 200
    home = made.home("desk").removeprefix("http://boot.example").rstrip("/")
    event = asked(made, home + PATH)
    assert (event.status, event.assurance, event.event) == (404, "L2", "assurance.low")
    assert asked(made, home + PATH, proof()).status == 200


@pytest.mark.parametrize("path", [f"/{OTHER}.cfg", "token", "/y000000000066.cfg"])
def test_a_certificate_opens_its_own_phone_s_files_alone(path: str) -> None:
    made = office()
    assert asked(made, f"/{OTHER}.cfg").status == 200
    if path == "token":
        path = made.home("next").removeprefix("http://boot.example") + "y000000000066.cfg"
    answer, event = made.ask(path, certificate=proof(), transport="https")
    if path == "/y000000000066.cfg":
        assert (answer.status, event.device, event.assurance) == (200, "desk", "L4"), "a file that names no phone"
        return
    assert (answer.status, event.event) == (404, "certificate.mac_mismatch")
    assert "its certificate is that of 001565000001" in event.verdict and b"Marker" not in answer.body


def test_what_contradicts_itself_is_not_saved_by_a_certificate() -> None:
    made = office()
    agent = "Yealink SIP-T46S 66.86.0.15 00:15:65:00:00:02"
    answer, event = made.ask(PATH, agent, certificate=proof(), transport="https")
    assert (answer.status, event.event) == (404, "certificate.mac_mismatch")


def test_disagreement_is_counted_and_a_ban_does_not_concern_who_agrees() -> None:
    made = office()
    for number in range(3, 9):
        made.ask(f"/00156500{number:04x}.cfg", certificate=proof(), peer=THERE, transport="https")
    assert [ban.source for ban in made.guard.sources.bans(1_790_000_000.0)] == [THERE]
    assert asked(made, peer=THERE).event == "ban"
    assert asked(made, certificate=proof(), peer=THERE).status == 200


def test_a_locked_or_disabled_device_gets_nothing_whatever_it_shows() -> None:
    made = office()
    device = made.directory.device_of_mac(MAC)
    assert device is not None
    made.guard.roll.lock(device, "it was stolen")
    event = asked(made, certificate=proof())
    assert event.status == 404 and "offhook device unlock desk" in event.verdict
    made = office()
    made.change(make_document("devices", {"id": "desk", "mac": MAC, "model": "yealink/T46S", "enabled": False}, ""))
    assert asked(made, certificate=proof()).status == 404
    assert stage(made) == "open", "and nothing is kept in mind of it"


def test_networks_that_are_listed_bind_certificates_too() -> None:
    made = office(networks=["10.0.0.0/24"])
    assert asked(made, certificate=proof(), peer="203.0.113.9").event == "network"
    assert asked(made, certificate=proof()).status == 200


def test_another_certificate_of_the_same_phone_locks_it() -> None:
    made = office()
    assert asked(made, certificate=proof()).status == 200
    event = asked(made, certificate=proof(digit="c"))
    assert (event.status, event.event) == (404, "certificate.changed")
    assert "another certificate (SHA-256 cccccccccccccccc…)" in event.verdict
    assert stage(made) == "locked" and asked(made, certificate=proof()).event == "locked"
    device = made.directory.device_of_mac(MAC)
    assert device is not None
    made.guard.roll.open(device, 1_790_000_000.0)
    assert asked(made, certificate=proof(digit="c")).status == 200, "an admin said that it is right"
    assert asked(made, certificate=proof()).event == "certificate.changed"


def test_what_was_claimed_without_a_certificate_from_elsewhere_locks_the_device() -> None:
    made = office()
    assert asked(made, peer=THERE).status == 200
    event = asked(made, certificate=proof())
    assert (event.status, event.event) == (404, "enrol.conflict") and stage(made) == "locked"
    assert "10.0.0.9 showed its certificate after 10.0.0.66 was given its config" in event.verdict


def test_what_was_claimed_from_the_same_place_is_the_phone_s_own() -> None:
    made = office()
    assert asked(made).status == 200
    home = made.home("desk")
    assert asked(made, certificate=proof()).status == 200
    assert made.home("desk") == home


def test_who_claimed_without_having_seen_a_secret_loses_to_the_certificate() -> None:
    made = office(minimum_assurance="L3")
    made.ask(PATH, peer=THERE)
    assert asked(made, certificate=proof()).status == 200
    assert stage(made) == "enrolled"


def test_a_phone_that_is_enrolled_by_its_token_keeps_it_when_it_shows_its_certificate() -> None:
    made = office()
    assert asked(made).status == 200
    home = made.home("desk").removeprefix("http://boot.example").rstrip("/")
    assert asked(made, home + PATH).status == 200
    assert asked(made, home + PATH, proof(), peer=THERE).status == 200
    assert made.home("desk").endswith(home + "/")


def test_a_token_that_somebody_else_may_have_dies_with_the_first_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    made = office()
    assert asked(made).status == 200
    home = made.home("desk").removeprefix("http://boot.example").rstrip("/")
    assert asked(made, home + PATH).status == 200
    monkeypatch.setattr(made.guard.roll, "_random", lambda number: b"?" * number)
    assert asked(made, certificate=proof(), peer=THERE).status == 200
    assert asked(made, home + PATH).event == "token.unknown"


def test_a_dead_token_does_not_keep_a_certified_phone_away() -> None:
    made = office()
    assert asked(made, f"/t/{'a' * 26}{PATH}", proof()).status == 200


def test_a_move_is_judged_by_the_same_rule_as_with_a_token() -> None:
    made = office(ip_change="lock")
    assert asked(made, certificate=proof()).status == 200
    assert asked(made, certificate=proof(), peer=THERE).event == "ip.changed" and stage(made) == "locked"
    made = office(ip_change="alert")
    assert asked(made, certificate=proof()).status == 200
    moved = asked(made, certificate=proof(), peer=THERE)
    assert (moved.status, moved.event) == (200, "ip.changed")
    assert asked(made, certificate=proof(), peer=THERE).event == "", "it is there now"


def test_a_manufacturer_vouches_for_macs_of_its_own_alone() -> None:
    made = office()
    event = asked(made, certificate=proof(vendor="snom"))
    assert (event.status, event.assurance, event.event) == (200, "L1", "certificate.vendor_mismatch")
    rebranded = office(model="snom/D785")
    assert asked(rebranded, certificate=proof(vendor="snom")).assurance == "L4", "registered as that vendor's"


def test_a_certificate_that_proves_nothing_is_none_and_says_why() -> None:
    made = office()
    event = asked(made, certificate=Unproven("its certificate proves nothing: it is shared"))
    assert (event.status, event.assurance) == (200, "L1")
    assert "no certificate that counts, as its certificate proves nothing: it is shared" in event.identified


def test_a_phone_that_nobody_registered_is_as_unknown_as_without_its_certificate() -> None:
    made = office()
    answer, event = made.ask("/001565000003.cfg", certificate=proof("001565000003"), transport="https")
    plain, _ = made.ask("/001565000003.cfg")
    assert answer == plain and (event.assurance, event.device) == ("L0", None)
