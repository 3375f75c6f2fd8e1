"""Snom's files: every model, desk phones and DECT bases, what a phone would read in them."""

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
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, ROOT, doorbell, line, phone, profiles, rendered

SNOM: Final[Profile] = profiles().by_vendor["snom"]

EVERYTHING: Final = msgspec.structs.replace(
    OFFICE,
    codecs=("opus", "g722", "pcma", "pcmu", "g729", "g726-32", "ilbc", "g723"), dtmf="rfc2833+info", srtp="optional",
    nat_keepalive=30, call_waiting=False, auto_answer=True, pickup_code="**", date_format="day-month-year",
    vlan_id=100, vlan_priority=5, pc_vlan_id=200, lldp=True, cdp=False, dot1x_mode="eap-md5", dot1x_identity="poste",
    dot1x_password=Secret("d0t1x"), qos_signalling=26, qos_audio=46, syslog_server="log.bureau.example",
    syslog_port=5514, syslog_level="info", web_admin_password=Secret("adm1n"), web_user_password=Secret("us3r"),
    web_access="both", phone_book_url="http://10.0.0.1:8080/annuaire.xml?a=1&b=2", phone_book_name="Bureau",
    ring_tone="Ringer3", backlight_seconds=90,
)  # fmt: skip
"""All that can be set."""

BASES: Final = ("M300", "M400", "M700", "M900")


def _every_phone() -> Iterator[tuple[str | None, str]]:
    for generation in SNOM.file.generations:
        yield None, generation
    for model, facts in SNOM.file.models.items():
        for generation in facts.generations:
            yield model, generation


every_phone = pytest.mark.parametrize(("model", "generation"), list(_every_phone()))


def _read(body: bytes) -> dict[str, str]:
    """What stands in a file, as an XML parser that knows nothing of us finds it: name[idx] and name[idx]@attribute."""
    found: dict[str, str] = {}
    for section in ElementTree.fromstring(body):
        for element in section:
            assert len(element) == 0
            attributes = dict(element.attrib)
            assert attributes.pop("perm") == "RW"
            index = attributes.pop("idx", None)
            place = "" if section.tag == "phone-settings" else f"{section.tag}/"
            name = f"{place}{element.tag}" + (f"[{index}]" if index is not None else "")
            assert name not in found, f"{name} stands twice"
            found[name] = element.text or ""
            found.update({f"{name}@{attribute}": value for attribute, value in attributes.items()})
    return found


def _device(subject: Phone) -> dict[str, str]:
    return _read(rendered(SNOM, "device", subject).body)


def _desk(model: str = "D785", version: str | None = None, **settings: Any) -> dict[str, str]:
    """What Marie's phone reads when these settings are set."""
    return _device(phone(SNOM, model, version, settings=msgspec.structs.replace(OFFICE, **settings)))


def _files(subject: Phone) -> Iterator[Rendered]:
    for rule in SNOM.file.files:
        if rule.template is not None and rule.kind != "book":
            yield rendered(SNOM, rule.name, subject)


def _accounts(subject: Phone) -> list[dict[str, str]]:
    """Every account of the phone's model, by what the virtual phone reads."""
    found = _device(subject)
    reading = SNOM.reading(subject.generation)
    assert reading is not None
    accounts = []
    for number in range(1, (subject.facts.accounts if subject.facts else len(subject.lines)) + 1):
        account = {}
        for field in ("enabled", "label", "display_name", "user_name", "auth_name", "password"):
            values = [found[name] for name in reading.names(field, number)]
            account[field] = next((value for value in values if value), "")
        accounts.append(account)
    return accounts


def _keys(model: str, *keys: tuple[Any, ...], **changes: Any) -> list[tuple[str, str, str]]:
    """What each key of Marie's phone does, its context and its label, when its keys are these and no others."""
    subject = phone(SNOM, model, **changes)
    made = tuple(
        PhoneKey(
            position=at, module=module, type=type_, code=SNOM.file.keys.types[type_], value=value, label=label, line=1
        )
        for at, module, type_, value, label in keys
    )
    found = _device(msgspec.structs.replace(subject, keys=made))
    names = [name for name in found if re.fullmatch(r"functionKeys/fkey\[\d+\]", name)]
    assert names == [f"functionKeys/fkey[{index}]" for index in range(len(names))]
    return [(found[name], found[f"{name}@context"], found[f"{name}@label"]) for name in names]


# --- Every model ------------------------------------------------------------------------------------------------------


