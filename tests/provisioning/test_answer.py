"""What a request gets: the right file, a refusal in words, or a 503 for what is our own fault."""

from __future__ import annotations

import pytest

from offhook.directory import Directory
from offhook.model.kind import make_document
from offhook.provisioning.render import TemplateBroken
from offhook.secrets.vault import SealBroken
from tests.offices import Office, office_of

TEXT = """
accounts:
- {id: default, realm: a.example, timezone: Europe/Paris, language: fr, country: FR%s}
- {id: other, realm: b.example}
sites: [{id: hq}]
users: [{id: marie, name: Marie}, {id: josh, name: Josh}]
devices:
- {id: desk, mac: 001565000001, model: yealink/T46S, owner: marie, site: hq, sip: {username: desk, password: Secret-1}%s}
- {id: gs, mac: 000b82000001, model: grandstream/GXP2170, owner: marie, sip: {username: gs, password: Secret-2}}
- {id: theirs, account: other, mac: 001565000002, model: yealink/T46S, sip: {username: t, password: Secret-3}}
- {id: vague, mac: 001565000003, model: yealink, sip: {username: v, password: Secret-4}}
callflows:
- {id: m, numbers: ["101"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
- {id: j, numbers: ["102"], start: r, nodes: {r: {type: ring, targets: [{user: josh}]}}}
"""


@pytest.fixture
def office() -> Office:
    return office_of(TEXT % ("", ""))


def verdict(office: Office, path: str, agent: str | None = None, **how: str) -> tuple[int, str]:
    answer, event = office.ask(path, agent, **how)  # type: ignore[arg-type]
    return answer.status, event.verdict


def test_a_known_phone_gets_its_config(office: Office) -> None:
    assert verdict(office, "/001565000001.cfg") == (200, "the config of device desk")


def test_an_unknown_mac_is_refused_with_the_command_that_adds_it(office: Office) -> None:
    assert verdict(office, "/001565000099.cfg") == (
        404,
        "no device has MAC 001565000099: offhook device add 001565000099",
    )


def test_an_unknown_phone_gets_a_common_file_without_a_secret(office: Office) -> None:
    answer, _ = office.ask("/y000000000066.cfg")
    assert answer.status == 200 and b"Secret" not in answer.body and b"account." not in answer.body


@pytest.mark.parametrize("peer", ["8.8.8.8", "2001:db8::1", "nonsense"])
def test_from_outside_of_the_networks_a_config_is_refused(office: Office, peer: str) -> None:
    status, words = verdict(office, "/001565000001.cfg", peer=peer)
    assert status == 404 and f"{peer} is in none of the networks" in words


@pytest.mark.parametrize("peer", ["10.1.2.3", "127.0.0.1", "::1", "fe80::1%eth0", "::ffff:192.168.1.1"])
def test_private_addresses_are_inside_when_nobody_said_otherwise(office: Office, peer: str) -> None:
    assert verdict(office, "/001565000001.cfg", peer=peer)[0] == 200


def test_a_devices_networks_win_over_its_sites_and_accounts() -> None:
    made = office_of(TEXT % (", security: {networks: [8.0.0.0/8]}", ", security: {networks: [9.9.9.9/32]}"))
    assert verdict(made, "/001565000001.cfg", peer="8.8.8.8")[0] == 404
    assert verdict(made, "/001565000001.cfg", peer="9.9.9.9")[0] == 200
    assert verdict(made, "/cfg000b82000001.xml", peer="8.8.8.8")[0] == 200


def test_over_tftp_secrets_are_given_only_where_that_was_opened(office: Office) -> None:
    status, words = verdict(office, "001565000001.cfg", transport="tftp")
    assert status == 404 and "security.tftp_secrets=true" in words
    assert verdict(office, "001565000001.boot", transport="tftp")[0] == 200
    opened = office_of(TEXT % ("", ", security: {tftp_secrets: true}"))
    assert verdict(opened, "001565000001.cfg", transport="tftp")[0] == 200


def test_another_vendors_phone_with_this_mac_is_refused(office: Office) -> None:
    status, words = verdict(office, "/001565000001.cfg", "Grandstream Model HW GXP2170 SW 1.0.11.85 DevId 001565000001")
    assert status == 404 and "registered as yealink/T46S but a grandstream phone asks" in words


def test_two_macs_in_one_request_get_nothing(office: Office) -> None:
    status, words = verdict(office, "/001565000001.cfg", "Yealink SIP-T46S 66.86.0.15 00:15:65:00:00:02")
    assert status == 404 and "a file goes only to the device that it belongs to" in words


