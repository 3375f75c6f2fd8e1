"""Cisco's SPA phones and adapters and its multiplatform phones: two families that share templates."""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree

import msgspec
import pytest

from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Firmware, Phone, PhoneKey, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.timezone import zone_rule
from tests.offices import Office, office_of

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

SPA: Final[Profile] = profiles().by_family["cisco-spa"]
MPP: Final[Profile] = profiles().by_family["cisco-mpp"]
ROUTER: Final = "router-configuration/"


def _read(body: bytes) -> dict[str, str]:
    """What an XML parser that knows nothing of us finds: parameters by their path below the root."""
    found: dict[str, str] = {}

    def read(element: ElementTree.Element, place: str) -> None:
        for part in element:
            assert not part.attrib
            if len(part):
                read(part, f"{place}{part.tag}/")
            else:
                assert f"{place}{part.tag}" not in found, "the last of two would win"
                found[f"{place}{part.tag}"] = part.text or ""

    root = ElementTree.fromstring(body)
    assert root.tag == "flat-profile"
    read(root, "")
    return found


def _file(profile: Profile, subject: Phone) -> dict[str, str]:
    return _read(rendered(profile, "device", subject).body)


def _set(profile: Profile, model: str, **settings: Any) -> dict[str, str]:
    return _file(profile, phone(profile, model, settings=msgspec.structs.replace(OFFICE, **settings)))


def _with_keys(profile: Profile, model: str, *keys: PhoneKey, version: str | None = None, **settings: Any) -> Phone:
    plain = phone(profile, model, version, settings=msgspec.structs.replace(OFFICE, **settings))
    return msgspec.structs.replace(plain, keys=(*plain.keys, *keys))


def _office(model: str, mac: str) -> Office:
    return office_of(f"""
accounts: [{{id: default, realm: bureau.example, security: {{tftp_secrets: true}}}}]
users: [{{id: marie, name: Marie Tremblay}}]
devices: [{{id: desk, mac: "{mac}", model: {model}, owner: marie, sip: {{username: desk, password: M-1}}}}]
callflows: [{{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}]
""")


# --- Boot -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["/spa504G.cfg", "/spa504g.cfg", "/init.cfg", "/8851-3PCC.xml", "/CP-8851-3PCC.xml", "/ata191.cfg"])  # fmt: skip
def test_a_phone_fresh_from_its_box_is_sent_on_at_once(first: str) -> None:
    answer, _ = _office("cisco/SPA504G", "0002fdff2103").ask(first, transport="tftp")
    assert answer.status == 200
    found = _read(answer.body)
    assert found["Profile_Rule"] == found["Profile_Rule_B"] == "http://boot.example/$MA.xml"
    assert not any(name.startswith(("User_ID", "Password", "Admin")) for name in found)


def test_a_phone_that_has_its_own_file_fetches_no_other() -> None:
    found = _file(SPA, phone(SPA, "SPA504G"))
    assert found["Profile_Rule"] == "http://10.0.0.1:8080/$MA.xml"
    assert [found[f"Profile_Rule_{letter}"] for letter in "BCD"] == ["", "", ""]
    assert found["Resync_Periodic"] == "86400"
    assert found["Auth_Resync-Reboot_1_"] == "No"


@pytest.mark.parametrize("path", ["/cc00562b0436/00562b043615.xml", "/Cisco/CP-8851-3PCC/00562b043615.cfg"])
def test_a_multiplatform_phone_finds_its_file_in_cisco_s_folder_too(path: str) -> None:
    answer, event = _office("cisco/8851", "00562b043615").ask(path)
    assert answer.status == 200 and event.device == "desk"
    assert _read(answer.body)["User_ID_1_"] == "desk"


def test_the_folder_is_part_of_the_name_only_where_it_says_the_model() -> None:
    identity = Identifier(profiles()).identify("/Cisco/CP-8851-3PCC/001234ab45de.cfg", None)
    assert (identity.vendor, identity.model, identity.mac) == ("cisco", "8851", "001234ab45de")
    assert Identifier(profiles()).identify("/CP-8851-3PCC/other/001234ab45de.cfg", None).model is None


def test_the_device_s_model_says_which_family_s_file_it_gets() -> None:
    spa, _ = _office("cisco/SPA504G", "0002fdff2103").ask("/0002fdff2103.xml")
    mpp, _ = _office("cisco/8851", "0002fdff2103").ask("/0002fdff2103.xml")
    assert _read(spa.body)["Use_Auth_ID_1_"] == "Yes"
    assert "Use_Auth_ID_1_" not in _read(mpp.body)


