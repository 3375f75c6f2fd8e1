"""Who is asking: real requests of real phones, and what contradicts itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from offhook.provisioning.identify import Identifier
from tests.offices import all_profiles

CASES = Path(os.environ.get("OFFHOOK_CASES") or Path(__file__).parents[2] / "../shared/cases") / "identify"


def cases() -> list[Any]:
    """Every case of every vendor."""
    return [
        pytest.param(case, id=f"{path.stem}-{number}")
        for path in sorted(CASES.glob("*.json"))
        for number, case in enumerate(json.loads(path.read_text(encoding="utf-8")))
    ]


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    return Identifier(all_profiles())


def test_the_case_files_are_there() -> None:
    for vendor in ("yealink", "grandstream"):
        assert (CASES / f"{vendor}.json").is_file(), f"set OFFHOOK_CASES: {CASES} has no {vendor}.json"


@pytest.mark.parametrize("case", cases())
def test_a_real_request_is_known_by_vendor_model_version_and_mac(identifier: Identifier, case: dict[str, Any]) -> None:
    identity = identifier.identify(case["path"], case["user_agent"])
    found = {"vendor": identity.vendor, "model": identity.model, "version": identity.version, "mac": identity.mac}
    assert found == {name: case[name] for name in found}, identity


def test_two_macs_in_one_request_are_no_mac(identifier: Identifier) -> None:
    identity = identifier.identify("/001565aabb01.cfg", "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:02")
    assert identity.mac is None
    assert identity.conflicts == ("the file name's MAC is 001565aabb01 but the user agent's is 001565aabb02",)


def test_a_vendor_that_the_macs_prefix_contradicts_is_said(identifier: Identifier) -> None:
    identity = identifier.identify("/000b82aabb01.cfg", "Yealink SIP-T46S 66.86.0.15 00:0b:82:aa:bb:01")
    assert identity.vendor == "yealink"
    assert identity.conflicts == ("the request is yealink's but the MAC's prefix is grandstream's",)


def test_each_source_leaves_its_evidence(identifier: Identifier) -> None:
    identity = identifier.identify("/001565aabb01.cfg", "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:01")
    assert identity.evidence == (
        "user agent: yealink T46S 66.86.0.15 001565aabb01",
        "file name: yealink 001565aabb01",
        "MAC prefix: yealink",
    )


@pytest.mark.parametrize("agent", ["", "\x00\xff" * 300, "Yealink SIP-T46S", "a" * 100_000, "\udcff\udcfe"])
@pytest.mark.parametrize("path", ["", "/", "/" * 9000, "/%00", "/" + "a" * 9000, "/\udcff.cfg"])
def test_nothing_that_a_phone_sends_is_too_strange(identifier: Identifier, path: str, agent: str) -> None:
    identifier.identify(path, agent)
