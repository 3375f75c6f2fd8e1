"""Grandstream's files: every model, both dialects, what a phone would read in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.document import RawValue
from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Phone, PhoneKey, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.render import Rendered
from offhook.provisioning.syntax import SYNTAXES, Syntax

from .phones import OFFICE, ROOT, doorbell, line, phone, profiles, rendered

GRANDSTREAM: Final[Profile] = profiles().by_vendor["grandstream"]
OLD_FIRMWARE: Final = "1.0.7.97"
"""Of GXP21xx, before it read alias names."""

EVERYTHING: Final = msgspec.structs.replace(
    OFFICE,
    dtmf="rfc2833+info", srtp="optional", nat_keepalive=30, call_waiting=False, auto_answer=True, pickup_code="**",
    vlan_id=100, vlan_priority=5, pc_vlan_id=200, lldp=True, cdp=False, dot1x_mode="eap-md5", dot1x_identity="poste",
    dot1x_password=Secret("d0t1x"), qos_signalling=26, qos_audio=46, syslog_server="log.bureau.example",
    syslog_level="info", web_admin_password=Secret("adm1n"), web_user_password=Secret("us3r"), web_access="https",
    phone_book_url="http://10.0.0.1:8080/annuaire/phonebook.xml", ring_tone="2", backlight_seconds=90,
)  # fmt: skip
"""All that can be set."""


def _every_phone() -> Iterator[tuple[str | None, str]]:
    yield None, "pvalues"
    for model, facts in GRANDSTREAM.file.models.items():
        for generation in facts.generations:
            yield model, generation


every_phone = pytest.mark.parametrize(("model", "generation"), list(_every_phone()))


def _read(body: bytes) -> dict[str, str]:
    """What an XML parser that knows nothing of us finds: P elements, or items by name."""
    config = ElementTree.fromstring(body).find("config")
    assert config is not None
    pairs = [(element.get("name", element.tag), element.text or "") for element in config]
    found = dict(pairs)
    assert len(found) == len(pairs), "a parameter stands twice"
    return found


def _as_syntax(subject: Phone) -> Syntax:
    return SYNTAXES[GRANDSTREAM.syntax(GRANDSTREAM.file_rule("device"), subject.generation)]


def _device(subject: Phone) -> dict[str, str]:
    return _read(rendered(GRANDSTREAM, "device", subject).body)


def _files(subject: Phone) -> Iterator[Rendered]:
    for rule in GRANDSTREAM.file.files:
        if rule.template is not None and rule.kind != "book":
            yield rendered(GRANDSTREAM, rule.name, subject)


def _accounts(subject: Phone) -> list[dict[str, str]]:
    """Every account of the phone's model, by what the virtual phone reads."""
    found = _device(subject)
    reading = GRANDSTREAM.reading(subject.generation)
    assert reading is not None
    fields = ("enabled", "label", "display_name", "user_name", "auth_name", "password", "server")
    accounts = []
    for number in range(1, (subject.facts.accounts if subject.facts else len(subject.lines)) + 1):
        names = {field: reading.names(field, number) for field in fields}
        accounts.append({field: next(found[name] for name in names[field] if name in found) for field in fields})
    return accounts


def _vpk(found: dict[str, str], k: int) -> tuple[str, str, str, str]:
    """Mode, account, label and value of the k-th key on the display, P values."""
    near = (1361 + 2 * k, 1362 + 2 * k, 1463 + 2 * k, 1464 + 2 * k)
    numbers = near if k <= 6 else tuple(range(23772 + 4 * k, 23776 + 4 * k))
    mode, account, label, value = (found[f"P{number}"] for number in numbers)
    return mode, account, label, value


def _pks(found: dict[str, str], place: str) -> tuple[str, str, str, str]:
    """Mode, account (if it has one), label and value of a key such as `vpk.1`, alias names."""
    mode, account, label, value = (
        found.get(f"pks.{place}.{name}", "") for name in ("keyMode", "account", "description", "value")
    )
    return mode, account, label, value


def _key(subject: Phone, position: int, type_: str, value: str, label: str = "", module: int = 0) -> PhoneKey:
    rules = GRANDSTREAM.key_rules(subject.generation)
    return PhoneKey(
        position=position, module=module, type=type_, code=rules.types[type_], value=value, label=label, line=1
    )


