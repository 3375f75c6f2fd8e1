"""The ladder: what each rung opens, what leads from one to the next, and that nothing without secrets holds one."""

from __future__ import annotations

import msgspec
import pytest

from offhook.cli.fetch import user_agent
from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.account import PRIVATE_NETWORKS, Security
from offhook.model.device import Sip
from offhook.model.kind import make_document
from offhook.model.secret import Secret
from offhook.model.settings import Settings
from offhook.provisioning.guard.assurance import Evidence, Rules, Rung, rules_of, rung_of
from offhook.provisioning.profile import Profile
from tests.offices import NOW, Office, all_profiles, office_of
from tests.provisioning.test_golden_families import colleague, phone_of

DESK = {
    "id": "desk",
    "mac": "001565000001",
    "model": "yealink/T46S",
    "sip": {"username": "desk", "password": "Marker-1"},
}
PATH = "/001565000001.cfg"
LED = {
    "alcatel", "avaya", "cisco-mpp", "cisco-spa", "fanvil", "flyingvoice", "gigaset-p", "grandstream", "obihai",
    "panasonic", "snom", "yealink",
}  # fmt: skip
"""The families whose common file can lead a phone to its first token."""
FAMILIES = sorted(all_profiles(), key=lambda profile: profile.family)


def office(**security: object) -> Office:
    made = office_of("accounts: [{id: default, realm: a.example}]\n")
    made.change(make_document("devices", {**DESK, "security": security}, ""))
    return made


def own(made: Office, path: str = PATH) -> str:
    """The path of the phone's own URL."""
    return made.home("desk").removeprefix("http://boot.example").rstrip("/") + path


@pytest.mark.parametrize(
    ("evidence", "rung"),
    [
        (Evidence(), Rung.L0),
        (Evidence(known_network=True), Rung.L0),
        (Evidence(window=True), Rung.L0),
        (Evidence(known_network=True, window=True), Rung.L1),
        (Evidence(token=True), Rung.L2),
        (Evidence(credentials=True), Rung.L3),
        (Evidence(certificate=True, token=True), Rung.L4),
    ],
)
def test_the_best_evidence_gives_the_rung(evidence: Evidence, rung: Rung) -> None:
    assert rung_of(evidence) is rung


def test_the_rules_are_strict_where_nobody_said_otherwise() -> None:
    made = office_of("accounts: [{id: default, realm: a.example}]\n")
    assert rules_of(made.directory, "default", None) == Rules(
        minimum=Rung.L1, hours=24, networks=PRIVATE_NETWORKS, listed=False, tftp_secrets=False, ip_change="ignore"
    )


def test_each_rule_is_that_of_the_nearest_layer_that_sets_it() -> None:
    made = office_of(
        "accounts: [{id: default, realm: a.example, security: {tftp_secrets: true, minimum_assurance: L3}}]\n"
        "sites: [{id: s, security: {networks: [192.168.1.0/24], enrolment_hours: 2}}]\n"
        "devices: [{id: d, mac: 001565000001, site: s, security: {tftp_secrets: false, networks: [], enrolment_hours: 0}}]\n"
    )
    device = made.directory.device_of_mac("001565000001")
    assert rules_of(made.directory, "default", device) == Rules(
        minimum=Rung.L3, hours=0, networks=(), listed=True, tftp_secrets=False, ip_change="ignore"
    )


@pytest.mark.parametrize(
    ("minimum", "without", "with_token"), [("L0", 200, 200), ("L1", 200, 200), ("L3", 404, 404), ("L4", 404, 404)]
)
def test_a_config_goes_to_who_reaches_its_device_s_minimum(minimum: str, without: int, with_token: int) -> None:
    made = office()
    made.ask(PATH)
    token = own(made)
    made.change(make_document("devices", {**DESK, "security": {"minimum_assurance": minimum}}, ""))
    answer, event = made.ask(PATH)
    if minimum in ("L3", "L4"):
        assert b"Marker" not in answer.body
    else:
        assert (answer.status, event.assurance) == (without, "L1")
    answer, event = made.ask(token)
    assert (answer.status, event.assurance) == (with_token, "L2")


