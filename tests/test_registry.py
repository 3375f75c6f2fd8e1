"""The registry over a real store and vault: all or nothing, durable, and no secret in clear on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from offhook.admin.office import OfficeFile
from offhook.admin.offices import apply_office, office_changes
from offhook.change import Outcome, Put, Remove
from offhook.model.device import Device
from offhook.model.kind import make_document
from offhook.model.mailbox import Mailbox
from offhook.model.problem import Refused, RevisionConflict, Unavailable
from offhook.provisioning.catalogue import Catalogue
from offhook.registry import Registry
from offhook.secrets.keyfile import KeyFile
from offhook.secrets.vault import Vault
from offhook.store.base import Change, StoreUnavailable
from offhook.store.tinydb import TinyDBStore
from tests.offices import all_profiles

DEMO = (Path(__file__).parent.parent / "deploy" / "demo" / "office.yaml").read_text(encoding="utf-8")
ACCOUNTS = "accounts: [{id: default, realm: a.example}, {id: other, realm: b.example}]\n"


class Flaky(TinyDBStore):
    """A store whose disk can be full."""

    full = False

    async def commit(self, changes: Sequence[Change], after: int) -> int:
        if self.full:
            await asyncio.sleep(0)
            raise StoreUnavailable("disk full")
        return await super().commit(changes, after)


async def opened(folder: Path) -> tuple[Registry, Flaky]:
    store = Flaky(folder / "store")
    vault = Vault(KeyFile.open(folder / "keys" / "master.key", data_exists=(folder / "store").exists()))
    catalogue = Catalogue(all_profiles())
    registry = Registry(store, vault, checks=catalogue.checks(), is_secret=catalogue.is_secret)
    await registry.open()
    return registry, store


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[tuple[Registry, Flaky]]:
    registry, store = await opened(tmp_path)
    await apply_office(registry, OfficeFile(ACCOUNTS, "a"))
    yield registry, store
    await store.close()


@pytest.fixture
def registry(house: tuple[Registry, Flaky]) -> Registry:
    return house[0]


async def apply(registry: Registry, text: str, *, prune: bool = False) -> list[Outcome]:
    return await apply_office(registry, OfficeFile(text, "o.yaml"), prune=prune)


async def refusal(registry: Registry, text: str) -> str:
    before = registry.directory
    with pytest.raises(Refused) as refused:
        await apply(registry, text)
    assert registry.directory is before, "a refused office changed something"
    return str(refused.value)


def device(registry: Registry, identity: str, account: str = "default") -> Device:
    found = registry.directory.find(Device, account, identity)
    assert found is not None
    return found


async def test_applying_twice_changes_nothing_the_second_time(registry: Registry) -> None:
    assert await apply(registry, DEMO)
    revision = registry.directory.revision
    assert await apply(registry, DEMO) == [] and registry.directory.revision == revision


async def test_a_dry_run_says_what_would_change_and_changes_nothing(registry: Registry) -> None:
    before = registry.directory
    demo = OfficeFile(DEMO, "o.yaml")
    preview = await registry.preview(office_changes(before, demo, demo.documents()))
    assert {outcome.action for outcome in preview.outcomes} == {"added", "changed"} and registry.directory is before


async def test_pruning_removes_what_the_file_leaves_out_of_its_kinds(registry: Registry) -> None:
    await apply(registry, "users: [{id: a, name: A}, {id: b, name: B}]\ncontacts: [{id: c, name: C}]")
    await apply(registry, "users: [{id: a, name: A}]", prune=True)
    assert registry.directory.ids("default", "users") == ["a"] and registry.directory.ids("default", "contacts") == [
        "c"
    ]


async def test_secrets_that_are_left_out_are_made_up_once_and_kept(registry: Registry) -> None:
    await apply(registry, 'devices: [{id: d}]\nmailboxes: [{id: m, number: "101"}]')
    first = device(registry, "d").sip
    assert (
        first is not None
        and first.username == "d"
        and first.password is not None
        and len(first.password.reveal()) >= 16
    )
    await apply(registry, 'devices: [{id: d, name: Phone}, {id: e}]\nmailboxes: [{id: m, number: "101", name: Box}]')
    assert device(registry, "d").sip == first and device(registry, "e").sip != first
    box = registry.directory.find(Mailbox, "default", "m")
    assert box is not None and box.pin is not None and box.pin.reveal().isdigit()


async def test_a_mask_that_comes_back_keeps_the_stored_secret(registry: Registry) -> None:
    await apply(
        registry, "devices: [{id: d, sip: {username: d, password: Own-1}, settings: {web_admin_password: Web-1}}]"
    )
    await apply(
        registry,
        "devices: [{id: d, name: X, sip: {username: d, password: '***'}, settings: {web_admin_password: '***'}}]",
    )
    found = device(registry, "d")
    assert found.name == "X" and found.sip is not None and found.sip.password is not None
    assert found.sip.password.reveal() == "Own-1"
    assert found.settings.web_admin_password is not None and found.settings.web_admin_password.reveal() == "Web-1"


async def test_no_secret_is_in_clear_on_the_disk_or_in_what_changed(registry: Registry, tmp_path: Path) -> None:
    outcomes = await apply(
        registry,
        "accounts: [{id: default, realm: a.example, settings: {web_admin_password: Marker-1}}]\n"
        "devices: [{id: d, sip: {username: d, password: Marker-2}, settings: {dot1x_password: Marker-3},"
        " overrides: {yealink: {account.1.password: Marker-4, phone_setting.ring_type: {secret: Marker-5}}}}]\n"
        'mailboxes: [{id: m, number: "101", pin: "44556677"}]',
    )
    outcomes += await apply(registry, "devices: [{id: d, sip: {username: d, password: Marker-6}}]")
    assert "Marker" not in str(outcomes) and ("sip.password" in str(outcomes))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"Marker" not in content and b"44556677" not in content, path


async def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    registry, store = await opened(tmp_path)
    await apply(registry, DEMO)
    before = {entry.key: registry.directory.get(*entry.key) for entry in registry.directory.all()}
    await store.close()
    registry, store = await opened(tmp_path)
    assert {entry.key: registry.directory.get(*entry.key) for entry in registry.directory.all()} == before
    await store.close()


@pytest.mark.parametrize(
    ("office", "said"),
    [
        ("devices: [{id: a, mac: 001565aabb01}, {id: b, mac: '00:15:65:AA:BB:01'}]", "'001565aabb01' is already that of device 'a'"),
        ("devices: [{id: a, mac: 001565aabb01}, {id: b, account: other, mac: 001565aabb01}]", "already that of another account"),
        ("devices: [{id: a, model: yealink/T46X}]", "did you mean 'yealink/T46"),
        ("devices: [{id: a, model: yealnk/T46S}]", "no vendor 'yealnk' is known; did you mean 'yealink'?"),
        ("devices: [{id: a, owner: marie}]", "there is no user 'marie'"),
        ("devices: [{id: a, site: hq}]", "there is no site 'hq'"),
        ("devices: [{id: a, overrides: {yealink: {acount.1.lable: x}}}]", "the nearest known are account.{n}.label"),
        ("devices: [{id: a, keys: [{position: 1, type: blf, value: josh}]}]", "there is no user or group or mode of that name"),
        ("devices: [{id: a, keys: [{position: 1, type: dnd}, {position: 1, type: redial}]}]", "is on the same key"),
        ("devices: [{id: a, sip: {username: x}}, {id: b, sip: {username: x-2}}]", "is how a line of device 'a' logs in"),
        ("devices: [{id: a, sip: {username: x-3}}, {id: b, sip: {username: x}}]", "would log in as x-3, which is device 'a'"),
        ("devices: [{id: a, account: nobody}]", "there is no account 'nobody'"),
        ("accounts: [{id: third, realm: a.example}]", "'a.example' is already that of"),
        ("users: [{id: a, name: A, timezone: Europe/Pariss}]", "did you mean 'Europe/Paris'?"),
        ("users: [{id: a, name: A, language: französisch}]", "is no language tag"),
        ("sites: [{id: a, networks: [10.0.0.0/99]}]", "write a network such as"),
        ("groups: [{id: a, members: [{group: b}]}, {id: b, members: [{group: a}]}]", "a group cannot hold itself"),
        ("groups: [{id: a, members: [{}]}]", "name exactly one of user, device, group"),
        ("mailboxes: [{id: a, number: '1'}, {id: b, number: '1'}]", "'1' is already that of mailbox 'a'"),
        ("callflows: [{id: a, numbers: ['1'], start: x, nodes: {y: {type: end}}}]", "there is no node 'x'"),
        ("callflows: [{id: a, start: x, nodes: {x: {type: wait, seconds: 1, next: {don: x}}}}]", "unknown branch 'don'; did you mean"),
        ("callflows: [{id: a, start: x, nodes: {x: {type: wait, seconds: 1, next: {done: z}}}}]", "there is no node 'z'"),
        ("callflows: [{id: a, start: x, nodes: {x: {type: ring, targets: [{user: u}]}}}]", "nodes.x.targets[0].user: there is no user 'u'"),
        ("callflows: [{id: a, start: x, nodes: {x: {type: voicemail, box: m}}}]", "there is no mailbox 'm'"),
        ("callflows: [{id: a, start: x, patterns: ['(']  , nodes: {x: {type: end}}}]", "not a regular expression"),
        ("modes: [{id: a, states: [day], state: night}]", "there is no state 'night'"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_nothing_changes(registry: Registry, office: str, said: str) -> None:
    assert said in await refusal(registry, office)


async def test_a_public_number_belongs_to_one_callflow_of_all_accounts(registry: Registry) -> None:
    end = "start: e, nodes: {e: {type: end}}"
    await apply(registry, f"callflows: [{{id: a, numbers: ['101', '+15145550100'], {end}}}]")
    await apply(registry, f"callflows: [{{id: a, account: other, numbers: ['101'], {end}}}]")
    said = await refusal(registry, f"callflows: [{{id: b, account: other, numbers: ['+15145550100'], {end}}}]")
    assert "'+15145550100' is already that of another account" in said
    assert "'101' is already that of callflow 'a'" in await refusal(
        registry, f"callflows: [{{id: b, numbers: ['101'], {end}}}]"
    )


async def test_what_is_still_used_cannot_be_removed(registry: Registry) -> None:
    await apply(registry, "users: [{id: u, name: U}]\ndevices: [{id: d, owner: u}]")
    with pytest.raises(Refused, match=r"device 'd' names it"):
        await registry.change([Remove(("default", "users", "u"))])
    with pytest.raises(Refused, match="it still has"):
        await registry.change([Remove(("default", "accounts", "default"))])
    await registry.change([Remove(("default", "users", "u")), Remove(("default", "devices", "d"))])
    assert registry.directory.ids("default", "users") == []


async def test_a_schedule_or_mode_cannot_lose_what_a_callflow_branches_by(registry: Registry) -> None:
    await apply(
        registry,
        "schedules: [{id: s, periods: {open: [], closed: else}}]\n"
        "modes: [{id: m, states: [day, night]}]\n"
        "callflows: [{id: c, start: h, nodes: {h: {type: hours, schedule: s, next: {open: m}},"
        " m: {type: mode, mode: m, next: {night: e}}, e: {type: end}}}]",
    )
    said = await refusal(registry, "schedules: [{id: s, periods: {opened: [], closed: else}}]")
    assert "callflows/c.nodes.h.next: unknown branch 'open'; did you mean 'opened'?" in said
    said = await refusal(registry, "modes: [{id: m, states: [day]}]")
    assert "callflows/c.nodes.m.next: unknown branch 'night'" in said


async def test_a_change_against_an_older_revision_is_refused(registry: Registry) -> None:
    user = make_document("users", {"id": "u", "name": "U"}, "")
    await registry.change([Put(user, 0)])
    with pytest.raises(RevisionConflict, match="exists already"):
        await registry.change([Put(user, 0)])
    with pytest.raises(RevisionConflict, match="at revision 1, not at 7"):
        await registry.change([Put(user, 7)])


async def test_a_full_disk_leaves_everything_as_it_was_and_later_changes_work(house: tuple[Registry, Flaky]) -> None:
    registry, store = house
    before = registry.directory
    store.full = True
    failed = await asyncio.gather(
        *(apply(registry, f"users: [{{id: u{n}, name: U}}]") for n in range(3)), return_exceptions=True
    )
    assert all(isinstance(one, Unavailable) for one in failed) and registry.directory is before
    store.full = False
    await apply(registry, "users: [{id: u9, name: U}]")
    assert registry.directory.ids("default", "users") == ["u9"]


async def test_many_changes_at_once_are_all_made(registry: Registry) -> None:
    await asyncio.gather(*(apply(registry, f"users: [{{id: u{n}, name: U}}]") for n in range(50)))
    assert len(registry.directory.ids("default", "users")) == 50


async def test_a_change_whose_asker_went_away_is_made_all_the_same(registry: Registry) -> None:
    task = asyncio.ensure_future(apply(registry, "users: [{id: u, name: U}]"))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await apply(registry, "users: [{id: v, name: V}]")
    assert "v" in registry.directory.ids("default", "users")