@every_phone
@pytest.mark.parametrize("settings", [OFFICE, EVERYTHING], ids=["office", "everything"])
def test_every_file_is_well_formed_and_holds_only_settings_that_the_phones_know(
    model: str | None, generation: str, settings: object
) -> None:
    subject = phone(SNOM, model, generation=generation, settings=settings)
    for file in _files(subject):
        found = _read(file.body)
        assert found == {parameter.name: parameter.value for parameter in file.parameters}
        assert list(found.items()) == SYNTAXES["xml-sections"].read(file.body)
        assert [name for name in found if not SNOM.dictionary.knows(name)] == []
        assert file.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<settings>\n')


@every_phone
def test_every_line_of_marie_is_an_identity_and_the_others_are_off_and_empty(
    model: str | None, generation: str
) -> None:
    subject = phone(SNOM, model, generation=generation)
    accounts = _accounts(subject)
    for own, account in zip(subject.lines, accounts, strict=False):
        assert account == {
            "enabled": "on",
            "label": own.label,
            "display_name": "Marie Tremblay",
            "user_name": own.login,
            "auth_name": own.login,
            "password": "M-desk-4417",
        }
    for account in accounts[len(subject.lines) :]:
        assert account.pop("enabled") == "off"
        assert set(account.values()) == {""}


@every_phone
def test_a_phone_and_its_modules_have_as_many_keys_as_they_have(model: str | None, generation: str) -> None:
    facts = SNOM.file.models.get(model or "")
    found = _device(phone(SNOM, model, generation=generation, keys=()))
    indexes = [int(name) for name in re.findall(r"fkey\[(\d+)\]@label", "\n".join(found))]
    modules = facts.expansion.modules * facts.expansion.keys if facts and facts.expansion else 0
    assert indexes == list(range((facts.keys if facts else 0) + modules))
    for index in indexes:
        assert found[f"functionKeys/fkey[{index}]"] == "line", "a free key, as from the factory"


@every_phone
def test_the_model_s_file_leads_back_here_and_holds_no_secret(model: str | None, generation: str) -> None:
    file = rendered(SNOM, "model", phone(SNOM, model, generation=generation, settings=EVERYTHING))
    assert _read(file.body).get("setting_server") == (None if generation == "dect" else "http://10.0.0.1:8080/")
    for secret in ("adm1n", "us3r", "d0t1x", "M-desk", "Marie"):
        assert secret not in file.body.decode()
    assert not any(SNOM.is_secret(parameter.name) for parameter in file.parameters)


@every_phone
def test_whatever_is_written_as_a_secret_is_one_for_the_profile(model: str | None, generation: str) -> None:
    file = rendered(SNOM, "device", phone(SNOM, model, generation=generation, settings=EVERYTHING))
    secrets = [parameter.name for parameter in file.parameters if parameter.secret]
    assert len(secrets) >= 4
    assert [name for name in secrets if not SNOM.is_secret(name)] == []


@every_phone
def test_an_unowned_doorbell_has_no_mailbox_to_call_or_to_watch(model: str | None, generation: str) -> None:
    found = _device(doorbell(SNOM, model, generation=generation))
    assert {value for name, value in found.items() if name.startswith(("user_mail", "dkey_retrieve"))} == {""}
    owned = _device(phone(SNOM, model, generation=generation))
    assert owned["user_mailnumber[1]" if generation == "dect" else "user_mailbox[1]"] == "*97"


@every_phone
def test_the_same_phone_gets_the_same_bytes(model: str | None, generation: str) -> None:
    first, again = (phone(SNOM, model, generation=generation, settings=EVERYTHING) for _ in range(2))
    assert [file.body for file in _files(first)] == [file.body for file in _files(again)]


# --- Who asks, and for what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "user_agent", "model", "file"),
    [
        ("/snomD785.htm", "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0)",
         "D785", "model"),
        ("/snomPA1+.htm", "Mozilla/4.0 (compatible; snomPA1-SIP 8.4.35 1.1.3-s)", "PA1", "model"),
        ("/snomMP-000413231C76.htm", None, "MP", "device"),
        ("/snomM900-000413B60680.htm", None, "M900", "device"),
        ("/0004132E1F01.xml", None, None, "device by MAC"),
        ("/snom720-firmware.htm", None, "720", "firmware settings"),
        ("/firmware/snomD865-10.1.226.16-SIP-r.swu", None, "D865", "firmware"),
        ("/firmware/snomD7C-1.6.1-r.bin", None, None, "firmware"),
    ],
)  # fmt: skip
def test_a_snom_is_known_by_what_it_says_or_asks(
    path: str, user_agent: str | None, model: str | None, file: str
) -> None:
    identity = Identifier(profiles()).identify(path, user_agent)
    assert (identity.vendor, identity.model) == ("snom", model)
    assert identity.file is not None
    assert identity.file.name == file


