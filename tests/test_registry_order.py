"""Changes on their way to the disk: made in order, published when they last, and never built on one that failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from offhook.change import Put, Remove
from offhook.entry import Entry
from offhook.model.device import Device, Sip
from offhook.model.kind import make_document
from offhook.model.problem import NotFound, RevisionConflict, Unavailable
from offhook.model.secret import Secret
from offhook.model.user import User
from offhook.registry import Registry
from offhook.secrets.keyfile import KeyFile
from offhook.secrets.vault import SealBroken, Vault
from offhook.store.base import Change, NotLatest, StoredDocument, StoreUnavailable


class GatedStore:
    """A store in memory by the `Store` contract, whose disk answers each commit when the test says so."""

    def __init__(self) -> None:
        self.revision = 0
        self.documents: dict[tuple[str, str, str], StoredDocument] = {}
        self.waiting: list[tuple[Sequence[Change], int, asyncio.Future[int]]] = []
        self.gated = False

    async def load(self) -> tuple[int, list[StoredDocument]]:
        return self.revision, list(self.documents.values())

    async def commit(self, changes: Sequence[Change], after: int) -> int:
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.waiting.append((changes, after, answer))
        if not self.gated:
            self.answer()
        return await answer

    def answer(self, error: StoreUnavailable | None = None) -> None:
        """Answer the commit that has waited longest, with an error or as the contract says."""
        changes, after, answer = self.waiting.pop(0)
        if error is None and after != self.revision:
            error = NotLatest(after, self.revision)
        if error is not None:
            answer.set_exception(error)
            return
        for change in changes:
            key = (change.account, change.kind, change.id)
            found = self.documents.get(key)
            assert (found.rev if found else None) == change.expected, f"{key} is not as the registry said"
            if change.body is None:
                del self.documents[key]
            else:
                self.documents[key] = StoredDocument(*key, change.rev, change.body)
        self.revision += 1
        answer.set_result(self.revision)

    async def close(self) -> None:
        """Nothing to let go of."""


def vault(folder: Path) -> Vault:
    return Vault(KeyFile.open(folder / "keys" / "master.key", data_exists=(folder / "keys").exists()))


@pytest.fixture
def store() -> GatedStore:
    return GatedStore()


@pytest.fixture
async def registry(store: GatedStore, tmp_path: Path) -> AsyncIterator[Registry]:
    made = Registry(store, vault(tmp_path))
    await made.open()
    await made.change([Put(make_document("accounts", {"id": "default", "realm": "a.example"}, ""))])
    store.gated = True
    yield made
    assert not store.waiting, "a commit was left unanswered"


def user(identity: str, name: str = "U") -> Put:
    return Put(User(id=identity, name=name))


def users(registry: Registry) -> list[str]:
    return registry.directory.ids("default", "users")


async def started(registry: Registry, *changes: Put | Remove) -> asyncio.Task[object]:
    """A change on its way: the store has it, and nobody knows yet what becomes of it."""
    task: asyncio.Task[object] = asyncio.ensure_future(registry.change(changes))
    await settled()
    return task


async def settled() -> None:
    """Let everything run that can run without the store."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_nothing_is_published_before_it_lasts(registry: Registry, store: GatedStore) -> None:
    change = await started(registry, user("a"))
    assert users(registry) == [] and store.waiting
    store.answer()
    await change
    assert users(registry) == ["a"]


async def test_a_change_does_not_wait_for_the_one_before_and_builds_on_it(
    registry: Registry, store: GatedStore
) -> None:
    first = await started(registry, user("a", "First"))
    second = await started(registry, user("a", "Second"))
    assert [after for _, after, _ in store.waiting] == [1, 2]
    store.answer()
    store.answer()
    await asyncio.gather(first, second)
    found = registry.directory.find(User, "default", "a")
    assert found is not None and (found.name, found.rev) == ("Second", 2)


async def test_what_was_built_on_a_failed_change_is_refused_with_it(registry: Registry, store: GatedStore) -> None:
    before = registry.directory
    first = await started(registry, user("a"))
    second = await started(registry, user("b"))
    store.answer(StoreUnavailable("disk full"))
    store.answer()
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
    assert "disk full" in str(outcomes[0]) and "make the change again" in str(outcomes[1])
    assert registry.directory is before
    again = await started(registry, user("b"))
    store.answer()
    await again
    assert users(registry) == ["b"]


async def test_a_change_made_between_two_refusals_is_not_lost_to_those_after(
    registry: Registry, store: GatedStore
) -> None:
    first = await started(registry, user("a"))
    second = await started(registry, user("b"))
    store.answer(StoreUnavailable("disk full"))
    await settled()
    third = await started(registry, user("c"))
    store.answer()
    await settled()
    fourth = await started(registry, user("d"))
    store.answer()
    store.answer()
    outcomes = await asyncio.gather(first, second, third, fourth, return_exceptions=True)
    assert [isinstance(outcome, Unavailable) for outcome in outcomes] == [True, True, False, False]
    assert users(registry) == ["c", "d"]