def _with_keys(subject: Phone, *keys: PhoneKey) -> Phone:
    return msgspec.structs.replace(subject, keys=(*subject.keys, *keys))


# --- Every model ------------------------------------------------------------------------------------------------------


@every_phone
@pytest.mark.parametrize("settings", [OFFICE, EVERYTHING], ids=["office", "everything"])
def test_every_file_is_well_formed_and_holds_only_parameters_that_the_phones_know(
    model: str | None, generation: str, settings: object
) -> None:
    subject = phone(GRANDSTREAM, model, generation=generation, settings=settings)
    for file in _files(subject):
        found = _read(file.body)
        assert found == {parameter.name: parameter.value for parameter in file.parameters}
        assert list(found.items()) == _as_syntax(subject).read(file.body)
        assert [name for name in found if not GRANDSTREAM.dictionary.knows(name)] == []


@every_phone
def test_each_dialect_says_which_one_it_is(model: str | None, generation: str) -> None:
    for file in _files(phone(GRANDSTREAM, model, generation=generation)):
        root = ElementTree.fromstring(file.body)
        config = root.find("config")
        assert file.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        assert config is not None
        assert (root.tag, root.get("version")) == ("gs_provision", "1")
        assert config.get("version") == ("2" if generation.startswith("alias") else "1")
        assert root.find("mac") is None


@every_phone
def test_every_line_of_marie_is_an_account_and_the_others_are_off_and_empty(model: str | None, generation: str) -> None:
    subject = phone(GRANDSTREAM, model, generation=generation)
    accounts = _accounts(subject)
    assert len(accounts) == (subject.facts.accounts if subject.facts else 2)
    for own, account in zip(subject.lines, accounts, strict=False):
        assert account["enabled"] in ("1", "Yes")
        assert account["label"] in (own.label, own.display_name)
        assert account["display_name"] == "Marie Tremblay"
        assert account["user_name"] == account["auth_name"] == own.login
        assert account["password"] == "M-desk-4417"
        assert account["server"] == "sip.bureau.example:5060"
    for account in accounts[len(subject.lines) :]:
        assert account.pop("enabled") in ("0", "No")
        if not generation.startswith(("pvalues-ports", "pvalues-dect")):  # whose ports share a server
            assert account["server"] == ""
        del account["server"]
        assert set(account.values()) == {""}


@every_phone
def test_a_shared_file_holds_the_settings_and_no_secret(model: str | None, generation: str) -> None:
    subject = phone(GRANDSTREAM, model, generation=generation, settings=EVERYTHING)
    for name in ("model", "common"):
        file = rendered(GRANDSTREAM, name, subject)
        text = file.body.decode()
        assert "10.0.0.1:8080" in text
        for secret in ("adm1n", "us3r", "d0t1x", "M-desk", "Marie"):
            assert secret not in text
        assert not any(GRANDSTREAM.is_secret(parameter.name) for parameter in file.parameters)


@every_phone
def test_whatever_is_written_as_a_secret_is_one_for_the_profile(model: str | None, generation: str) -> None:
    file = rendered(GRANDSTREAM, "device", phone(GRANDSTREAM, model, generation=generation, settings=EVERYTHING))
    secrets = [parameter.name for parameter in file.parameters if parameter.secret]
    assert secrets
    assert [name for name in secrets if not GRANDSTREAM.is_secret(name)] == []


@every_phone
def test_an_unowned_doorbell_has_no_mailbox_to_call_or_to_watch(model: str | None, generation: str) -> None:
    found = _device(doorbell(GRANDSTREAM, model, generation=generation))
    names = re.compile(
        r"P33|P426|P526|P626|P1726|P1826|P27680|P99|P415|P515|P615|P709|P1715|P1815|.*(voicemail|forMwi).*"
    )
    assert [name for name in found if names.fullmatch(name)] == []


@every_phone
def test_the_same_phone_gets_the_same_bytes(model: str | None, generation: str) -> None:
    first, again = (phone(GRANDSTREAM, model, generation=generation, settings=EVERYTHING) for _ in range(2))
    assert [file.body for file in _files(first)] == [file.body for file in _files(again)]


# --- Who asks, and for what -------------------------------------------------------------------------------------------


