"""Fanvil's files: every model, both dialects, what a phone would read in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.document import RawValue
from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Phone, PhoneKey, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.render import Rendered
from offhook.provisioning.syntax import SYNTAXES, Syntax
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, ROOT, doorbell, line, phone, profiles, rendered

FANVIL: Final[Profile] = profiles().by_vendor["fanvil"]

EVERYTHING: Final = msgspec.structs.replace(
    OFFICE,
    codecs=("opus", "g722", "pcma", "pcmu", "g729", "g726-32", "ilbc", "g723"), dtmf="rfc2833+info", srtp="optional",
    nat_keepalive=30, call_waiting=False, auto_answer=True, pickup_code="**",
    vlan_id=100, vlan_priority=5, pc_vlan_id=200, lldp=True, cdp=False, dot1x_mode="eap-md5", dot1x_identity="poste",
    dot1x_password=Secret("d0t1x"), qos_signalling=26, qos_audio=46, syslog_server="log.bureau.example",
    syslog_port=5514, syslog_level="info", web_admin_password=Secret("adm1n"), web_user_password=Secret("us3r"),
    web_access="https", phone_book_url="http://10.0.0.1:8080/annuaire.xml?a=1&b=2", phone_book_name="Bureau",
    ring_tone="Type 2", backlight_seconds=90,
)  # fmt: skip
"""All that can be set."""

ACCOUNT: Final = "SIP_CONFIG_MODULE/SIP_Line_List/SIP_Line_List_Entry[SIP%d]/"
"""Where the older dialect has an account."""


def _every_phone() -> Iterator[tuple[str | None, str]]:
    for generation in FANVIL.file.generations:
        yield None, generation
    for model, facts in FANVIL.file.models.items():
        for generation in facts.generations:
            yield model, generation


every_phone = pytest.mark.parametrize(("model", "generation"), list(_every_phone()))


def _read(body: bytes) -> dict[str, str]:
    """Paths and values, as an XML parser that knows nothing of us finds them; entries by `index` or their `<ID>`."""
    found: dict[str, str] = {}

    def walk(element: ElementTree.Element, path: str) -> None:
        seen = set()
        for child in element:
            key = child.get("index", child.findtext("ID"))
            name = child.tag if key is None else f"{child.tag}[{key}]"
            assert name not in seen, f"{path}{name} stands twice"
            seen.add(name)
            if len(child):
                walk(child, f"{path}{name}/")
            elif child.tag != "ID":
                found[path + name] = child.text or ""

    walk(ElementTree.fromstring(body), "")
    return found


def _syntax(subject: Phone) -> Syntax:
    return SYNTAXES[FANVIL.syntax(FANVIL.file_rule("device"), subject.generation)]


def _device(subject: Phone) -> dict[str, str]:
    return _read(rendered(FANVIL, "device", subject).body)


def _desk(model: str = "X5U", **settings: Any) -> dict[str, str]:
    """What Marie's phone reads when these settings are set."""
    return _device(phone(FANVIL, model, settings=msgspec.structs.replace(OFFICE, **settings)))


def _files(subject: Phone) -> Iterator[Rendered]:
    for rule in FANVIL.file.files:
        if rule.template is not None and rule.kind != "book":
            yield rendered(FANVIL, rule.name, subject)


def _accounts(subject: Phone) -> list[dict[str, str]]:
    """Every account of the phone's model, by what the virtual phone reads."""
    found = _device(subject)
    reading = FANVIL.reading(subject.generation)
    assert reading is not None
    accounts = []
    for number in range(1, (subject.facts.accounts if subject.facts else len(subject.lines)) + 1):
        account = {}
        for field in ("enabled", "display_name", "user_name", "auth_name", "password", "server"):
            values = [found[name] for name in reading.names(field, number)]
            account[field] = next((value for value in values if value), "")
        accounts.append(account)
    return accounts


