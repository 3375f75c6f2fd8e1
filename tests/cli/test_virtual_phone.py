"""The virtual phone boots as the vendor's phones do, and says why one would not come up."""

from __future__ import annotations

import pytest

from offhook.cli.virtual_phone import Fetched, Report, VirtualPhone
from tests.offices import Office, all_profiles

CONFIG = (
    b"#!version:1.0.0.1\naccount.1.enable = 1\naccount.1.label = 101\naccount.1.user_name = u\naccount.1.password = p\n"
)
FULL = CONFIG + b"account.1.sip_server.1.address = a.example\n"
BOOT = b'#!version:1.0.0.1\ninclude:config "y000000000066.cfg"\n[T31P]include:config "other.cfg"\ninclude:config "001565000001.cfg"\n'
COMMON = b"#!version:1.0.0.1\n"


async def boot(
    files: dict[str, bytes | int], model: str = "yealink/T46S", version: str | None = None
) -> tuple[Report, list[str]]:
    asked: list[str] = []

    async def fetch(name: str) -> Fetched:
        asked.append(name)
        found = files.get(name, 404)
        if isinstance(found, int):
            return Fetched(url=name, outcome="absent" if found == 404 else "failed", words=str(found))
        return Fetched(url=name, outcome="found", words="200", body=found)

    vendor, _, name = model.partition("/")
    mac = {"yealink": "001565000001", "grandstream": "000b82000001"}[vendor]
    report = await VirtualPhone(all_profiles().by_vendor[vendor], name, version, mac, fetch).boot()
    return report, asked


async def test_a_boot_file_is_followed_and_nothing_else_is_asked_for() -> None:
    files: dict[str, bytes | int] = {"001565000001.boot": BOOT, "y000000000066.cfg": COMMON, "001565000001.cfg": FULL}
    report, asked = await boot(files)
    assert asked == ["001565000001.boot", "y000000000066.cfg", "001565000001.cfg"]
    assert report.came_up and [(one.label, one.user_name, one.server) for one in report.accounts] == [
        ("101", "u", "a.example")
    ]
    assert "p" not in repr(report.accounts[0].password)


async def test_without_boot_files_both_configs_are_asked_for() -> None:
    report, asked = await boot({"001565000001.cfg": FULL})
    assert (
        asked == ["001565000001.boot", "y000000000000.boot", "y000000000066.cfg", "001565000001.cfg"] and report.came_up
    )


async def test_old_firmware_knows_no_boot_files() -> None:
    _, asked = await boot({"001565000001.cfg": FULL}, "yealink/T28P")
    assert asked == ["y000000000000.cfg", "001565000001.cfg"]


async def test_a_grandstream_stops_at_the_first_file() -> None:
    _, asked = await boot({"cfg000b82000001.xml": b"<gs_provision/>"}, "grandstream/GXP2170")
    assert asked == ["cfg000b82000001", "cfg000b82000001.xml"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "001565000001.cfg is not there and this phone needs it"),
        ({"001565000001.cfg": 503}, "the phone tries again"),
        ({"001565000001.cfg": b"<html>Not found</html>"}, "the phone refuses 001565000001.cfg"),
        ({"001565000001.cfg": CONFIG}, "no account with server, user name and password"),
        ({"001565000001.cfg": COMMON}, "no file of its own"),
        ({"001565000001.boot": BOOT, "001565000001.cfg": FULL}, "names y000000000066.cfg, which is not there"),
    ],
)
async def test_a_phone_that_would_not_come_up_says_why(files: dict[str, bytes | int], said: str) -> None:
    report, _ = await boot(files)
    assert not report.came_up and said in report.reason


async def test_the_golden_phones_come_up_from_what_they_are_given(golden_office: Office) -> None:
    for model, mac in (
        ("yealink/T46S", "001565000001"),
        ("grandstream/GXP2170", "000b82000001"),
        ("grandstream/HT802", "000b82000005"),
    ):
        vendor, _, name = model.partition("/")

        async def fetch(asked: str) -> Fetched:
            answer, _ = golden_office.ask("/" + asked)
            outcome = {200: "found", 404: "absent"}.get(answer.status, "failed")
            return Fetched(url=asked, outcome=outcome, words="", body=answer.body)  # type: ignore[arg-type]

        report = await VirtualPhone(all_profiles().by_vendor[vendor], name, None, mac, fetch).boot()
        assert report.came_up, (model, report.reason)
        assert len(report.accounts) == 2