CASES: Final = [
    (
        "/cfg000b822726c8",
        "Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8",
        "GXP2000",
    ),
    ("/cfg000b82632815.xml", "Grandstream Model HW GXV3350  V1.3A SW 1.0.1.8 DevId 000b82632815", "GXV3350"),
    ("/Grandstream/cfg000b82632815.xml", None, None),
    ("cfggxp2130.xml", None, "GXP2130"),
    ("cfggxp2124.xml", None, "GXP2124"),
    ("/usine-cfgGRP2612W.xml.sauve", None, "GRP2612W"),
]


@pytest.mark.parametrize(("path", "user_agent", "model"), CASES)
def test_a_grandstream_is_known_by_what_it_says_or_asks(path: str, user_agent: str | None, model: str | None) -> None:
    identity = Identifier(profiles()).identify(path, user_agent)
    assert (identity.vendor, identity.model) == ("grandstream", model)


def test_the_version_of_a_gxp2000_is_its_program_s_and_not_its_boot_loader_s() -> None:
    agent = "Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b822726c8"
    assert Identifier(profiles()).identify("/cfg000b822726c8", agent).version == "1.2.5.3"


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("cfg000b82632815.xml", "device"),
        ("vorne-cfg000b82632815.xml-hinten", "device"),
        ("cfg000b82632815", "binary"),
        ("cfg000b82632815.bin", "binary"),
        ("devc074ad53085a.cfg", "plain"),
        ("cfgdp750.xml", "model"),
        ("gxp2140fw.bin", "firmware"),
    ],
)
def test_each_name_is_one_file(path: str, file: str) -> None:
    identity = Identifier(profiles()).identify(path, None)
    assert identity.file is not None
    assert identity.file.name == file


def test_the_general_file_is_one_of_grandstream_s_when_the_phone_says_who_it_is() -> None:
    agent = "Grandstream Model HW DP750 SW 1.0.7.81 DevId 000b82aabbcc"
    identity = Identifier(profiles()).identify("/cfg.xml", agent)
    assert identity.file is GRANDSTREAM.file_rule("common")
    assert Identifier(profiles()).identify("/cfg.xml", None).vendor is None


def test_the_same_file_name_is_an_htek_s_when_the_mac_is() -> None:
    identify = Identifier(profiles()).identify
    assert identify("cfg001fc1112233.xml", None).vendor == "htek"
    assert (identify("cfg0012.xml", None).vendor, identify("cfg0012.xml", None).model) == ("htek", "UC924")
    assert identify("/0c383e123456.cfg", None).vendor == "fanvil"


@pytest.mark.parametrize(
    ("model", "version", "generation"),
    [
        ("GXP2170", "1.0.7.97", "pvalues"),
        ("GXP2170", "1.0.11.0", "alias"),
        ("GXP2170", None, "alias"),
        ("GRP2614", "1.0.5.15", "alias"),
        ("GXP1625", "1.0.7.81", "pvalues-legacy"),
        ("HT801V2", "1.0.5.4", "pvalues-ata"),
        (None, None, "pvalues"),
        ("GXP2000", "1.2.5.3", "pvalues"),
    ],
)
def test_the_dialect_is_the_firmware_s(model: str | None, version: str | None, generation: str) -> None:
    assert GRANDSTREAM.generation(model, version) == generation


# --- P values ---------------------------------------------------------------------------------------------------------


def test_accounts_five_and_six_of_p_values_are_at_17xx_and_18xx() -> None:
    lines = tuple(line(n, str(100 + n), mailbox=str(100 + n)) for n in range(1, 7))
    found = _device(phone(GRANDSTREAM, "GXP2160", OLD_FIRMWARE, lines=lines))
    assert [found[name] for name in ("P34", "P406", "P506", "P606", "P1706", "P1806")] == ["M-desk-4417"] * 6
    assert [found[name] for name in ("P33", "P426", "P526", "P626", "P1726", "P1826")] == ["*97"] * 6
    assert [found[name] for name in ("P99", "P415", "P515", "P615", "P1715", "P1815")] == ["1"] * 6
    assert found["P1704"] == "marie-desk-5"
    assert not {"P704", "P706", "P726"} & set(found)


def test_a_phone_keeps_registered_over_a_reboot_and_counts_its_expiry_in_minutes() -> None:
    settings = msgspec.structs.replace(OFFICE, register_expires=1800)
    found = _device(phone(GRANDSTREAM, "GXP2160", OLD_FIRMWARE, settings=settings))
    assert (found["P32"], found["P412"], found["P81"], found["P411"]) == ("30", "30", "0", "0")
    alias = _device(phone(GRANDSTREAM, "GRP2614", settings=settings))
    assert (alias["account.1.sip.registerExpiration"], alias["account.1.sip.unregisterOnReboot"]) == ("30", "No")


