"""Cisco's phones with enterprise firmware: one file that is all or nothing, and the flat files of the 7940 and 7960."""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree

import msgspec
import pytest

from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Phone, PhoneKey, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.render import Parameter
from offhook.provisioning.timezone import zone_rule
from tests.offices import Office, office_of

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

ENTERPRISE: Final[Profile] = profiles().by_family["cisco-enterprise"]
FLAT: Final[Profile] = profiles().by_family["cisco-7940"]
MAC: Final = "00270dc01c92"


def _tree(subject: Phone) -> ElementTree.Element:
    """The phone's file, as an XML parser that knows nothing of us sees it."""
    root = ElementTree.fromstring(rendered(ENTERPRISE, "device", subject).body)
    assert root.tag == "device"
    return root


def _text(root: ElementTree.Element, path: str) -> str | None:
    found = root.findall(path)
    assert len(found) < 2, f"{path} stands there {len(found)} times"
    return (found[0].text or "") if found else None


def _set(model: str, **settings: Any) -> ElementTree.Element:
    return _tree(phone(ENTERPRISE, model, settings=msgspec.structs.replace(OFFICE, **settings)))


def _served(*servers: tuple[str, int, str]) -> ElementTree.Element:
    chain = tuple(PhoneServer(host=host, port=port, transport=transport) for host, port, transport in servers)
    return _tree(phone(ENTERPRISE, "8851", servers=chain))


def _button(model: str, one: PhoneKey, **settings: Any) -> dict[str, str | None]:
    """What a key's button is, by the names of its elements."""
    plain = phone(ENTERPRISE, model, settings=msgspec.structs.replace(OFFICE, **settings))
    rules = ENTERPRISE.key_rules(plain.generation)
    subject = msgspec.structs.replace(plain, keys=(msgspec.structs.replace(one, code=rules.types[one.type]),))
    buttons = _tree(subject).findall("sipProfile/sipLines/line")[len(plain.lines) :]
    assert len(buttons) == 1
    return {**buttons[0].attrib, **{part.tag: part.text for part in buttons[0]}}


def _flat(subject: Phone) -> dict[str, str]:
    """A 7960's own file, line by line."""
    lines = rendered(FLAT, "device", subject).body.decode().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _office(model: str, *, tftp_secrets: bool = True) -> Office:
    return office_of(f"""
accounts: [{{id: default, realm: bureau.example, security: {{tftp_secrets: {str(tftp_secrets).lower()}}}}}]
users: [{{id: marie, name: Marie Tremblay}}]
devices: [{{id: desk, mac: {MAC}, model: {model}, owner: marie, sip: {{username: desk, password: M-1}}}}]
callflows: [{{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}]
""")


