"""Digium's D-series and Sangoma's P-series: three files of attributes, of which the first leads to the other two."""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree

import msgspec
import pytest

from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.secret import Secret
from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Firmware, Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule
from tests.offices import Office, office_of

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

DIGIUM: Final[Profile] = profiles().by_vendor["digium"]
P_SERIES: Final[Profile] = profiles().by_family["sangoma-p"]

ITEM: Final = "smart_blf/blf_items/blf_item[%d]@%s"


def _read(subject: Phone, file: str = "device", profile: Profile = DIGIUM) -> dict[str, str]:
    """What the phone reads in one of its files."""
    return dict(SYNTAXES["xml-branches"].read(rendered(profile, file, subject).body))


def _places(subject: Phone, profile: Profile = DIGIUM) -> list[tuple[str, int, str | None]]:
    """Location, index and contact of every key, in the file's order; no contact: a blank key."""
    root = ElementTree.fromstring(rendered(profile, "keys", subject).body)
    return [
        (item.attrib["location"], int(item.attrib["index"]), item.get("contact_id")) for item in root.iter("blf_item")
    ]


def _set(**settings: Any) -> Any:
    return msgspec.structs.replace(OFFICE, **settings)


def _office(model: str, mac: str) -> Office:
    return office_of(f"""
accounts: [{{id: default, realm: bureau.example, security: {{tftp_secrets: true}}}}]
users: [{{id: marie, name: Marie Tremblay}}, {{id: josh, name: Josh}}]
devices:
- {{id: desk, mac: "{mac}", model: {model}, owner: marie, sip: {{username: desk, password: M-1}},
   keys: [{{position: 1, type: blf, value: josh}}, {{position: 2, type: blf, value: josh}}]}}
callflows:
- {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
- {{id: two, numbers: ["102"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: josh}}]}}}}}}
""")


# --- Boot -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "model", "mac"), [(DIGIUM, "D65", "000fd3aabb01"), (P_SERIES, "P325", "005058aabb01")]
)
async def test_the_phone_s_file_leads_to_its_contacts_and_its_keys(profile: Profile, model: str, mac: str) -> None:
    office = _office(f"{profile.vendor}/{model}", mac)

    async def fetch(name: str) -> Fetched:
        answer, event = office.ask("/" + name.removeprefix("http://boot.example/"), transport="http")
        assert event.mac == mac
        return Fetched(url=name, outcome="found" if answer.status == 200 else "absent", words="", body=answer.body)

    report = await VirtualPhone(profile, model, None, mac, fetch).boot()
    asked = [one.url.rpartition("/")[2].partition("?")[0] for one in report.requests]
    assert asked == [f"{mac}.cfg", f"{mac}-contacts.xml", f"{mac}-smartblf.xml"]
    assert report.came_up
    assert b'subscribe_to="sip:102@bureau.example"' in report.requests[1].body
    assert b'contact_id="2"' in report.requests[2].body
    assert b'contact_id="1"' not in report.requests[2].body  # the line's own place


def test_the_maker_of_a_mac_prefix_says_which_of_its_phones_asks() -> None:
    identifier = Identifier(profiles())
    for path, family in (("/005058aabb01.cfg", "sangoma-p"), ("/cfg005058aabb01.xml", "sangoma")):
        profile = identifier.identify(path, None).profile
        assert profile is not None and profile.family == family


def test_the_a_series_which_reads_another_syntax_gets_nothing() -> None:
    answer, event = _office("digium/D65", "000fd3aabb01").ask("/f0A20hw1.100.cfg")
    assert (answer.status, event.model) == (404, "A20")


def test_the_address_of_the_key_files_changes_with_the_keys_and_with_nothing_else() -> None:
    names = ("contacts[keys]@url", "smart_blf/blf_items@url")
    plain = phone(DIGIUM, "D65", keys=(key(DIGIUM, 3, "blf", "102", label="Josh"),))
    other = msgspec.structs.replace(plain, keys=(key(DIGIUM, 3, "blf", "103", label="Ana"),))
    moved = msgspec.structs.replace(plain, settings=_set(language="de"))
    before, after = _read(plain), _read(other)
    assert all(before[name] != after[name] for name in names)
    assert all(before[name] == _read(moved)[name] for name in names)
    assert before[names[0]].startswith("http://10.0.0.1:8080/000fd3aabb01-contacts.xml?v=")


# --- Accounts ---------------------------------------------------------------------------------------------------------


def test_every_account_that_the_phone_has_is_there_and_unused_ones_are_off() -> None:
    found = _read(phone(DIGIUM, "D65"))
    status = [found[f"accounts/account[{n}]@status"] for n in range(6)]
    assert status == ["1", "1", "0", "0", "0", "0"]
    assert "accounts/account[2]@username" not in found


def test_the_lamp_is_for_lines_with_a_mailbox() -> None:
    found = _read(phone(DIGIUM, "D65"))
    for name, values in {"needMwiSubscription": ["1", "0"], "voicemail": ["*97", ""]}.items():
        assert [found[f"accounts/account[{n}]@{name}"] for n in (0, 1)] == values
    assert _read(doorbell(DIGIUM, "D65"))["accounts/account[0]@voicemail"] == ""


def test_old_firmware_has_a_proxy_for_the_account_and_later_one_for_each_host() -> None:
    servers = tuple(PhoneServer(host=host, port=5061, transport="tls") for host in ("a.example", "b.example"))
    old = _read(phone(DIGIUM, "D65", "2.8.1", servers=servers))
    account = "accounts/account[0]"
    assert (old[f"{account}@outbound_proxy"], old[f"{account}@outbound_port"]) == ("a.example", "5061")
    assert old[f"{account}/host_primary@server"] == "bureau.example"
    assert f"{account}/host_alternate@server" not in old
    new = _read(phone(DIGIUM, "D65", "2.9.22", servers=servers))
    assert f"{account}@outbound_proxy" not in new
    assert new[f"{account}/host_primary/outbound_proxy@server"] == "a.example"
    assert new[f"{account}/host_alternate/outbound_proxy@server"] == "b.example"
    assert new[f"{account}/host_alternate@server"] == "bureau.example"
    assert DIGIUM.generation("D70", "2.9.22") == "account"


