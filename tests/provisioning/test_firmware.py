"""Firmware: which file fits which phone, and when a phone is pointed at it."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from offhook.model.device import Device
from offhook.model.problem import Refused
from offhook.provisioning.firmware import FirmwareFile, FirmwareShelf, describe
from tests.offices import Office, all_profiles, office_of

OFFICE = """
accounts: [{id: default, realm: bureau.example, firmware: {yealink: newest, yealink/T46S: 66.86.0.15}}]
sites: [{id: lab, firmware: {yealink/T46S: 66.86.0.20}}]
devices:
  - {id: desk, mac: "001565000001", model: yealink/T46S, sip: {username: desk, password: p}}
  - {id: bench, mac: "001565000002", model: yealink/T46S, sip: {username: bench, password: p}, site: lab}
  - {id: own, mac: "001565000003", model: yealink/T46S, sip: {username: own, password: p}, site: lab, firmware: 66.85.0.5}
  - {id: other, mac: "001565000004", model: yealink/T42S, sip: {username: other, password: p}}
  - {id: lost, mac: "001565000005", model: yealink/T54W, sip: {username: lost, password: p}, firmware: 96.86.0.45}
"""


def rom(version: str) -> FirmwareFile:
    return describe(all_profiles().of_vendor("yealink"), f"T46S(T48S,T42S,T41S)-{version}.rom", size=5, sha256="0" * 64)


def office(folder: Path) -> Office:
    made = office_of(OFFICE, firmware=folder)
    for version in ("66.85.0.5", "66.86.0.15", "66.86.0.20"):
        made.provisioner.shelf.put(rom(version))
    return made


def pointed_at(office: Office, mac: str, model: str, version: str | None) -> str | None:
    """The firmware's URL in what a phone gets that says it runs `version`, without the phone's token."""
    colons = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    answer, event = office.ask(f"/{mac}.cfg", f"Yealink SIP-{model} {version} {colons}" if version else None)
    assert answer.status == 200, event.verdict
    lines = [line for line in answer.body.decode().splitlines() if "firmware.url" in line]
    return re.sub(r"/t/[a-z2-7]{26}/", "/", lines[0].partition("= ")[2]) if lines else None


def test_one_file_serves_all_models_of_its_hardware() -> None:
    file = rom("66.86.0.15")
    assert (file.version, set(file.models)) == ("66.86.0.15", {"T41S", "T42S", "T46S", "T48S"})


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("holiday.jpg", {}, "no name of a Yealink firmware"),
        ("../T46S-66.86.0.15.rom", {}, "no name of a Yealink firmware"),
        ("T46S-66.86.0.15.rom", {"version": "66.86.0.16"}, "is version 66.86.0.15, not 66.86.0.16"),
        ("T46S-66.86.0.15.rom", {"models": ["T54W"]}, "is not for T54W"),
        ("T46S-66.86.0.15.rom", {"models": ["T46Z"]}, "no model 'T46Z'; did you mean"),
        ("Future-250.86.0.15.rom", {}, "does not tell the models"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_the_reason(name: str, more: dict[str, object], said: str) -> None:
    with pytest.raises(Refused) as refused:
        describe(all_profiles().of_vendor("yealink"), name, size=5, sha256="", **more)  # type: ignore[arg-type]
    assert said in str(refused.value)


def test_a_name_without_a_version_needs_one() -> None:
    families = all_profiles().of_vendor("grandstream")
    with pytest.raises(Refused, match="does not tell the version"):
        describe(families, "gxp2140fw.bin", size=5, sha256="")
    assert describe(families, "gxp2140fw.bin", size=5, sha256="", version="1.0.11.85").models == ("GXP2140",)


def test_the_device_s_pin_comes_before_its_site_s_and_that_before_its_account_s(tmp_path: Path) -> None:
    office_ = office(tmp_path)
    base = "http://boot.example/firmware/yealink"
    running = "66.84.0.10"
    for mac, version in (("001565000001", "66.86.0.15"), ("001565000002", "66.86.0.20"), ("001565000003", "66.85.0.5")):
        assert pointed_at(office_, mac, "T46S", running) == f"{base}/{version}/T46S(T48S,T42S,T41S)-{version}.rom"
    assert (
        pointed_at(office_, "001565000004", "T42S", running) == f"{base}/66.86.0.20/T46S(T48S,T42S,T41S)-66.86.0.20.rom"
    )


def test_a_phone_that_runs_it_or_does_not_say_what_it_runs_is_left_alone(tmp_path: Path) -> None:
    office_ = office(tmp_path)
    assert pointed_at(office_, "001565000001", "T46S", "66.86.0.15") is None
    assert pointed_at(office_, "001565000001", "T46S", None) is None
    assert pointed_at(office_, "001565000001", "T46S", "66.86.0.14") is not None


def test_a_pin_without_a_file_changes_no_config_and_is_said(tmp_path: Path) -> None:
    office_ = office(tmp_path)
    assert pointed_at(office_, "001565000005", "T54W", "96.84.0.1") is None
    device = office_.directory.find(Device, "default", "lost")
    assert device is not None
    notes = office_.provisioner.explain(office_.directory, device).resolution.notes
    assert any("device lost pins firmware 96.86.0.45" in note for note in notes)


def test_a_file_is_found_below_firmware_whatever_its_case_and_by_nobody_else_s_name(tmp_path: Path) -> None:
    office_ = office(tmp_path)
    place = "yealink/66.86.0.15/T46S(T48S,T42S,T41S)-66.86.0.15.rom"
    for path in (
        f"/firmware/{place}",
        f"/p/default/firmware/{place}",
        f"/FIRMWARE/{place.upper()}",
        f"firmware/{place}",
    ):
        answer, event = office_.ask(path)
        assert (answer.status, answer.file) == (200, tmp_path / place)
        assert event.bytes == 5
    for path in (
        "/firmware/yealink/66.86.0.15/other.rom",
        "/firmware/../yealink/66.86.0.15/x",
        "/firmware/snom/1/x.bin",
    ):
        assert office_.ask(path)[0].status == 404


def test_a_phone_that_asks_by_the_bare_name_gets_the_version_that_is_pinned(tmp_path: Path) -> None:
    office_ = office_of(
        """