# --- Boot -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("7962", "CTLSEP{}.tlv ITLSEP{}.tlv ITLFile.tlv SEP{}.cnf.xml cisco-dialplan.xml United_States/g3-tones.xml"),
        (
            "8851",
            "ITLSEP{}.tlv ITLFile.tlv SEP{}.cnf.xml cisco-dialplan.xml United_States/g3-tones.xml AppDialRules.xml"
            " CTLSEP{}.tlv defaultheadsetconfig.json",
        ),
        ("ATA190", "ATA{}.cnf.xml cisco-dialplan.xml"),
        ("7960", "CTLSEP{}.tlv SEP{}.cnf.xml SIPDefault.cnf SIP{}.cnf OS79XX.TXT RINGLIST.DAT cisco-dialplan.xml"),
    ],
)
async def test_a_phone_asks_in_its_series_order_and_hears_at_once_what_is_not_there(model: str, asked: str) -> None:
    office = _office(f"cisco/{model}")
    family = FLAT if model == "7960" else ENTERPRISE
    given: dict[str, bool] = {}

    async def fetch(name: str) -> Fetched:
        answer, event = office.ask(name, transport="tftp")
        assert event.vendor == "cisco", event.verdict
        given[name] = answer.status == 200
        return Fetched(url=name, outcome="found" if given[name] else "absent", words="", body=answer.body or b"")

    report = await VirtualPhone(family, model, None, MAC, fetch).boot()
    assert report.came_up, report.reason
    assert list(given) == asked.format(*[MAC.upper()] * 4).split()
    found = {name.replace(MAC.upper(), "") for name, there in given.items() if there}
    assert found - {"SIPDefault.cnf"} == {"cisco-dialplan.xml", {"7960": "SIP.cnf", "ATA190": "ATA.cnf.xml"}.get(model, "SEP.cnf.xml")}  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        f"/CTLSEP{MAC}.tlv", f"/SEP{MAC}.cnf.xml.sgn", f"/SEP{MAC}.cnf.xml.enc.sgn", "/XMLDefault.cnf.xml", "/g4-tones.xml",
        "/French_France/sl-be-sip.jar", "/Ringlist-wb.xml", "/RINGLIST.XML", "/Desktops/800x480x24/List.xml", "/OS79XX.TXT",
    ],
)  # fmt: skip
def test_what_we_have_not_is_a_cisco_file_that_is_not_there(path: str) -> None:
    identity = Identifier(profiles()).identify(path, None)
    assert identity.vendor == "cisco"
    assert identity.file is not None and identity.file.kind == "absent"


@pytest.mark.parametrize(
    ("path", "file", "mac"),
    [
        ("ATA00260A112233.cnf.xml", "adapter", "00260a112233"),
        ("ATA00260A112201.cnf.xml", "adapter", "00260a112201"),
        ("ATA260A11223301.cnf.xml", "second socket", None),
        ("ATA270D11223301.cnf.xml", "second socket", None),
    ],
)
def test_an_adapter_s_second_socket_is_not_taken_for_another_adapter(path: str, file: str, mac: str | None) -> None:
    identity = Identifier(profiles()).identify(path, None)
    assert identity.file is not None
    assert (identity.file.name, identity.model, identity.mac) == (file, "ATA190", mac)


def test_a_config_goes_over_tftp_only_where_an_admin_opened_it() -> None:
    answer, event = _office("cisco/7962", tftp_secrets=False).ask(f"SEP{MAC.upper()}.cnf.xml", transport="tftp")
    assert answer.status == 404
    assert "tftp_secrets" in event.verdict
    assert _office("cisco/8851", tftp_secrets=False).ask(f"/SEP{MAC.upper()}.cnf.xml")[0].status == 200


def test_a_model_of_two_firmwares_gets_the_file_that_it_asks_for_and_counts_as_the_better_known() -> None:
    office = _office("cisco/8851")
    assert office.ask(f"/SEP{MAC.upper()}.cnf.xml")[0].body.startswith(
        b'<?xml version="1.0" encoding="UTF-8"?>\n<device>'
    )
    assert b"<flat-profile>" in office.ask(f"/{MAC}.xml", f"Cisco-CP-8851-3PCC/12.0.1 ({MAC})")[0].body
    assert profiles().of_model("cisco/8851") is profiles().by_family["cisco-mpp"]
    assert profiles().of_model("cisco/8851", ENTERPRISE) is ENTERPRISE
    assert profiles().of_model("cisco/7962") is ENTERPRISE
    assert profiles().of_model("cisco/7960", ENTERPRISE) is FLAT


def test_the_phone_is_told_no_firmware_and_its_stamp_changes_with_its_file() -> None:
    plain = phone(ENTERPRISE, "8851")
    assert _text(_tree(plain), "loadInformation") == ""
    assert _text(_tree(plain), "fullConfig") == "true"
    other = msgspec.structs.replace(plain, name="Another")
    assert _text(_tree(plain), "versionStamp") != _text(_tree(other), "versionStamp")