def test_no_notify_resets_a_phone_and_none_is_asked_for_a_password() -> None:
    found = _device(phone(GRANDSTREAM, "GXP1630"))
    assert (found["P26015"], found["P26115"], found["P4428"]) == ("0", "0", "1")
    alias = _device(phone(GRANDSTREAM, "GRP2614"))
    assert (alias["account.1.sip.allowSipReset"], alias["sip.notify.challenge"]) == ("No", "No")


def test_codecs_stand_in_order_and_the_last_one_fills_up() -> None:
    settings = msgspec.structs.replace(OFFICE, codecs=("opus", "g722", "pcma"))
    found = _device(phone(GRANDSTREAM, "GXP1630", settings=settings))
    assert [found[name] for name in ("P57", "P58", "P59", "P60", "P61", "P62", "P46", "P98")] == ["9"] + ["8"] * 7
    assert [found[f"P{number}"] for number in range(451, 459)] == ["9"] + ["8"] * 7
    alias = _device(phone(GRANDSTREAM, "GRP2614", settings=settings))
    assert [alias[f"account.1.codec.choice.{n}"] for n in range(1, 9)] == ["OPUS", "G.722"] + ["PCMA"] * 6
    android = _device(phone(GRANDSTREAM, "GXV3480", settings=settings))
    assert [android[f"account.1.codec.choice.{n}"] for n in range(1, 4)] == ["OPUS", "G_722", "PCMA"]


@pytest.mark.parametrize(
    ("dtmf", "three", "order"),
    [("rfc2833", "010", "101"), ("info", "001", "102"), ("inband", "100", "100"), ("rfc2833+info", "011", "101")],
)
def test_digits_are_sent_as_set(dtmf: str, three: str, order: str) -> None:
    settings = msgspec.structs.replace(OFFICE, dtmf=dtmf)
    desk = _device(phone(GRANDSTREAM, "GXP1630", settings=settings))
    assert desk["P2301"] + desk["P2302"] + desk["P2303"] == three
    assert desk["P2401"] + desk["P2402"] + desk["P2403"] == three
    assert _device(phone(GRANDSTREAM, "HT802", settings=settings))["P850"] == order
    alias = _device(phone(GRANDSTREAM, "GRP2614", settings=settings))
    words = [alias[f"account.2.dtmf.{name}"] for name in ("sendInAudio", "sendInRtp", "sendInSip")]
    assert words == [{"0": "No", "1": "Yes"}[digit] for digit in three]


def test_the_realm_is_the_sip_server_and_the_proxies_are_where_packets_go() -> None:
    servers = (
        PhoneServer(host="sip.bureau.example", port=5061, transport="tls"),
        PhoneServer(host="2001:db8::5", port=5061, transport="tls"),
    )
    found = _device(phone(GRANDSTREAM, "GXP1630", servers=servers))
    assert (found["P47"], found["P130"]) == ("bureau.example", "2")
    assert (found["P48"], found["P2333"]) == ("sip.bureau.example:5061", "[2001:db8::5]:5061")
    alias = _device(phone(GRANDSTREAM, "GRP2614", servers=servers))
    assert alias["account.1.sip.server.1.address"] == "bureau.example"
    assert alias["account.1.sip.outboundProxy.2.address"] == "[2001:db8::5]:5061"
    assert alias["account.1.sip.transport"] == "TlsOrTcp"
    alone = _device(phone(GRANDSTREAM, "GXP1630"))
    assert (alone["P48"], alone["P2333"]) == ("sip.bureau.example:5060", "")


def test_paths_carry_no_scheme_and_dhcp_may_not_turn_the_phone_away() -> None:
    found = _device(phone(GRANDSTREAM, "GXP1630", provisioning_url="https://phones.bureau.example/p/bureau/"))
    assert (found["P212"], found["P237"]) == ("2", "phones.bureau.example/p/bureau")
    assert (found["P145"], found["P1411"]) == ("0", "0")
    alias = _device(phone(GRANDSTREAM, "GRP2614", provisioning_url="tftp://10.0.0.1/"))
    assert alias["provisioning.config.protocol"] == "TFTP"
    assert alias["provisioning.config.serverPath"] == "10.0.0.1"


