"""Flyingvoice's files: Yealink's dialect under Yealink's names, told apart by the user agent."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from offhook.model.problem import Refused
from offhook.model.secret import Secret
from offhook.provisioning.firmware import describe
from offhook.provisioning.phone import Firmware, Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from tests.offices import Office, office_of

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

FLYINGVOICE: Final[Profile] = profiles().by_vendor["flyingvoice"]

AGENT: Final = "Flyingvoice FIP13G V0.6.24 00:21:F2:AA:BB:01"


def _read(subject: Phone) -> dict[str, str]:
    """What the phone reads in its own file."""
    return dict(SYNTAXES["key-value"].read(rendered(FLYINGVOICE, "device", subject).body))


def _set(**settings: Any) -> Any:
    return msgspec.structs.replace(OFFICE, **settings)


def _office() -> Office:
    return office_of("""
accounts: [{id: default, realm: bureau.example}]
users: [{id: marie, name: Marie Tremblay}]
devices: [{id: desk, mac: "0021f2aabb01", model: flyingvoice/FIP13G, owner: marie, sip: {username: desk, password: M-1}}]
callflows: [{id: one, numbers: ["101"], start: ring, nodes: {ring: {type: ring, targets: [{user: marie}]}}}]
""")


# --- Boot -------------------------------------------------------------------------------------------------------------


def test_the_boot_file_of_all_names_the_file_of_the_one_who_asks() -> None:
    answer, event = _office().ask("/y000000000000.boot", AGENT)
    assert (answer.status, event.vendor) == (200, "flyingvoice")
    assert answer.body.decode().splitlines() == [
        "#!version:1.0.0.1",
        "",
        'include:config "y000000000000.cfg"',
        'include:config "0021f2aabb01.cfg"',
    ]


def test_a_phone_that_nobody_registered_gets_no_boot_file_of_another() -> None:
    answer, _ = _office().ask("/y000000000000.boot", AGENT.replace("01", "02"))
    assert answer.status == 404


def test_what_all_phones_are_told_is_where_to_ask() -> None:
    answer, _ = _office().ask("/y000000000000.cfg", AGENT)
    assert {name for name, _ in SYNTAXES["key-value"].read(answer.body)} == {
        "static.auto_provision.server.url",
        "static.auto_provision.power_on",
        "static.auto_provision.repeat.enable",
        "static.auto_provision.repeat.minutes",
    }


def test_without_a_user_agent_the_shared_names_are_yealink_s_and_the_own_name_is_the_phone_s() -> None:
    assert _office().ask("/y000000000000.boot")[1].vendor == "yealink"
    answer, event = _office().ask("/0021f2aabb01.cfg")
    assert (answer.status, event.vendor, event.device) == (200, "flyingvoice", "desk")


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_proxies_stand_where_the_realm_does_not() -> None:
    servers = tuple(PhoneServer(host=host, port=5061, transport="tls") for host in ("a.example", "b.example"))
    outside = _read(phone(FLYINGVOICE, "FIP13G", servers=servers))
    assert outside["account.1.outbound_proxy_enable"] == "1"
    assert (outside["account.1.sip_server.1.address"], outside["account.1.sip_server.2.address"]) == (
        "bureau.example",
        "",
    )
    assert outside["account.1.sip_server.1.transport_type"] == "2"
    assert (outside["account.1.outbound_proxy.1.address"], outside["account.1.outbound_proxy.2.address"]) == (
        "a.example", "b.example",
    )  # fmt: skip
    inside = _read(phone(FLYINGVOICE, "FIP13G", servers=servers, realm="a.example"))
    assert inside["account.1.outbound_proxy_enable"] == "0"
    assert (inside["account.1.sip_server.1.address"], inside["account.1.sip_server.2.address"]) == (
        "a.example", "b.example",
    )  # fmt: skip
    assert (inside["account.1.sip_server.2.port"], inside["account.1.outbound_proxy.1.address"]) == ("5061", "")


def test_only_a_line_with_a_mailbox_asks_for_its_messages() -> None:
    found = _read(phone(FLYINGVOICE, "FIP13G"))
    assert (found["account.1.subscribe_mwi"], found["voice_mail.number.1"]) == ("1", "*97")
    assert (found["account.2.subscribe_mwi"], found["voice_mail.number.2"]) == ("0", "")
    assert _read(doorbell(FLYINGVOICE, "FIP13G"))["account.1.subscribe_mwi"] == "0"


def test_accounts_that_are_no_more_are_off_and_emptied() -> None:
    found = _read(phone(FLYINGVOICE, "FIP13G"))
    for n in (3, 4):
        assert found[f"account.{n}.enable"] == "0"
        assert (
            found[f"account.{n}.password"] == found[f"account.{n}.user_name"] == found[f"voice_mail.number.{n}"] == ""
        )
    assert "account.5.enable" not in found


def test_codecs_that_are_not_named_are_off() -> None:
    found = _read(phone(FLYINGVOICE, "FIP13G", settings=_set(codecs=("opus", "pcma"))))
    assert (found["account.1.codec.opus.priority"], found["account.1.codec.pcma.priority"]) == ("1", "2")
    assert found["account.1.codec.g722.enable"] == found["account.1.codec.pcmu.enable"] == "0"


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_a_watched_phone_is_picked_up_by_its_key() -> None:
    keys = (key(FLYINGVOICE, 3, "blf", "102", label="Josh", line=2),)
    found = _read(phone(FLYINGVOICE, "FIP13G", keys=keys, settings=_set(pickup_code="**")))
    assert {name: value for name, value in found.items() if name.startswith("linekey.3.")} == {
        "linekey.3.type": "16",
        "linekey.3.line": "2",
        "linekey.3.value": "102",
        "linekey.3.label": "Josh",
        "linekey.3.pickup_value": "**",
    }


def test_keys_that_are_left_out_do_nothing() -> None:
    found = _read(phone(FLYINGVOICE, "FIP15G"))
    assert (found["linekey.1.type"], found["linekey.2.type"], found["linekey.3.type"]) == ("15", "15", "0")
    assert (found["linekey.74.type"], found["linekey.74.value"]) == ("0", "")
    assert "linekey.75.type" not in found


@pytest.mark.parametrize("model", ["FIP16", "FIP16PLUS"])
def test_a_phone_without_line_keys_has_lines_all_the_same(model: str) -> None:
    found = _read(phone(FLYINGVOICE, model))
    assert found["account.2.enable"] == "1"
    assert not [name for name in found if name.startswith("linekey.")]


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_the_clock_is_an_offset_and_two_servers() -> None:
    found = _read(phone(FLYINGVOICE, "FIP13G"))
    assert (found["local_time.time_zone"], found["local_time.time_format"], found["local_time.date_format"]) == (
        "+1", "1", "2",
    )  # fmt: skip
    assert found["local_time.ntp_server2"] == "ntp.bureau.example"


def test_a_vlan_is_switched_on_and_nothing_is_written_without_one() -> None:
    found = _read(phone(FLYINGVOICE, "FIP13G", settings=_set(vlan_id=100, vlan_priority=5, pc_vlan_id=200)))
    vlan = "static.network.vlan."
    assert (found[f"{vlan}internet_port_enable"], found[f"{vlan}internet_port_vid"]) == ("1", "100")
    assert (found[f"{vlan}internet_port_priority"], found[f"{vlan}pc_port_vid"]) == ("5", "200")
    assert not [name for name in _read(phone(FLYINGVOICE, "FIP13G")) if name.startswith(vlan)]


def test_the_administrator_s_password_is_a_secret_behind_their_name() -> None:
    file = rendered(
        FLYINGVOICE, "device", phone(FLYINGVOICE, "FIP13G", settings=_set(web_admin_password=Secret("adm1n")))
    )
    (password,) = [one for one in file.parameters if one.name == "static.security.user_password"]
    assert (password.value, password.secret) == ("admin:adm1n", True)


# --- Firmware ---------------------------------------------------------------------------------------------------------


def _models(name: str) -> tuple[str, ...]:
    return describe([FLYINGVOICE], name, size=1, sha256="0" * 64).models


def test_a_firmware_s_name_tells_its_version_and_models() -> None:
    file = describe([FLYINGVOICE], "FIP13G-FVUI_V0.5.32.3_202105111814_RC.bin", size=1, sha256="0" * 64)
    assert (file.version, file.models) == ("0.5.32.3", ("FIP13G",))
    assert _models("FIP10-FVUI_V0.5.32.3_202105111814_RC.bin") == ("FIP10", "FIP10P")
    assert _models("FIP16-FVUI16_V0.5.15.4_202102231619_RC.bin") == ("FIP16",)
    with pytest.raises(Refused, match="no name of a Flyingvoice firmware"):
        _models("T46S-66.86.0.15.rom")


def test_firmware_is_named_by_its_whole_url() -> None:
    firmware = Firmware(version="0.7", file="f.bin", folder="http://10.0.0.1:8080/firmware/flyingvoice/0.7/")
    found = _read(phone(FLYINGVOICE, "FIP13G", firmware=firmware))
    assert found["static.firmware.url"] == "http://10.0.0.1:8080/firmware/flyingvoice/0.7/f.bin"