@pytest.mark.parametrize("path", ["/snom.htm", "/snomite.htm", "/001565aabbcc.xml", "/snom-000413aabbcc-x.cfg"])
def test_what_no_snom_asks_for_is_no_file_of_ours(path: str) -> None:
    identity = Identifier(profiles()).identify(path, None)
    assert identity.file is None or identity.vendor != "snom"


@pytest.mark.parametrize(
    ("model", "version", "generation"),
    [
        ("320", "8.4.18", "v7"), ("715", "8.7.5.35", "v7"), ("715", "10.1.46.16", "v10"), ("D785", None, "v10"),
        ("M900", "05.20.0001", "dect"), ("D999", "10.1.226.16", "v10"), (None, None, "v10"),
    ],
)  # fmt: skip
def test_a_firmware_belongs_to_its_generation(model: str | None, version: str | None, generation: str) -> None:
    assert SNOM.generation(model, version) == generation


@pytest.mark.parametrize("model", ["D785", "370", "M900"])
async def test_a_phone_boots_from_its_model_s_file_and_its_own(model: str) -> None:
    subject = phone(SNOM, model)
    asked = []

    async def fetch(name: str) -> Fetched:
        asked.append(name)
        body = rendered(SNOM, "model" if name == f"snom{model}.htm" else "device", subject).body
        return Fetched(url=name, outcome="found", words="200", body=body)

    report = await VirtualPhone(SNOM, model, None, subject.mac, fetch).boot()
    assert asked == [f"snom{model}.htm", f"snom{model}-000413AABB01.htm"]
    assert report.came_up, report.reason
    assert [(account.label, account.user_name) for account in report.accounts] == [
        ("101", "marie-desk"),
        ("151", "marie-desk-2"),
    ]


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_the_realm_is_the_registrar_and_the_proxy_gets_everything() -> None:
    found = _device(phone(SNOM, "D785"))
    assert found["user_host[1]"] == "bureau.example"
    assert found["user_outbound[1]"] == "sip.bureau.example:5060;transport=udp"


def test_a_second_proxy_takes_over_from_the_first() -> None:
    servers = tuple(PhoneServer(host=f"sip{n}.bureau.example", port=5060 + n, transport="tls") for n in (1, 2))
    found = _device(phone(SNOM, "D785", servers=servers))
    assert found["user_outbound[2]"] == (
        "sip1.bureau.example:5061;transport=tls,sip2.bureau.example:5062;transport=tls"
    )


def test_a_base_s_extensions_share_one_server() -> None:
    servers = (PhoneServer(host="sip.bureau.example", port=5061, transport="tls"),)
    found = _device(phone(SNOM, "M900", servers=servers))
    assert found["user_host[1]"] == "bureau.example"
    assert found["user_outbound[1]"] == "sip.bureau.example:5061"
    assert found["srv_sip_transport[1]"] == "tls"
    assert (found["subscr_sip_ua_data_server_id[1]"], found["subscr_sip_ua_data_server_id[2]"]) == ("1", "1")
    assert "user_host[2]" not in found


def test_one_person_s_lines_are_on_one_handset_and_a_shared_base_gives_each_its_own() -> None:
    found = _device(phone(SNOM, "M700"))
    assert (found["subscr_sip_hs_idx[1]"], found["subscr_sip_hs_idx[2]"]) == ("1", "1")
    shared = phone(SNOM, "M700", lines=(line(1, "101", user="marie"), line(2, "102", user="josh")))
    found = _device(shared)
    assert (found["subscr_sip_hs_idx[1]"], found["subscr_sip_hs_idx[2]"]) == ("1", "2")
    assert found["subscr_dect_ac_code[2]"] == "0002"


def test_codecs_stand_in_their_order_and_digits_are_events_beside_them() -> None:
    assert _desk(codecs=("opus", "g722", "pcma"))["codec_priority_list[1]"] == "g722,pcma,telephone-event"
    assert _desk(codecs=("pcma",), dtmf="inband")["codec_priority_list[1]"] == "pcma"
    assert "codec_priority_list[1]" not in _desk(codecs=("opus",)), "no call would have any sound"


