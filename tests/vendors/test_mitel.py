"""Mitel's files: what a 6700, 6800 or 6900 gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.secret import Secret
from offhook.provisioning.firmware import describe
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Firmware, Phone, PhoneKey, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule
from tests.offices import office_of

from .phones import OFFICE, doorbell, key, line, phone, profiles, rendered

MITEL: Final[Profile] = profiles().by_family["mitel"]
OLD: Final[Profile] = profiles().by_family["mitel-5300"]
COLONS: Final = SYNTAXES["colons"]
AGENT: Final = "Mitel6930 MAC:14-00-E9-1E-DB-52 V:6.4.0.140-SIP"
MAC_OF_AGENT: Final = "1400e91edb52"


def desk(model: str | None = "6930", version: str | None = None, **settings: Any) -> Phone:
    """Marie's phone with settings beside the office's."""
    return phone(MITEL, model, version, settings=msgspec.structs.replace(OFFICE, **settings))


def text(asked: Phone) -> str:
    """A phone's own file."""
    return rendered(MITEL, "device", asked).body.decode()


def read(asked: Phone) -> dict[str, str]:
    """What a phone takes from its own file."""
    return dict(COLONS.read(rendered(MITEL, "device", asked).body))


def keyed(model: str, *keys: PhoneKey, version: str | None = None, **settings: Any) -> dict[str, str]:
    """What a phone with these keys takes."""
    return read(msgspec.structs.replace(desk(model, version, **settings), keys=keys))


# From power-on to its own file


@pytest.mark.parametrize(
    ("model", "version", "common"),
    [("6731i", "3.3.1.4365", "aastra.cfg"), ("6867i", "4.1.0.128", "aastra.cfg"), ("6930", "6.4.0.140", "startup.cfg")],
)
def test_a_phone_asks_for_key_firmware_and_common_file_before_its_own(model: str, version: str, common: str) -> None:
    generation = MITEL.generation(model, version)
    asked = [step.ask for step in MITEL.file.boot if not step.generations or generation in step.generations]
    assert asked == ["security.tuz", "{model}.st", common, "{model}.cfg", "{mac}.cfg"]


@pytest.mark.parametrize("file", ["common", "common of 4.2"])
def test_the_common_file_is_never_empty_or_phones_ask_for_no_other(file: str) -> None:
    assert COLONS.read(rendered(MITEL, file, desk()).body)
    unknown = msgspec.structs.replace(desk(None), provisioning_url="")
    assert COLONS.read(rendered(MITEL, file, unknown).body) == [("contact rcs", "0")]


@pytest.mark.parametrize(
    "name", ["security.tuz", "aastra.tuz", "startup.tuz", "6930.tuz", "1400E91EDB52.tuz", "6930.cfg", "57i.cfg"]
)
def test_what_is_not_there_is_known_not_to_be_there(name: str) -> None:
    file = Identifier(profiles()).identify(f"/Aastra/{name}", AGENT).file
    assert file is not None and file.kind == "absent"


def test_a_phone_is_known_by_its_file_where_tftp_tells_no_more() -> None:
    identifier = Identifier(profiles())
    found = identifier.identify("00085D237429.cfg", None)
    assert (found.vendor, found.mac, found.file and found.file.name) == ("mitel", "00085d237429", "device")
    assert identifier.identify("53i.st", None).model == "6753i"
    old = identifier.identify("MN_08000F112233.cfg", None)
    assert old.profile is OLD and old.mac == "08000f112233"


def test_a_phone_of_the_vendor_that_said_no_more_is_no_5300() -> None:
    assert profiles().of_model("mitel") is MITEL
    assert profiles().of_mac("08000f112233") is MITEL
    assert profiles().of_model("mitel/5330e") is OLD


# How parameters stand


def test_what_a_person_set_at_a_new_phone_does_not_hide_their_account() -> None:
    lines = text(desk("6930", "6.4.0.140")).splitlines()
    for own in ("sip line1 user name: marie-desk", "sip line1 password: M-desk-4417", "http server: 10.0.0.1"):
        assert f"^{own}" in lines
    assert "ring tone: 3" in text(desk("6930", ring_tone="3")).splitlines()


def test_a_phone_that_knows_no_sign_before_a_name_gets_none() -> None:
    assert "^" not in text(desk("6757i", web_admin_password=Secret("4711")))


def test_a_value_with_a_hash_is_no_remark() -> None:
    pickup = text(desk("6867i", pickup_code="*8#"))
    assert 'directed call pickup prefix: "*8#"\n' in pickup
    asked = msgspec.structs.replace(desk(), lines=(line(1, "Bureau #1", password=Secret('a#b c"')),))
    values = read(asked)
    assert (values["sip line1 screen name"], values["sip line1 password"]) == ("Bureau #1", "a#b c'")


