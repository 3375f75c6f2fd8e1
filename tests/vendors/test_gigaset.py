"""Gigaset's files: bases with a handset for each line, desk phones of two kinds, a directory that is searched."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree

import msgspec
import pytest

from offhook.model.settings import Settings
from offhook.provisioning.phone import Firmware, Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule
from tests.offices import all_profiles, office_of

from .phones import OFFICE as SETTINGS
from .phones import key, line, phone, profiles, rendered

BASE: Final[Profile] = profiles().by_family["gigaset"]
DESK: Final[Profile] = profiles().by_family["gigaset-p"]
MAXWELL: Final[Profile] = profiles().by_family["gigaset-maxwell"]

OFFICE: Final = """
accounts: [{id: default, realm: bureau.example}]
users: [{id: marie, name: Marie Tremblay}, {id: josh, name: Josh Côté}]
devices:
  - id: base
    mac: "7c2f80aabb01"
    model: gigaset/N870 IP PRO
    sip: {username: base, password: p}
    lines: [{user: marie}, {user: josh}]
callflows:
  - {id: m, numbers: ["101"], start: r, nodes: {r: {type: ring, targets: [{user: marie}]}}}
  - {id: j, numbers: ["102"], start: r, nodes: {r: {type: ring, targets: [{user: josh}]}}}