@pytest.mark.parametrize(
    ("dtmf", "written"), [("inband", "off"), ("rfc2833", "off"), ("info", "sip_info_only"), ("rfc2833+info", "on")]
)
def test_digits_are_sent_as_set(dtmf: str, written: str) -> None:
    assert _desk(dtmf=dtmf)["user_dtmf_info[2]"] == written


@pytest.mark.parametrize(
    ("srtp", "written"), [("off", ("off", "off")), ("optional", ("on", "optional")), ("required", ("on", "mandatory"))]
)
def test_audio_is_encrypted_as_set(srtp: str, written: tuple[str, str]) -> None:
    found = _desk(srtp=srtp)
    assert (found["user_srtp[1]"], found["user_savp[1]"]) == written


def test_the_idle_display_shows_whose_phone_it_is_and_its_extension() -> None:
    found = _device(phone(SNOM, "D785"))
    assert (found["user_idle_text[1]"], found["user_idle_number[1]"]) == ("Marie Tremblay", "101")
    nameless = phone(SNOM, "D785", lines=(line(1, "Hall", extension=None, display_name="Porte"),))
    found = _device(nameless)
    assert (found["user_idle_text[1]"], found["user_idle_number[1]"]) == ("Hall", "")


# --- Keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "does"),
    [
        ("speed_dial", "speed 102"), ("blf", "blf 102|**"), ("mode", "blf 102"), ("pickup", "speed **102"),
        ("park", "orbit 102"), ("intercom", "icom 102"), ("transfer", "transfer 102"), ("forward", "redirect 102"),
        ("voicemail", "speed 102"), ("dtmf", "dtmf 102"), ("url", "url 102"), ("redial", "keyevent F_REDIAL"),
        ("dnd", "keyevent F_DND"), ("directory", "keyevent F_ADR_BOOK"), ("conference", "keyevent F_CONFERENCE"),
        ("line", "line"),
    ],
)  # fmt: skip
def test_a_key_says_what_it_does_its_number_its_identity_and_its_label(type_: str, does: str) -> None:
    settings = msgspec.structs.replace(OFFICE, pickup_code="**")
    keys = _keys("D785", (3, 0, type_, "102", "Josh"), settings=settings)
    assert keys[2] == (does, "1", "Josh")
    assert keys[3] == ("line", "active", "")


def test_a_blf_without_a_pickup_code_has_its_number_alone() -> None:
    assert _keys("D785", (1, 0, "blf", "102", "Josh"))[0][0] == "blf 102"


def test_the_keys_of_a_module_follow_those_of_the_phone() -> None:
    keys = _keys("D785", (24, 0, "blf", "124", ""), (1, 1, "blf", "201", ""), (18, 4, "blf", "418", ""))
    assert len(keys) == 24 + 4 * 18
    assert [keys[index][0] for index in (23, 24, 95)] == ["blf 124", "blf 201", "blf 418"]


def test_an_address_in_a_key_stays_what_it_is() -> None:
    assert _keys("D785", (1, 0, "url", "http://10.0.0.1/x?a&b", "<Web>"))[0] == (
        "url http://10.0.0.1/x?a&b", "1", "<Web>",
    )  # fmt: skip


def test_a_model_that_we_do_not_know_gets_the_keys_that_it_was_given() -> None:
    assert _keys("D999", (1, 0, "blf", "102", "Josh")) == [("blf 102", "1", "Josh")]


# --- Time, language, tones --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "code", "offset", "rule"),
    [
        ("Europe/Paris", "FRA+1", "+3600", "3600 03.05.07 02:00:00 10.05.07 03:00:00"),
        ("America/Montreal", "CAN-5", "-18000", "3600 03.02.07 02:00:00 11.01.07 02:00:00"),
        ("America/St_Johns", "CAN-3.5", "-12600", "3600 03.02.07 02:00:00 11.01.07 02:00:00"),
        ("Australia/Lord_Howe", "", "+37800", "1800 10.01.07 02:00:00 04.01.07 02:00:00"),
        ("America/Phoenix", "", "-25200", ""),
        ("Asia/Kathmandu", "", "+20700", ""),
        ("UTC", "", "+0", ""),
    ],
)
def test_the_clock_changes_by_the_zone_s_own_rule(zone: str, code: str, offset: str, rule: str) -> None:
    found = _device(phone(SNOM, "D785", zone=zone_rule(zone)))
    assert (found["timezone"], found["utc_offset"], found["dst"]) == (code, offset, rule)