@given(label=st.text(st.characters(codec="utf-8"), max_size=30))
def test_no_label_reaches_the_next_line(label: str) -> None:
    values = keyed("6930", key(MITEL, 1, "speed_dial", "102", label=label))
    assert values["topsoftkey1 type"] == "speeddial"
    assert values.get("topsoftkey1 label", "") == (COLONS.clean(label) if label else "")
    assert "admin password" not in values


# Accounts


def test_the_account_s_proxy_is_the_outbound_proxy_of_its_realm() -> None:
    values = read(desk())
    assert [values[f"sip line1 {name} ip"] for name in ("proxy", "registrar")] == ["bureau.example"] * 2
    assert (values["sip line1 outbound proxy"], values["sip line1 outbound proxy port"]) == (
        "sip.bureau.example",
        "5060",
    )
    assert values["sip transport protocol"] == "1"


def test_a_second_proxy_takes_over_where_the_first_is_the_realm_itself() -> None:
    servers = (
        PhoneServer(host="bureau.example", port=5061, transport="tls"),
        PhoneServer(host="sip2.bureau.example", port=5062, transport="tls"),
    )
    values = read(msgspec.structs.replace(desk(), servers=servers))
    for name in ("proxy", "registrar"):
        assert (values[f"sip line2 {name} ip"], values[f"sip line2 {name} port"]) == ("bureau.example", "5061")
        assert values[f"sip line2 backup {name} ip"] == "sip2.bureau.example"
        assert values[f"sip line2 backup {name} port"] == "5062"
    assert "sip line1 outbound proxy" not in values and values["sip transport protocol"] == "4"


def test_a_phone_subscribes_to_a_mailbox_only_where_there_is_one() -> None:
    assert read(desk())["sip explicit mwi subscription"] == "1"
    nobody = read(doorbell(MITEL, "6863i"))
    assert "sip explicit mwi subscription" not in nobody and "sip line1 vmail" not in nobody


@pytest.mark.parametrize(
    ("dtmf", "out_of_band", "method"),
    [("inband", "0", "0"), ("rfc2833", "1", "0"), ("info", "0", "1"), ("rfc2833+info", "1", "2")],
)
def test_digits_go_as_the_maker_s_matrix_has_them(dtmf: str, out_of_band: str, method: str) -> None:
    values = read(desk(dtmf=dtmf))
    assert (values["sip out-of-band dtmf"], values["sip line2 dtmf method"]) == (out_of_band, method)


def test_codecs_stand_in_order_and_none_at_all_is_no_list() -> None:
    listed = read(desk(codecs=("pcma", "opus", "g722")))["sip customized codec"]
    assert listed == "payload=8;ptime=20;silsupp=off,payload=9;ptime=20;silsupp=off"
    assert "sip customized codec" not in read(desk(codecs=("opus",)))


# Keys


@pytest.mark.parametrize(
    ("model", "position", "name"),
    [
        ("6755i", 6, "prgkey6"),
        ("6755i", 7, "softkey1"),
        ("6757i", 10, "topsoftkey10"),
        ("6757i", 11, "softkey1"),
        ("6869i", 44, "topsoftkey44"),
        ("6869i", 68, "softkey24"),
        ("6930", 22, "topsoftkey22"),
    ],
)
def test_keys_are_counted_through_the_kinds_that_a_model_has(model: str, position: int, name: str) -> None:
    values = keyed(model, key(MITEL, position, "speed_dial", "102", label="Jo", line=2))
    written = [values[f"{name} {part}"] for part in ("type", "value", "label", "line")]
    assert written == ["speeddial", "102", "Jo", "2"]


def test_keys_of_modules_have_their_module_s_number() -> None:
    values = keyed("6867i", key(MITEL, 84, "blf", "102", module=3))
    assert (values["expmod3 key84 type"], values["expmod3 key84 value"]) == ("blf", "102")


def test_a_key_below_the_display_of_a_6800_dials_whom_it_cannot_watch() -> None:
    keys = (key(MITEL, 20, "blf", "102"), key(MITEL, 21, "blf", "103"))
    values = keyed("6867i", *keys)
    assert (values["topsoftkey20 type"], values["softkey1 type"]) == ("blf", "speeddial")
    assert keyed("6757i", key(MITEL, 11, "blf", "102"))["softkey1 type"] == "blf"


def test_what_a_key_dials_stands_as_its_type_wants_it() -> None:
    keys = (
        key(MITEL, 1, "pickup", "102"),
        key(MITEL, 2, "park", "701"),
        key(MITEL, 3, "transfer", "103"),
        key(MITEL, 4, "transfer"),
        key(MITEL, 5, "dnd", "104"),
    )
    values = keyed("6930", *keys, pickup_code="**")
    assert values["topsoftkey1 value"] == "**102"
    assert values["topsoftkey2 value"] == "asterisk;701"
    assert [values[f"topsoftkey{number} type"] for number in (3, 4, 5)] == ["speeddialxfer", "xfer", "dnd"]
    assert "topsoftkey4 value" not in values and "topsoftkey5 value" not in values