def test_the_dial_plan_takes_whatever_is_dialled_after_five_seconds() -> None:
    for family in (ENTERPRISE, FLAT):
        rules = ElementTree.fromstring(rendered(family, "dial plan", phone(family, None)).body)
        assert [rule.attrib for rule in rules] == [{"MATCH": "*", "Timeout": "5", "User": "Phone"}]


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_a_proxy_that_is_the_realm_is_named_as_the_phone_s_own_server() -> None:
    root = _served(("bureau.example", 5070, "tcp"))
    member = root.find("devicePool/callManagerGroup/members/member")
    assert member is not None and member.attrib == {"priority": "0"}
    assert _text(member, "callManager/processNodeName") == "bureau.example"
    assert _text(member, "callManager/ports/sipPort") == "5070"
    line = root.findall("sipProfile/sipLines/line")[0]
    assert (_text(line, "proxy"), _text(line, "port")) == ("USECALLMANAGER", "5070")
    assert _text(root, "sipProfile/sipProxies/outboundProxy") == ""


def test_a_proxy_elsewhere_is_the_way_out_and_the_realm_stays_the_domain() -> None:
    root = _served(("sip.bureau.example", 5070, "udp"))
    assert _text(root, "sipProfile/sipProxies/outboundProxy") == "sip.bureau.example"
    assert _text(root, "sipProfile/sipProxies/outboundProxyPort") == "5070"
    assert [_text(line, "proxy") for line in root.findall("sipProfile/sipLines/line")] == ["bureau.example"] * 2


def test_six_servers_are_tried_in_order_as_far_as_a_phone_counts() -> None:
    root = _served(*((f"{name}.example", 5060 + place, "udp") for place, name in enumerate("abcdef")))
    members = root.findall("devicePool/callManagerGroup/members/member")
    assert [member.attrib["priority"] for member in members] == ["0", "1", "2", "3", "4"]
    assert [_text(member, "callManager/processNodeName") for member in members] == [
        f"{name}.example" for name in "abcde"
    ]
    assert _text(root, "sipProfile/sipProxies/backupProxy") == "b.example"
    assert _text(root, "sipProfile/sipProxies/backupProxyPort") == "5061"


@pytest.mark.parametrize(
    ("transport", "number", "mode", "ports"),
    [("tcp", "1", "1", ("5071", "5061")), ("udp", "2", "1", ("5071", "5061")), ("tls", "3", "3", ("5060", "5071"))],
)
def test_transport_is_a_number_and_tls_has_its_own_port(
    transport: str, number: str, mode: str, ports: tuple[str, str]
) -> None:
    root = _served(("bureau.example", 5071, transport))
    assert _text(root, "transportLayerProtocol") == number
    assert _text(root, "deviceSecurityMode") == mode
    where = "devicePool/callManagerGroup/members/member/callManager/ports/"
    assert (_text(root, where + "sipPort"), _text(root, where + "securedSipPort")) == ports


def test_only_the_line_with_a_mailbox_lights_the_lamp() -> None:
    first, second = _tree(phone(ENTERPRISE, "7962")).findall("sipProfile/sipLines/line")
    assert first.attrib == {"button": "1", "lineIndex": "1"} and second.attrib == {"button": "2", "lineIndex": "2"}
    assert (_text(first, "messagesNumber"), _text(first, "messageWaitingLampPolicy")) == ("*97", "3")
    assert (_text(second, "messagesNumber"), _text(second, "messageWaitingLampPolicy")) == ("", "6")
    lobby = _tree(doorbell(ENTERPRISE, "7962")).findall("sipProfile/sipLines/line")
    assert [_text(line, "messageWaitingLampPolicy") for line in lobby] == ["6"]


@pytest.mark.parametrize(("model", "off", "on"), [("7962", "0", "1"), ("8945", "1", "3"), ("8851", "0", "1")])
def test_call_waiting_has_the_numbers_of_its_series(model: str, off: str, on: str) -> None:
    line = "sipProfile/sipLines/line[@button='1']/"
    assert _text(_set(model, call_waiting=False), line + "callWaiting") == off
    assert _text(_set(model, call_waiting=True), line + "callWaiting") == on
    assert _text(_set(model), line + "callWaiting") == on
    assert _text(_set(model, call_waiting=False), line + "busyTrigger") == "1"