def _key(subject: Phone, position: int, type_: str, value: str, label: str = "", line: int = 1) -> PhoneKey:
    code = FANVIL.key_rules(subject.generation).types[type_]
    return PhoneKey(position=position, module=0, type=type_, code=code, value=value, label=label, line=line)


def _keys(model: str, *keys: tuple[Any, ...], version: str | None = None, **changes: Any) -> dict[str, str]:
    """What Marie's phone reads when its keys are these and no others."""
    subject = phone(FANVIL, model, version, **changes)
    return _device(msgspec.structs.replace(subject, keys=tuple(_key(subject, *one) for one in keys)))


def _at(found: dict[str, str], place: str) -> tuple[str, str, str]:
    """Type, value and title of a key."""
    return found[f"{place}/Type"], found[f"{place}/Value"], found[f"{place}/Title"]


# --- Every model ------------------------------------------------------------------------------------------------------


@every_phone
@pytest.mark.parametrize("settings", [OFFICE, EVERYTHING], ids=["office", "everything"])
def test_every_file_is_well_formed_and_holds_only_parameters_that_the_phones_know(
    model: str | None, generation: str, settings: object
) -> None:
    subject = phone(FANVIL, model, generation=generation, settings=settings)
    for file in _files(subject):
        found = _read(file.body)
        assert found == {parameter.name: parameter.value for parameter in file.parameters}
        assert list(found.items()) == _syntax(subject).read(file.body)
        assert [name for name in found if not FANVIL.dictionary.knows(name)] == []


@every_phone
def test_each_file_begins_with_its_dialect_and_version(model: str | None, generation: str) -> None:
    for file in _files(phone(FANVIL, model, generation=generation)):
        root = ElementTree.fromstring(file.body)
        assert file.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        older = generation == "modules"
        assert (root.tag, root[0].tag) == (("VOIP_CONFIG_FILE", "version") if older else ("sysConf", "Version"))


@every_phone
def test_every_line_of_marie_is_an_account_and_the_others_are_off_and_empty(model: str | None, generation: str) -> None:
    subject = phone(FANVIL, model, generation=generation)
    accounts = _accounts(subject)
    for own, account in zip(subject.lines, accounts, strict=False):
        assert account == {
            "enabled": "1",
            "display_name": "Marie Tremblay",
            "user_name": own.login,
            "auth_name": own.login,
            "password": "M-desk-4417",
            "server": "sip.bureau.example",
        }
    for account in accounts[len(subject.lines) :]:
        assert account.pop("enabled") == "0"
        assert set(account.values()) == {""}


@every_phone
def test_a_model_s_areas_hold_as_many_keys_as_it_has_and_unused_ones_are_emptied(
    model: str | None, generation: str
) -> None:
    facts = FANVIL.file.models.get(model or "")
    if facts is None:
        return
    found = _device(phone(FANVIL, model, generation=generation, keys=()))
    types = [name for name in found if re.search(r"key.*/Type$", name, re.IGNORECASE)]
    assert len(types) == facts.keys == sum(area["pages"] * area["keys"] for area in facts.facts.get("areas", ()))
    for name in types:
        assert _at(found, name.removesuffix("/Type")) == ("0", "", "")


@every_phone
def test_the_shared_file_leads_to_the_phone_s_own_and_holds_no_secret(model: str | None, generation: str) -> None:
    file = rendered(FANVIL, "common", phone(FANVIL, model, generation=generation, settings=EVERYTHING))
    text = file.body.decode()
    assert "<" + ("Config_File_Name" if generation == "modules" else "FlashFileName") + ">$mac.cfg</" in text
    assert ">http://10.0.0.1:8080</" in text
    for secret in ("adm1n", "us3r", "d0t1x", "M-desk", "Marie"):
        assert secret not in text
    assert not any(FANVIL.is_secret(parameter.name) for parameter in file.parameters)


@every_phone
def test_whatever_is_written_as_a_secret_is_one_for_the_profile(model: str | None, generation: str) -> None:
    file = rendered(FANVIL, "device", phone(FANVIL, model, generation=generation, settings=EVERYTHING))
    secrets = [parameter.name for parameter in file.parameters if parameter.secret]
    assert len(secrets) >= 4
    assert [name for name in secrets if not FANVIL.is_secret(name)] == []


