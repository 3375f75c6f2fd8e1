"""Door phones, intercoms and speakers, which are nobody's: one account, a button that calls a number, no mailbox."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from offhook.provisioning.phone import Phone, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES

from .phones import doorbell, key, profiles, rendered

DOORS: Final = {"2n": None, "akuvox": "R20A", "algo": "8201", "zenitel": None}
"""A model of each vendor at a door; None: the vendor's files name no model."""


def read(vendor: str, subject: Phone) -> dict[str, str]:
    profile = profile_of(vendor)
    return dict(SYNTAXES[str(profile.file.syntax)].read(rendered(profile, "device", subject).body))


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


@pytest.mark.parametrize(("vendor", "parameter"), [("algo", "dp.dest"), ("zenitel", "call/speeddial_1_c1")])
def test_the_button_at_the_door_is_key_1_and_calls_its_number(vendor: str, parameter: str) -> None:
    profile = profile_of(vendor)
    bell = doorbell(profile, DOORS[vendor] or "IP station")
    assert read(vendor, bell)[parameter] == "", "what an earlier config set stays on the button"
    button = msgspec.structs.replace(bell, keys=(key(profile, 1, "speed_dial", "600"),))
    assert read(vendor, button)[parameter] == "600"


def test_an_account_that_a_door_phone_no_longer_has_is_emptied() -> None:
    found = read("2n", doorbell(profile_of("2n"), None))
    assert [found[f"Phone/Sip[{n}]/Enabled"] for n in (0, 1)] == ["1", "0"]
    assert found["Phone/Sip[1]/User/PasswordString"] == ""
    found = read("akuvox", doorbell(profile_of("akuvox"), "R20A"))
    assert (found["Config.Account2.GENERAL.Enable"], found["Config.Account2.GENERAL.Pwd"]) == ("0", "")


def test_a_relay_that_opens_a_door_is_set_as_the_vendor_calls_it() -> None:
    profile = profile_of("algo")
    relay = doorbell(profile, "8201", overrides={"io.relayout": "1"})
    assert read("algo", relay)["io.relayout"] == "1"
