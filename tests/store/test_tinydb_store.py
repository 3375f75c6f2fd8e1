"""The embedded store as the registry uses it: load, commit, close."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
from pathlib import Path

import pytest

from offhook.store.base import Change, Conflict, NotLatest, StoreLocked, StoreUnavailable
from offhook.store.disk import Disk
from offhook.store.tinydb import TinyDBStore

from .office import FullDisk, Office, deleted, files, office, saved


class CountingDisk(Disk):
    """Counts the synced writes."""

    syncs = 0

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        super().sync(descriptor)


async def reopened(folder: Path) -> tuple[int, Office]:
    store = TinyDBStore(folder)
    revision, documents = await store.load()
    await store.close()
    return revision, office(documents)


async def test_a_new_store_is_empty_and_at_revision_0(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path / "data" / "store")
    assert await store.load() == (0, [])
    await store.close()


async def test_an_acknowledged_phone_is_there_after_a_restart(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    assert await store.commit([saved("marie-desk", mac="001565aabb01")], 0) == 1
    assert await store.commit([saved("marie-desk", 1, mac="001565aabb02"), saved("lobby")], 1) == 2
    assert await store.commit([deleted("lobby", 1)], 2) == 3
    await store.close()
    assert await reopened(tmp_path) == (
        3,
        {("devices", "default", "marie-desk"): (2, {"id": "marie-desk", "mac": "001565aabb02"})},
    )


async def test_a_compact_body_comes_back_byte_for_byte(tmp_path: Path) -> None:
    bodies = [b"{}", b'{"id":"x"}', '{"name":"Poste d\'Émilie","n":[1,2.50,{}],"e":"\\u00e9"}'.encode()]
    store = TinyDBStore(tmp_path)
    await store.load()
    await store.commit([Change("default", "users", str(n), None, body, 1) for n, body in enumerate(bodies)], 0)
    await store.close()
    _, documents = await store.load()
    assert [document.body for document in documents] == bodies
    await store.close()


async def test_a_body_with_blanks_comes_back_with_the_same_fields(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    bodies = [b"{ }", b'{ "a" : 1 }', b'{\t"a":{ }}']
    await store.commit([Change("default", "users", str(n), None, body, 1) for n, body in enumerate(bodies)], 0)
    await store.close()
    _, documents = await store.load()
    assert [json.loads(document.body) for document in documents] == [{}, {"a": 1}, {"a": {}}]
    await store.close()


async def test_names_that_json_must_escape_come_back(tmp_path: Path) -> None:
    strange = 'x"\\é\n'
    store = TinyDBStore(tmp_path)
    await store.load()
    await store.commit([saved(strange, kind=strange, account=strange)], 0)
    await store.close()
    assert await reopened(tmp_path) == (1, {(strange, strange, strange): (1, {"id": strange})})


async def test_a_change_of_another_revision_is_a_conflict_and_changes_nothing(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    await store.commit([saved("marie-desk")], 0)
    with pytest.raises(Conflict) as refused:
        await store.commit([saved("lobby"), saved("marie-desk", 7)], 1)
    assert (refused.value.id, refused.value.expected, refused.value.found) == ("marie-desk", 7, 1)
    with pytest.raises(Conflict, match="devices/marie-desk of account 'default' is at revision 1 and should be new"):
        await store.commit([saved("marie-desk")], 1)
    with pytest.raises(Conflict, match="devices/ghost of account 'default' does not exist"):
        await store.commit([deleted("ghost", 1)], 1)
    assert await store.commit([saved("lobby")], 1) == 2
    await store.close()


async def test_changes_on_their_way_together_are_acknowledged_in_order_and_written_together(tmp_path: Path) -> None:
    disk = CountingDisk()
    store = TinyDBStore(tmp_path, disk=disk)
    await store.load()
    before = disk.syncs
    acknowledged: list[int] = []

    async def commit(number: int) -> None:
        acknowledged.append(await store.commit([saved(f"desk-{number}")], number))

    await asyncio.gather(*(commit(number) for number in range(200)))
    assert acknowledged == list(range(1, 201))
    assert disk.syncs - before < 100
    await store.close()
    assert len((await reopened(tmp_path))[1]) == 200


async def test_changes_that_build_on_a_refused_one_are_refused_and_the_next_is_not(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    outcomes = await asyncio.gather(
        store.commit([saved("marie-desk")], 0),
        store.commit([saved("marie-desk")], 1),
        store.commit([saved("lobby")], 2),
        store.commit([saved("doorbell")], 3),
        store.commit([saved("paging")], 1),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [int, Conflict, NotLatest, NotLatest, int]
    await store.close()
    revision, documents = await reopened(tmp_path)
    assert revision == 2
    assert {identity for _, _, identity in documents} == {"marie-desk", "paging"}


async def test_a_change_whose_author_went_away_is_made_all_the_same(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    author = asyncio.ensure_future(store.commit([saved("marie-desk")], 0))
    await asyncio.sleep(0)
    author.cancel()
    assert await store.commit([saved("lobby")], 1) == 2
    await store.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Change("default", "devices", "x", None, b"[1]", 1), "one JSON object"),
        (Change("default", "devices", "x", None, b'{"a":', 1), "not JSON"),
        (Change("default", "devices", "x", None, b'{"a":"\xff"}', 1), "not JSON"),
        (Change("default", "devices", "x", None, b'{"a":\n1}', 1), "one line"),
        (Change("default", "devices", "x", None, b' {"a":1}', 1), "one line"),
        (Change("default", "devices", "x", None, b'{"_offhook":1}', 1), "without a member '_offhook'"),
        (Change("default", "_default", "x", None, b"{}", 1), "no name for a kind"),
        (Change("default", "", "x", None, b"{}", 1), "no name for a kind"),
        (Change("default", "devices", "x", None, b"{}", 0), "1 or more"),
        (Change("default", "devices", "x", None, None, 1), "cannot be deleted"),
    ],
)
async def test_a_change_that_would_spoil_the_files_is_refused(tmp_path: Path, change: Change, why: str) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    with pytest.raises(ValueError, match=why):
        await store.commit([saved("lobby"), change], 0)
    assert await store.commit([saved("lobby")], 0) == 1
    await store.close()


async def test_a_second_server_is_told_which_process_has_the_store(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    before = files(tmp_path)
    with pytest.raises(StoreLocked, match=f"pid {os.getpid()} on host") as refused:
        await TinyDBStore(tmp_path).load()
    assert refused.value.path == tmp_path / "lock"
    assert files(tmp_path) == before
    await store.close()
    assert await reopened(tmp_path) == (0, {})


async def test_a_store_that_is_not_open_takes_no_change(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.commit([saved("lobby")], 0)
    await store.close()
    await store.load()
    last = asyncio.ensure_future(store.commit([saved("lobby")], 0))
    await asyncio.sleep(0)
    await store.close()
    assert await last == 1
    await store.close()
    with pytest.raises(StoreUnavailable, match="not open"):
        await store.commit([saved("lobby", 1)], 1)


async def test_nobody_else_may_read_the_stores_files(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    for _ in range(2):
        store = TinyDBStore(folder)
        revision, _ = await store.load()
        await store.commit([saved(f"desk-{revision}")], revision)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {path.name for path in folder.iterdir()} >= {"lock", "journal.jsonl"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        await store.close()
    assert (folder / "db.json").exists()


async def test_a_clean_stop_writes_the_snapshot_only_when_something_changed(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path)
    await store.load()
    await store.close()
    assert not (tmp_path / "db.json").exists()
    await store.load()
    await store.commit([saved("lobby")], 0)
    await store.close()
    assert (tmp_path / "journal.jsonl").read_bytes() == b""
    written = (tmp_path / "db.json").stat().st_ino
    await reopened(tmp_path)
    assert (tmp_path / "db.json").stat().st_ino == written


async def test_the_snapshot_is_written_anew_when_the_journal_outgrows_it(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path, small_journal=2_000)
    await store.load()
    for revision in range(200):
        await store.commit([saved(f"desk-{revision % 10}", revision // 10 or None, note="x" * 100)], revision)
    assert (tmp_path / "db.json").exists()
    assert (tmp_path / "journal.jsonl").stat().st_size < 6_000
    expected = {f"desk-{number}": 20 for number in range(10)}
    await store.close()
    revision, documents = await reopened(tmp_path)
    assert revision == 200
    assert {key[2]: value[0] for key, value in documents.items()} == expected


async def test_a_snapshot_that_finds_no_room_costs_no_change(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk = FullDisk()
    store = TinyDBStore(tmp_path, disk=disk, small_journal=2_000)
    await store.load()
    disk.refuses = {"replace"}
    with caplog.at_level(logging.WARNING, "offhook.store"):
        for revision in range(60):
            await store.commit([saved(f"desk-{revision}", note="x" * 100)], revision)
    assert "could not be written anew" in caplog.text
    assert not (tmp_path / "db.json.new").exists()
    assert not (tmp_path / "db.json").exists()
    disk.refuses = set()
    await store.close()
    assert (tmp_path / "journal.jsonl").read_bytes() == b""
    assert len((await reopened(tmp_path))[1]) == 60


async def test_a_full_disk_refuses_the_change_and_later_ones_work_again(tmp_path: Path) -> None:
    disk = FullDisk()
    store = TinyDBStore(tmp_path, disk=disk)
    await store.load()
    await store.commit([saved("marie-desk")], 0)
    before = files(tmp_path)
    for refused_calls in ({"write"}, {"sync"}):
        disk.refuses = refused_calls
        outcomes = await asyncio.gather(
            *(store.commit([saved(f"desk-{number}")], 1 + number) for number in range(5)),
            return_exceptions=True,
        )
        assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes), outcomes
        assert any("No space left on device; nothing changed" in str(outcome) for outcome in outcomes)
        disk.refuses = set()
        assert files(tmp_path) == before
    assert await store.commit([saved("lobby")], 1) == 2
    await store.close()
    assert {key[2] for key in (await reopened(tmp_path))[1]} == {"marie-desk", "lobby"}


@pytest.mark.parametrize("refused", ["write", "sync"])
async def test_a_store_is_missed_until_its_disk_takes_something_again(tmp_path: Path, refused: str) -> None:
    disk = FullDisk()
    store = TinyDBStore(tmp_path, disk=disk)
    await store.load()
    await store.commit([saved("marie-desk")], 0)
    assert await store.missing() is None
    disk.refuses = {refused}
    with pytest.raises(StoreUnavailable):
        await store.commit([saved("lobby")], 1)
    before = files(tmp_path)
    told = await asyncio.gather(*(store.missing() for _ in range(5)))
    assert len(set(told)) == 1 and "No space left on device" in (told[0] or "")
    disk.refuses = set()
    assert await store.missing() is None
    assert files(tmp_path) == before, "nothing is left of the trial"
    await store.close()


async def test_a_journal_that_could_not_be_cut_back_is_cut_before_the_next_change(tmp_path: Path) -> None:
    disk = FullDisk()
    store = TinyDBStore(tmp_path, disk=disk)
    await store.load()
    await store.commit([saved("marie-desk")], 0)
    good = (tmp_path / "journal.jsonl").stat().st_size
    disk.refuses = {"write", "truncate"}
    with pytest.raises(StoreUnavailable):
        await store.commit([saved("refused")], 1)
    assert (tmp_path / "journal.jsonl").stat().st_size > good
    disk.refuses = {"truncate"}
    with pytest.raises(StoreUnavailable):
        await store.commit([saved("refused")], 1)
    disk.refuses = set()
    assert await store.commit([saved("lobby")], 1) == 2
    await store.close()
    assert {key[2] for key in (await reopened(tmp_path))[1]} == {"marie-desk", "lobby"}