@every_phone
def test_an_unowned_doorbell_has_no_mailbox_to_call_or_to_watch(model: str | None, generation: str) -> None:
    found = _device(doorbell(FANVIL, model, generation=generation))
    assert [name for name in found if re.search(r"/(Subscribe|MWI_?Num)$", name)] == []
    owned = _device(phone(FANVIL, model, generation=generation))
    assert [value for name, value in owned.items() if re.search(r"/(Subscribe|MWI_?Num)$", name)][:2] == ["1", "*97"]


@every_phone
def test_the_same_phone_gets_the_same_bytes(model: str | None, generation: str) -> None:
    first, again = (phone(FANVIL, model, generation=generation, settings=EVERYTHING) for _ in range(2))
    assert [file.body for file in _files(first)] == [file.body for file in _files(again)]


# --- Who asks, and for what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "user_agent", "model"),
    [
        ("/0c383e2cd782.cfg", "Fanvil X6U Pro 0.0.10 0c383e2cd782", "X6U-Pro"),
        ("/0c383e2cd782.cfg", "Fanvil X5U-V2 2.12.1 0c383e2cd782)", "X5U-V2"),
        ("/Fanvil/0c383e2cd782.cfg", None, None),
        ("f0X3sghw1.100.cfg", None, "X3SG"),
        ("/F0Vi53W00000.cfg", None, "i53W"),
        ("/F0V0V6210000.cfg", None, "V62-Pro"),
        ("/f0C00580000.cfg", None, "C58"),
        ("fanvil_x7c_pro_hwv1_0.txt", None, "X7C-Pro"),
        ("fanvil_i64_hwv1_0.txt", None, "i64"),
        ("fanvil_v67_hw1_1.txt", None, "V67"),
    ],
)
def test_a_fanvil_is_known_by_what_it_says_or_asks(path: str, user_agent: str | None, model: str | None) -> None:
    identity = Identifier(profiles()).identify(path, user_agent)
    assert (identity.vendor, identity.model) == ("fanvil", model)
    assert identity.file is not None


def test_every_file_of_a_model_names_a_model_that_we_know() -> None:
    named = [*(rule.models for rule in FANVIL.file.files), *(rule.models for rule in FANVIL.file.identify)]
    assert sum(len(models) for models in named) > 60
    assert {model for models in named for model in models.values()} <= FANVIL.file.models.keys()


@pytest.mark.parametrize("path", ["/000000000000.cfg", "/001565aabbcc.cfg", "/f01c13abcdef.cfg"])
def test_another_vendor_s_phone_is_none_of_ours(path: str) -> None:
    assert Identifier(profiles()).identify(path, None).vendor != "fanvil"


@pytest.mark.parametrize(
    ("model", "version", "generation"),
    [
        ("X4", "2.10.2.6887", "modules"),
        ("X5S", "1.12.2", "modules"),
        ("X5S", "2.2.10", "sysconf"),
        ("X6U-Pro", "0.0.10", "sysconf"),
        ("i10SV", "2.12.10.1", "buttons"),
        ("X99", "1.4.0", "modules"),
        ("X99", "2.16.0", "sysconf"),
        ("X99", None, "sysconf"),
    ],
)
def test_the_dialect_goes_by_the_model_and_by_the_firmware_where_it_changed(
    model: str, version: str | None, generation: str
) -> None:
    assert FANVIL.generation(model, version) == generation


