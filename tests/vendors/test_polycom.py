"""Poly's files: the master that names the phone's own, attributes as parameters, keys that watch in order."""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree

import msgspec
import pytest

from offhook.model.secret import Secret
from offhook.provisioning.phone import Firmware, Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, key, phone, profiles, rendered

POLY: Final[Profile] = profiles().by_family["polycom"]


def read(subject: Phone) -> dict[str, str]:
    """What stands in the phone's own file, as an XML parser that knows nothing of us finds it."""
    found: dict[str, str] = {}
    for element in ElementTree.fromstring(rendered(POLY, "device", subject).body):
        assert not found.keys() & element.attrib.keys()
        found.update(element.attrib)
    return found


def desk(model: str = "VVX411", **settings: Any) -> dict[str, str]:
    return read(phone(POLY, model, settings=msgspec.structs.replace(OFFICE, **settings)))


def test_the_master_names_the_phone_s_own_file_and_firmware_only_when_it_is_to_change() -> None:
    subject = phone(POLY, "VVX411")
    master = ElementTree.fromstring(rendered(POLY, "master", subject).body)
    assert (master.tag, master.get("CONFIG_FILES"), master.get("APP_FILE_PATH")) == (
        "APPLICATION",
        f"{subject.mac}-lines.cfg",
        "",
    )
    firmware = Firmware(
        version="5.9.6.2327", file="3111-48450-001.sip.ld", folder="http://boot/firmware/polycom/5.9.6.2327/"
    )
    new = ElementTree.fromstring(rendered(POLY, "master", msgspec.structs.replace(subject, firmware=firmware)).body)
    assert new.get("APP_FILE_PATH") == "http://boot/firmware/polycom/5.9.6.2327/sip.ld", (
        "the phone puts its part in front"
    )


def test_the_master_of_all_leaves_the_mac_to_the_phone() -> None:
    subject = msgspec.structs.replace(phone(POLY, "VVX411"), mac=None)
    assert b'CONFIG_FILES="[PHONE_MAC_ADDRESS]-lines.cfg"' in rendered(POLY, "master of all", subject).body


def test_keys_watch_the_addresses_in_their_order_and_the_others_are_free() -> None:
    keys = (
        key(POLY, 1, "line", label="101"),
        key(POLY, 3, "blf", "102", label="Josh"),
        key(POLY, 4, "speed_dial", "+33140000000", label="Dehors"),
        key(POLY, 2, "pickup", "102", module=1),
    )
    settings = msgspec.structs.replace(OFFICE, pickup_code="**")
    found = read(msgspec.structs.replace(phone(POLY, "VVX411", settings=settings), keys=keys))
    shown = [(found[f"lineKey.{n}.category"], found.get(f"lineKey.{n}.index")) for n in (1, 2, 3, 4, 13, 14)]
    assert shown == [
        ("Line", "1"), ("Unassigned", None), ("BLF", "0"), ("BLF", "0"), ("Unassigned", None), ("BLF", "0"),
    ]  # fmt: skip
    watched = [
        tuple(found[f"attendant.resourceList.{n}.{field}"] for field in ("address", "label", "type")) for n in (1, 2, 3)
    ]
    assert watched == [
        ("102@bureau.example", "Josh", "normal"),
        ("+33140000000@bureau.example", "Dehors", "automata"),
        ("**102@bureau.example", "**102", "automata"),
    ]
    assert found["attendant.resourceList.4.address"] == "" and "lineKey.133.category" not in found


def test_summer_time_is_a_weekday_counted_from_sunday_and_the_last_one_said_so() -> None:
    found = desk()
    start = "tcpIpApp.sntp.daylightSavings.start."
    assert [found[start + field] for field in ("month", "dayOfWeek", "dayOfWeek.lastInMonth", "time")] == [
        "3",
        "1",
        "1",
        "2",
    ]
    assert found["tcpIpApp.sntp.gmtOffset"] == "3600"
    new_york = read(msgspec.structs.replace(phone(POLY, "VVX411"), zone=zone_rule("America/New_York")))
    assert [new_york[start + field] for field in ("month", "date", "dayOfWeek.lastInMonth")] == ["3", "8", "0"]
    assert new_york["tcpIpApp.sntp.gmtOffset"] == "-18000"


def test_what_lies_in_flash_is_written_only_when_it_is_set_and_then_switched_on() -> None:
    plain, dressed = desk(), desk(vlan_id=20, lldp=False, web_admin_password=Secret("9981"))
    assert plain["device.set"] == "1" and "device.net.vlanId" not in plain
    for name, value in (("net.vlanId", "20"), ("net.lldpEnabled", "0"), ("auth.localAdminPassword", "9981")):
        assert (dressed[f"device.{name}"], dressed[f"device.{name}.set"]) == (value, "1")
    assert plain["device.prov.ztpEnabled"] == "0", "the maker's cloud would send the phone elsewhere"


@pytest.mark.parametrize(
    ("dtmf", "expected"),
    [("rfc2833", "110"), ("inband", "100"), ("info", "001"), ("rfc2833+info", "111")],
)
def test_digits_are_sent_as_set(dtmf: str, expected: str) -> None:
    found = desk(dtmf=dtmf)
    names = ("tone.dtmf.viaRtp", "tone.dtmf.rfc2833Control", "voIpProt.SIP.dtmfViaSignaling.rfc2976")
    assert "".join(found[name] for name in names) == expected


def test_a_backup_is_the_second_server_only_where_the_proxy_is_the_domain_itself() -> None:
    backup = PhoneServer(host="sip2.bureau.example", port=5060, transport="tcp")
    inside = read(
        phone(POLY, "VVX411", servers=(PhoneServer(host="bureau.example", port=5070, transport="udp"), backup))
    )
    assert (inside["reg.1.server.1.port"], inside["reg.1.server.2.address"], inside["reg.1.outboundProxy.address"]) == (
        "5070",
        "sip2.bureau.example",
        "",
    )
    outside = read(phone(POLY, "VVX411"))
    assert (outside["reg.1.server.1.address"], outside["reg.1.outboundProxy.address"]) == (
        "bureau.example",
        "sip.bureau.example",
    )
    assert outside["reg.1.server.2.address"] == ""