def test_every_country_s_code_has_the_hours_of_its_zone() -> None:
    codes = SNOM.file.tables["timezones"]
    assert len(codes) > 80
    for zone, code in codes.items():
        assert float(code[3:]) * 60 == zone_rule(zone).offset, zone


@pytest.mark.parametrize(
    ("model", "tag", "written"),
    [
        ("D785", "fr-CA", "Français"), ("M900", "fr-CA", "Francais"), ("D785", "de-AT", "Deutsch"), ("D785", "is", None),
        ("D785", "zh-TW", "Traditional Chinese"), ("M900", "nl", "Dutch"),
    ],
)  # fmt: skip
def test_menus_speak_the_language_of_the_tag(model: str, tag: str, written: str | None) -> None:
    found = _desk(model, language=tag)
    assert (found.get("language"), found.get("web_language")) == (written, written)


def test_the_newest_desk_phones_write_dates_as_the_language_s_country_does() -> None:
    assert _desk("D865", language="de-CH")["locale"] == "de_CH"
    assert _desk("D865", language="fr")["locale"] == "fr_FR"
    assert "locale" not in _desk("D785", language="fr")


def test_time_and_date_are_written_as_set() -> None:
    found = _desk(time_format="12h", date_format="month-day-year")
    assert (found["time_24_format"], found["date_us_format"]) == ("off", "on")
    assert _desk(date_format="day-month-year")["date_us_format"] == "off"
    assert "date_us_format" not in _desk(date_format="year-month-day"), "the phones have none"


@pytest.mark.parametrize(("country", "scheme"), [("FR", "FRA"), ("CA", "USA"), ("CH", "SWI"), ("BE", None)])
def test_tones_are_those_of_the_country_where_the_phone_has_them(country: str, scheme: str | None) -> None:
    assert _desk(tones=country).get("tone_scheme") == scheme


# --- Network, access, provisioning ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["D785", "M900"])
def test_network_log_and_access_are_written_only_when_set(model: str) -> None:
    pattern = r"vlan|lldp|ieee|signaling|codec_tos|syslog|log_level|http|webserver|admin|phonebook|dkey|dim_timer"
    assert not [name for name in _desk(model) if re.match(pattern, name)]


def test_vlan_and_marks_of_packets_are_written_as_set() -> None:
    found = _device(phone(SNOM, "D785", settings=EVERYTHING))
    names = ("vlan_id", "vlan_qos", "vlan_port_tagging", "vlan_pc_id", "lldp_enable", "signaling_tos", "codec_tos")
    assert [found[name] for name in names] == ["100", "5", "on", "200", "on", "104", "184"]
    assert found["ieee8021x_eap_md5_username"] == "poste"
    assert found["ieee8021x_eap_md5_password"] == "d0t1x"


def test_log_lines_go_to_the_server_that_is_set() -> None:
    found = _desk(syslog_server="log.example", syslog_level="debug")
    assert (found["syslog_server"], found["log_level"]) == ("log.example", "9")


def test_who_sets_a_password_makes_the_phone_s_user_no_administrator() -> None:
    found = _desk(web_admin_password=Secret("adm1n"), web_user_password=Secret("us3r"))
    assert [found[name] for name in ("http_user", "http_pass", "admin_mode", "admin_mode_password")] == [
        "admin", "adm1n", "off", "adm1n",
    ]  # fmt: skip
    names = ("webserver_admin_name", "webserver_admin_password", "webserver_user_name", "webserver_user_password")
    assert [found[name] for name in names] == ["admin", "adm1n", "user", "us3r"]
    older = _desk("320", web_admin_password=Secret("adm1n"), web_user_password=Secret("us3r"))
    assert older["http_pass"] == "adm1n"
    assert not [name for name in older if name.startswith("webserver")]
    base = _desk("M900", web_admin_password=Secret("adm1n"), web_user_password=Secret("us3r"))
    assert [base[name] for name in ("http_pass", "http_engineer_pass", "http_basic_pass")] == ["adm1n", "adm1n", "us3r"]


