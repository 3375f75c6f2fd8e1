"""What phones of every family get at boot, kept for review: a colleague's phone with keys, and one of nobody at a door.

Which two models: the one with the most keys, and the one with the fewest accounts. `pytest --write-golden` writes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from offhook.cli.fetch import user_agent
from offhook.cli.virtual_phone import Fetched, VirtualPhone
from offhook.model.kind import make_document
from offhook.provisioning.guard.tokens import token_in
from offhook.provisioning.profile import Profile
from tests.offices import Office, all_profiles, office_of

GOLDEN: Final = Path(__file__).parent.parent / "golden"
OFFICE: Final = (GOLDEN / "office.yaml").read_text(encoding="utf-8")
FAMILIES: Final = [pytest.param(one, id=one.family) for one in all_profiles()]


def colleague(profile: Profile) -> str:
    """The model with the most keys, of several the one that comes first."""
    models = profile.file.models
    return max((name for name in models if models[name].accounts), key=lambda name: models[name].keys)


def at_the_door(profile: Profile) -> str:
    """The model with the fewest accounts, another one than the colleague's if there is one."""
    models = profile.file.models
    able = [name for name in models if models[name].accounts and name != colleague(profile)]
    return min(able, key=lambda name: (models[name].accounts, models[name].keys)) if able else colleague(profile)


def phone_of(profile: Profile, model: str, number: int, *, owned: bool) -> tuple[Office, str]:
    """The golden office with one more phone, and its MAC."""
    mac = (profile.file.ouis[0] if profile.file.ouis else "020000")[:6] + f"00ff{number:02x}"
    facts = profile.file.models[model]
    keys = [
        {"position": at, "type": kind, "value": value}
        for at, kind, value in ((3, "blf", "evil"), (4, "speed_dial", "+33140000000"), (5, "dnd", None))
        if owned and at <= facts.keys
    ]
    document = {
        "id": f"family-{number}",
        "name": "Porte",
        "mac": mac,
        "model": f"{profile.vendor}/{model}",
        "sip": {"username": f"family-{number}", "password": f"Golden-{number}"},
        **({"owner": "marie", "site": "hq", "keys": keys} if owned else {}),
        **({} if owned else {"keys": [{"position": 1, "type": "speed_dial", "value": "100"}] if facts.keys else []}),
    }
    office = office_of(OFFICE)
    office.change(make_document("devices", document, ""))
    return office, mac


@pytest.mark.parametrize("profile", FAMILIES)
@pytest.mark.parametrize("owned", [True, False], ids=["colleague", "door"])
async def test_a_phone_gets_the_files_that_were_reviewed(
    profile: Profile, owned: bool, request: pytest.FixtureRequest
) -> None:
    model = colleague(profile) if owned else at_the_door(profile)
    office, mac = phone_of(profile, model, 1 if owned else 2, owned=owned)
    agent = user_agent(profile, model, None, mac)
    got: dict[str, bytes] = {}

    async def fetch(name: str) -> Fetched:
        path = "/" + name.removeprefix("http://boot.example").lstrip("/")
        answer, event = office.ask(path, agent)
        assert answer.status in (200, 404), event.verdict
        if answer.status == 200:
            got[token_in(path)[1].strip("/").replace("/", "_").partition("?")[0]] = answer.body
        return Fetched(url=name, outcome="found" if answer.status == 200 else "absent", words="", body=answer.body)

    report = await VirtualPhone(profile, model, None, mac, fetch).boot()
    assert report.came_up, report.reason
    folder = GOLDEN / "families" / profile.family / ("colleague" if owned else "door")
    if request.config.getoption("--write-golden"):
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        for name, body in got.items():
            (folder / name).write_bytes(body)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == got