def test_a_phone_that_was_not_told_where_it_is_keeps_its_own_way_here() -> None:
    found = _device(phone(GRANDSTREAM, "GXP1630", provisioning_url=""))
    assert not {"P212", "P237", "P145"} & set(found)


@pytest.mark.parametrize(
    ("model", "mode"), [("GXP1630", "1"), ("HT802", "3"), ("GXV3240", "3"), ("DP750", "1"), ("WP820", "1")]
)
def test_each_family_has_its_own_word_for_every_so_many_minutes(model: str, mode: str) -> None:
    settings = msgspec.structs.replace(OFFICE, provisioning_interval=5)
    found = _device(phone(GRANDSTREAM, model, settings=settings))
    assert (found["P194"], found["P193"]) == (mode, "60")


def test_the_office_s_time_is_written_as_a_rule_and_on_android_chosen_from_the_list() -> None:
    desk = _device(phone(GRANDSTREAM, "GXP1630"))
    assert desk["P64"] == "customize"
    assert desk["P246"].startswith("CET-1CEST")
    assert "M3.5.0" in desk["P246"]
    assert _device(phone(GRANDSTREAM, "GRP2614"))["dateTime.timezone.custom"] == desk["P246"]
    listed = "CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00"
    assert _device(phone(GRANDSTREAM, "GXV3240"))["P64"] == listed
    assert _device(phone(GRANDSTREAM, "GXV3480"))["dateTime.timezone"] == listed


@pytest.mark.parametrize(
    ("model", "parameters", "written"),
    [
        ("GXP1630", ("P343", "P346", "P348"), ("f1=440,f2=440;", "f1=440,f2=440,c=150/350;", "f1=440,f2=440,c=50/50;")),
        (
            "HT802",
            ("P4000", "P4001", "P4002"),
            ("f1=440@-13,c=0/0;", "f1=440@-19,c=1500/3500;", "f1=440@-24,c=500/500;"),
        ),
        ("GRP2614", ("audio.tone.dial", "audio.tone.reorder"), ("f1=440,f2=440;", "f1=440,f2=440,c=25/25;")),
        ("GXV3480", ("audio.tone.dial", "audio.tone.reorder"), ("f1=440,c=0/0;", "f1=440,c=250/250;")),
    ],
)
def test_tones_are_the_country_s_in_the_family_s_own_unit(
    model: str, parameters: tuple[str, ...], written: tuple[str, ...]
) -> None:
    found = _device(phone(GRANDSTREAM, model))
    assert tuple(found[name] for name in parameters) == written


def test_a_tone_of_several_pairs_keeps_them_in_order() -> None:
    british = msgspec.structs.replace(OFFICE, tones="GB")
    found = _device(phone(GRANDSTREAM, "GXP1630", settings=british))
    assert (found["P346"], found["P349"]) == ("f1=400,f2=450,c=40/20-40/200;", "f1=400,f2=400,c=40/35-22/52;")


def test_an_android_phone_s_zone_that_is_not_in_its_list_is_left_alone() -> None:
    settings = msgspec.structs.replace(OFFICE, timezone="Australia/Adelaide")
    assert "P64" not in _device(phone(GRANDSTREAM, "GXV3240", settings=settings))
    assert "P246" in _device(phone(GRANDSTREAM, "GXP1630", settings=settings))


@pytest.mark.parametrize(
    ("model", "language", "written"),
    [
        ("GXP1630", "fr-CA", "fr"),
        ("GXP1630", "sv", "se"),
        ("GXP1630", "zh-TW", "zh-tw"),
        ("GXP1630", "eu", None),
        ("WP820", "fr-CA", "fr_CA"),
        ("WP820", "fr-LU", "fr_FR"),
        ("WP810", "sv", "sv"),
    ],
)
def test_the_menus_speak_the_office_s_language_when_the_phone_does(
    model: str, language: str, written: str | None
) -> None:
    settings = msgspec.structs.replace(OFFICE, language=language)
    assert _device(phone(GRANDSTREAM, model, settings=settings)).get("P1362") == written


def test_each_port_of_an_adapter_has_its_own_account() -> None:
    found = _device(phone(GRANDSTREAM, "HT802"))
    assert (found["P35"], found["P735"]) == ("marie-desk", "marie-desk-2")
    assert (found["P34"], found["P734"]) == ("M-desk-4417", "M-desk-4417")
    assert (found["P47"], found["P747"]) == ("bureau.example", "bureau.example")