@pytest.mark.parametrize("path", ["/XMLDefault.cnf.xml", "/SEP0002FDFF2103.cnf.xml"])
def test_a_phone_that_looks_for_the_other_protocol_is_told_no(path: str) -> None:
    answer, _ = _office("cisco/SPA504G", "0002fdff2103").ask(path, "Cisco/SPA504G-7.5.5 (0002FDFF2103)(CBT141400UK)")
    assert answer.status == 404
    assert _file(SPA, phone(SPA, "SPA504G"))["SPCP_Auto-detect"] == "No"


def test_firmware_is_a_rule_with_the_file_s_whole_url_and_otherwise_none() -> None:
    new = Firmware(version="7-5-5", file="spa50x-30x-7-5-5.bin", folder="http://10.0.0.1/firmware/cisco/7-5-5/")
    found = _file(SPA, phone(SPA, "SPA504G", firmware=new))
    assert found["Upgrade_Rule"] == "http://10.0.0.1/firmware/cisco/7-5-5/spa50x-30x-7-5-5.bin"
    assert "Upgrade_Rule" not in _file(SPA, phone(SPA, "SPA504G"))


# --- Accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("servers", "proxy", "outbound"),
    [
        ([("bureau.example", 5060, "udp")], "bureau.example", ""),
        ([("bureau.example", 5061, "tls")], "bureau.example", ""),
        ([("bureau.example", 5070, "udp")], "bureau.example", "bureau.example:5070"),
        ([("sip.bureau.example", 5060, "tcp")], "bureau.example", "sip.bureau.example:5060"),
        ([("a.example", 5060, "udp"), ("b.example", 5070, "udp")], "bureau.example:SRV=a.example:5060:p=0|b.example:5070:p=1", ""),
    ],
)  # fmt: skip
def test_the_realm_stays_the_domain_wherever_calls_are_sent(
    servers: list[tuple[str, int, str]], proxy: str, outbound: str
) -> None:
    chain = tuple(PhoneServer(host=host, port=port, transport=transport) for host, port, transport in servers)
    found = _file(SPA, phone(SPA, "SPA504G", servers=chain))
    assert (found["Proxy_1_"], found["Outbound_Proxy_1_"]) == (proxy, outbound)
    assert found["Use_Outbound_Proxy_1_"] == ("Yes" if outbound else "No")
    assert found["Use_DNS_SRV_1_"] == ("Yes" if len(servers) > 1 else "No")
    assert found["SIP_Transport_1_"] == servers[0][2].upper()


def test_what_a_phone_had_before_is_emptied() -> None:
    found = _file(SPA, phone(SPA, "SPA504G"))
    for number in (3, 4):
        assert found[f"Line_Enable_{number}_"] == "No"
        assert {found[f"{name}_{number}_"] for name in ("User_ID", "Password", "Auth_ID", "Proxy", "Mailbox_ID")} == {
            ""
        }
        assert found[f"Extension_{number}_"] == "Disabled"
        assert found[f"Extended_Function_{number}_"] == ""
    assert found["Unit_1_Key_1"] == found["Unit_2_Key_32"] == ""


def test_star_codes_go_to_the_server() -> None:
    found = _set(SPA, "SPA504G", pickup_code="*8")
    assert found["Dial_Plan_1_"] == "([x*#].)"
    codes = {name: value for name, value in found.items() if name.endswith("_Code") and value}
    assert codes == {"Call_Pickup_Code": "*8", "Attendant_Console_Call_Pickup_Code": "*8"}


def test_only_a_line_with_a_mailbox_asks_for_messages() -> None:
    found = _file(MPP, phone(MPP, "8851"))
    assert (found["Mailbox_ID_1_"], found["Voice_Mail_Server_1_"]) == ("101", "bureau.example")
    assert (found["Mailbox_ID_2_"], found["Voice_Mail_Server_2_"]) == ("", "")
    assert found["Voice_Mail_Number"] == "*97"
    assert _file(MPP, doorbell(MPP, "8851"))["Voice_Mail_Number"] == ""


def test_codecs_stand_in_order_and_the_others_are_off() -> None:
    found = _set(MPP, "8851", codecs=("opus", "pcma", "g723"))
    places = ("Preferred_Codec_1_", "Second_Preferred_Codec_1_", "Third_Preferred_Codec_1_")
    assert [found[name] for name in places] == ["OPUS", "G711a", "Unspecified"]
    assert (found["OPUS_Enable_1_"], found["G722_Enable_1_"], found["iLBC_Enable_1_"]) == ("Yes", "No", "No")


