"""Door phones, intercoms and speakers, which are nobody's: one account, a button that calls a number, no mailbox."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from offhook.model.secret import Secret
from offhook.provisioning.phone import Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, doorbell, key, phone, profiles, rendered

DOORS: Final = {"2n": None, "akuvox": "R20A", "algo": "8201", "zenitel": None}
"""A model of each vendor at a door; None: the vendor's files name no model."""


def read(vendor: str, subject: Phone) -> dict[str, str]:
    profile = profile_of(vendor)
    return dict(SYNTAXES[str(profile.file.syntax)].read(rendered(profile, "device", subject).body))


def set_to(vendor: str, **changes: Any) -> dict[str, str]:
    """The file of a door phone with these settings beside the office's."""
    settings = msgspec.structs.replace(OFFICE, **changes)
    return read(vendor, doorbell(profile_of(vendor), DOORS[vendor], settings=settings))


def profile_of(vendor: str) -> Profile:
    return profiles().by_family[vendor]


@pytest.mark.parametrize(
    ("vendor", "login", "domain", "where"),
    [
        ("2n", "Phone/Sip[0]/User/AuthId", "Phone/Sip[0]/Client/Domain", "Phone/Sip[0]/Proxy/Address"),
        (
            "akuvox",
            "Config.Account1.GENERAL.AuthName",
            "Config.Account1.SIP.Server",
            "Config.Account1.OUTPROXY.Server",
        ),
        ("algo", "sip.u1.auth", "sip.proxy", "sip.obproxy"),
    ],
)
def test_a_door_phone_logs_in_as_itself_and_asks_the_office_s_proxy(
    vendor: str, login: str, domain: str, where: str
) -> None:
    found = read(vendor, doorbell(profile_of(vendor), DOORS[vendor]))
    assert (found[login], found[domain]) == ("porte", "bureau.example")
    assert found[where].partition(":")[0] == "sip.bureau.example"


def test_an_intercom_that_knows_no_proxy_beside_its_domain_gets_the_backup_as_its_second_domain() -> None:
    servers = tuple(
        PhoneServer(host=host, port=5060, transport="udp") for host in ("bureau.example", "b2.bureau.example")
    )
    found = read("zenitel", doorbell(profile_of("zenitel"), None, servers=servers))
    assert (found["sip/auth_user"], found["sip/sip_domain"]) == ("porte", "bureau.example")
    assert found["sip/sip_domain2"] == "b2.bureau.example"


@pytest.mark.parametrize(
    ("vendor", "parameter", "empty", "calls"),
    [
        ("algo", "dp.dest", "", "600"),
        ("zenitel", "call/speeddial_1_c1", "", "600"),
        ("akuvox", "Config.Programable.SOFTKEY01.LocalParam1", ";;;;;;;", "600;;;;;;;"),
        ("akuvox", "Config.Programable.SOFTKEY01.Param1", ";;;;;;;", "600;;;;;;;"),
    ],
)
def test_the_button_at_the_door_is_key_1_and_calls_its_number(
    vendor: str, parameter: str, empty: str, calls: str
) -> None:
    profile = profile_of(vendor)
    bell = doorbell(profile, DOORS[vendor] or "IP station")
    assert read(vendor, bell)[parameter] == empty, "what an earlier config set stays on the button"
    button = msgspec.structs.replace(bell, keys=(key(profile, 1, "speed_dial", "600"),))
    assert read(vendor, button)[parameter] == calls


def test_a_station_with_three_buttons_calls_by_each_its_own_number() -> None:
    profile = profile_of("zenitel")
    keys = (key(profile, 1, "speed_dial", "600"), key(profile, 3, "speed_dial", "+33140000000"))
    found = read("zenitel", msgspec.structs.replace(doorbell(profile, "IP station"), keys=keys))
    assert [found[f"call/speeddial_{n}_c1"] for n in (1, 2, 3)] == ["600", "", "+33140000000"]