@pytest.mark.parametrize("model", ["X4", "X5U", "i10SV", "V67"])
async def test_a_virtual_phone_boots_and_registers_its_lines(model: str) -> None:
    subject = phone(FANVIL, model)

    async def fetch(name: str) -> Fetched:
        assert name == f"{subject.mac}.cfg"
        return Fetched(url=name, outcome="found", words="200", body=rendered(FANVIL, "device", subject).body)

    report = await VirtualPhone(FANVIL, model, None, subject.mac, fetch).boot()
    assert report.came_up, report.reason
    assert [account.user_name for account in report.accounts] == [own.login for own in subject.lines]


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_the_realm_is_the_registrar_and_a_proxy_elsewhere_is_the_outbound_proxy() -> None:
    found = _device(phone(FANVIL, "X5U"))
    names = ("RegisterAddr", "RegisterPort", "ProxyAddr", "ProxyPort", "ProxyUser", "BakProxyAddr", "EnableFailback")
    assert [found[f"sip/line[1]/{name}"] for name in names] == [
        "bureau.example", "5060", "sip.bureau.example", "5060", "marie-desk", "", "0",
    ]  # fmt: skip


def test_a_server_under_the_realm_s_own_name_is_registrar_and_no_proxy() -> None:
    servers = (
        PhoneServer(host="bureau.example", port=5061, transport="tls"),
        PhoneServer(host="sip2.bureau.example", port=5061, transport="tls"),
    )
    found = _device(phone(FANVIL, "X5U", servers=servers))
    names = ("RegisterAddr", "RegisterPort", "ProxyAddr", "ProxyPswd", "BackupAddr", "BackupPort", "BackupTransport")
    assert [found[f"sip/line[1]/{name}"] for name in names] == [
        "bureau.example", "5061", "", "", "sip2.bureau.example", "5061", "3",
    ]  # fmt: skip
    assert (found["sip/line[1]/Transport"], found["sip/line[1]/EnableFailback"]) == ("3", "1")


def test_the_second_proxy_takes_over_where_the_first_is_outside_the_realm() -> None:
    servers = tuple(PhoneServer(host=f"sip{n}.bureau.example", port=5060 + n, transport="tcp") for n in (1, 2))
    for model, account in (("X5U", "sip/line[1]/"), ("X4", (ACCOUNT % 1).replace("_", ""))):
        found = {name.replace("_", ""): value for name, value in _device(phone(FANVIL, model, servers=servers)).items()}
        names = ("ProxyAddr", "ProxyPort", "BakProxyAddr", "BakProxyPort", "BackupAddr", "Transport")
        assert [found[account + name] for name in names] == [
            "sip1.bureau.example", "5061", "sip2.bureau.example", "5062", "", "1",
        ]  # fmt: skip


def test_codecs_stand_in_their_order_in_the_dialect_s_own_words() -> None:
    assert _desk("X5U", codecs=("opus", "g722", "pcma"))["sip/line[1]/VoiceCodecMap"] == "opus,G722,PCMA"
    assert _desk("X4", codecs=("opus", "g722", "pcma"))[ACCOUNT % 1 + "VoiceCodecMap"] == "G722,G711A"
    assert ACCOUNT % 1 + "VoiceCodecMap" not in _desk("X4", codecs=("opus",)), "no call would have any sound"


@pytest.mark.parametrize(("dtmf", "code"), [("inband", "0"), ("rfc2833", "1"), ("info", "2"), ("rfc2833+info", "3")])
def test_digits_are_sent_as_set(dtmf: str, code: str) -> None:
    assert _desk("X5U", dtmf=dtmf)["sip/line[2]/DTMFMode"] == code
    assert _desk("X4", dtmf=dtmf)[ACCOUNT % 2 + "DTMF_Mode"] == code


def test_nat_keepalive_is_switched_off_by_zero_and_left_alone_when_nobody_set_it() -> None:
    off, on = _desk(nat_keepalive=0), _desk(nat_keepalive=25)
    assert (off["sip/line[1]/NATUDPUpdate"], on["sip/line[1]/NATUDPUpdate"]) == ("0", "2")
    assert on["sip/line[1]/UDPUpdateTTL"] == "25"
    assert "sip/line[1]/UDPUpdateTTL" not in off
    assert "sip/line[1]/NATUDPUpdate" not in _desk()


