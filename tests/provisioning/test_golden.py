"""The whole files of some phones, kept for review: any change of a byte is a change that every such phone will see."""

from __future__ import annotations

from pathlib import Path

import pytest

from offhook.model.device import Device
from tests.offices import Office

GOLDEN = Path(__file__).parent.parent / "golden"

FILES = {
    "t46s": ["001565000001.boot", "y000000000066.cfg", "001565000001.cfg"],
    "t28p-old": ["001565000002.cfg"],
    "t46g-v80": ["001565000003.cfg"],
    "lobby": ["001565000004.cfg"],
    "t54w-keys": ["001565000005.cfg"],
    "evil": ["001565000006.cfg"],
    "base": ["001565000007.cfg"],
    "many": ["001565000008.cfg"],
    "india": ["001565000009.cfg"],
    "gxp2170": ["cfg000b82000001.xml", "cfggxp2170.xml"],
    "gxp2170-old": ["cfg000b82000002.xml"],
    "gxp1628": ["cfg000b82000003.xml"],
    "grp2614": ["cfg000b82000004.xml"],
    "ht802": ["cfg000b82000005.xml"],
}
"""Device → the files that it fetches."""


@pytest.mark.parametrize(("device", "name"), [(device, name) for device, names in FILES.items() for name in names])
def test_a_phone_gets_the_file_that_was_reviewed(
    golden_office: Office, request: pytest.FixtureRequest, device: str, name: str
) -> None:
    answer, event = golden_office.ask("/" + name)
    assert answer.status == 200, event.verdict
    path = GOLDEN / device / name
    if request.config.getoption("--write-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(answer.body)
    assert answer.body == path.read_bytes()


def test_what_does_not_fit_is_said(golden_office: Office) -> None:
    def notes(identity: str) -> str:
        device = golden_office.directory.find(Device, "default", identity)
        assert device is not None
        return "\n".join(golden_office.provisioner.explain(golden_office.directory, device).resolution.notes)

    assert "the model holds 1 line(s); left out: 202, 203" in notes("many")
    assert notes("t46s") == ""
