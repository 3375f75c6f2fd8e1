"""Panasonic's files: a first line without which nothing counts, lines ended as on Windows, and the phone's own file first."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from offhook.provisioning.phone import Phone
from offhook.provisioning.profile import Profile
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.timezone import zone_rule

from .phones import key, phone, profiles, rendered

PANASONIC: Final[Profile] = profiles().by_family["panasonic"]


def read(subject: Phone, file: str = "device") -> dict[str, str]:
    return dict(SYNTAXES["assignments"].read(rendered(PANASONIC, file, subject).body))


@pytest.mark.parametrize("file", ["model", "common", "device"])
def test_the_first_line_is_the_one_without_which_the_phone_drops_the_file(file: str) -> None:
    body = rendered(PANASONIC, file, phone(PANASONIC, "KX-HDV230")).body
    assert body.startswith(b"# Panasonic SIP Phone Standard Format File #")
    assert body.endswith(b'"\r\n\r\n') and body.count(b"\n") == body.count(b"\r\n")


def test_the_model_s_file_only_says_where_the_phone_s_own_is() -> None:
    found = read(phone(PANASONIC, "KX-HDV130N"), "model")
    assert found["CFG_STANDARD_FILE_PATH"] == "http://10.0.0.1:8080/Config{MAC}.cfg"
    assert not [name for name in found if not name.startswith("CFG_")]


def test_the_realm_is_the_service_domain_and_the_proxy_where_packets_go() -> None:
    found = read(phone(PANASONIC, "KX-HDV230"))
    assert (found["SIP_SVCDOMAIN_1"], found["SIP_URI_1"], found["SIP_PRXY_ADDR_1"], found["SIP_RGSTR_ADDR_1"]) == (
        "bureau.example",
        "marie-desk@bureau.example",
        "sip.bureau.example",
        "sip.bureau.example",
    )
    assert (found["SIP_URI_3"], found["SIP_PASS_3"]) == ("", "")


def test_flexible_keys_name_their_line_or_whom_they_watch_and_the_others_are_emptied() -> None:
    keys = (key(PANASONIC, 1, "line", line=1), key(PANASONIC, 2, "blf", "102", label="Josh"))
    found = read(msgspec.structs.replace(phone(PANASONIC, "KX-UT136"), keys=keys))
    shown = [(found[f"FLEX_BUTTON_FACILITY_ACT{n}"], found[f"FLEX_BUTTON_FACILITY_ARG{n}"]) for n in (1, 2, 3)]
    assert shown == [("X_PANASONIC_IPTEL_DN", "1"), ("X_PANASONIC_IPTEL_CONTACT", "102"), ("", "")]


def test_summer_time_is_told_in_minutes() -> None:
    found = read(phone(PANASONIC, "KX-HDV230", zone=zone_rule("America/New_York")))
    names = ("TIME_ZONE", "DST_ENABLE", "DST_OFFSET", "DST_START_MONTH", "DST_START_ORDINAL_DAY", "DST_START_TIME")
    assert [found[name] for name in names] == ["-300", "Y", "60", "3", "2", "120"]
    assert read(phone(PANASONIC, "KX-HDV230", zone=zone_rule("Asia/Tokyo")))["DST_ENABLE"] == "N"