def test_a_speaker_has_no_button_and_a_keypad_calls_what_is_typed() -> None:
    for vendor, model in (("algo", "8180"), ("akuvox", "R29C")):
        profile = profile_of(vendor)
        keys = (key(profile, 1, "speed_dial", "600"),)
        found = read(vendor, msgspec.structs.replace(doorbell(profile, model), keys=keys))
        assert "600;;;;;;;" not in found.values() and "dp.dest" not in found


def test_an_akuvox_finds_the_backup_beside_what_it_stands_in_for() -> None:
    profile = profile_of("akuvox")
    second = PhoneServer(host="b2.bureau.example", port=5070, transport="udp")
    for host, server, port in (
        ("sip.bureau.example", "OUTPROXY.BakServer", "OUTPROXY.BakPort"),
        ("bureau.example", "SIP.Server2", "SIP.Port2"),
    ):
        servers = (PhoneServer(host=host, port=5060, transport="udp"), second)
        found = read("akuvox", doorbell(profile, "R20A", servers=servers))
        assert (found["Config.Account1." + server], found["Config.Account1." + port]) == ("b2.bureau.example", "5070")


def test_only_the_line_with_a_mailbox_has_a_message_number() -> None:
    found = read("akuvox", phone(profile_of("akuvox"), "R20A"))
    assert [found[f"Config.Account{n}.VOICEMSG.Number"] for n in (1, 2)] == ["*97", ""]


def test_an_account_that_a_door_phone_no_longer_has_is_emptied() -> None:
    found = read("2n", doorbell(profile_of("2n"), "IP Verso"))
    assert [found[f"Phone/Sip[{n}]/Enabled"] for n in range(4)] == ["1", "0", "0", "0"]
    assert [found[f"Phone/Sip[{n}]/User/PasswordString"] for n in (1, 2, 3)] == ["", "", ""]
    found = read("akuvox", doorbell(profile_of("akuvox"), "R20A"))
    assert (found["Config.Account2.GENERAL.Enable"], found["Config.Account2.GENERAL.Pwd"]) == ("0", "")


def test_a_relay_that_opens_a_door_is_set_as_the_vendor_calls_it() -> None:
    profile = profile_of("algo")
    relay = doorbell(profile, "8201", overrides={"io.relayout": "1"})
    assert read("algo", relay)["io.relayout"] == "1"


def test_an_algo_is_told_the_server_and_the_folder_on_it_apart() -> None:
    profile = profile_of("algo")
    found = read("algo", doorbell(profile, "8201", provisioning_url="https://boot.example:8443/p/office/"))
    assert found["prov.download.method"] == "https"
    assert found["prov.server.static"] == "boot.example:8443"
    assert found["prov.download.cfgpath"] == "p/office", "a path that begins with a slash is not found"
    assert read("algo", doorbell(profile, "8201"))["prov.download.cfgpath"] == ""


def test_the_8063_has_a_name_of_its_own_for_the_sip_domain() -> None:
    found = read("algo", doorbell(profile_of("algo"), "8063"))
    assert found["sip.proxy.webui"] == "bureau.example" and "sip.proxy" not in found


@pytest.mark.parametrize(
    ("dtmf", "sent"), [("rfc2833", "010"), ("info", "001"), ("inband", "100"), ("rfc2833+info", "011")]
)
def test_a_2n_sends_digits_as_the_office_does_and_never_stops_listening_to_another_way(dtmf: str, sent: str) -> None:
    found = set_to("2n", dtmf=dtmf)
    assert "".join(found[f"Phone/Sip[0]/Dtmf/SendIn{way}"] for way in ("Audio", "Rtp", "Sip")) == sent
    assert "0" not in [value for name, value in found.items() if "ReceiveFrom" in name]


def test_a_2n_has_the_office_s_codecs_in_their_order_and_no_other() -> None:
    found = set_to("2n", codecs=("pcma", "opus", "g722"))
    codecs = "Phone/Sip[0]/Audio/Codecs"
    enabled = {name: found[f"{codecs}/{name}/Enabled"] for name in ("G722", "PCMA", "PCMU", "G729", "L16")}
    assert enabled == {"G722": "1", "PCMA": "1", "PCMU": "0", "G729": "0", "L16": "0"}
    assert (found[f"{codecs}/PCMA/Priority"], found[f"{codecs}/G722/Priority"]) == ("0", "1")
    unknown = set_to("2n", codecs=("opus",))
    assert not [name for name in unknown if "Codecs" in name], "without a codec it could not talk at all"