def test_the_idle_display_shows_whose_phone_it_is_and_its_extension() -> None:
    assert _device(phone(FANVIL, "X5U"))["phone/display/LCDTitle"] == "Marie Tremblay 101"
    assert _device(phone(FANVIL, "X4"))["PHONE_CONFIG_MODULE/LCD_Title"] == "Marie Tremblay 101"
    nameless = phone(FANVIL, "X5U", lines=(line(1, "Marie & Cie", display_name="Marie & Cie"),))
    assert _device(nameless)["phone/display/LCDTitle"] == "Marie & Cie"


# --- Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "written"),
    [
        ("speed_dial", ("1", "102@1/f")),
        ("blf", ("1", "102@1/ba**102")),
        ("mode", ("1", "102@1/ba")),
        ("pickup", ("1", "**102@1/f")),
        ("park", ("1", "102@1/c")),
        ("intercom", ("1", "102@1/i")),
        ("forward", ("1", "102@1/a")),
        ("voicemail", ("1", "102@1/m")),
        ("redial", ("3", "F_REDIAL")),
        ("line", ("2", "SIP1")),
    ],
)
def test_a_key_says_its_number_its_line_and_what_it_does(type_: str, written: tuple[str, str]) -> None:
    settings = msgspec.structs.replace(OFFICE, pickup_code="**")
    for model, place in (
        ("X5U", "dsskey/dssSide[1]/Fkey[3]"),
        ("X4", "PHONE_CONFIG_MODULE/Function_Key/Function_Key_Entry[Fkey3]"),
    ):
        found = _keys(model, (3, type_, "102", "Josh"), settings=settings)
        assert _at(found, place) == (*written, "Josh")


def test_a_page_of_the_web_has_another_type_in_each_dialect() -> None:
    assert _keys("X5U", (1, "url", "http://10.0.0.1/x?a&b"))["dsskey/dssSide[1]/Fkey[1]/Type"] == "21"
    found = _keys("X4", (1, "url", "http://10.0.0.1/x?a&b"))
    place = "PHONE_CONFIG_MODULE/Function_Key/Function_Key_Entry[Fkey1]"
    assert _at(found, place) == ("7", "http://10.0.0.1/x?a&b", "")


def test_keys_are_counted_through_the_display_s_sides_and_then_the_pages() -> None:
    found = _keys("X5U", (4, "blf", "104"), (5, "blf", "105", "", 2), (34, "blf", "134"))
    assert found["dsskey/dssSide[1]/Fkey[4]/Value"] == "104@1/ba"
    assert found["dsskey/internal[1]/Fkey[1]/Value"] == "105@2/ba"
    assert found["dsskey/internal[5]/Fkey[6]/Value"] == "134@1/ba"
    assert (found["dsskey/SideKeyPageNum"], found["dsskey/FuncKeyPageNum"]) == ("1", "5")


def test_the_older_dialect_counts_keys_through_all_pages() -> None:
    entry = "PHONE_CONFIG_MODULE/Function_Key/Function_Key_Entry[Fkey40]"
    assert _at(_keys("X5S", (40, "blf", "140"), version="1.12.2"), entry)[1] == "140@1/ba"
    assert _keys("X5S", (40, "blf", "140"))["dsskey/internal[5]/Fkey[8]/Value"] == "140@1/ba"


def test_the_one_key_of_a_door_phone_calls_somebody_and_is_no_line_s() -> None:
    assert not FANVIL.key_rules("buttons").lines_take_keys
    found = _device(doorbell(FANVIL, "i10SV"))
    assert _at(found, "dsskey/dssSoft[1]") == ("0", "", "")
    assert _at(_keys("i10SV", (1, "speed_dial", "101", "Accueil")), "dsskey/dssSoft[1]") == ("1", "101@1/f", "Accueil")
    assert _keys("i53W", (3, "speed_dial", "101"))["dsskey/internal[2]/Fkey[3]/Value"] == "101@1/f"


