"""Avaya's files: what a J100 gets, from its upgrade file to its own."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
import pytest

from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Firmware, Phone, PhoneKey, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.profiles import Profiles
from offhook.provisioning.syntax import SYNTAXES, SyntaxProblem
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, doorbell, key, line, phone, profiles, rendered

J100: Final[Profile] = profiles().by_family["avaya"]
SET: Final = SYNTAXES["set-statements"]
FIRMWARE: Final = Firmware(
    version="4.1.4.0.5",
    file="FW_S_J179_R4_1_4_0_5.bin",
    folder="http://10.0.0.1:8080/firmware/avaya/4.1.4.0.5/",
)


def desk(model: str | None = "J179", version: str | None = None, **settings: Any) -> Phone:
    """Marie's phone with settings beside the office's."""
    return phone(J100, model, version, settings=msgspec.structs.replace(OFFICE, **settings))


def read(asked: Phone) -> dict[str, str]:
    """What a phone takes from its own file."""
    return dict(SET.read(rendered(J100, "device", asked).body))


def keys(asked: Phone) -> list[str]:
    """Its PHONEKEY statements."""
    return [value for name, value in SET.read(rendered(J100, "device", asked).body) if name == "PHONEKEY"]


def next_file(file: str, asked: Phone) -> list[str]:
    """The files that one names with GET."""
    return re.findall(r"^GET (\S+)$", rendered(J100, file, asked).body.decode(), re.MULTILINE)


# From one file to the next


def test_each_file_names_the_next_that_the_phone_asks_for() -> None:
    asked = desk()
    assert next_file("upgrade", asked) == ["46xxsettings.txt"]
    assert next_file("settings", asked) == ["$MACADDR.txt"]
    assert next_file("device", asked) == []
    assert [step.ask for step in J100.file.boot if not step.generations or "r4" in step.generations] == [
        "J100Supgrade.txt",
        "46xxsettings.txt",
        "{mac}.txt",
    ]


def test_a_phone_of_the_9600_series_asks_for_its_own_upgrade_file() -> None:
    identifier = Identifier(Profiles([J100]))
    rule = identifier.file_of("96x1Supgrade.txt", J100)
    assert rule is not None and rule.generations == ("96x1",)
    assert next_file("upgrade 96x1", desk("9611")) == ["46xxsettings.txt"]


@pytest.mark.parametrize("name", ["c81feaaabb01.txt", "C81FEAAABB01.cfg"])
def test_the_phone_s_own_file_has_either_ending(name: str) -> None:
    rule = Identifier(Profiles([J100])).file_of(name, J100)
    assert rule is not None and rule.name == "device"


def test_firmware_is_a_path_below_the_server_as_older_phones_take_no_url() -> None:
    asked = msgspec.structs.replace(desk(), firmware=FIRMWARE)
    assert SET.read(rendered(J100, "upgrade", asked).body) == [
        ("APPNAME", "firmware/avaya/4.1.4.0.5/FW_S_J179_R4_1_4_0_5.bin")
    ]
    assert SET.read(rendered(J100, "upgrade", desk()).body) == []


@pytest.mark.parametrize(
    ("file", "model", "version"),
    [
        ("fw_s_j179_r4_1_4_0_5.bin", "j179", "4_1_4_0_5"),
        ("fw_s_j189_r4_1_3_0_6.bin", "j189", "4_1_3_0_6"),
        ("fw_s_j189a_r4_1_3_0_6.bin", "j189", "4_1_3_0_6"),
        ("fw_jem24_r1_0_1_0_26.bin", None, "1_0_1_0_26"),
    ],
)
def test_a_firmware_file_says_what_it_is_for(file: str, model: str | None, version: str) -> None:
    matched = next(found for rule in J100.file.firmware if (found := re.fullmatch(rule.file, file)))
    assert matched.groupdict().get("model") == model
    assert matched["version"] == version


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://10.0.0.1:8080/", {"HTTPSRVR": "10.0.0.1", "HTTPPORT": "8080", "HTTPDIR": "/"}),
        ("http://boot.example/p/bureau/", {"HTTPSRVR": "boot.example", "HTTPPORT": "80", "HTTPDIR": "/p/bureau"}),
        ("https://boot.example:8443/", {"TLSSRVR": "boot.example", "TLSPORT": "8443", "TLSDIR": "/"}),
        ("http://[2001:db8::1]/", {"HTTPSRVR": "2001:db8::1", "HTTPPORT": "80", "HTTPDIR": "/"}),
        ("http://[2001:db8::1]:81/", {"HTTPSRVR": "2001:db8::1", "HTTPPORT": "81", "HTTPDIR": "/"}),
        ("", {}),
    ],
)
def test_the_server_is_told_as_host_port_and_folder(url: str, expected: dict[str, str]) -> None:
    values = read(msgspec.structs.replace(desk(), provisioning_url=url))
    assert {
        name: value for name, value in values.items() if re.match("(?:HTTP|TLS)(?:SRVR|PORT|DIR)$", name)
    } == expected


@pytest.mark.parametrize(("minutes", "policy"), [(5, "1"), (1440, "1"), (1441, "2"), (10080, "2"), (43200, "3")])
def test_files_are_looked_for_by_the_day_week_or_month(minutes: int, policy: str) -> None:
    assert read(desk(provisioning_interval=minutes))["AUTOMATIC_UPDATE_POLICY"] == policy


# The account


def test_the_phone_does_not_look_for_aura_and_takes_a_notify() -> None:
    for file in ("settings", "device"):
        values = dict(SET.read(rendered(J100, file, desk()).body))
        assert values["ENABLE_3PCC_ENVIRONMENT"] == "1"
        for name in ("ENABLE_AVAYA_ENVIRONMENT", "DISCOVER_AVAYA_ENVIRONMENT", "ENABLE_IPOFFICE", "DES_STAT"):
            assert values[name] == "0"
        assert (values["ENABLE_OOD_RESET_NOTIFY"], values["ENABLE_OOD_MSG_TLS_ONLY"]) == ("1", "0")


def test_a_second_server_takes_over_where_the_firmware_knows_two() -> None:
    servers = (
        PhoneServer(host="sip.bureau.example", port=5061, transport="tls"),
        PhoneServer(host="sip2.bureau.example", port=5060, transport="udp"),
    )
    both = read(phone(J100, "J179", servers=servers))
    assert both["SIP_CONTROLLER_LIST"] == (
        "sip.bureau.example:5061;transport=tls,sip2.bureau.example:5060;transport=udp"
    )
    assert both["ENABLE_UDP_TRANSPORT"] == "1"
    one = read(phone(J100, "J179", "2.0.0.0", servers=servers))
    assert one["SIP_CONTROLLER_LIST"] == "sip.bureau.example:5061;transport=tls"
    assert one["ENABLE_UDP_TRANSPORT"] == "0"


def test_a_name_is_shown_without_the_signs_that_phones_refuse_one_for() -> None:
    values = read(phone(J100, "J179", lines=(line(1, "101", display_name='A<b>;"c"/&d'),)))
    assert not set(values["DISPLAY_NAME"]) & set(';"<>/&')
    assert re.findall(r"\w", values["DISPLAY_NAME"]) == list("Abcd")


def test_an_owner_s_mailbox_lights_the_lamp_and_a_doorbell_has_none() -> None:
    assert read(desk())["PSTN_VM_NUM"] == "*97"
    assert read(desk())["SUBSCRIBE_LIST_NON_AVAYA"] == "message-summary"
    assert not {"PSTN_VM_NUM", "SUBSCRIBE_LIST_NON_AVAYA"} & read(doorbell(J100, "J129")).keys()


@pytest.mark.parametrize(("srtp", "written"), [("off", "9"), ("optional", "1,2,9"), ("required", "1,2")])
def test_audio_is_encrypted_as_set_and_never_asks_for_sips(srtp: str, written: str) -> None:
    values = read(desk(srtp=srtp))
    assert (values["MEDIAENCRYPTION"], values["ENFORCE_SIPS_URI"]) == (written, "0")


def test_codecs_are_ordered_and_the_others_off() -> None:
    values = read(desk(codecs=("pcma", "opus", "ilbc")))
    assert values["CODEC_PRIORITY"] == "G711A,OPUS"
    assert (values["ENABLE_OPUS"], values["ENABLE_G711A"], values["ENABLE_G722"]) == ("1", "1", "0")
    assert "CODEC_PRIORITY" not in read(desk(codecs=("ilbc",)))


@pytest.mark.parametrize(("seconds", "enabled", "every"), [(0, "0", None), (5, "1", "15"), (30, "1", "30")])
def test_a_nat_binding_is_kept_open_as_often_as_phones_can(seconds: int, enabled: str, every: str | None) -> None:
    values = read(desk(nat_keepalive=seconds))
    assert values["NAT_SIGNALING_KEEPALIVE_ENABLED"] == enabled
    assert values.get("NAT_SIGNALING_KEEPALIVE_OVERRIDE_SEC") == every


# Keys


def test_keys_are_told_as_the_phone_reads_them() -> None:
    asked = phone(J100, "J179", keys=(
        key(J100, 1, "line", label="101"),
        key(J100, 2, "blf", "102", label="Josh; \"J\""),
        key(J100, 3, "speed_dial", "5551234"),
        key(J100, 4, "dnd", "x", label="DND"),
    ))  # fmt: skip
    assert keys(asked) == [
        "Key=1;Type=line;Name=primary;Label=101;Forced",
        "Key=2;Type=feature;Name=blf;attr1=102;Label=Josh, 'J';Forced",
        "Key=3;Type=autodial;Name=autodial;attr1=5551234;Forced",
        "Key=4;Type=feature;Name=dnd;Label=DND;Forced",
    ]


def test_keys_of_modules_are_counted_after_the_phone_s_own() -> None:
    def place(module: int, position: int) -> str:
        own: PhoneKey = key(J100, position, "blf", "102", module=module)
        return keys(phone(J100, "J179", keys=(own,)))[0].partition(";")[0]

    assert [place(0, 24), place(1, 1), place(1, 24), place(3, 24)] == ["Key=24", "Key=25", "Key=48", "Key=96"]


def test_a_watched_call_is_picked_up_with_our_code_or_without_any() -> None:
    with_code = read(desk(pickup_code="**"))
    assert (with_code["CALL_PICKUP_FAC"], with_code["BLF_PICKUP_METHOD"]) == ("**", "0")
    without = read(desk())
    assert without["BLF_PICKUP_METHOD"] == "1" and "CALL_PICKUP_FAC" not in without
    settings = msgspec.structs.replace(OFFICE, pickup_code="**")
    assert "attr1=**102" in keys(phone(J100, "J179", keys=(key(J100, 5, "pickup", "102"),), settings=settings))[0]


def test_forwarding_is_allowed_to_a_phone_with_a_key_for_it() -> None:
    assert "CALLFWDSTAT" not in read(desk())
    assert read(phone(J100, "J179", keys=(key(J100, 5, "forward"),)))["CALLFWDSTAT"] == "7"


# Time, language, network


@pytest.mark.parametrize(
    ("zone", "offset", "start", "stop"),
    [
        ("Europe/Paris", "+1:00", "LSunMar2L", "LSunOct3L"),
        ("America/Montreal", "-5:00", "2SunMar2L", "1SunNov2L"),
        ("America/St_Johns", "-3:30", "2SunMar2L", "1SunNov2L"),
        ("Australia/Sydney", "+10:00", "1SunOct2L", "1SunApr3L"),
    ],
)
def test_summer_time_is_told_by_week(zone: str, offset: str, start: str, stop: str) -> None:
    values = read(phone(J100, "J179", zone=zone_rule(zone)))
    assert values["GMTOFFSET"] == offset
    assert (values["DAYLIGHT_SAVING_SETTING_MODE"], values["DSTOFFSET"]) == ("2", "1")
    assert (values["DSTSTART"], values["DSTSTOP"]) == (start, stop)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe"])
def test_a_zone_without_whole_hours_of_summer_time_keeps_standard_time(zone: str) -> None:
    values = read(phone(J100, "J179", zone=zone_rule(zone)))
    assert values["DAYLIGHT_SAVING_SETTING_MODE"] == "0" and "DSTSTART" not in values


def test_the_clock_s_parameter_changed_with_firmware_4_0_5() -> None:
    assert read(desk(time_format="24h"))["ADMINTIMEFORMAT"] == "1"
    older = read(desk("J179", "4.0.4.0", time_format="24h"))
    assert older["TIMEFORMAT"] == "1" and "ADMINTIMEFORMAT" not in older
    assert read(desk(date_format="day-month-year"))["DATEFORMAT"] == "%d/%m/%Y"


def test_the_menus_language_is_a_file_of_the_model() -> None:
    values = read(desk("J169", language="fr-CA"))
    assert values["LANGUAGES"] == values["SYSTEM_LANGUAGE"] == "Mlf_J169_J179_CanadianFrench.xml"
    assert read(desk("J129", language="de"))["SYSTEM_LANGUAGE"] == "Mlf_J129_German.xml"
    assert "SYSTEM_LANGUAGE" not in read(desk(language="en"))
    assert Identifier(Profiles([J100])).file_of("Mlf_J169_J179_ParisianFrench.xml", J100) == J100.file_rule("language")


def test_a_voice_vlan_is_tagged_always_and_the_pc_is_kept_apart() -> None:
    values = read(desk(vlan_id=20, vlan_priority=5, pc_vlan_id=30))
    assert {name: values[name] for name in ("L2Q", "L2QVLAN", "L2QAUD", "L2QSIG", "VLANSEP", "PHY2VLAN")} == {
        "L2Q": "1", "L2QVLAN": "20", "L2QAUD": "5", "L2QSIG": "5", "VLANSEP": "1", "PHY2VLAN": "30",
    }  # fmt: skip
    assert not {"L2Q", "VLANSEP"} & read(desk()).keys()


def test_802_1x_asks_nobody_for_a_password() -> None:
    port: dict[str, Any] = {"dot1x_identity": "poste", "dot1x_password": Secret("p0rt")}
    values = read(desk(dot1x_mode="peap-mschapv2", **port))
    assert (values["DOT1XSTAT"], values["DOT1XEAPS"]) == ("2", "PEAP")
    assert (values["FORCE_DOT1XID"], values["FORCE_DOT1XPSWD"]) == ("poste", "p0rt")
    assert read(desk(dot1x_mode="eap-tls", **port))["FORCE_DOT1XID_TLS"] == "poste"
    assert "DOT1XSTAT" not in read(desk(dot1x_mode="ttls-mschapv2", **port)), "phones cannot do it"


def test_the_phone_book_is_a_file_beside_the_phone_s_own() -> None:
    here = read(desk(phone_book_url="http://10.0.0.1:8080/book.xml"))
    assert here["DOWNLOADABLE_DIRECTORY"] == "book.xml"
    assert "DOWNLOADABLE_DIRECTORY" not in read(desk(phone_book_url="http://elsewhere.example/book.xml"))


@pytest.mark.parametrize(("access", "server", "http"), [("off", "0", "0"), ("https", "1", "0"), ("both", "1", "1")])
def test_the_web_page_is_open_as_set(access: str, server: str, http: str) -> None:
    values = read(desk(web_access=access, web_admin_password=Secret("Bureau-4417")))
    assert (values["ENABLE_WEBSERVER"], values["WEBSERVER_ON_HTTP"]) == (server, http)
    assert values["ADMIN_PASSWORD"] == values["FORCE_WEB_ADMIN_PASSWORD"] == "Bureau-4417"


# Syntax


@pytest.mark.parametrize(
    "body", [b"SIPDOMAIN bureau.example", b'SET SIPDOMAIN "a" "b"', b"SET SIPDOMAIN bureau.example", b"\xff", b"GETS x"]
)
def test_a_file_that_no_phone_could_read_is_refused(body: bytes) -> None:
    with pytest.raises(SyntaxProblem, match="line 1"):
        SET.read(body)


def test_places_jumps_and_remarks_hold_no_parameter() -> None:
    body = b'## A remark\n# PLACE\nIF $MODEL4 SEQ J179 GOTO PLACE\nGOTO PLACE\nGET 46xxsettings.txt\nSET L2Q "1"\n'
    assert SET.read(body) == [("L2Q", "1")]


def test_passwords_and_keys_of_the_whole_dictionary_are_secrets() -> None:
    looks_secret = re.compile(r"PASSWORD$|PSWD$|_PIN$|^WEP_KEY\d$|SNMPSTRING")
    found = {name for name in J100.dictionary.names if looks_secret.search(name)}
    assert len(found) > 10
    assert {name for name in found if not J100.is_secret(name)} == set()
    for public in ("FORCE_SIP_USERNAME", "PHONEKEY", "PKCS12_PASSWD_RETRY", "WEP_KEY_LEN"):
        assert not J100.is_secret(public)