@pytest.mark.parametrize(
    ("codecs", "preferred", "wide"),
    [(("g722", "pcma"), "none", "2"), (("pcma", "g722"), "g711alaw", "2"), (("pcmu",), "g711ulaw", "1")],
)
def test_the_first_codec_is_preferred_and_wideband_off_when_it_is_not_named(
    codecs: tuple[str, ...], preferred: str, wide: str
) -> None:
    root = _set("8851", codecs=codecs)
    assert _text(root, "sipProfile/preferredCodec") == preferred
    assert _text(root, "vendorConfig/g722CodecSupport") == wide


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_a_watched_colleague_a_number_and_a_page_are_buttons_behind_the_lines() -> None:
    colleague = key(ENTERPRISE, 3, "blf", "102", label="Josh")
    assert _button("7962", colleague) == {
        "button": "3",
        "featureID": "21",
        "featureLabel": "Josh",
        "speedDialNumber": "102",
    }
    pickup = key(ENTERPRISE, 3, "pickup", "102", label="Pickup")
    assert _button("8851", pickup, pickup_code="**")["speedDialNumber"] == "**102"
    page = key(ENTERPRISE, 4, "url", "http://intranet.example/a?b&c", label="News")
    assert _button("8851", page)["serviceURI"] == "http://intranet.example/a?b&c"
    secure = key(ENTERPRISE, 4, "url", "https://intranet.example/", label="News")
    assert _button("8851", secure)["secureServiceURI"] == "https://intranet.example/"


def test_the_message_key_is_a_key_of_its_own_where_there_is_one() -> None:
    voicemail = key(ENTERPRISE, 3, "voicemail", "*97")
    assert _button("7962", voicemail) == {"button": "3", "featureID": "194", "featureLabel": "*97"}
    assert _button("8851", voicemail)["speedDialNumber"] == "*97"
    assert "redial" not in ENTERPRISE.key_rules("g8800").types


def test_a_module_s_keys_are_counted_on_from_the_phone_s() -> None:
    plain = phone(ENTERPRISE, "7962")
    far = key(ENTERPRISE, 2, "speed_dial", "103", module=2)
    root = _tree(msgspec.structs.replace(plain, keys=(far,)))
    assert [line.attrib["button"] for line in root.findall("sipProfile/sipLines/line")] == ["1", "2", "32"]
    assert [module.attrib["idx"] for module in root.findall("addOnModules/addOnModule")] == ["1", "2"]
    assert _tree(plain).find("addOnModules") is None


# --- Time, display, network -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Paris", "W. Europe Standard/Daylight Time"),
        ("America/New_York", "Eastern Standard/Daylight Time"),
        ("America/Phoenix", "US Mountain Standard Time"),
        ("Africa/Johannesburg", "South Africa Standard Time "),
        ("Asia/Karachi", "West Asia Standard Time"),
        ("America/Santiago", ""),
    ],
)
def test_a_zone_has_the_vendor_s_name_or_goes_by_its_hours_when_its_clocks_never_change(zone: str, name: str) -> None:
    root = _tree(phone(ENTERPRISE, "7962", zone=zone_rule(zone)))
    assert _text(root, "devicePool/dateTimeSetting/timeZone") == name
    assert root.find("devicePool/dateTimeSetting/olsonTimeZone") is None


def test_an_adapter_takes_the_zone_as_it_is() -> None:
    root = _tree(phone(ENTERPRISE, "ATA190"))
    assert _text(root, "devicePool/dateTimeSetting/olsonTimeZone") == "Europe/Paris"