def test_a_model_that_we_do_not_know_gets_its_keys_on_the_first_page() -> None:
    subject = phone(FANVIL, "X99")
    assert subject.facts is None
    found = _keys("X99", (12, "blf", "112"))
    assert found["dsskey/internal[1]/Fkey[12]/Value"] == "112@1/ba"


# --- Time, language, tones --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "quarters", "name", "start", "end", "minutes"),
    [
        ("Europe/Paris", "4", "UTC+1", ("3", "5", "0", "2"), ("10", "5", "0", "3"), "60"),
        ("America/Montreal", "-20", "UTC-5", ("3", "2", "0", "2"), ("11", "1", "0", "2"), "60"),
        ("America/St_Johns", "-14", "UTC-3:30", ("3", "2", "0", "2"), ("11", "1", "0", "2"), "60"),
        ("Australia/Lord_Howe", "42", "UTC+10:30", ("10", "1", "0", "2"), ("4", "1", "0", "2"), "30"),
    ],
)
def test_summer_time_is_told_by_week(
    zone: str, quarters: str, name: str, start: tuple[str, ...], end: tuple[str, ...], minutes: str
) -> None:
    for model, module in (("X5U", "phone/date/"), ("X4", "GLOBAL_CONFIG_MODULE/")):
        found = {
            path.removeprefix(module).replace("_", ""): value
            for path, value in _device(phone(FANVIL, model, zone=zone_rule(zone))).items()
            if path.startswith(module)
        }
        assert (found["TimeZone"], found["TimeZoneName"]) == (quarters, name)
        assert (found["EnableDST"], found["DSTFixedType"], found["DSTMinOffset"]) == ("2", "2", minutes)
        for which, rule in (("Start", start), ("End", end)):
            assert tuple(found[f"DST{which}{part}"] for part in ("Mon", "Week", "Wday", "Hour")) == rule


@pytest.mark.parametrize(
    ("zone", "quarters", "name"),
    [("Asia/Kathmandu", "23", "UTC+5:45"), ("UTC", "0", "UTC"), ("Pacific/Marquesas", "-38", "UTC-9:30")],
)
def test_a_zone_without_summer_time_switches_it_off(zone: str, quarters: str, name: str) -> None:
    found = _device(phone(FANVIL, "X5U", zone=zone_rule(zone)))
    assert (found["phone/date/TimeZone"], found["phone/date/TimeZoneName"]) == (quarters, name)
    assert (found["phone/date/EnableDST"], found["phone/date/Enable_DST"]) == ("0", "0")
    assert "phone/date/DSTStartMon" not in found


def test_the_first_phones_have_zones_of_their_own_list() -> None:
    found = _device(phone(FANVIL, "C58"))
    module = "GLOBAL_CONFIG_MODULE/Time_Zone"
    assert (found[module], found[f"{module}_Name"]) == ("27", "MET_001")
    assert module not in _device(phone(FANVIL, "C58", zone=zone_rule("Asia/Kathmandu")))


@pytest.mark.parametrize(
    ("model", "tag", "written"),
    [
        ("X5U", "fr-CA", "fr"), ("X5U", "zh-TW", "tc"), ("X5U", "zh-CN", "cn"), ("X5U", "cs", "cz"), ("X5U", "is", None),
        ("X4", "fr", "4"), ("X4", "de-AT", "16"), ("X4", "pl", None), ("C62", "nl", "nl"),
    ],
)  # fmt: skip
def test_menus_speak_the_language_of_the_tag(model: str, tag: str, written: str | None) -> None:
    found = _desk(model, language=tag)
    assert found.get("phone/display/DefaultLanguage", found.get("GLOBAL_CONFIG_MODULE/Language")) == written


def test_time_and_date_are_written_as_set() -> None:
    for model, names in (
        ("X5U", ("phone/timeDisplay/TimeDisplayStyle", "phone/timeDisplay/DateDisplayStyle")),
        ("X4", ("PHONE_CONFIG_MODULE/Time_Display_Style", "PHONE_CONFIG_MODULE/Date_Display_Style")),
    ):
        found = _desk(model, time_format="12h", date_format="year-month-day")
        assert tuple(found[name] for name in names) == ("1", "9")