def test_a_phone_asks_us_again_and_takes_settings_from_nobody_else() -> None:
    found = _desk(provisioning_interval=150)
    names = ("setting_server", "settings_refresh_timer", "prov_polling_enabled", "pnp_config", "allow_sip_settings")
    assert [found[name] for name in names] == ["http://10.0.0.1:8080/", "9000", "off", "off", "off"]
    unknown = _device(phone(SNOM, "D785", provisioning_url=""))
    assert "pnp_config" not in unknown, "without a URL the phone could not find us any more"


@pytest.mark.parametrize(("seconds", "written"), [(0, "2147483647"), (45, "45")])
def test_the_display_dims_as_set(seconds: int, written: str) -> None:
    assert _desk(backlight_seconds=seconds)["dim_timer"] == written


def test_the_phone_book_of_the_office_is_offered() -> None:
    url = "http://10.0.0.1:8080/annuaire.xml?a=1&b=2"
    assert _device(phone(SNOM, "D785", settings=EVERYTHING))["dkey_directory"] == f"url {url}"
    base = _device(phone(SNOM, "M900", settings=EVERYTHING))
    assert (base["phonebook_server_location"], base["phonebook_location"]) == ("3", url)


# --- Raw parameters ---------------------------------------------------------------------------------------------------


def test_a_raw_parameter_wins_over_ours_and_any_other_stands_in_its_own_section() -> None:
    overrides = {
        "user_dtmf_info[1]": RawValue("sip_info_only"),
        "mwi_dialtone": RawValue("stutter"),
        "functionKeys/fkey[5]": RawValue("keyevent F_HOLD"),
        "functionKeys/fkey[5]@short_label": RawValue("Hold"),
    }
    found = _device(phone(SNOM, "D785", overrides=overrides))
    assert {name: found[name] for name in overrides} == {name: value.text for name, value in overrides.items()}


def test_passwords_and_pins_of_the_whole_dictionary_are_secrets() -> None:
    names = {
        name.replace("{n}", "1")
        for file in ("snom.txt", "snom-more.txt")
        for name in (ROOT / "firmware-profiles" / "params" / file).read_text(encoding="utf-8").split("\n")[1:]
    }
    looks_secret = re.compile(
        r"(?:passwo?r?d(?:_confirm)?|passwd|_pass|_hash|_pw|lockpin|wep_key\d|wpapsk|ac_code|_secret|token|_cert)"
        r"(?:\[1\])?$"
    )
    found = {name for name in names if looks_secret.search(name)} - {"empty_tls_client_cert"}
    found -= {"check_fqdn_against_server_cert"}
    assert len(found) > 25
    assert {name for name in found if not SNOM.is_secret(name)} == set()
    for public in ("user_name[1]", "edit_mode_for_passwords", "http_user", "pa1_pin1", "functionKeys/fkey[0]"):
        assert not SNOM.is_secret(public)


# --- Whatever people are called ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["D717", "M300"])
@given(label=st.text(max_size=40), name=st.text(max_size=40), password=st.text(max_size=40))
def test_whatever_a_person_is_called_the_same_settings_are_read(
    model: str, label: str, name: str, password: str
) -> None:
    syntax = SYNTAXES["xml-sections"]
    honest = phone(SNOM, model)
    own = line(1, label, display_name=name, password=Secret(password), mailbox="101")
    keys = tuple(msgspec.structs.replace(key, label=label) for key in honest.keys)
    subject = msgspec.structs.replace(honest, lines=(own, *honest.lines[1:]), keys=keys)
    file = rendered(SNOM, "device", subject)
    read = syntax.read(file.body)
    assert [parameter for parameter, _ in read] == list(_device(honest))
    assert dict(read) == _read(file.body)
    account = _accounts(subject)[0]
    assert (account["display_name"], account["password"]) == (syntax.clean(name), syntax.clean(password))
    assert syntax.clean(label) in dict(read).values()


@pytest.mark.parametrize("model", ["D717", "M300"])
def test_a_name_that_looks_like_a_file_adds_nothing(model: str) -> None:
    honest = phone(SNOM, model)
    for name in ('A"&<\nx', '</user_name><user_pass idx="1">x', '" perm="R', "--><!--", "]]>"):
        keys = tuple(msgspec.structs.replace(key, label=name) for key in honest.keys)
        own = line(1, name, display_name=name, mailbox="101")
        subject = msgspec.structs.replace(honest, lines=(own, *honest.lines[1:]), keys=keys)
        found = _device(subject)
        assert list(found) == list(_device(honest))
        assert _accounts(subject)[0]["display_name"] == name
        assert model == "M300" or found["functionKeys/fkey[0]@label"] == name