async def test_a_change_whose_asker_went_away_is_published_and_may_be_built_on(
    registry: Registry, store: GatedStore
) -> None:
    first = await started(registry, user("a"))
    second = await started(registry, user("b"))
    first.cancel()
    await settled()
    store.answer()
    store.answer()
    await second
    await settled()
    assert first.cancelled() and users(registry) == ["a", "b"]


async def test_a_change_whose_asker_went_away_may_fail_unheard_and_later_ones_work(
    registry: Registry, store: GatedStore
) -> None:
    first = await started(registry, user("a"))
    first.cancel()
    await settled()
    store.answer(StoreUnavailable("disk full"))
    await settled()
    second = await started(registry, user("b"))
    store.answer()
    await second
    assert users(registry) == ["b"]


async def test_a_large_change_is_checked_beside_the_loop_and_made_as_one(registry: Registry, store: GatedStore) -> None:
    change = asyncio.ensure_future(registry.change([user(f"u{number}") for number in range(50)]))
    while not store.waiting:
        await asyncio.sleep(0.001)
    assert len(store.waiting) == 1 and users(registry) == []
    store.answer()
    await change
    assert len(users(registry)) == 50


async def test_a_dry_run_of_a_new_account_leaves_nothing_behind(registry: Registry, store: GatedStore) -> None:
    store.gated = False
    account = Put(make_document("accounts", {"id": "acme", "realm": "b.example"}, ""))
    phone = Put(Device(id="d", account="acme"))
    assert [one.action for one in (await registry.preview([phone, account])).outcomes] == ["added", "added"]
    assert registry.directory.accounts() == ["default"] and store.revision == 1
    await registry.change([phone, account])
    assert registry.directory.find(Device, "acme", "d") is not None


async def test_an_account_that_was_removed_can_come_again_and_its_old_secrets_are_gone(
    registry: Registry, store: GatedStore, tmp_path: Path
) -> None:
    store.gated = False
    account = Put(make_document("accounts", {"id": "acme", "realm": "b.example"}, ""))
    phone = Put(Device(id="d", account="acme"))
    await registry.change([account, phone])
    await registry.change([Remove(("acme", "devices", "d")), Remove(("acme", "accounts", "acme"))])
    assert not any("acme" in key for key in store.documents)
    await registry.change([account, phone])
    reopened = Registry(store, vault(tmp_path))
    await reopened.open()
    device = reopened.directory.find(Device, "acme", "d")
    assert device == registry.directory.find(Device, "acme", "d") and device is not None


async def test_a_document_whose_seal_is_broken_can_be_set_anew_or_removed(
    registry: Registry, store: GatedStore, tmp_path: Path
) -> None:
    store.gated = False
    for identity in ("d", "e"):
        await registry.change([Put(Device(id=identity, sip=Sip(username=identity, password=Secret("old"))))])
    swapped = [store.documents["default", "devices", identity] for identity in ("d", "e")]
    for document, other in zip(swapped, reversed(swapped), strict=True):
        values, taken = msgspec.json.decode(document.body), msgspec.json.decode(other.body)
        values["sip"]["password"] = taken["sip"]["password"]
        key = (document.account, document.kind, document.id)
        store.documents[key] = msgspec.structs.replace(document, body=msgspec.json.encode(values))
    reopened = Registry(store, vault(tmp_path))
    await reopened.open()
    with pytest.raises(SealBroken, match="devices/d"):
        reopened.directory.find(Device, "default", "d")
    mended = Put(Device(id="d", sip=Sip(username="d", password=Secret("new"))), expected=1)
    assert [one.action for one in await reopened.change([mended])] == ["changed"]
    assert [one.action for one in await reopened.change([Remove(("default", "devices", "e"), 1)])] == ["removed"]
    device = reopened.directory.find(Device, "default", "d")
    assert device is not None and device.rev == 2 and device.sip is not None and device.sip.password == Secret("new")


async def test_what_is_not_there_cannot_be_removed_nor_what_somebody_changed_meanwhile(
    registry: Registry, store: GatedStore
) -> None:
    store.gated = False
    with pytest.raises(NotFound, match="there is no users/a in account 'default'"):
        await registry.change([Remove(("default", "users", "a"))])
    await registry.change([user("a")])
    await registry.change([user("a", "Anew")])
    with pytest.raises(RevisionConflict, match="is at revision 2, not at 1: read it again"):
        await registry.change([Remove(("default", "users", "a"), 1)])
    with pytest.raises(RevisionConflict, match="does not exist, not at 3"):
        await registry.change([Put(User(id="b", name="B"), expected=3)])


async def test_old_directories_go_on_answering_as_they_did(registry: Registry, store: GatedStore) -> None:
    store.gated = False
    await registry.change([user("a")])
    before = registry.directory
    entry = before.entry("default", "users", "a")
    await registry.change([user("a", "Anew"), user("b")])
    await registry.change([Remove(("default", "users", "a"))])
    assert isinstance(entry, Entry) and before.entry("default", "users", "a") is entry
    assert before.ids("default", "users") == ["a"] and users(registry) == ["b"]
