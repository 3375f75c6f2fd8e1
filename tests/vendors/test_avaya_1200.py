"""Avaya's 1200 series: the files that lead to one another, and lines that must be short."""

from __future__ import annotations

from typing import Final

import pytest

from offhook.model.secret import Secret
from offhook.provisioning.phone import Firmware
from offhook.provisioning.profile import Profile
from offhook.provisioning.render import TemplateBroken
from offhook.provisioning.syntax import SYNTAXES, SyntaxProblem

from .phones import doorbell, line, phone, profiles, rendered

OLD: Final[Profile] = profiles().by_family["avaya-1200"]


def test_a_phone_s_first_file_leads_to_the_others() -> None:
    text = rendered(OLD, "model", phone(OLD, "1230IP")).body.decode()
    assert "[DEVICE_CONFIG]\nDOWNLOAD_MODE FORCED\nVERSION 000001\nFILENAME DeviceConfig.cfg\nPROTOCOL HTTP\n" in text
    assert "[USER_CONFIG]" in text and "[FW]" not in text


@pytest.mark.parametrize("file", ["model", "unistim"])
def test_a_phone_takes_firmware_that_it_is_to_change_to(file: str) -> None:
    firmware = Firmware(
        version="04.01.13.00",
        file="SIP12x004.01.13.00.bin",
        folder="http://10.0.0.1:8080/firmware/avaya/04.01.13.00/",
    )
    text = rendered(OLD, file, phone(OLD, "1220IP", firmware=firmware)).body.decode()
    assert (
        "[FW]\nDOWNLOAD_MODE FORCED\nVERSION 04011300\n"
        "FILENAME firmware/avaya/04.01.13.00/SIP12x004.01.13.00.bin\n" in text
    )


def test_a_phone_always_has_a_second_server_and_one_is_the_first_again() -> None:
    values = dict(SYNTAXES["words"].read(rendered(OLD, "device", phone(OLD, "1220IP")).body))
    assert values["SERVER_IP1_2"] == values["SERVER_IP1_1"] == "sip.bureau.example"
    assert values["AUTOLOGIN_ID_KEY01"] == "marie-desk@bureau.example"
    assert (values["TIMEZONE_OFFSET"], values["DST_ENABLED"]) == ("3600", "YES")


def test_a_line_that_a_phone_would_not_read_is_refused() -> None:
    with pytest.raises(TemplateBroken, match="AUTOLOGIN_PASSWD_KEY01: the line would have 83 characters"):
        rendered(OLD, "device", phone(OLD, "1220IP", lines=(line(1, "101", password=Secret("x" * 60)),)))
    with pytest.raises(SyntaxProblem, match="line 1: 80 characters"):
        SYNTAXES["words"].read(b"VMAIL " + b"9" * 74)


def test_a_phone_of_nobody_has_no_key_for_voicemail() -> None:
    values = dict(SYNTAXES["words"].read(rendered(OLD, "device", doorbell(OLD, "1220IP")).body))
    assert values["TOVM_SOFTKEY_ENABLE"] == "NO" and "VMAIL" not in values


def test_its_passwords_are_secrets_and_its_names_are_not() -> None:
    assert all(OLD.is_secret(name) for name in ("ADMIN_PASSWORD", "AUTOLOGIN_PASSWD_KEY01"))
    assert not any(OLD.is_secret(name) for name in ("AUTOLOGIN_ID_KEY01", "AUTOLOGIN_AUTHID_KEY01", "SIP_DOMAIN1"))
