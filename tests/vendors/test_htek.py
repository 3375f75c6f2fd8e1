"""Htek's files: P values that look like Grandstream's and are not, with one profile of servers or with many."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.secret import Secret
from offhook.provisioning.phone import Firmware, Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule
from offhook.provisioning.tones import load_tones
from tests.offices import Office, office_of

from .phones import OFFICE, ROOT, doorbell, key, line, phone, profiles, rendered

HTEK: Final[Profile] = profiles().by_vendor["htek"]

OLD: Final = "2.0.4.2"
NEW: Final = "2.0.4.6.41"


def _read(subject: Phone) -> dict[str, str]:
    """What the phone reads in its own file."""
    return dict(SYNTAXES["xml-elements"].read(rendered(HTEK, "device", subject).body))


def _set(**settings: Any) -> Any:
    return msgspec.structs.replace(OFFICE, **settings)


def _office() -> Office:
    return office_of("""
accounts: [{id: default, realm: bureau.example, security: {tftp_secrets: true}}]
users: [{id: marie, name: Marie Tremblay}]
devices: [{id: desk, mac: "001fc1aabb01", model: htek/UC924, owner: marie, sip: {username: desk, password: M-1}}]
callflows: [{id: one, numbers: ["101"], start: ring, nodes: {ring: {type: ring, targets: [{user: marie}]}}}]
""")


# --- Boot -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["http", "tftp"])
async def test_nothing_stands_before_the_phone_s_own_file(transport: Any) -> None:
    office = _office()

    async def fetch(name: str) -> Fetched:
        answer, _ = office.ask(f"/{name}", transport=transport)
        return Fetched(url=name, outcome="found" if answer.status == 200 else "absent", words="", body=answer.body)

    report = await VirtualPhone(HTEK, "UC924", None, "001fc1aabb01", fetch).boot()
    asked = [(one.url, one.outcome) for one in report.requests]
    assert asked == [("cfg0012.xml", "absent"), ("cfg001fc1aabb01", "absent"), ("cfg001fc1aabb01.xml", "found")]
    assert report.came_up


def test_what_the_factory_gives_phones_nobody_else_gives_them() -> None:
    for name in ("factory0012.bin", "cfg0012.bin", "cfg0012.xml", "cfg9999.xml", "001fc1aabb01.cfg"):
        answer, _ = _office().ask(f"/{name}", "Htek UC924 2.0.4.6.41 00:1f:c1:aa:bb:01")
        assert answer.status == 404, name


def test_the_file_of_a_model_tells_which_one_asks() -> None:
    _, event = _office().ask("/cfg0110.xml")
    assert (event.vendor, event.model) == ("htek", "UC926E")


# --- Servers and accounts ---------------------------------------------------------------------------------------------


def test_new_firmware_has_its_servers_in_the_first_profile_that_all_accounts_point_to() -> None:
    found = _read(phone(HTEK, "UC912", NEW))
    assert (found["P47"], found["P48"]) == ("bureau.example", "sip.bureau.example:5060")
    assert (found["P24082"], found["P24083"]) == ("0", "0")
    assert "P747" not in found  # the second profile's


def test_old_firmware_has_servers_for_each_account_and_no_profiles() -> None:
    found = _read(phone(HTEK, "UC912", OLD))
    assert (found["P47"], found["P747"]) == ("bureau.example", "bureau.example")
    assert (found["P48"], found["P748"]) == ("sip.bureau.example:5060", "sip.bureau.example:5060")
    assert "P24082" not in found
    assert "P502" not in found  # nobody has a third line


def test_the_lamp_is_for_messages_of_any_line_in_a_profile_and_of_its_own_in_an_account() -> None:
    lines = (line(1, "101", voicemail_number=None), line(2, "151", mailbox="151"))
    assert _read(phone(HTEK, "UC912", NEW, lines=lines))["P99"] == "1"
    found = _read(phone(HTEK, "UC912", OLD, lines=lines))
    assert (found["P99"], found["P709"], found["P33"], found["P426"]) == ("0", "1", "", "*97")
    assert _read(doorbell(HTEK, "UC912"))["P99"] == "0"


def test_a_second_proxy_takes_over_where_the_first_one_is() -> None:
    servers = tuple(PhoneServer(host=host, port=5061, transport="tls") for host in ("bureau.example", "b.example"))
    inside = _read(phone(HTEK, "UC912", servers=servers))
    assert (inside["P47"], inside["P967"], inside["P48"], inside["P20047"]) == (
        "bureau.example:5061", "b.example:5061", "", "",
    )  # fmt: skip
    outside = _read(phone(HTEK, "UC912", servers=servers[::-1]))
    assert (outside["P47"], outside["P967"], outside["P48"], outside["P20047"]) == (
        "bureau.example", "", "b.example:5061", "bureau.example:5061",
    )  # fmt: skip
    assert (inside["P4567"], inside["P130"]) == ("1", "2")


def test_a_proxy_with_an_ipv6_address_stands_in_brackets() -> None:
    servers = (PhoneServer(host="2001:db8::5", port=5060, transport="udp"),)
    assert _read(phone(HTEK, "UC912", servers=servers))["P48"] == "[2001:db8::5]:5060"


def test_registrations_are_renewed_in_minutes_and_never_in_none() -> None:
    assert _read(phone(HTEK, "UC912", settings=_set(register_expires=3600)))["P32"] == "60"
    assert _read(phone(HTEK, "UC912", settings=_set(register_expires=60)))["P32"] == "1"


def test_what_an_old_user_had_is_emptied() -> None:
    found = _read(phone(HTEK, "UC926", NEW))
    for n in range(3, 17):
        names = {
            field: HTEK.file.tables["account"][field][n - 1] for field in ("active", "user", "password", "voicemail")
        }
        assert {field: found[name] for field, name in names.items()} == {
            "active": "0", "user": "", "password": "", "voicemail": "",
        }, n  # fmt: skip


def test_a_model_is_given_no_account_that_it_has_not() -> None:
    found = _read(phone(HTEK, "UC862", NEW))
    assert "P735" in found
    assert "P504" not in found


def test_the_choices_of_codecs_that_are_left_repeat_the_last_one() -> None:
    found = _read(phone(HTEK, "UC912", settings=_set(codecs=("opus", "ilbc", "pcma"))))
    assert [found[name] for name in ("P57", "P58", "P59", "P60", "P61", "P62")] == ["120", "8", "8", "8", "8", "8"]


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_keys_stand_in_two_numberings() -> None:
    keys = (
        key(HTEK, 4, "blf", "102", label="Josh"),
        key(HTEK, 5, "speed_dial", "103", label="Ana", line=2),
        key(HTEK, 36, "park", "*68", label="Parc"),
    )
    found = _read(phone(HTEK, "UC926", keys=keys, settings=_set(pickup_code="**")))
    fourth = ("P41203", "P41303", "P41403", "P41503", "P41603", "P20603")
    assert [found[name] for name in fourth] == ["3", "102", "Josh", "0", "**", "0"]
    fifth = ("P20200", "P20201", "P20202", "P20203", "P20204", "P20604")
    assert [found[name] for name in fifth] == ["2", "103", "Ana", "1", "", "0"]
    assert [found[name] for name in ("P20355", "P20356", "P20357", "P20635")] == ["8", "*68", "Parc", "0"]


def test_the_second_page_of_a_module_begins_at_its_own_hundred() -> None:
    keys = (key(HTEK, 1, "dnd", module=1), key(HTEK, 21, "blf", "102", label="Josh", module=2))
    found = _read(phone(HTEK, "UC926", keys=keys))
    assert found["P60000"] == "21"
    assert [found[name] for name in ("P61100", "P61101", "P61102", "P61103")] == ["3", "102", "Josh", "0"]


def test_a_key_that_picks_up_dials_code_and_number() -> None:
    keys = (key(HTEK, 1, "pickup", "102"),)
    assert _read(phone(HTEK, "UC912", keys=keys, settings=_set(pickup_code="**")))["P41300"] == "**102"


def test_keys_that_are_left_out_do_nothing() -> None:
    found = _read(phone(HTEK, "UC926", keys=()))
    assert {found["P41200"], found["P20355"], found["P65195"]} == {"0"}


# --- Settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "number", "summer"),
    [("America/Montreal", "18", "2"), ("Europe/Paris", "49", "2"), ("Asia/Kolkata", "84", "0"), ("UTC", "33", "0")],
)
def test_a_zone_is_a_number_and_summer_time_the_phone_s_own(zone: str, number: str, summer: str) -> None:
    found = _read(phone(HTEK, "UC912", zone=zone_rule(zone)))
    assert (found["P64"], found["P75"]) == (number, summer)


def test_a_zone_that_is_in_no_list_is_left_to_the_phone() -> None:
    assert "P64" not in _read(phone(HTEK, "UC912", zone=zone_rule("Asia/Kathmandu")))


def test_tones_are_a_country_s_or_written_out() -> None:
    assert _read(phone(HTEK, "UC912"))["P20058"] == "10"
    canada = load_tones(ROOT / "firmware-profiles" / "tones.toml")["CA"]
    found = _read(phone(HTEK, "UC912", settings=_set(tones="CA"), tone=canada))
    assert (found["P20058"], found["P4000"]) == ("0", "f1=350@-13,f2=440@-13,c=0/0;")
    assert found["P4002"] == "f1=480@-24,f2=620@-24,c=500/500;"


def test_a_vlan_is_switched_on_and_nothing_is_written_without_one() -> None:
    found = _read(phone(HTEK, "UC912", settings=_set(vlan_id=100, vlan_priority=5, pc_vlan_id=200)))
    assert [found[name] for name in ("P24053", "P51", "P87", "P24054", "P229")] == ["1", "100", "5", "1", "200"]
    assert not {"P24053", "P51", "P87", "P24054", "P229"} & _read(phone(HTEK, "UC912")).keys()


def test_passwords_stand_beside_the_users_they_are_of() -> None:
    settings = _set(web_admin_password=Secret("adm1n"), web_user_password=Secret("us3r"))
    found = _read(phone(HTEK, "UC912", settings=settings))
    assert [found[name] for name in ("P8681", "P2", "P8682", "P196")] == ["admin", "adm1n", "user", "us3r"]


def test_a_phone_book_s_url_is_escaped() -> None:
    url = "http://10.0.0.1/book.xml?a=1&term="
    subject = phone(HTEK, "UC912", settings=_set(phone_book_url=url, phone_book_name="Bureau"))
    assert b"a=1&amp;term=</P4401>" in rendered(HTEK, "device", subject).body
    assert _read(subject)["P4401"] == url


def test_the_protocol_is_written_where_its_number_is_certain() -> None:
    assert _read(phone(HTEK, "UC912"))["P212"] == "1"
    secure = _read(phone(HTEK, "UC912", provisioning_url="https://boot.example/"))
    assert "P212" not in secure
    assert secure["P237"] == "https://boot.example/"


def test_firmware_is_looked_for_in_a_folder() -> None:
    firmware = Firmware(version=NEW, file="fw.rom", folder="http://10.0.0.1:8080/firmware/htek/2.0.4.6.41/")
    found = _read(phone(HTEK, "UC912", OLD, firmware=firmware))
    assert found["P192"] == "http://10.0.0.1:8080/firmware/htek/2.0.4.6.41"
