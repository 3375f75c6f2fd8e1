"""Obihai's adapters and phones: a data model whose lines all stand in the first profile."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.secret import Secret
from offhook.provisioning.phone import Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from tests.offices import Office, office_of

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

OBIHAI: Final[Profile] = profiles().by_vendor["obihai"]

PROFILE: Final = "VoiceService.1.VoiceProfile.1."
ITSP: Final = "X_DeviceManagement.ITSPProvisioning."


def _read(subject: Phone, file: str = "device") -> dict[str, str]:
    """What the phone reads in one of its files."""
    return dict(SYNTAXES["xml-objects"].read(rendered(OBIHAI, file, subject).body))


def _set(**settings: Any) -> Any:
    return msgspec.structs.replace(OFFICE, **settings)


def _office() -> Office:
    return office_of("""
accounts: [{id: default, realm: bureau.example, security: {tftp_secrets: true}}]
users: [{id: marie, name: Marie Tremblay}]
devices: [{id: desk, mac: "9cadefaabb01", model: obihai/OBi202, owner: marie, sip: {username: desk, password: M-1}}]
callflows: [{id: one, numbers: ["101"], start: ring, nodes: {ring: {type: ring, targets: [{user: marie}]}}}]
""")


# --- Boot -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["http", "tftp"])
async def test_a_phone_that_knows_nothing_is_led_from_its_model_s_file_to_its_own(transport: Any) -> None:
    office = _office()

    async def fetch(name: str) -> Fetched:
        answer, _ = office.ask(f"/{name}", transport=transport)
        return Fetched(url=name, outcome="found" if answer.status == 200 else "absent", words="", body=answer.body)

    report = await VirtualPhone(OBIHAI, "OBi202", None, "9cadefaabb01", fetch).boot()
    assert [(one.url, one.outcome) for one in report.requests] == [
        ("OBi202.xml", "found"), ("9CADEFAABB01.xml", "found"),
    ]  # fmt: skip
    assert report.came_up
    first = dict(SYNTAXES["xml-objects"].read(report.requests[0].body))
    assert first[f"{ITSP}ConfigURL"].endswith("/$MAC.xml")
    assert not [name for name in first if name.startswith("VoiceService")]


def test_a_file_that_another_server_would_have_encrypted_is_not_there() -> None:
    answer, event = _office().ask("/9CADEFAABB01.aes")
    assert (answer.status, event.vendor) == (404, "obihai")


def test_the_maker_s_own_service_is_switched_off_and_ours_asked_every_day() -> None:
    found = _read(phone(OBIHAI, "OBi202"))
    assert found["X_DeviceManagement.Provisioning.Method"] == "Disabled"
    assert (found[f"{ITSP}Method"], found[f"{ITSP}Interval"]) == ("Periodically", "86400")
    never = _read(phone(OBIHAI, "OBi202", settings=_set(provisioning_interval=None)))
    assert never[f"{ITSP}Method"] == "System Start"
    assert f"{ITSP}Interval" not in never


# --- Lines ------------------------------------------------------------------------------------------------------------


def test_all_lines_stand_in_the_first_profile_and_unused_ones_are_emptied() -> None:
    found = _read(phone(OBIHAI, "OBi202"))
    for n, (enabled, login) in enumerate((("true", "marie-desk"), ("true", "marie-desk-2"), ("false", "")), start=1):
        own = f"{PROFILE}Line.{n}."
        assert found[f"{own}X_ServProvProfile"] == "A"
        assert (found[f"{own}Enable"], found[f"{own}SIP.AuthUserName"], found[f"{own}SIP.URI"]) == (
            enabled, login, login,
        )  # fmt: skip
    assert f"{PROFILE}Line.4.Enable" in found
    assert f"{PROFILE}Line.5.Enable" not in found
    assert not [name for name in found if name.startswith("VoiceService.1.VoiceProfile.2.")]


def test_the_lamp_is_the_line_s_own_and_asked_for_when_any_line_has_one() -> None:
    found = _read(phone(OBIHAI, "OBi202"))
    assert found[f"{PROFILE}SIP.X_MWISubscribe"] == "true"
    assert [found[f"{PROFILE}Line.{n}.CallingFeatures.MWIEnable"] for n in (1, 2)] == ["true", "false"]
    assert _read(doorbell(OBIHAI, "OBi202"))[f"{PROFILE}SIP.X_MWISubscribe"] == "false"


def test_a_proxy_that_is_not_the_domain_is_the_outbound_proxy() -> None:
    servers = (PhoneServer(host="sip.bureau.example", port=5061, transport="tls"),)
    found = _read(phone(OBIHAI, "OBi202", servers=servers))
    names = ("ProxyServer", "ProxyServerTransport", "OutboundProxy", "OutboundProxyPort", "X_OutboundProxyTransport")
    assert [found[f"{PROFILE}SIP.{name}"] for name in names] == [
        "bureau.example", "TLS", "sip.bureau.example", "5061", "TLS",
    ]  # fmt: skip
    inside = _read(phone(OBIHAI, "OBi202", servers=(PhoneServer(host="bureau.example", port=5060, transport="udp"),)))
    assert inside[f"{PROFILE}SIP.OutboundProxy"] == ""
    assert f"{PROFILE}SIP.OutboundProxyPort" not in inside


# --- Keys and settings ------------------------------------------------------------------------------------------------


def test_a_key_says_what_it_does_for_which_service() -> None:
    keys = (key(OBIHAI, 3, "blf", "102", label="Josh", line=2),)
    found = _read(phone(OBIHAI, "OBi1032", keys=keys))
    third = [found[f"VoiceService.1.Phone.LineKey.3.{name}"] for name in ("Function", "Service", "Number", "Name")]
    assert third == ["Busy Lamp Field", "SP2", "102", "Josh"]
    assert (found["VoiceService.1.Phone.LineKey.4.Number"], found["VoiceService.1.Phone.LineKey.4.Name"]) == ("", "")
    lines = _read(phone(OBIHAI, "OBi1032"))
    assert lines["VoiceService.1.Phone.LineKey.2.Function"] == "Call Appearance"
    assert lines["VoiceService.1.Phone.LineKey.2.Service"] == "SP2"


def test_keys_left_of_the_display_have_a_name_of_their_own() -> None:
    found = _read(phone(OBIHAI, "VVX450", keys=(key(OBIHAI, 24, "dnd"),)))
    assert found["VoiceService.1.Phone.LeftLineKey.24.Function"] == "Do Not Disturb"
    assert not [name for name in found if ".Phone.LineKey." in name]


def test_a_desk_phone_keeps_no_star_codes_of_its_own_and_an_adapter_has_no_phone() -> None:
    name = "VoiceService.1.Phone.CallingFeatures.StarCodeProfile"
    assert _read(phone(OBIHAI, "OBi1062"))[name] == "None"
    assert not [name for name in _read(phone(OBIHAI, "OBi202")) if ".Phone." in name]


def test_a_vlan_is_switched_on_and_nothing_is_written_without_one() -> None:
    found = _read(phone(OBIHAI, "OBi1062", settings=_set(vlan_id=100, vlan_priority=5, pc_vlan_id=200, lldp=False)))
    names = ("VLANEnable", "VLANID", "VLANPriority", "LLDP-MED")
    assert [found[f"DeviceInfo.WAN.{name}"] for name in names] == ["true", "100", "5", "false"]
    assert (found["X_PCPortVLAN.Enable"], found["X_PCPortVLAN.VLANID"]) == ("true", "200")
    assert not [name for name in _read(phone(OBIHAI, "OBi1062")) if "VLAN" in name]


def test_passwords_and_dtmf_go_by_the_data_model_s_words() -> None:
    found = _read(phone(OBIHAI, "OBi202", settings=_set(web_admin_password=Secret("adm1n"), dtmf="info")))
    assert found["X_DeviceManagement.WebServer.AdminPassword"] == "adm1n"
    assert found[f"{PROFILE}DTMFMethod"] == "SIPInfo"