def test_a_phone_whose_model_is_not_registered_is_served_by_what_it_says(office: Office) -> None:
    agent = "Yealink SIP-T31P 124.86.0.75 00:15:65:00:00:03"
    answer, _ = office.ask("/001565000003.cfg", agent)
    assert answer.status == 200 and b"account.2.enable = 0" in answer.body and b"account.3" not in answer.body


def test_an_account_in_the_path_pins_the_account(office: Office) -> None:
    assert verdict(office, "/p/default/001565000001.cfg")[0] == 200
    assert verdict(office, "/p/other/001565000001.cfg") == (404, "device desk belongs to account default, not to other")
    assert verdict(office, "/p/nobody/001565000001.cfg") == (404, "there is no account 'nobody'")


@pytest.mark.parametrize("field", ["enabled"])
def test_what_is_disabled_gets_nothing_and_the_way_back_is_said(office: Office, field: str) -> None:
    document = make_document(
        "devices",
        {
            "id": "desk",
            "mac": "001565000001",
            "model": "yealink/T46S",
            "enabled": False,
            "sip": {"username": "d", "password": "p"},
        },
        "",
    )
    office.change(document)
    status, words = verdict(office, "/001565000001.cfg")
    assert status == 404 and "offhook device edit desk --set enabled=true" in words


def test_files_that_never_exist_are_refused_without_ado(office: Office) -> None:
    assert verdict(office, "/cfg000b82000001")[0] == 404
    assert verdict(office, "/001565000001-local.cfg")[0] == 404
    assert verdict(office, "/favicon.ico") == (404, "no vendor whose phones ask for this name is known")


def test_our_own_failure_is_never_a_404(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise TemplateBroken("templates/yealink/device.cfg.j2 line 3: unexpected end")

    monkeypatch.setattr(office.provisioner._maker._renderer, "render", broken)
    answer, event = office.ask("/001565000001.cfg")
    assert (answer.status, answer.body) == (503, b"") and "line 3" in event.verdict


def test_a_device_whose_secrets_do_not_open_is_our_own_failure_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(self: Directory, mac: str) -> None:
        raise SealBroken("default", "devices", "desk", "sip.password", "it was altered")

    monkeypatch.setattr(Directory, "device_of_mac", unreadable)
    answer, event = office.ask("/001565000001.cfg")
    assert (answer.status, answer.body) == (503, b"") and "desk" in event.verdict


def test_the_same_bytes_come_again_until_something_that_they_were_made_of_changes(office: Office) -> None:
    first, _ = office.ask("/001565000001.cfg")
    assert office.ask("/001565000001.cfg")[0] is first
    office.change(make_document("users", {"id": "josh", "name": "Joshua"}, ""))
    assert office.ask("/001565000001.cfg")[0] is first, "an unrelated change made it anew"


@pytest.mark.parametrize(
    ("kind", "fields", "shows"),
    [
        ("users", {"id": "marie", "name": "Marie-Louise"}, b"Marie-Louise"),
        ("accounts", {"id": "default", "realm": "new.example", "account": "default"}, b"new.example"),
        ("sites", {"id": "hq", "settings": {"vlan_id": 77}}, b"= 77"),
        ("mailboxes", {"id": "m", "number": "101", "owner": "marie"}, b"subscribe_mwi"),
        ("callflows", {"id": "m2", "numbers": ["155"], "start": "r", "nodes": {"r": {"type": "ring", "targets": [{"user": "marie"}]}}}, b"= 155"),
    ],
)  # fmt: skip
def test_any_change_of_what_a_config_is_made_of_shows_at_the_next_request(
    office: Office, kind: str, fields: dict[str, object], shows: bytes
) -> None:
    before, _ = office.ask("/001565000001.cfg")
    office.change(make_document(kind, fields, ""))
    after, _ = office.ask("/001565000001.cfg")
    assert shows not in before.body and shows in after.body and before.etag != after.etag


def test_events_hold_no_control_characters_whatever_a_phone_sends(office: Office) -> None:
    _, event = office.ask("/\x1b[31m\n" + "x" * 5000, "evil\x00\udcff agent")
    assert event.path.isprintable() and len(event.path) < 400 and event.identified.isprintable()


@pytest.mark.parametrize(
    "path",
    ["/t/{}/x.cfg", "//t/{}/x.cfg", "t/{}/x.cfg", "/T/{}", "/t//{}/x.cfg", "/p/default/t/{}/x.cfg", "/t/{0}/t/{0}"],
)
def test_no_token_is_told_of_wherever_a_phone_puts_it(office: Office, path: str) -> None:
    _, event = office.ask(path.format("abcdefghijklmnopqrstuvwxyz"))
    assert "abcdef" not in event.path and "t/***" in event.path.lower()