@pytest.mark.parametrize(
    ("srtp", "setting", "option"), [("off", "No", "Optional"), ("optional", "Yes", "Optional"), ("required", "Yes", "Required")]
)  # fmt: skip
def test_audio_is_encrypted_as_set(srtp: str, setting: str, option: str) -> None:
    mpp = _set(MPP, "8851", srtp=srtp)
    assert (mpp["Secure_Call_Setting"], mpp["Secure_Call_Option_1_"]) == (setting, option)
    assert _set(SPA, "SPA504G", srtp=srtp)["Secure_Call_Setting"] == setting
    assert _set(SPA, "SPA112", srtp=srtp)["Secure_Call_Setting_1_"] == setting


# --- Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "value", "function"),
    [
        ("blf", "102", "fnc=sd+blf+cp;sub=102@$PROXY;ext=102@$PROXY;nme=Josh"),
        ("mode", "*28", "fnc=sd+blf+cp;sub=*28@$PROXY;ext=*28@$PROXY;nme=Josh"),
        ("speed_dial", "0140506070", "fnc=sd;ext=0140506070@$PROXY;nme=Josh"),
        ("voicemail", "*97", "fnc=sd;ext=*97@$PROXY;nme=Josh"),
        ("pickup", "102", "fnc=sd;ext=**102@$PROXY;nme=Josh"),
        ("park", "701", "fnc=prk;sub=$USER@$PROXY;nme=Josh;orbit=701"),
        ("url", "http://app.example/a;b", "fnc=xml;url=http://app.example/a%3Bb;nme=Josh"),
    ],
)
def test_a_key_is_a_function_on_no_line(type: str, value: str, function: str) -> None:
    found = _file(SPA, _with_keys(SPA, "SPA504G", key(SPA, 3, type, value, label="Josh"), pickup_code="**"))
    assert found["Extended_Function_3_"] == function
    assert (found["Extension_3_"], found["Short_Name_3_"]) == ("Disabled", "Josh")
    assert (found["Extension_1_"], found["Short_Name_1_"], found["Extended_Function_1_"]) == ("1", "101", "")


def test_a_semicolon_in_a_label_begins_no_further_part() -> None:
    hostile = key(SPA, 3, "blf", "102", label="Josh;ext=0900", line=2)
    found = _file(SPA, _with_keys(SPA, "SPA504G", hostile))
    assert found["Extended_Function_3_"] == "fnc=sd+blf;sub=102@$PROXY;ext=102@$PROXY;nme=Josh,ext=0900;vid=2"


@pytest.mark.parametrize(
    ("profile", "model", "version", "name"),
    [
        (SPA, "SPA509G", "7.5.5", "Unit_2_Key_32"),
        (MPP, "8851", "11-3-7MPP0001-385", "Unit_2_Key_32"),
        (MPP, "8851", "12-0-7MPP0201-66", "Unit_2_Key_32_"),
    ],
)
def test_keys_of_modules_are_called_by_the_firmware_s_name(
    profile: Profile, model: str, version: str, name: str
) -> None:
    last = key(profile, 32, "blf", "102", label="Josh", module=2)
    found = _file(profile, _with_keys(profile, model, last, version=version))
    assert found[name] == "fnc=sd+blf;sub=102@$PROXY;ext=102@$PROXY;nme=Josh"
    assert found.get("PoE_Power_Required") == ("Maximum" if profile is MPP else None)


# --- Time, tones, language --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "offset", "rule"),
    [
        ("Europe/Paris", "GMT+01:00", "start=3/-1/7/2:0:0;end=10/-1/7/3:0:0;save=1:0:0"),
        ("America/Montreal", "GMT-05:00", "start=3/8/7/2:0:0;end=11/1/7/2:0:0;save=1:0:0"),
        ("America/St_Johns", "GMT-03:30", "start=3/8/7/2:0:0;end=11/1/7/2:0:0;save=1:0:0"),
        ("Australia/Lord_Howe", "GMT+10:30", "start=10/1/7/2:0:0;end=4/1/7/2:0:0;save=0:30:0"),
        ("Asia/Kathmandu", "GMT+05:45", None),
    ],
)
def test_the_clock_changes_by_the_zone_s_own_rule(zone: str, offset: str, rule: str | None) -> None:
    found = _file(SPA, phone(SPA, "SPA504G", zone=zone_rule(zone)))
    assert found["Time_Zone"] == offset
    assert found["Daylight_Saving_Time_Enable"] == ("Yes" if rule else "No")
    assert found.get("Daylight_Saving_Time_Rule") == rule