"""


def test_a_base_of_two_people_has_a_handset_with_an_account_for_each() -> None:
    answer, event = office_of(OFFICE).ask("/7c2f80aabb01.xml")
    assert answer.status == 200, event.verdict
    root = ElementTree.fromstring(answer.body)
    assert [oper.get("value") for oper in root.iter("oper") if oper.get("name") == "add_hs"] == ["00001", "00002"]
    found = {one.get("name"): one.get("value") for one in root.iter("param")}
    for handset, login, name, code in (
        ("00001", "base", "Marie Tremblay", "0001"),
        ("00002", "base-2", "Josh Côté", "0002"),
    ):
        account = f"SipAccount.{handset}."
        assert (found[account + "AuthName"], found[account + "DisplayName"]) == (login, name)
        assert found[f"hs.{handset}.DECT_AC"] == code


def test_handsets_that_are_not_written_are_taken_from_the_base_and_none_is_booked_by_a_clock() -> None:
    body = rendered(BASE, "device", phone(BASE, "N610 IP PRO")).body.decode()
    assert '<oper name="DeleteNotProvisionedHS"/>' in body
    assert "RegStart" not in body, "the same documents must give the same bytes"


def test_firmware_is_told_only_when_it_is_to_change() -> None:
    new = Firmware(
        version="2.65.0", file="Gigaset-Nx70-V2.65.0-build.8504c90.bin", folder="http://boot/firmware/gigaset/2.65.0/"
    )
    assert b"<firmware>" not in rendered(BASE, "device", phone(BASE, "N610 IP PRO")).body
    assert (
        b'<file version="2.65.0" url="http://boot/firmware/gigaset/2.65.0/Gigaset-Nx70-V2.65.0-build.8504c90.bin"/>'
        in rendered(BASE, "device", phone(BASE, "N610 IP PRO", firmware=new)).body
    )


def test_a_desk_phone_gets_snom_s_config_under_its_own_name() -> None:
    subject = phone(DESK, "P82x")
    found = dict(SYNTAXES["xml-sections"].read(rendered(DESK, "device", subject).body))
    assert (found["user_name[1]"], found["user_host[1]"], found["functionKeys/fkey[0]"]) == (
        "marie-desk",
        "bureau.example",
        "line",
    )


@pytest.mark.parametrize(
    ("mac", "family"),
    [
        ("7c2f80123456", "gigaset"),
        ("000413e50102", "gigaset-p"),
        ("000413801234", "gigaset-p"),
        ("0004139e1234", "snom"),
        ("000413809ec0", "snom"),
        ("000413809ebf", "gigaset-p"),
        ("00041380f8df", "snom"),
        ("00041380f8e0", "gigaset-p"),
        ("000413241234", "snom"),
    ],
)
def test_the_parts_of_snom_s_range_that_are_gigaset_s_are_known(mac: str, family: str) -> None:
    found = all_profiles().of_mac(mac)
    assert found is not None and found.family == family


def test_the_directory_is_searched_by_the_fields_that_the_base_sends() -> None:
    office = office_of(OFFICE)

    def names(query: str) -> list[str | None]:
        answer, event = office.ask("/p/default/gigaset-book.xml", query=query)
        assert answer.status == 200, event.verdict
        return [entry.text for entry in ElementTree.fromstring(answer.body).iter("ln")]

    everybody = "command=get%5flist&type=pb&fn=%2a&ln=%2a&ct=%2a&hm=%2a&nr=%2a&first=1&count=1&mac=7C2F80AABB01"
    assert names(everybody) == ["Côté"]
    assert names(everybody.replace("first=1", "first=2")) == ["Tremblay"]
    assert names(everybody.replace("ln=%2a", "ln=Trem%2a")) == ["Tremblay"]
    assert names(everybody.replace("hm=%2a", "hm=102")) == ["Côté"]
    answer, _ = office.ask("/p/default/gigaset-book.xml", query="ln=Nobody%2a")
    assert ElementTree.fromstring(answer.body).get("notfound") == "ln"


def test_a_line_without_a_mailbox_has_none_on_its_handset() -> None:
    subject = phone(BASE, "N610 IP PRO")
    alone = msgspec.structs.replace(subject, lines=(line(1, "110", voicemail_number=None),))
    found = dict(SYNTAXES["xml-params"].read(rendered(BASE, "device", alone).body))
    assert (found["SipAccount.00001.VoiceMailActive"], found["SipAccount.00001.VoiceMailMailbox"]) == ("0", "")


# --- Maxwell ------------------------------------------------------------------------------------------------------------


def parameters(subject: Phone) -> dict[str, str]:
    """What a Maxwell reads in its file."""
    return dict(SYNTAXES["xml-params"].read(rendered(MAXWELL, "device", subject).body))


def test_a_maxwell_that_knows_the_server_alone_is_led_to_its_own_file() -> None:
    body = rendered(MAXWELL, "pointer", phone(MAXWELL, "Maxwell 3")).body
    step = ElementTree.fromstring(body).find("custom/step")
    assert step is not None
    assert step.attrib == {"type": "Redirect", "url": "http://10.0.0.1:8080/%MACD.xml"}


def test_a_maxwell_s_keys_are_counted_from_0_and_hold_what_they_dial_under_their_type_s_name() -> None:
    keys = (
        key(MAXWELL, 1, "blf", "102", label="Josh"),
        key(MAXWELL, 2, "dtmf", "*1"),
        key(MAXWELL, 8, "url", "http://x"),
    )
    settings = msgspec.structs.replace(SETTINGS, pickup_code="**")
    found = parameters(phone(MAXWELL, "Maxwell 3", keys=keys, settings=settings))
    name = "PhoneUI.Keys.FunctionKeys."
    first = [found[f"{name}0.{field}"] for field in ("Type", "PhoneNumber", "CallPickupCode", "DisplayName")]
    assert first == ["4", "102", "**", "Josh"]
    assert (found[name + "1.Type"], found[name + "1.EnableCode"]) == ("7", "*1")
    assert (found[name + "2.Type"], found[name + "2.DisplayName"]) == ("-1", "")
    assert (found[name + "7.Type"], found[name + "7.URL"]) == ("8", "http://x")


def test_a_maxwell_basic_has_no_keys_to_be_told_of() -> None:
    assert not [name for name in parameters(phone(MAXWELL, "Maxwell Basic")) if "Key" in name]


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Rome", "GMT+1.Europe/Amsterdam"),
        ("Europe/Lisbon", "GMT.Europe/London"),
        ("America/New_York", None),
        ("Africa/Algiers", None),
    ],
)
def test_only_a_time_zone_whose_name_on_a_maxwell_is_known_is_written(zone: str, name: str | None) -> None:
    found = parameters(phone(MAXWELL, "Maxwell 3", zone=zone_rule(zone)))
    assert found.get("System.DateAndTime.TimeZone") == name


@pytest.mark.parametrize(
    ("vlans", "tagging"), [({}, None), ({"vlan_id": 100}, "1"), ({"vlan_id": 100, "pc_vlan_id": 200}, "2")]
)
def test_a_maxwell_tags_its_own_packets_or_the_computer_s_too(vlans: dict[str, int], tagging: str | None) -> None:
    settings: Settings = msgspec.structs.replace(SETTINGS, **vlans)
    assert parameters(phone(MAXWELL, "Maxwell 3", settings=settings)).get("NET.VLAN.Tagging") == tagging


def test_a_maxwell_speaks_tls_as_tcp_with_sips() -> None:
    server = PhoneServer(host="sip.bureau.example", port=5061, transport="tls")
    found = parameters(phone(MAXWELL, "Maxwell 3", servers=(server,)))
    assert (found["SIP.TransportProtocol"], found["SIP.Security.UseSIPS"]) == ("2", "1")


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gigaset/N870 IP PRO", "gigaset"),
        ("gigaset/N510 IP PRO", "gigaset-n510"),
        ("gigaset/Maxwell 3", "gigaset-maxwell"),
        ("gigaset/P82x", "gigaset-p"),
    ],
)
def test_of_the_dialects_that_share_a_file_name_a_device_gets_its_model_s(model: str, family: str) -> None:
    asking = all_profiles().by_family["gigaset"]
    found = all_profiles().of_model(model, asking)
    assert found is not None and found.family == family
