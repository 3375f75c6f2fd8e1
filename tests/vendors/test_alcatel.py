"""Alcatel-Lucent Enterprise: Myriad phones, the 8028s, and IP Touch phones, which read another language."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
import pytest

from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Firmware, Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.profiles import Profiles
from offhook.provisioning.syntax import SYNTAXES, SyntaxProblem
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

ALE: Final[Profile] = profiles().by_family["alcatel"]
TOUCH: Final[Profile] = profiles().by_family["alcatel-iptouch"]
FIRMWARE: Final = Firmware(
    version="2.13.02", file="firmware.bin", folder="http://10.0.0.1:8080/firmware/alcatel/2.13.02/"
)  # fmt: skip
PROXIES: Final = (
    PhoneServer(host="bureau.example", port=5070, transport="tcp"),
    PhoneServer(host="sip2.bureau.example", port=5060, transport="tcp"),
)


def desk(model: str = "M3", **settings: Any) -> Phone:
    """Marie's phone with settings beside the office's."""
    profile = ALE if model in ALE.file.models else TOUCH
    return phone(profile, model, settings=msgspec.structs.replace(OFFICE, **settings))


def read(asked: Phone) -> dict[str, str]:
    """What a phone takes from its own file."""
    profile = ALE if asked.model in ALE.file.models else TOUCH
    rule = profile.file_rule("device")
    return dict(SYNTAXES[profile.syntax(rule, asked.generation)].read(rendered(profile, "device", asked).body))


# Files


@pytest.mark.parametrize(
    ("name", "file", "model"),
    [
        ("config.xml", "all", None),
        ("config.m3.xml", "model", "M3"),
        ("config.M5-CE.xml", "model", "M5"),
        ("config.8028s-GE.xml", "model", "8028s-GE"),
        ("config.3c28a620089e.xml", "device", None),
        ("config.3C28A620089E.xml", "device", None),
    ],
)
def test_files_are_for_all_phones_for_a_model_and_for_one_phone(name: str, file: str, model: str | None) -> None:
    identity = Identifier(Profiles([ALE])).identify(f"/{name}", "ALE M3-CE 2.13.02.010.1965 3c28a620089e")
    assert identity.file is not None and identity.file.name == file
    named = Identifier(Profiles([ALE])).identify(f"/{name}", None)
    assert named.model == model


def test_settings_are_attributes_and_the_8028s_takes_them_over_what_was_set_on_it() -> None:
    assert b'  <setting id="Account1Label" value="101"/>\n' in rendered(ALE, "device", desk("M3")).body
    body = rendered(ALE, "device", desk("8028s-GE")).body
    assert b'  <setting id="SIPGroup1LabelName" value="101" override="true"/>\n' in body


def test_a_shared_file_tells_where_to_ask_and_what_firmware_to_take() -> None:
    for file in ("all", "model"):
        text = rendered(ALE, file, msgspec.structs.replace(desk(), firmware=FIRMWARE)).body.decode()
        assert '"DeviceProvisionServerUrl" value="http://10.0.0.1:8080/"' in text
        assert '"DeviceFirmwareUpgradeUrl" value="http://10.0.0.1:8080/firmware/alcatel/2.13.02"' in text
    assert "DeviceAutoUpgradeEnable" not in read(desk())


@pytest.mark.parametrize(
    "body",
    [
        b'<settings><setting id="language" value="1" override="true"/></settings>',
        b'<settings><setting id="language"/></settings>',
        b'<settings><item id="language" value="1"/></settings>',
        b'<settings><setting id="1" value="1"/></settings>',
        b'<settings><setting id="language" value="1">1</setting></settings>',
        b'<settings><group><setting id="language" value="1"/></group></settings>',
    ],
)
def test_a_file_with_anything_but_settings_is_refused(body: bytes) -> None:
    with pytest.raises(SyntaxProblem):
        SYNTAXES["xml-settings"].read(body)


# Accounts and keys


def test_a_proxy_of_another_name_is_the_outbound_proxy() -> None:
    values = read(desk())
    assert (values["Account1Server1Address"], values["Account1OutboundProxy1Address"]) == (
        "bureau.example",
        "sip.bureau.example",
    )
    assert values["Account1Server2Address"] == ""


def test_a_second_server_takes_over_from_the_realm_s_own() -> None:
    values = read(phone(ALE, "M3", servers=PROXIES))
    assert [values[f"Account1Server1{field}"] for field in ("Address", "Port", "Transport")] == [
        "bureau.example", "5070", "tcp",
    ]  # fmt: skip
    assert (values["Account1Server2Address"], values["Account1Server2Port"]) == ("sip2.bureau.example", "5060")
    assert values["Account1OutboundProxy1Address"] == ""


def test_accounts_that_a_phone_once_had_are_emptied() -> None:
    values = read(desk())
    assert [values[f"Account{number}Enable"] for number in (1, 2, 3, 20)] == ["true", "true", "false", "false"]
    assert values["Account20Password"] == values["Account3UserName"] == ""


def test_a_mailbox_lights_the_lamp_of_its_line_alone() -> None:
    values = read(desk())
    assert (values["Account1VmNumber"], values["Account1MwiUri"]) == ("*97", "101@bureau.example")
    assert values["Account2VmNumber"] == values["Account2MwiUri"] == ""
    assert read(doorbell(ALE, "M3"))["Account1MwiUri"] == ""


@pytest.mark.parametrize(("dtmf", "written"), [("inband", "1"), ("rfc2833", "2"), ("info", "4")])
def test_digits_are_sent_as_set(dtmf: str, written: str) -> None:
    assert read(desk(dtmf=dtmf))["Account1DtmfMode"] == written


def test_srtp_is_switched_off_or_left_alone() -> None:
    assert read(desk(srtp="off"))["Account1SrtpWorkingMode"] == "0"
    assert "Account1SrtpWorkingMode" not in read(desk(srtp="required"))


def test_codecs_are_payload_types() -> None:
    assert read(desk(codecs=("pcma", "g729", "opus")))["Account1AudioCodec"] == "8;18"
    assert "Account1AudioCodec" not in read(desk(codecs=("opus",)))


def test_the_first_key_stays_the_line_s_and_unused_ones_are_the_factory_s() -> None:
    keys = (key(ALE, 1, "line"), key(ALE, 2, "blf", "102", label="Josh"), key(ALE, 3, "pickup", "103"))
    settings = msgspec.structs.replace(OFFICE, pickup_code="**")
    values = read(phone(ALE, "M5", keys=keys, settings=settings))
    assert values["ProgramKey1Type"] == values["ProgramKey4Type"] == values["ProgramKey28Value"] == ""
    assert [values[f"ProgramKey2{field}"] for field in ("Type", "Account", "Label", "Value", "Extension")] == [
        "59", "1", "Josh", "102", "102",
    ]  # fmt: skip
    assert (values["ProgramKey3Type"], values["ProgramKey3Value"]) == ("1", "**103")


def test_keys_of_the_8028s_dial() -> None:
    values = read(phone(ALE, "8028s-GE", keys=(key(ALE, 2, "speed_dial", "5551234"),)))
    assert (values["SIPUseDeviceKey1"], values["SIPUseDeviceKey2"]) == ("", "5551234")


# Time, network, access


@pytest.mark.parametrize(
    ("zone", "offset"), [("Europe/Paris", "+1:00"), ("America/St_Johns", "-3:30"), ("UTC", "+0:00")]
)
def test_the_zone_is_told_by_name_and_offset(zone: str, offset: str) -> None:
    values = read(phone(ALE, "M7", zone=zone_rule(zone)))
    assert (values["SettingTimeZone"], values["SettingTimeZoneLocation"]) == (offset, zone)
    assert values["SettingDstEnable"] == "2"


def test_vlans_are_written_only_when_set() -> None:
    values = read(desk(vlan_id=20, pc_vlan_id=30, lldp=False))
    assert (values["DeviceNetworkLanVlanEnable"], values["DeviceNetworkLanVlanNumber"]) == ("true", "20")
    assert (values["DeviceNetworkPcVlanEnable"], values["DeviceNetworkPcVlanNumber"]) == ("true", "30")
    assert values["DeviceNetworkLldpVlanEnable"] == "false"
    assert not [name for name in read(desk()) if "Vlan" in name]


def test_nobody_gets_in_by_ssh_and_the_web_page_is_open_as_set() -> None:
    values = read(desk(web_access="https", web_admin_password=Secret("adm1n")))
    assert values["DeviceSecuritySshEnable"] == values["DeviceNetworkHttpEnable"] == "false"
    assert (values["DeviceNetworkHttpsEnable"], values["DeviceSecurityAdminPwd"]) == ("true", "adm1n")


# IP Touch


def test_an_ip_touch_with_other_software_is_told_to_take_sip() -> None:
    identity = Identifier(Profiles([TOUCH])).identify("/lanpbx.cfg", None)
    assert identity.file is not None and identity.file.kind == "pointer"
    assert rendered(TOUCH, "application", desk("4028")).body == b"APPLICATION_TYPE=APPL_SIP\n"


def test_sections_of_an_ip_touch_stand_once() -> None:
    for file in ("common", "device"):
        headings = re.findall(r"^\[\w+\]$", rendered(TOUCH, file, desk("4038")).body.decode(), re.MULTILINE)
        assert len(headings) == len(set(headings)) > 2


def test_an_ip_touch_registers_one_line_with_a_server_that_takes_over() -> None:
    values = read(phone(TOUCH, "4038", servers=PROXIES))
    assert (values["sip/proxy_addr"], values["sip/registrar_port"]) == ("bureau.example", "5070")
    assert values["sip/proxy2_addr"] == values["sip/registrar2_addr"] == "sip2.bureau.example"
    assert (values["sip/sip_transport_mode"], values["sip/domain_name"]) == ("2", "bureau.example")


@pytest.mark.parametrize(("host", "dns"), [("10.0.0.5", "10.0.0.5"), ("sip.bureau.example", None)])
def test_an_ip_touch_is_told_a_name_server_only_where_it_needs_none(host: str, dns: str | None) -> None:
    server = PhoneServer(host=host, port=5060, transport="udp")
    assert read(phone(TOUCH, "4018", servers=(server,))).get("dns/dns_addr") == dns


@pytest.mark.parametrize(("password", "written"), [("4417", "4417"), ("adm1n", None)])
def test_passwords_of_an_ip_touch_are_digits(password: str, written: str | None) -> None:
    values = read(desk("4068", web_admin_password=Secret(password)))
    assert values.get("telnet/telnet_password") == values.get("appl/admin_password") == written


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Europe/Paris", "UT::60:032802:102803"),
        ("America/Montreal", "UT::-300:031102:110402"),
        ("UTC", "UT::0:000000:000000"),
    ],
)
def test_an_ip_touch_changes_its_clock_within_three_days_of_the_law(zone: str, written: str) -> None:
    assert read(phone(TOUCH, "4028", zone=zone_rule(zone)))["sntp/timezone"] == written


def test_keys_of_an_ip_touch_always_have_a_name() -> None:
    values = read(phone(TOUCH, "4038", keys=(key(TOUCH, 2, "speed_dial", "102"),)))
    assert (values["appl/speed_dial_2_first_name"], values["appl/speed_dial_2_uri"]) == ("102", "102")
    assert values["appl/speed_dial_6_uri"] == "" and "appl/speed_dial_7_uri" not in values


@pytest.mark.parametrize("body", [b"user_name=marie", b"[sip]\nuser_name", b"[sip\n", b"[sip]\n=marie"])
def test_an_ini_file_that_no_phone_could_read_is_refused(body: bytes) -> None:
    with pytest.raises(SyntaxProblem):
        SYNTAXES["ini"].read(body)


@pytest.mark.parametrize("profile", [ALE, TOUCH], ids=["ALE", "IP Touch"])
def test_passwords_and_keys_of_the_whole_dictionary_are_secrets(profile: Profile) -> None:
    found = {name for name in profile.dictionary.names if re.search(r"(?i)pass|pwd|aeskey", name)}
    assert found and {name for name in found if not profile.is_secret(name)} == set()
    for public in ("Account1UserName", "sip/user_name", "ProgramKey1Value", "DeviceSecurityAdminName"):
        assert not profile.is_secret(public)