@pytest.mark.parametrize(("country", "number"), [("FR", "25"), ("US", "11"), ("CH", None)])
def test_tones_are_those_of_the_country_where_the_phone_has_them(country: str, number: str | None) -> None:
    assert _desk("X5U", tones=country).get("mm/SelectYourTone") == number
    assert _desk("X4", tones=country).get("DSP_CONFIG_MODULE/Signal_Standard") == number


# --- Network, access, provisioning ------------------------------------------------------------------------------------


def test_network_values_are_written_only_when_set() -> None:
    for model in ("X5U", "X4"):
        assert not [name for name in _desk(model) if re.match(r"qos/|dot1x/|log/|QOS|DOT1X|AAA|web/account|MMI", name)]


def test_vlan_and_marks_of_packets_are_written_as_set() -> None:
    found = _device(phone(FANVIL, "X5U", settings=EVERYTHING))
    assert {name: value for name, value in found.items() if name.startswith("qos/")} == {
        "qos/EnableVLAN": "1", "qos/VLANID": "100", "qos/SignallingPriority": "5", "qos/VoicePriority": "5",
        "qos/EnablePVID": "2", "qos/PVIDValue": "200", "qos/LLDPTransmit": "1", "qos/LLDPLearnPolicy": "1",
        "qos/CDPEnable": "0", "qos/EnablediffServ": "1", "qos/SingallingDSCP": "26", "qos/VoiceDSCP": "46",
    }  # fmt: skip


def test_802_1x_is_done_where_its_modes_are_known() -> None:
    found = _device(phone(FANVIL, "X4", settings=EVERYTHING))
    assert found["DOT1X_CONFIG_MODULE/Xsup_Enable"] == "1"
    assert found["DOT1X_CONFIG_MODULE/Xsup_User"] == "poste"
    assert found["DOT1X_CONFIG_MODULE/Xsup_Password"] == "d0t1x"
    assert _desk("X5U", dot1x_mode="off")["dot1x/XsupMode"] == "0"


def test_log_lines_go_to_the_server_that_is_set() -> None:
    found = _desk(syslog_server="log.example", syslog_port=5514, syslog_level="warning")
    names = ("OutputDevice", "SyslogServer", "SyslogServerPort", "Level")
    assert [found[f"log/{name}"] for name in names] == ["syslog", "log.example", "5514", "INFO"]


@pytest.mark.parametrize(("user", "guest"), [(None, "adm1n"), (Secret("us3r"), "us3r")])
def test_no_user_keeps_the_password_that_everybody_knows(user: Secret | None, guest: str) -> None:
    found = _desk(web_admin_password=Secret("adm1n"), web_user_password=user)
    assert [found[f"web/account[{n}]/Name"] for n in (1, 2)] == ["admin", "guest"]
    assert [found[f"web/account[{n}]/Password"] for n in (1, 2)] == ["adm1n", guest]
    assert found["phone/MenuPassword"] == "adm1n"
    older = _desk("X4", web_admin_password=Secret("adm1n"), web_user_password=user)
    users = "MMI_CONFIG_MODULE/MMI_Account/MMI_Account_Entry[Account%d]/Password"
    assert [older[users % n] for n in (1, 2)] == ["adm1n", guest]


@pytest.mark.parametrize(
    ("url", "server", "protocol"),
    [
        ("http://10.0.0.1:8080/", "http://10.0.0.1:8080", "4"),
        ("https://boot.example/p/bureau/", "https://boot.example/p/bureau", "5"),
        ("tftp://10.0.0.1/", "tftp://10.0.0.1", "2"),
    ],
)
def test_a_phone_asks_us_again_and_no_multicast_answers_in_our_place(url: str, server: str, protocol: str) -> None:
    settings = msgspec.structs.replace(OFFICE, provisioning_interval=150)
    found = _device(phone(FANVIL, "X5U", provisioning_url=url, settings=settings))
    names = ("FlashServerIP", "FlashProtocol", "FlashMode", "FlashInterval", "DownloadDeviceConf", "pnp/PNPEnable")
    assert [found[f"ap/{name}"] for name in names] == [server, protocol, "2", "2", "1", "0"]