def test_the_ports_of_a_larger_adapter_share_a_profile() -> None:
    found = _device(phone(GRANDSTREAM, "HT818"))
    assert (found["P4060"], found["P4061"], found["P4062"]) == ("marie-desk", "marie-desk-2", "")
    assert (found["P4595"], found["P4596"], found["P4597"]) == ("1", "1", "0")
    assert {found[f"P{number}"] for number in range(4150, 4158)} == {"0"}
    assert found["P99"] == "1"
    assert "P4068" not in found


def test_web_pages_are_opened_by_each_family_s_own_code() -> None:
    for model, code in (("GXP1630", "0"), ("HT802", "0"), ("WP820", "1")):
        assert _device(phone(GRANDSTREAM, model, settings=EVERYTHING))["P1650"] == code


def test_the_phone_book_is_a_folder_without_scheme() -> None:
    desk = _device(phone(GRANDSTREAM, "GXP1630", settings=EVERYTHING))
    assert [desk[name] for name in ("P330", "P331", "P332")] == ["1", "10.0.0.1:8080/annuaire", "720"]
    assert _device(phone(GRANDSTREAM, "GXV3240", settings=EVERYTHING))["P330"] == "2"
    assert "P330" not in _device(phone(GRANDSTREAM, "HT802", settings=EVERYTHING))


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_lines_have_the_first_keys_and_empty_ones_are_cleared() -> None:
    found = _device(phone(GRANDSTREAM, "GXP2130"))
    assert _pks(found, "vpk.1") == ("Line", "0", "101", "")
    assert _pks(found, "vpk.2") == ("Line", "1", "151", "")
    assert all(_pks(found, f"vpk.{k}") == ("None", "", "", "") for k in range(3, 13))
    assert all(_pks(found, f"mpk.{k}") == ("None", "", "", "") for k in range(1, 9))
    assert "pks.vpk.13.keyMode" not in found
    assert "pks.mpk.9.keyMode" not in found


def test_a_gap_before_a_key_is_filled_lest_the_phone_drop_what_follows() -> None:
    subject = phone(GRANDSTREAM, "GXP2130")
    found = _device(_with_keys(subject, _key(subject, 6, "blf", "102", "Paul")))
    assert [_pks(found, f"vpk.{k}")[0] for k in range(3, 8)] == ["SpeedDial", "SpeedDial", "SpeedDial", "BLF", "None"]
    assert _pks(found, "vpk.6") == ("BLF", "0", "Paul", "102")
    assert _pks(found, "vpk.4") == ("SpeedDial", "", "", "")


def test_old_firmware_counts_fixed_and_other_keys_differently() -> None:
    subject = phone(GRANDSTREAM, "GXP2130", OLD_FIRMWARE)
    found = _device(
        _with_keys(
            subject,
            _key(subject, 3, "blf", "102", "Paul"),
            _key(subject, 7, "blf", "103", "Zoé"),
            _key(subject, 13, "park", "701"),
        )
    )
    assert _vpk(found, 1) == ("0", "0", "101", "")
    assert _vpk(found, 3) == ("11", "0", "Paul", "102")
    assert _vpk(found, 4) == ("0", "0", "", "")
    assert _vpk(found, 7) == ("1", "0", "Zoé", "103")
    assert _vpk(found, 8) == ("-1", "0", "", "")
    assert [found[name] for name in ("P323", "P301", "P302", "P303")] == ["9", "0", "", "701"]
    assert found["P324"] == "-1"


def test_keys_beside_the_display_go_on_over_three_ranges_of_numbers() -> None:
    subject = phone(GRANDSTREAM, "GXP2160", OLD_FIRMWARE)
    positions = {1: "P323", 7: "P329", 8: "P353", 18: "P393", 19: "P1440", 24: "P1460"}
    keys = [_key(subject, 24 + k, "speed_dial", f"+33{k}") for k in positions]
    found = _device(_with_keys(subject, *keys))
    values = {1: "P303", 7: "P321", 8: "P356", 18: "P396", 19: "P1443", 24: "P1463"}
    for k, mode in positions.items():
        assert (found[mode], found[values[k]]) == ("0", f"+33{k}")