def test_where_a_mac_is_enough_it_is_so_after_the_window_and_in_the_known_networks_alone() -> None:
    made = office(minimum_assurance="L0", enrolment_hours=0)
    answer, event = made.ask(PATH)
    assert (answer.status, event.assurance) == (200, "L0") and b"/t/" not in answer.body
    assert made.ask(PATH, peer="8.8.8.8")[0].status == 404
    assert made.ask(PATH, peer="10.0.0.10")[0].status == 200


def test_a_token_is_good_from_everywhere_unless_networks_are_listed() -> None:
    made = office()
    made.ask(PATH)
    token = own(made)
    assert made.ask(PATH, peer="8.8.8.8")[0].status == 404
    assert made.ask(token, peer="8.8.8.8")[0].status == 200
    made.change(make_document("devices", {**DESK, "security": {"networks": ["10.0.0.0/8"]}}, ""))
    answer, event = made.ask(token, peer="8.8.8.8")
    assert answer.status == 404 and "security.networks" in event.verdict
    assert made.ask(token, peer="10.0.0.9")[0].status == 200


def test_the_common_file_at_the_phone_s_own_url_leads_it_back_there() -> None:
    made = office()
    made.ask(PATH)
    answer, event = made.ask(own(made, "/y000000000066.cfg"))
    assert made.home("desk").encode() in answer.body
    assert (event.mac, event.device, event.assurance) == ("001565000001", "desk", "L2")
    assert b"/t/" not in made.ask("/y000000000066.cfg")[0].body


def test_the_bytes_are_the_same_at_each_boot_and_rendered_once() -> None:
    made = office()
    first = made.ask(PATH)[0]
    misses = made.provisioner.cache.misses
    again = [made.ask(PATH)[0], made.ask(own(made))[0], made.ask(own(made))[0]]
    assert {(one.body, one.etag) for one in (first, *again)} == {(first.body, first.etag)}
    assert made.provisioner.cache.misses == misses


def test_a_tokenless_request_after_the_phone_came_back_gets_nothing_and_locks_nothing() -> None:
    made = office()
    made.ask(PATH)
    token = own(made)
    made.ask(token)
    for peer in ("10.0.0.9", "10.0.0.66"):
        answer, event = made.ask(PATH, peer=peer)
        assert (answer.status, event.event) == (404, "enrol.late")
    assert made.ask(token)[0].status == 200


def test_another_mac_in_the_same_document_is_another_phone() -> None:
    made = office()
    made.ask(PATH)
    token = own(made)
    made.ask(token)
    made.change(make_document("devices", {**DESK, "mac": "001565000002"}, ""))
    assert made.ask(token)[0].status == 404
    assert made.ask(token.replace("001565000001", "001565000002"))[0].status == 404
    assert made.ask("/001565000002.cfg")[0].status == 200


def test_a_phone_that_asks_over_tftp_neither_claims_nor_locks() -> None:
    made = office(tftp_secrets=True)
    assert made.ask("001565000001.cfg", transport="tftp", peer="10.0.0.66")[0].status == 200
    assert made.ask(PATH)[0].status == 200
    assert made.ask("001565000001.cfg", transport="tftp", peer="10.0.0.66")[0].status == 200
    assert made.ask(own(made))[0].status == 200


def test_a_move_is_told_where_an_admin_wants_to_know(caplog: pytest.LogCaptureFixture) -> None:
    made = office(ip_change="alert")
    made.ask(PATH)
    token = own(made)
    made.ask(token)
    answer, event = made.ask(token, peer="10.0.0.77")
    assert (answer.status, event.event) == (200, "ip.changed")
    assert "device desk of default came from 10.0.0.77, and from 10.0.0.9 before" in caplog.text
    assert made.ask(token, peer="10.0.0.77")[1].event == ""


def test_a_lock_is_explained_with_the_command_that_lifts_it_also_to_who_comes_with_the_dead_token() -> None:
    made = office()
    made.ask(PATH)
    token = own(made)
    assert made.ask(PATH, peer="10.0.0.66")[1].event == "enrol.conflict"
    for path in (PATH, token, "/001565000001.boot"):
        answer, event = made.ask(path)
        assert answer.status == 404 and event.verdict.endswith("offhook device unlock desk"), event.verdict
        assert "10.0.0.66" in event.verdict and "10.0.0.9" in event.verdict