accounts: [{id: default, realm: bureau.example, firmware: {grandstream: 1.0.11.85}}]
devices: [{id: desk, mac: "000b82000001", model: grandstream/GXP2140}]
""",
        firmware=tmp_path,
    )
    for version in ("1.0.11.85", "1.0.12.1"):
        families = all_profiles().of_vendor("grandstream")
        office_.provisioner.shelf.put(describe(families, "gxp2140fw.bin", size=5, sha256="", version=version))
    agent = "Grandstream Model HW GXP2140 SW 1.0.9.1 DevId 000b82000001"
    assert office_.ask("/gxp2140fw.bin", agent)[0].file == tmp_path / "grandstream/1.0.11.85/gxp2140fw.bin"
    assert office_.ask("/gxp2140fw.bin")[0].status == 404, "without a MAC nobody knows which one"


def test_a_shelf_reads_back_what_is_whole_and_passes_over_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "yealink" / "66.86.0.15"
    folder.mkdir(parents=True)
    for name, size in (("T46S-66.86.0.15.rom", 5), ("T48S-66.86.0.15.rom", 9)):
        described = describe(all_profiles().of_vendor("yealink"), name, size=size, sha256="0" * 64)
        (folder / name).write_bytes(b"12345")
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(described))
    (folder / "T41S-66.86.0.15.rom").write_bytes(b"not described")
    (folder / "T42S-66.86.0.15.rom.json").write_bytes(b"{")
    assert [file.name for file in FirmwareShelf(tmp_path).all()] == ["T46S-66.86.0.15.rom"]