def test_tones_sound_as_in_the_office_s_country() -> None:
    french = _file(SPA, phone(SPA, "SPA504G"))
    assert french["Ring_Back_Tone"] == "440@-10;*(1.5/3.5/1)"
    from_us = phone(SPA, "SPA504G", settings=msgspec.structs.replace(OFFICE, tones="US"))
    american = _file(SPA, from_us)
    assert american["Dial_Tone"] == "350@-19,440@-19;*(*/0/1+2)"
    assert american["Reorder_Tone"] == "480@-19,620@-19;*(0.25/0.25/1+2)"


def test_a_language_is_named_as_the_phone_s_own_files_are() -> None:
    assert _set(SPA, "SPA504G", language="fr-CA")["Locale"] == "fr-CA"
    assert _set(SPA, "SPA504G", language="en")["Language_Selection"] == "English"
    assert _set(MPP, "8851", language="en")["Language_Selection"] == "English-US"
    assert "Language_Selection" not in _set(SPA, "PAP2T", language="fr")


@pytest.mark.parametrize(
    ("seconds", "spa", "mpp"), [(0, "Always On", "Always On"), (15, "20 s", "1m"), (301, "Always On", "30m")]
)
def test_the_display_dims_at_the_next_longer_time_that_the_phone_knows(seconds: int, spa: str, mpp: str) -> None:
    assert _set(SPA, "SPA504G", backlight_seconds=seconds)["Back_Light_Timer"] == spa
    assert _set(MPP, "8851", backlight_seconds=seconds)["Back_Light_Timer"] == mpp
    assert _set(SPA, "SPA525G", backlight_seconds=seconds).get("Back_Light_Timer__sec_") == (str(seconds) if seconds else None)  # fmt: skip


# --- Network and access -----------------------------------------------------------------------------------------------


def test_a_phone_is_put_into_its_vlan_and_its_pc_into_another() -> None:
    found = _set(SPA, "SPA504G", vlan_id=100, vlan_priority=5, pc_vlan_id=200, qos_signalling=26, qos_audio=46)
    assert (found["Enable_VLAN"], found["VLAN_ID"]) == ("Yes", "100")
    assert (found["Enable_PC_Port_VLAN_Tagging"], found["PC_Port_VLAN_ID"]) == ("Yes", "200")
    assert (found["SIP_CoS_Value_1_"], found["SIP_TOS_DiffServ_Value_1_"]) == ("5", "0x68")
    assert found["RTP_TOS_DiffServ_Value_1_"] == "0xb8"


def test_an_adapter_s_router_has_its_own_section() -> None:
    found = _set(MPP, "ATA191", vlan_id=100, lldp=True, cdp=False, web_admin_password=Secret("Adm1n-pw"))
    assert (found[f"{ROUTER}WAN_VLAN_Setting/WAN_VLAN_Enable"], found[f"{ROUTER}WAN_VLAN_Setting/WAN_VLAN_ID"]) == ("1", "100")  # fmt: skip
    assert (found[f"{ROUTER}CLDP_Setting/LLDP_ENABLE"], found[f"{ROUTER}CLDP_Setting/CDP_ENABLE"]) == ("1", "0")
    assert found[f"{ROUTER}Time_Setup/Time_Server"] == "fr.pool.ntp.org"
    assert found[f"{ROUTER}Web_Login_Admin_Password"] == "Adm1n-pw"
    assert not {"Enable_VLAN", "Admin_Password", "Admin_Passwd", "Extension_1_"} & found.keys()


@pytest.mark.parametrize(
    ("profile", "model", "name"), [(SPA, "SPA504G", "Admin_Passwd"), (SPA, "PAP2T", "Admin_Passwd"), (MPP, "8851", "Admin_Password")]
)  # fmt: skip
def test_the_admin_s_password_is_called_by_the_family_s_name(profile: Profile, model: str, name: str) -> None:
    found = _set(profile, model, web_admin_password=Secret("Adm1n-pw"))
    assert {key: value for key, value in found.items() if value == "Adm1n-pw"} == {name: "Adm1n-pw"}
    assert found["Protect_IVR_FactoryReset"] == "Yes"


@pytest.mark.parametrize(
    ("access", "server", "protocol"), [("off", "No", None), ("http", "Yes", "Http"), ("https", "Yes", "Https"), ("both", "Yes", None)]
)  # fmt: skip
def test_the_web_page_is_open_as_set(access: str, server: str, protocol: str | None) -> None:
    found = _set(MPP, "8851", web_access=access)
    assert (found["Enable_Web_Server"], found.get("Enable_Protocol")) == (server, protocol)


def test_a_maker_s_cloud_is_not_asked() -> None:
    assert _file(MPP, phone(MPP, "9861"))["Webex_Onboard_Enable"] == "No"