def test_an_old_phone_is_told_line_by_line_where_a_park_key_parks() -> None:
    park = key(MITEL, 1, "park", "701")
    assert keyed("6755i", park)["sip line2 park pickup config"] == "701;701;asterisk"
    assert "sip line1 park pickup config" not in keyed("6930", park)


# Time, language, network


def test_minutes_of_a_zone_are_those_to_utc_and_its_last_sundays_are_minus_one() -> None:
    values = read(desk())
    assert (values["time zone name"], values["time zone minutes"], values["dst config"]) == ("Custom", "-60", "3")
    parts = ("month", "week", "day", "hour")
    assert [values[f"dst start {part}"] for part in parts] == ["3", "-1", "1", "2"]
    assert [values[f"dst end {part}"] for part in parts] == ["10", "-1", "1", "3"]
    assert values["dst [start|end] relative date"] == "1"


def test_a_zone_without_summer_time_has_none() -> None:
    values = read(msgspec.structs.replace(desk(), zone=zone_rule("Asia/Kathmandu")))
    assert (values["time zone minutes"], values["dst config"]) == ("-345", "0")
    assert "dst start month" not in values


def test_a_phone_that_speaks_french_reads_hours_in_french() -> None:
    assert read(desk(language="fr-CA"))["auto resync time"] == "02h00"
    assert read(desk(language="de"))["auto resync time"] == "02:00"
    assert read(desk(provisioning_interval=10_080))["auto resync days"] == "7"


def test_a_language_s_file_is_found_beside_the_config_or_by_its_whole_address() -> None:
    assert read(desk("6757i"))["language 1"] == "lang_fr.txt"
    assert read(desk("6930", language="fr-CA"))["language 1"] == "http://10.0.0.1:8080/lang_fr_ca.txt"
    assert read(desk(language="xx"))["language"] == "0"


def test_a_computer_behind_the_phone_is_untagged_unless_it_has_a_vlan() -> None:
    values = read(desk(vlan_id=20, vlan_priority=5))
    assert [values[name] for name in ("tagging enabled", "vlan id", "priority non-ip", "vlan id port 1")] == [
        "1",
        "20",
        "5",
        "4095",
    ]
    assert read(desk(vlan_id=20, pc_vlan_id=30))["vlan id port 1"] == "30"
    assert "tagging enabled" not in read(desk())


def test_a_phone_is_told_of_https_only_at_the_port_that_it_would_ask() -> None:
    def told(url: str) -> dict[str, str]:
        return read(msgspec.structs.replace(desk(), provisioning_url=url))

    values = told("https://boot.example/t/abc/")
    assert (values["download protocol"], values["https server"], values["https path"]) == (
        "HTTPS",
        "boot.example",
        "t/abc",
    )
    assert "download protocol" not in told("https://boot.example:8443/")
    assert (told("http://[2001:db8::1]/")["http server"], told("http://[::1]:8080/")["http port"]) == (
        "[2001:db8::1]",
        "8080",
    )


# Firmware


def test_firmware_is_named_by_the_folder_that_holds_the_model_s_file() -> None:
    firmware = Firmware(version="8.2.0", file="6930.st", folder="http://10.0.0.1:8080/firmware/mitel/8.2.0/")
    values = read(msgspec.structs.replace(desk(), firmware=firmware))
    assert values["firmware server"] == "http://10.0.0.1:8080/firmware/mitel/8.2.0"


@pytest.mark.parametrize(("file", "model"), [("6930w.st", "6930w"), ("6757i.st", "6757i"), ("9143i.st", "9143i")])
def test_a_firmware_s_name_says_its_model(file: str, model: str) -> None:
    assert describe([MITEL, OLD], file, size=1, sha256="0" * 64, version="8.2.0").models == (model,)


def test_a_phone_takes_the_firmware_that_is_pinned_for_it_by_its_bare_name(tmp_path: Path) -> None:
    folder = tmp_path / "mitel" / "8.2.0"
    folder.mkdir(parents=True)
    (folder / "6930.st").write_bytes(b"firmware")
    known = describe([MITEL], "6930.st", size=8, sha256="0" * 64, version="8.2.0")
    (folder / "6930.st.json").write_bytes(msgspec.json.encode(known))
    for pins, status in (("", 404), ("firmware: {mitel/6930: 8.2.0}", 200)):
        office = office_of(
            f"""
accounts: [{{id: default, realm: bureau.example, {pins}}}]
devices: [{{id: desk, mac: "{MAC_OF_AGENT}", model: mitel/6930, sip: {{username: desk, password: p}}}}]
""",
            firmware=tmp_path,
        )
        assert office.ask("/6930.st", user_agent=AGENT)[0].status == status
        assert office.ask("/6940.st", user_agent=AGENT)[0].status == 404


def test_passwords_are_secrets_and_what_only_sounds_so_is_none() -> None:
    secret = ("admin password", "user password", "sip line12 password", "sip password", "ftp password")
    assert all(MITEL.is_secret(name) and MITEL.dictionary.knows(name) for name in secret)
    assert not MITEL.is_secret("options password enabled")