def test_two_time_servers_and_a_clock_of_twelve_hours() -> None:
    root = _set(
        "8851", date_format="day-month-year", time_format="12h", ntp_servers=("a.example", "b.example", "c.example")
    )
    assert _text(root, "devicePool/dateTimeSetting/dateTemplate") == "D/M/YA"
    found = root.findall("devicePool/dateTimeSetting/ntps/ntp")
    assert [_text(one, "name") for one in found] == ["a.example", "b.example"]


def test_the_display_goes_dark_after_whole_minutes_or_never() -> None:
    dark, never = _set("8851", backlight_seconds=90), _set("8851", backlight_seconds=0)
    assert _text(dark, "vendorConfig/backlightIdleTimeout") == _text(dark, "vendorConfig/displayIdleTimeout") == "00:02"
    assert _text(dark, "vendorConfig/daysBacklightNotActive") == "1,2,3,4,5,6,7"
    assert _text(never, "vendorConfig/daysDisplayNotActive") == ""
    assert _set("8851").find("vendorConfig/daysDisplayNotActive") is None


def test_doors_of_the_phone_are_shut_and_what_is_shut_is_a_one() -> None:
    root = _set("8851", web_access="off", web_admin_password=Secret("4711"), lldp=True, cdp=False, dot1x_mode="eap-tls")
    assert _text(root, "vendorConfig/webAccess") == "1"
    assert _text(root, "vendorConfig/sshAccess") == "1"
    assert _text(root, "commonProfile/phonePassword") == "4711"
    assert (_text(root, "vendorConfig/enableLldpSwPort"), _text(root, "vendorConfig/enableCdpSwPort")) == ("1", "0")
    assert _text(root, "vendorConfig/eapAuthentication") == "2"
    secret = Parameter("commonProfile/phonePassword", "4711", secret=True, override=False)
    settings = msgspec.structs.replace(OFFICE, web_admin_password=Secret("4711"))
    assert secret in rendered(ENTERPRISE, "device", phone(ENTERPRISE, "8851", settings=settings)).parameters


def test_marks_of_packets_are_whole_bytes_and_a_vlan_is_none_of_the_file_s() -> None:
    root = _set("8851", qos_audio=34, qos_signalling=26, vlan_id=100)
    assert _text(root, "sipProfile/dscpForAudio") == "136"
    assert _text(root, "dscpForCm2Dvce") == "104"
    assert "100" not in {element.text for element in root.iter()}


# --- 7940 and 7960 ----------------------------------------------------------------------------------------------------


def test_a_7960_s_unused_lines_are_emptied() -> None:
    found = _flat(phone(FLAT, "7960"))
    assert (found["line2_name"], found["proxy2_address"]) == ("marie-desk-2", "bureau.example")
    assert {found[f"line{number}_{field}"] for number in (3, 6) for field in ("name", "password", "authname")} == {""}
    assert "line3_name" not in _flat(phone(FLAT, "7940"))


def test_summer_time_of_a_7960_names_month_and_weekday_and_week_eight_is_the_last() -> None:
    found = _flat(phone(FLAT, "7960"))
    assert [found[f"dst_start_{field}"] for field in ("month", "day", "day_of_week", "week_of_month", "time")] == [
        "Mar", "0", "Sun", "8", "02:00",
    ]  # fmt: skip
    assert (found["time_zone"], found["dst_auto_adjust"], found["dst_offset"]) == ("CET", "1", "1")
    tokyo = _flat(phone(FLAT, "7960", zone=zone_rule("Asia/Tokyo")))
    assert tokyo["dst_auto_adjust"] == "0"
    assert "time_zone" not in tokyo and "dst_start_month" not in tokyo


def test_a_notify_restarts_a_7960_as_its_sync_never_is_ours() -> None:
    image = ElementTree.fromstring(rendered(FLAT, "sync", phone(FLAT, "7960")).body).find("IMAGE")
    assert image is not None
    assert image.attrib["SYNC"] != _flat(phone(FLAT, "7960"))["sync"]
    assert FLAT.file.setup.resync == "check-sync"