def test_a_proxy_that_is_the_domain_itself_is_the_host_and_the_next_one_the_alternate() -> None:
    servers = tuple(PhoneServer(host=host, port=5060, transport="udp") for host in ("bureau.example", "b.example"))
    found = _read(phone(DIGIUM, "D40", servers=servers))
    account = "accounts/account[0]"
    assert found[f"{account}/host_alternate@server"] == "b.example"
    assert f"{account}@outbound_proxy" not in found


def test_audio_is_encrypted_in_the_hosts() -> None:
    name = "accounts/account[0]/host_primary@media_encryption"
    assert _read(phone(DIGIUM, "D65"))[name] == ""
    assert _read(phone(DIGIUM, "D65", settings=_set(srtp="optional")))[name] == "sdes"


# --- Keys -------------------------------------------------------------------------------------------------------------


def test_a_watched_colleague_is_a_contact_that_a_key_shows() -> None:
    keys = (key(DIGIUM, 3, "blf", "102", label="Josh"), key(DIGIUM, 4, "speed_dial", "103", label="Ana"))
    subject = phone(DIGIUM, "D65", keys=keys)
    contacts = _read(subject, "contacts")
    assert contacts["contacts[keys]/contact[3]@first_name"] == "Josh"
    assert contacts["contacts[keys]/contact[3]@subscribe_to"] == "sip:102@bureau.example"
    assert contacts["contacts[keys]/contact[3]/actions/action[primary]@dial"] == "102"
    assert "contacts[keys]/contact[4]@subscribe_to" not in contacts
    found = _read(subject, "keys")
    assert found["smart_blf/blf_items/blf_item[1]/behaviors/behavior[connected]@press_function"] == "transfer"
    assert found["smart_blf/blf_items/blf_item[1]/indicators/indicator[ringing]@led_color"] == "red"
    assert "smart_blf/blf_items/blf_item[2]/indicators/indicator[ringing]@led_color" not in found
    assert _places(subject) == [("main", 2, "3"), ("main", 3, "4"), ("main", 4, None), ("main", 5, None)]


def test_keys_of_the_second_display_repeat_their_places_on_every_page() -> None:
    keys = (key(DIGIUM, 7, "blf", "102"), key(DIGIUM, 18, "blf", "103"))
    places = _places(phone(DIGIUM, "D70", keys=keys))
    side = [place for place in places if place[0] == "side"]
    assert [index for _, index, _ in side] == [*range(10), 0, 1]
    assert (side[0][2], side[11][2]) == ("7", "18")
    assert len(_places(phone(DIGIUM, "D70", keys=()))) == 4 + 10  # one page, blank


def test_an_expansion_module_is_switched_on_with_its_keys() -> None:
    keys = (key(DIGIUM, 21, "blf", "102", module=1),)
    subject = phone(DIGIUM, "D65", keys=keys)
    found = _read(subject)
    assert (found["expansion_enable"], found["setting[expansion_enable]@type"]) == ("1", "EXP100")
    module = [place for place in _places(subject) if place[0] == "expansion"]
    assert (len(module), module[20]) == (40, ("expansion", 0, "1021"))
    assert _read(phone(DIGIUM, "D65"))["expansion_enable"] == "0"


def test_a_p_series_phone_does_not_page_its_keys() -> None:
    subject = phone(P_SERIES, "P325", keys=(key(P_SERIES, 3, "blf", "102"),))
    assert _read(subject, "keys", P_SERIES)[ITEM % (1, "paging")] == "0"
    assert _read(phone(DIGIUM, "D65"), "keys")[ITEM % (1, "paging")] == "1"


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_a_zone_goes_by_its_own_name() -> None:
    assert _read(phone(DIGIUM, "D65", zone=zone_rule("America/Montreal")))["time_zone"] == "America/Montreal"


def test_a_password_that_the_phone_s_keys_cannot_type_is_not_written() -> None:
    assert _read(phone(DIGIUM, "D65", settings=_set(web_admin_password=Secret("4711"))))["login_password"] == "4711"
    assert "login_password" not in _read(phone(DIGIUM, "D65", settings=_set(web_admin_password=Secret("adm1n"))))


@pytest.mark.parametrize(
    ("settings", "mode"),
    [({"vlan_id": 100, "lldp": True}, "MANUAL"), ({"lldp": True}, "LLDP"), ({"lldp": False}, "NONE"), ({}, None)],
)
def test_a_vlan_is_set_or_found_or_neither(settings: dict[str, Any], mode: str | None) -> None:
    found = _read(phone(DIGIUM, "D65", settings=_set(**settings)))
    assert found.get("network_vlan_discovery_mode") == mode
    assert found.get("network_vlan_id") == ("100" if mode == "MANUAL" else None)


def test_firmware_is_named_by_model_version_and_address() -> None:
    folder = "http://10.0.0.1:8080/firmware/digium/2.9.22/"
    firmware = Firmware(version="2.9.22", file="2_9_22_D65_firmware.eff", folder=folder)
    found = _read(phone(DIGIUM, "D65", "2.8.1", firmware=firmware))
    written = [found[f"firmwares/firmware[1]@{name}"] for name in ("model", "version", "url")]
    assert written == ["D65", "2_9_22", f"{folder}2_9_22_D65_firmware.eff"]
