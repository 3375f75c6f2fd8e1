"""May this request have this file: every refusal says why, and nothing that is refused tells a secret."""

from __future__ import annotations

import pytest

from offhook.model.kind import make_document
from offhook.provisioning.request import Transport
from tests.offices import Office, office_of

TEXT = """
accounts: [{id: default, realm: a.example%s}, {id: off, realm: b.example, enabled: false}]
sites: [{id: hq%s}]
devices:
- {id: desk, mac: 001565000001, model: yealink/T46S, site: hq, sip: {username: desk, password: Marker-1}%s}
- {id: theirs, account: off, mac: 001565000002, model: yealink/T46S, sip: {username: t, password: Marker-2}}
"""


def office(account: str = "", site: str = "", device: str = "") -> Office:
    return office_of(TEXT % (account, site, device))


def asked(made: Office, path: str = "/001565000001.cfg", agent: str | None = None, *, transport: Transport = "http",
          peer: str = "10.0.0.9") -> tuple[int, str]:  # fmt: skip
    answer, event = made.ask(path, agent, transport=transport, peer=peer)
    assert answer.status == 200 or answer.body == b""
    assert "Marker" not in event.verdict + event.identified
    return answer.status, event.verdict


def test_the_account_of_a_phone_must_be_enabled() -> None:
    assert asked(office(), "/001565000002.cfg") == (
        404,
        "account off is disabled: offhook account edit off --set enabled=true",
    )


@pytest.mark.parametrize(
    ("account", "site", "device", "allowed"),
    [
        ("", "", "", False),
        (", security: {tftp_secrets: true}", "", "", True),
        ("", ", security: {tftp_secrets: true}", "", True),
        ("", "", ", security: {tftp_secrets: true}", True),
        (", security: {tftp_secrets: true}", ", security: {tftp_secrets: false}", "", False),
        (", security: {tftp_secrets: true}", "", ", security: {tftp_secrets: false}", False),
    ],
)
def test_secrets_go_over_tftp_only_where_the_nearest_layer_opened_it(
    account: str, site: str, device: str, allowed: bool
) -> None:
    made = office(account, site, device)
    assert (asked(made, "001565000001.cfg", transport="tftp")[0] == 200) == allowed
    assert asked(made, "/001565000001.cfg", transport="http")[0] == 200


@pytest.mark.parametrize(
    ("networks", "peer", "allowed"),
    [
        ("[192.168.7.0/24]", "192.168.7.3", True),
        ("[192.168.7.0/24]", "192.168.8.3", False),
        ("[192.168.7.0/24]", "::ffff:192.168.7.3", True),
        ("[192.168.7.0/24]", "127.0.0.1", False),
        ("['2001:db8::/32']", "2001:db8::5", True),
        ("['2001:db8::/32']", "192.168.7.3", False),
        ("['fe80::/10']", "fe80::1%eth0", True),
        ("[0.0.0.0/0]", "8.8.8.8", True),
        ("[0.0.0.0/0]", "2001:db8::5", False),
        ("[]", "127.0.0.1", False),
        ("[0.0.0.0/0, '::/0']", "", False),
    ],
)
def test_secrets_go_only_into_the_networks_that_may_have_them(networks: str, peer: str, allowed: bool) -> None:
    status, words = asked(office(account=f", security: {{networks: {networks}}}"), peer=peer)
    assert (status == 200) == allowed
    if not allowed:
        assert words == (
            f"{peer} is in none of the networks that may have the secrets of account default: add its network to"
            " security.networks of the account, site or device"
        )


def test_a_file_for_all_phones_of_a_vendor_goes_everywhere_over_any_transport() -> None:
    made = office(account=", security: {networks: []}")
    for transport in ("tftp", "http", "https"):
        assert asked(made, "/y000000000066.cfg", transport=transport, peer="8.8.8.8")[0] == 200


def test_a_file_that_only_a_registered_phone_has_tells_nobody_outside_that_it_is_registered() -> None:
    made = office()
    transports: tuple[Transport, ...] = ("tftp", "http", "https")
    for transport in transports:
        assert asked(made, "/001565000001.boot", transport=transport)[0] == 200
        assert asked(made, "/001565000001.boot", transport=transport, peer="8.8.8.8")[0] == 404
        assert asked(made, "/001565000009.boot", transport=transport, peer="8.8.8.8")[0] == 404


def test_another_vendors_phone_is_told_how_to_be_registered() -> None:
    agent = "Grandstream Model HW GXP2170 SW 1.0.11.85 DevId 001565000001"
    assert asked(office(), "/001565000001.cfg", agent) == (
        404,
        "device desk is registered as yealink/T46S but a grandstream phone asks: correct its model with"
        " offhook device edit desk --set model=grandstream/GXP2170",
    )


def test_without_a_mac_there_is_no_config() -> None:
    made = office()
    assert asked(made, "/0015650000.cfg")[0] == 404
    assert asked(made, "/.cfg")[0] == 404


def test_a_mac_in_the_path_and_another_in_the_user_agent_get_nothing_whoever_is_registered() -> None:
    made = office()
    for path, mac in (("/001565000001.cfg", "00:15:65:00:00:02"), ("/001565000002.cfg", "00:15:65:00:00:01")):
        status, words = asked(made, path, f"Yealink SIP-T46S 66.86.0.15 {mac}")
        assert status == 404 and words.endswith("a file goes only to the device that it belongs to")


@pytest.mark.parametrize("path", ["/p/default/001565000001.cfg", "/p/default/any/folder/001565000001.cfg"])
def test_a_path_with_the_right_account_is_as_good_as_one_without(path: str) -> None:
    assert asked(office(), path) == (200, "the config of device desk")


def test_a_disabled_phone_gets_nothing_at_once_and_its_config_again_when_it_is_enabled() -> None:
    made = office()
    values = {"id": "desk", "mac": "001565000001", "model": "yealink/T46S", "sip": {"username": "d", "password": "p"}}
    assert asked(made)[0] == 200
    made.change(make_document("devices", {**values, "enabled": False}, ""))
    assert asked(made)[0] == 404
    made.change(make_document("devices", values, ""))
    assert asked(made)[0] == 200