@pytest.mark.parametrize(("srtp", "only"), [("off", "0"), ("optional", "0"), ("required", "1")])
def test_a_2n_refuses_plain_audio_only_where_encryption_is_required(srtp: str, only: str) -> None:
    found = set_to("2n", srtp=srtp)
    assert {found[f"Phone/Sip[0]/Misc/{name}"] for name in ("OutgoingSecure", "IncomingSecureOnly")} == {only}


def test_an_akuvox_opens_by_one_digit_for_at_most_ten_seconds() -> None:
    found = set_to("akuvox", door_code=Secret("7"), door_open_seconds=4)
    assert (found["Config.DoorSetting.DTMF.Option"], found["Config.DoorSetting.DTMF.Code1"]) == ("0", "7")
    assert {found[f"Config.DoorSetting.RELAY.{name}"] for name in ("HoldDelayA", "RelayADelay")} == {"4"}
    assert set_to("akuvox", door_open_seconds=60)["Config.DoorSetting.RELAY.HoldDelayA"] == "10"


@pytest.mark.parametrize("code", ["1234", "#", ""])
def test_a_door_code_that_nobody_showed_how_to_write_leaves_the_door_as_it_was(code: str) -> None:
    assert not [name for name in set_to("akuvox", door_code=Secret(code)) if "DTMF.Code" in name]


def test_an_akuvox_s_web_api_which_opens_the_door_does_not_keep_the_factory_s_password() -> None:
    found = set_to("akuvox", web_admin_password=Secret("adm1n"))
    assert found["Config.Settings.WEB_LOGIN.Password"] == found["Config.DoorSetting.APIFCGI.Password"] == "adm1n"


@pytest.mark.parametrize(
    ("zone", "offset", "city"),
    [
        ("Europe/Paris", "GMT+1:00", "Paris"),
        ("Asia/Kolkata", "GMT+5:30", "Kolkata"),
        ("America/St_Johns", "GMT-3:30", None),
        ("America/Argentina/Ushuaia", "GMT-3:00", "Ushuaia"),
        ("UTC", "GMT+0:00", None),
    ],
)
def test_an_akuvox_is_told_its_standard_time_and_its_city(zone: str, offset: str, city: str | None) -> None:
    bell = doorbell(profile_of("akuvox"), "R20A", zone=zone_rule(zone))
    found = read("akuvox", bell)
    assert found["Config.Settings.SNTP.TimeZone"] == offset
    assert found.get("Config.Settings.SNTP.Name") == city


def test_a_door_phone_in_a_vlan_that_logs_to_the_office() -> None:
    found = set_to("akuvox", vlan_id=30, syslog_server="log.bureau.example", syslog_port=5514)
    assert (found["Config.Network.VLAN.LanVlanEnable"], found["Config.Network.VLAN.LanVid"]) == ("1", "30")
    log = "Config.Settings.LOGLEVEL.Remote"
    assert [found[log + name] for name in ("Syslog", "Server", "ServerPort")] == ["1", "log.bureau.example", "5514"]
    found = set_to("algo", vlan_id=30)
    assert (found["net.vlan.use"], found["net.vlan.id"]) == ("1", "30")


@pytest.mark.parametrize(
    ("vendor", "name"),
    [
        ("akuvox", "Config.DoorSetting.DTMF.Code1"),
        ("akuvox", "Config.Settings.WEB_LOGIN.Password02"),
        ("algo", "sip.alert3.pwd"),
        ("2n", "Phone/Sip[3]/User/PasswordString"),
        ("2n", "AutoUpdate/Configuration/Password"),
        ("zenitel", "sip/auth_pwd"),
    ],
)
def test_what_opens_a_door_or_an_account_is_kept_secret(vendor: str, name: str) -> None:
    profile = profile_of(vendor)
    assert profile.dictionary.knows(name) and profile.is_secret(name)