@pytest.mark.parametrize("profile", FAMILIES, ids=lambda profile: profile.family)
async def test_bootstrap_has_no_secret(profile: Profile) -> None:
    """Whatever a whole boot brings below the minimum, no secret that is set anywhere stands in it."""
    office, mac = phone_of(profile, colleague(profile), 1, owned=True)
    device = office.directory.device_of_mac(mac)
    assert device is not None
    secrets = {f"Marker-{name}" for name in ("sip", "web", "user", "dot1x")}
    settings = Settings(
        web_admin_password=Secret("Marker-web"),
        web_user_password=Secret("Marker-user"),
        dot1x_password=Secret("Marker-dot1x"),
    )
    sip = Sip(username="desk", password=Secret("Marker-sip"))
    strict = msgspec.structs.replace(device, sip=sip, settings=settings, security=Security(minimum_assurance="L2"))
    office.change(strict)
    agent = user_agent(profile, colleague(profile), None, mac)
    led: list[str] = []

    async def fetch(name: str) -> Fetched:
        answer, event = office.ask("/" + name.removeprefix("http://boot.example").lstrip("/"), agent)
        assert not any(secret.encode() in answer.body for secret in secrets), name
        if event.event == "enrol.bootstrap":
            led.append(event.assurance)
        found = answer.status == 200
        return Fetched(url=name, outcome="found" if found else "absent", words="", body=answer.body)

    report = await VirtualPhone(profile, colleague(profile), None, mac, fetch).boot()
    assert not report.accounts
    assert set(led) == ({"L1"} if profile.family in LED else set())


@pytest.mark.parametrize("profile", FAMILIES, ids=lambda profile: profile.family)
async def test_the_first_token_leads_to_the_credentials_where_an_account_wants_them(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, mac = phone_of(profile, colleague(profile), 1, owned=True)
    monkeypatch.setattr(office.provisioner, "public_url", "https://boot.example/")
    device = office.directory.device_of_mac(mac)
    assert device is not None
    sip = Sip(username="desk", password=Secret("Marker-sip"))
    device = msgspec.structs.replace(device, sip=sip, security=Security(minimum_assurance="L3"))
    office.change(device)
    agent = user_agent(profile, colleague(profile), None, mac)
    first = office.guard.roll.open(device, NOW)
    led: list[str] = []

    async def fetch(name: str) -> Fetched:
        path = f"/t/{first}/{name.rpartition('/')[2]}"
        answer, event = office.ask(path, agent, transport="https")
        assert b"Marker" not in answer.body
        if event.event == "enrol.bootstrap":
            login = office.guard.roll.login(office.guard.roll.enrolment(device))
            assert login is not None and login.password.reveal().encode() in answer.body
            assert office.ask(path, agent)[0].status == 404, "credentials are told over TLS only"
            led.append(name)
        return Fetched(url=name, outcome="found" if answer.status == 200 else "absent", words="", body=answer.body)

    await VirtualPhone(profile, colleague(profile), None, mac, fetch).boot()
    assert bool(led) == (profile.family in LED - {"obihai"})


def test_a_bootstrap_leads_over_the_first_token_to_the_config_and_the_steady_one() -> None:
    made = office(minimum_assurance="L2")
    lead, event = made.ask(PATH)
    assert (lead.status, event.event) == (200, "enrol.bootstrap") and b"Marker" not in lead.body
    first = next(line for line in lead.body.decode().splitlines() if "auto_provision.server.url" in line)
    first_path = first.partition("= ")[2].removeprefix("http://boot.example").rstrip("/") + PATH
    config, event = made.ask(first_path)
    assert (config.status, event.assurance) == (200, "L2") and b"Marker-1" in config.body
    assert made.ask(own(made))[0].body == config.body
    assert made.ask(first_path)[0].status == 404, "the first token is dead once the steady one was used"
