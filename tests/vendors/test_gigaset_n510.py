"""Gigaset's N510 and N720: a file of the firmware's own variables, in Latin-1, with a line for each handset."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from offhook.provisioning.identify import Identifier
from offhook.provisioning.phone import Firmware, Phone
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES, SyntaxProblem
from offhook.provisioning.timezone import zone_rule

from .phones import OFFICE, doorbell, line, phone, profiles, rendered

OLDER: Final[Profile] = profiles().by_family["gigaset-n510"]


def variables(subject: Phone) -> dict[str, str]:
    """What an N510 or N720 reads in its file."""
    return dict(SYNTAXES["xml-symbols"].read(rendered(OLDER, "device", subject).body))


@pytest.mark.parametrize(
    ("user_agent", "model", "version"),
    [
        ("Gigaset N720 DM PRO/70.108.00.000.000;7C2F80CA21E4", "N720 DM PRO", "70.108"),
        ("N720-DM-PRO/70.040.00.000.000", "N720 DM PRO", "70.040"),
        ("N510 IP PRO/42.258.00.000.000", "N510 IP PRO", "42.258"),
    ],
)
def test_the_older_bases_say_who_they_are(user_agent: str, model: str, version: str) -> None:
    identity = Identifier(profiles()).identify("/7C2F80CA21E4.xml", user_agent)
    assert identity.profile is OLDER
    assert identity.file is not None and identity.file.name == "device"
    assert (identity.model, identity.version, identity.mac) == (model, version, "7c2f80ca21e4")


def test_a_text_stands_in_two_kinds_of_quotes_and_a_number_is_hexadecimal() -> None:
    body = rendered(OLDER, "device", phone(OLDER, "N510 IP PRO")).body
    assert b"""<SYMB_ITEM ID="BS_IP_Data1.aucS_SIP_USER_ID" value='"marie-desk"' class="symb_item"/>""" in body
    assert b"""<SYMB_ITEM ID="BS_IP_Data1.uiI_SIP_SERVER_PORT" value="0x13c4" class="symb_item"/>""" in body


def test_a_text_without_its_quotes_is_refused() -> None:
    with pytest.raises(SyntaxProblem, match="double quotes"):
        SYNTAXES["xml-symbols"].read(b'<a><SYMB_ITEM ID="x.aucS_URL" class="symb_item" value="bare"/></a>')


def test_a_name_beyond_latin_1_reaches_a_base_whose_file_is_latin_1() -> None:
    own = line(1, "101", display_name="Zoë 渡辺")
    subject = msgspec.structs.replace(phone(OLDER, "N510 IP PRO"), lines=(own,))
    body = rendered(OLDER, "device", subject).body
    assert body.isascii() and b'encoding="ISO-8859-1"' in body
    assert variables(subject)["BS_IP_Data1.aucS_SIP_DISPLAYNAME"] == "Zoë 渡辺"


@pytest.mark.parametrize("model", ["N510 IP PRO", "N720 DM PRO"])
def test_the_file_names_the_base_s_own_mac_without_which_it_takes_nothing(model: str) -> None:
    subject = phone(OLDER, model)
    assert f'<MAC_ADDRESS value="{subject.mac.upper()}"/>'.encode() in rendered(OLDER, "device", subject).body


def test_each_handset_of_an_n510_has_its_line_and_the_last_line_has_the_rest() -> None:
    def masks(subject: Phone) -> list[int]:
        found = variables(subject)
        kinds = ("uiSendMask", "uiReceiveMask")
        sent, received = (
            [int(found[f"BS_Accounts.astAccounts[{at}].{kind}"], 16) for at in range(6)] for kind in kinds
        )
        assert sent == received
        return sent

    two = phone(OLDER, "N510 IP PRO")
    assert masks(two) == [0b000001, 0b111110, 0, 0, 0, 0]
    assert masks(doorbell(OLDER, "N510 IP PRO")) == [0b111111, 0, 0, 0, 0, 0]
    six = tuple(line(number, f"{number}") for number in range(1, 7))
    assert masks(msgspec.structs.replace(two, lines=six)) == [1, 2, 4, 8, 16, 32]


def test_the_first_account_of_an_n510_has_no_number_and_those_without_a_line_are_emptied() -> None:
    found = variables(phone(OLDER, "N510 IP PRO"))
    assert (found["BS_IP_Data1.aucS_SIP_USER_ID"], found["BS_IP_Data1.aucS_SIP_USER_ID_2"]) == (
        "marie-desk",
        "marie-desk-2",
    )
    active = [found[f"BS_IP_Data1.ucB_SIP_ACCOUNT_IS_ACTIVE_{number}"] for number in range(1, 7)]
    assert active == ["0x1", "0x1", "0x0", "0x0", "0x0", "0x0"]
    assert (found["BS_IP_Data1.aucS_SIP_PASSWORD_6"], found["BS_IP_Data1.aucS_SIP_USER_ID_6"]) == ("", "")


def test_the_hundred_accounts_of_an_n720_are_counted_from_0_and_share_one_provider() -> None:
    found = variables(phone(OLDER, "N720 DM PRO"))
    accounts = "BS_VOIP_Data.astVoipAccounts"
    assert found[f"{accounts}[1].aucS_SIP_USER_ID[0]"] == "marie-desk-2"
    assert found[f"{accounts}[99].ucB_SIP_ACCOUNT_IS_ACTIVE_1"] == "0x0"
    assert found[f"{accounts}[99].aucS_SIP_PASSWORD[0]"] == ""
    provider = "BS_VOIP_Data.astVoipProviders[0]."
    assert (found[provider + "aucSIP_SERVER[%]"], found[provider + "aucOUTBOUND_PROXY[%]"]) == (
        "bureau.example",
        "sip.bureau.example",
    )


def test_codecs_are_five_and_those_that_the_base_lacks_are_passed_over() -> None:
    asked = msgspec.structs.replace(OFFICE, codecs=("opus", "g722", "pcma"))
    found = variables(phone(OLDER, "N510 IP PRO", settings=asked))
    assert found["BS_IP_Data1.ucI_SIP_PREFERRED_VOCODER"] == "0x05,0x01,0xff,0xff,0xff"
    unknown = msgspec.structs.replace(OFFICE, codecs=("opus",))
    assert "BS_IP_Data1.ucI_SIP_PREFERRED_VOCODER" not in variables(phone(OLDER, "N510 IP PRO", settings=unknown))


@pytest.mark.parametrize(
    ("zone", "number", "summer"),
    [("Europe/Paris", "0x1b", "0x1"), ("Africa/Johannesburg", "0x20", "0x0"), ("Asia/Kathmandu", "0x31", "0x0")],
)
def test_a_time_zone_is_a_number_by_its_offset(zone: str, number: str, summer: str) -> None:
    found = variables(phone(OLDER, "N720 DM PRO", zone=zone_rule(zone)))
    assert (found["BS_IP_Data.uiI_TIME_TIMEZONE"], found["BS_IP_Data.ucB_TIME_USE_AUTOMATIC_DST"]) == (number, summer)


def test_an_n510_is_told_its_firmware_and_an_n720_which_needs_two_files_is_not() -> None:
    new = Firmware(version="42.258", file="merkur258_42.bin", folder="http://boot/firmware/gigaset/42.258/")
    told = (
        b"""<S_SPECIAL_DATA_SRV_IWU class="string" value='"http://boot/firmware/gigaset/42.258/merkur258_42.bin"'/>"""
    )
    assert told in rendered(OLDER, "device", phone(OLDER, "N510 IP PRO", firmware=new)).body
    assert b"SPECIAL_DATA" not in rendered(OLDER, "device", phone(OLDER, "N720 DM PRO", firmware=new)).body