def test_a_line_key_of_a_small_phone_dials_whom_it_cannot_watch() -> None:
    subject = doorbell(GRANDSTREAM, "GXP1628")
    found = _device(_with_keys(subject, _key(subject, 2, "blf", "102", "Paul"), _key(subject, 3, "blf", "103", "Zoé")))
    assert _vpk(found, 1)[0] == "0"
    assert _vpk(found, 2) == ("10", "0", "Paul", "102")
    assert [found[name] for name in ("P323", "P302", "P303")] == ["1", "Zoé", "103"]


@pytest.mark.parametrize("version", [None, OLD_FIRMWARE])
def test_the_second_board_s_first_key_is_the_forty_first(version: str | None) -> None:
    subject = phone(GRANDSTREAM, "GXP2170", version)
    found = _device(_with_keys(subject, _key(subject, 1, "blf", "102", "Paul", module=2)))
    if version is None:
        assert _pks(found, "ext.41") == ("BLF", "Account1", "Paul", "102")
        assert _pks(found, "ext.40")[0] == _pks(found, "ext.160")[0] == "None"
    else:
        assert [found[f"P{number}"] for number in range(23200, 23204)] == ["1", "0", "Paul", "102"]
        assert found["P23195"] == found["P23795"] == "-1"


@pytest.mark.parametrize("generation", list(GRANDSTREAM.file.generations))
def test_every_kind_of_key_that_a_generation_can_do_is_written(generation: str) -> None:
    types = GRANDSTREAM.key_rules(generation).types
    for model, facts in GRANDSTREAM.file.models.items():
        if generation not in facts.generations or facts.keys < 20:
            continue
        bare = phone(GRANDSTREAM, model, generation=generation, keys=())
        first = facts.facts["fixed"] + 1 if "fixed" in facts.facts else 1
        places = list(enumerate((name for name in sorted(types) if name != "line"), start=first))
        found = _device(_with_keys(bare, *(_key(bare, at, name, f"{at}#") for at, name in places)))
        assert [value for value in found.values() if value.endswith("#")] == [f"{at}#" for at, _ in places]


# --- Values that mean harm --------------------------------------------------------------------------------------------


def test_an_override_wins_and_what_no_template_writes_comes_at_the_end() -> None:
    overrides = {"P102": RawValue(text="3"), "P1341": RawValue(text="1")}
    found = _device(phone(GRANDSTREAM, "GXP1630", overrides=overrides))
    assert found["P102"] == "3"
    assert list(found)[-1] == "P1341"


@pytest.mark.parametrize("model", ["GXP1630", "GRP2614", "HT818"])
def test_a_name_full_of_markup_adds_nothing(model: str) -> None:
    honest = phone(GRANDSTREAM, model)
    lines = (line(1, 'A"&<\nx', display_name="</P3></item><P2>hacked</P2>", mailbox="101"), *honest.lines[1:])
    assert list(_device(msgspec.structs.replace(honest, lines=lines))) == list(_device(honest))


@pytest.mark.parametrize("model", ["GXP2130", "GRP2614", "HT802", "DP750"])
@given(label=st.text(max_size=40), name=st.text(max_size=40), password=st.text(max_size=40))
def test_whatever_a_person_is_called_the_same_parameters_are_read(
    model: str, label: str, name: str, password: str
) -> None:
    honest = phone(GRANDSTREAM, model)
    own = line(1, label, display_name=name, password=Secret(password), mailbox="101")
    subject = msgspec.structs.replace(honest, lines=(own, *honest.lines[1:]))
    file = rendered(GRANDSTREAM, "device", subject)
    found = _read(file.body)
    assert list(found) == list(_device(honest))
    assert list(found.items()) == _as_syntax(subject).read(file.body)
    account = _accounts(subject)[0]
    clean = _as_syntax(subject).clean
    assert (account["display_name"], account["password"]) == (clean(name), clean(password))
    assert account["label"] in (clean(label), clean(name))


def test_every_parameter_of_the_dictionary_that_names_a_password_is_kept_secret() -> None:
    named = re.compile(r"(?i)(?<!hide)(password|psk|privatekey|\.community)$")
    lists = [ROOT / "firmware-profiles" / "params" / name for name in GRANDSTREAM.file.dictionary]
    names = [name for path in lists for name in path.read_text(encoding="utf-8").splitlines() if named.search(name)]
    assert len(names) > 30
    assert [name for name in names if not GRANDSTREAM.is_secret(name)] == []
