"""A phone of every family boots against a real server, over HTTP and over TFTP, and has its user's lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from offhook.cli.fetch import HttpFetcher, TftpFetcher, user_agent
from offhook.cli.virtual_phone import Fetch, VirtualPhone
from offhook.provisioning.profile import Profile
from tests.offices import all_profiles

from .running import RunningServer

FAMILIES: Final = list(all_profiles())


def model_of(profile: Profile) -> str:
    """The model with the most accounts, of those the one that stands first."""
    models = profile.file.models
    return max(models, key=lambda name: models[name].accounts)


def mac_of(profile: Profile) -> str:
    """A MAC of the vendor, another one for each of its families."""
    number = 0xAABB00 + FAMILIES.index(profile)
    return (profile.file.ouis[0] if profile.file.ouis else "020000")[:6] + f"{number:06x}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    devices = "\n".join(
        f'  - {{id: {one.family}, mac: "{mac_of(one)}", model: "{one.vendor}/{model_of(one)}", owner: marie,'
        f" sip: {{username: {one.family}, password: Pw-{one.family}}}}}"
        for one in FAMILIES
    )
    office = f"""
accounts: [{{id: default, realm: bureau.example, security: {{tftp_secrets: true}}}}]
users: [{{id: marie, name: Marie Tremblay}}]
devices:
{devices}
callflows:
  - {{id: one, numbers: ["101"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
  - {{id: two, numbers: ["151"], start: ring, nodes: {{ring: {{type: ring, targets: [{{user: marie}}]}}}}}}
"""
    with RunningServer(tmp_path_factory.mktemp("families") / "data") as running:
        running.run("apply", "-f", "-", stdin=office)
        yield running


@pytest.mark.parametrize("profile", [pytest.param(one, id=one.family) for one in FAMILIES])
@pytest.mark.parametrize("transport", ["http", "tftp"])
async def test_it_registers_marie_s_lines(server: RunningServer, profile: Profile, transport: str) -> None:
    mac, model = mac_of(profile), model_of(profile)
    if transport == "http":
        base = f"http://127.0.0.1:{server.port('boot.http')}/"
        fetch: Fetch = HttpFetcher(base, user_agent(profile, model, None, mac))
    else:
        fetch = TftpFetcher(f"tftp://127.0.0.1:{server.port('tftp')}/")
    report = await VirtualPhone(profile, model, None, mac, fetch).boot()
    assert report.came_up, report.reason
    logins = [profile.family, f"{profile.family}-2"][: profile.file.models[model].accounts]
    assert [(one.user_name, one.password.reveal()) for one in report.accounts] == [
        (login, f"Pw-{profile.family}") for login in logins
    ]
    assert all("bureau.example" in one.server for one in report.accounts)
