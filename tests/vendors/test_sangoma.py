"""Sangoma's S-series: Htek's P values, with servers in the accounts and line keys in three numberings."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

SANGOMA: Final[Profile] = profiles().by_family["sangoma"]


def _read(subject: Phone) -> dict[str, str]:
    """What the phone reads in its own file."""
    return dict(SYNTAXES["xml-elements"].read(rendered(SANGOMA, "device", subject).body))


def _set(**settings: Any) -> Any:
    return msgspec.structs.replace(OFFICE, **settings)


def test_a_file_that_three_makers_call_alike_is_the_one_s_whose_mac_it_is() -> None:
    identifier = Identifier(profiles())
    makers = {"005058": "sangoma", "001fc1": "htek", "000b82": "grandstream"}
    for prefix, vendor in makers.items():
        assert identifier.identify(f"/cfg{prefix}aabb01.xml", None).vendor == vendor


def test_each_account_has_its_own_servers_and_a_second_proxy_stands_beside_the_first() -> None:
    servers = tuple(PhoneServer(host=host, port=5060, transport="udp") for host in ("a.example", "b.example"))
    found = _read(phone(SANGOMA, "S700", servers=servers))
    for server, proxy, second, failover in (("P47", "P48", "P20047", "P967"), ("P747", "P748", "P20048", "P987")):
        assert [found[name] for name in (server, proxy, second, failover)] == [
            "bureau.example", "a.example:5060", "b.example:5060", "",
        ]  # fmt: skip


def test_what_the_fifth_and_sixth_account_held_is_emptied() -> None:
    found = _read(phone(SANGOMA, "S700"))
    assert [found[name] for name in ("P20360", "P1704", "P1706", "P20361", "P1804", "P1806")] == [
        "0", "", "", "0", "", "",
    ]  # fmt: skip
    assert "P504" not in _read(phone(SANGOMA, "S300"))


def test_the_lamp_is_the_account_s_own_and_nobody_s_phone_has_none() -> None:
    found = _read(phone(SANGOMA, "S500"))
    assert (found["P33"], found["P99"], found["P426"], found["P709"]) == ("*97", "1", "", "0")
    assert _read(doorbell(SANGOMA, "S500"))["P99"] == "0"


def test_registrations_are_renewed_in_minutes() -> None:
    assert _read(phone(SANGOMA, "S500", settings=_set(register_expires=3600)))["P32"] == "60"


def test_line_keys_stand_in_three_numberings() -> None:
    keys = tuple(key(SANGOMA, at, "blf", "102", label="Josh", line=2) for at in (4, 36, 37, 45))
    found = _read(phone(SANGOMA, "S705", keys=keys, settings=_set(pickup_code="**")))
    for names in (
        ("P41203", "P41303", "P41403", "P41503", "P41603", "P20603"),
        ("P20355", "P20356", "P20357", "P20358", "P20359", "P20635"),
        ("P23000", "P23002", "P23003", "P23004", "P23005", "P23001"),
        ("P23048", "P23050", "P23051", "P23052", "P23053", "P23049"),
    ):
        assert [found[name] for name in names] == ["3", "102", "Josh", "1", "**", "0"]
    assert (found["P20200"], found["P23006"]) == ("0", "0")


def test_the_second_page_of_a_module_follows_the_first() -> None:
    keys = (key(SANGOMA, 20, "dnd", module=1), key(SANGOMA, 21, "speed_dial", "102", module=2))
    found = _read(phone(SANGOMA, "S705", keys=keys))
    assert (found["P60095"], found["P60100"], found["P61100"], found["P61101"]) == ("21", "0", "2", "102")


@pytest.mark.parametrize(
    ("zone", "number", "summer"),
    [
        ("UTC", "33", "0"),
        ("Europe/London", "39", "2"),
        ("Europe/Paris", "50", "2"),
        ("America/Mexico_City", "13", "0"),
        ("America/Montreal", None, "2"),
    ],
)
def test_a_zone_is_found_by_what_its_clock_does(zone: str, number: str | None, summer: str) -> None:
    found = _read(phone(SANGOMA, "S500", zone=zone_rule(zone)))
    assert (found.get("P64"), found["P75"]) == (number, summer)


def test_language_tones_and_clock_go_by_number() -> None:
    found = _read(phone(SANGOMA, "S500", settings=_set(language="fr-CA", date_format="day-month-year")))
    assert [found[name] for name in ("P8621", "P2525", "P20058", "P102", "P8624")] == ["1", "1", "10", "2", "0"]
    assert "P20058" not in _read(phone(SANGOMA, "S500", settings=_set(tones="CA")))


def test_a_vlan_and_passwords_stand_beside_their_switches() -> None:
    settings = _set(vlan_id=100, pc_vlan_id=200, web_admin_password=Secret("adm1n"))
    found = _read(phone(SANGOMA, "S500", settings=settings))
    assert [found[name] for name in ("P24053", "P51", "P24054", "P229", "P8681", "P2")] == [
        "1", "100", "1", "200", "admin", "adm1n",
    ]  # fmt: skip


def test_the_protocol_is_written_by_its_number() -> None:
    assert _read(phone(SANGOMA, "S500"))["P212"] == "1"
    assert _read(phone(SANGOMA, "S500", provisioning_url="https://boot.example/"))["P212"] == "3"