@pytest.mark.parametrize(("seconds", "written"), [(0, "0"), (45, "45"), (9000, "120")])
def test_the_display_dims_as_set_as_far_as_the_phone_can(seconds: int, written: str) -> None:
    assert _desk(backlight_seconds=seconds)["phone/display/BacklightOffTime"] == written


def test_the_phone_book_of_the_office_is_offered() -> None:
    found = _device(phone(FANVIL, "X5U", settings=EVERYTHING))
    assert found["phone/xmlContact[1]/Name"] == "Bureau"
    assert found["phone/xmlContact[1]/Addr"] == "http://10.0.0.1:8080/annuaire.xml?a=1&b=2"


# --- Raw parameters ---------------------------------------------------------------------------------------------------


def test_a_raw_parameter_wins_over_ours_and_any_other_stands_in_its_own_section() -> None:
    overrides = {
        "sip/line[1]/DTMFMode": RawValue("0"),
        "sip/line[1]/SessionTimer": RawValue("1"),
        "phone/powerLed/Ring": RawValue("2"),
    }
    found = _device(phone(FANVIL, "X5U", overrides=overrides))
    assert {name: found[name] for name in overrides} == {name: value.text for name, value in overrides.items()}


def test_passwords_pins_and_keys_of_the_whole_dictionary_are_secrets() -> None:
    names = (ROOT / "firmware-profiles" / "params" / "fanvil.txt").read_text(encoding="utf-8").split("\n")[1:]
    looks_secret = re.compile(
        r"(?:passwo?r?d|pswd|(?:cfg|config)_?file_?key|crypto_?key|keylock_?code|xml-pbook.*/auth|out\d_dtmf_code)$",
        re.IGNORECASE,
    )
    found = {name.replace("{n}", "1") for name in names if looks_secret.search(name)}
    assert len(found) > 40
    assert {name for name in found if not FANVIL.is_secret(name)} == set()
    for public in ("sip/line[1]/RegisterUser", "sip/line[1]/PickupNum", "call/port[1]/HoldDTMFCode", "web/WebPort"):
        assert not FANVIL.is_secret(public)


# --- Whatever people are called ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["X5U", "X4"])
@given(label=st.text(max_size=40), name=st.text(max_size=40), password=st.text(max_size=40))
def test_whatever_a_person_is_called_the_same_parameters_are_read(
    model: str, label: str, name: str, password: str
) -> None:
    honest = phone(FANVIL, model)
    own = line(1, label, display_name=name, password=Secret(password), mailbox="101")
    keys = (msgspec.structs.replace(honest.keys[0], label=label), *honest.keys[1:])
    subject = msgspec.structs.replace(honest, lines=(own, *honest.lines[1:]), keys=keys)
    file = rendered(FANVIL, "device", subject)
    read = _syntax(subject).read(file.body)
    assert [name for name, _ in read] == list(_device(honest))
    assert dict(read) == _read(file.body)
    clean = _syntax(subject).clean
    account = _accounts(subject)[0]
    assert (account["display_name"], account["password"]) == (clean(name), clean(password))
    assert clean(label) in dict(read).values()


@pytest.mark.parametrize("model", ["X5U", "X4"])
def test_a_name_that_looks_like_a_file_adds_nothing(model: str) -> None:
    honest = phone(FANVIL, model)
    for name in ('A"&<\nx', "</DisplayName><EnableReg>0</EnableReg>", "<ID>SIP2</ID>", "--><!--", "]]>"):
        subject = msgspec.structs.replace(honest, lines=(line(1, name, display_name=name, mailbox="101"),))
        found = _device(subject)
        assert list(found) == list(_device(msgspec.structs.replace(honest, lines=honest.lines[:1])))
        assert _accounts(subject)[0]["display_name"] == name
