"""Damaged files are refused with a place and a mend, and are left as they are."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.store.base import StoreDamaged
from offhook.store.tinydb import TinyDBStore

from .office import Office, files, office, saved


async def load(folder: Path) -> tuple[int, Office]:
    store = TinyDBStore(folder)
    revision, documents = await store.load()
    await store.close()
    return revision, office(documents)


async def make(folder: Path) -> None:
    """A snapshot at revision 3 and a journal with the revisions 4 to 6."""
    store = TinyDBStore(folder)
    await store.load()
    await store.commit([saved("marie-desk", note="é" * 5), saved("marie", kind="users")], 0)
    await store.commit([saved("lobby")], 1)
    await store.commit([saved("lobby", 1, note="front door")], 2)
    await store.close()
    await store.load()
    await store.commit([saved("doorbell")], 3)
    await store.commit([saved("marie-desk", 1)], 4)
    await store.commit([saved("lobby", 2)], 5)
    shutil.copytree(folder, folder.with_name("copy"))
    await store.close()
    shutil.rmtree(folder)
    folder.with_name("copy").rename(folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot and a journal, never to be opened itself."""
    folder = tmp_path_factory.mktemp("damage") / "store"
    asyncio.run(make(folder))
    return folder


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(whole, tmp_path / "store"))


async def refused(folder: Path) -> StoreDamaged:
    """How loading is refused; nothing may have been altered."""
    before = files(folder)
    with pytest.raises(StoreDamaged) as damage:
        await load(folder)
    assert files(folder) == before
    assert "Nothing was altered." in str(damage.value)
    return damage.value


async def test_the_undamaged_folder_loads(store: Path) -> None:
    revision, documents = await load(store)
    assert revision == 6
    assert {identity: rev for (_, _, identity), (rev, _) in documents.items()} == {
        "marie-desk": 2,
        "marie": 1,
        "lobby": 3,
        "doorbell": 1,
    }


async def test_an_altered_line_in_the_middle_of_the_journal_is_named(store: Path) -> None:
    journal = store / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"marie-desk"', b'"marie-task"', 1))
    damage = await refused(store)
    assert (damage.file, damage.line) == (journal, 2)
    assert f"{journal}, line 2: the checksum does not match the line" in str(damage)
    assert "Restore db.json and journal.jsonl together from one backup" in str(damage)


@pytest.mark.parametrize("missing", [0, 1])
async def test_a_missing_line_of_the_journal_is_named(store: Path, missing: int) -> None:
    journal = store / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:missing] + lines[missing + 1 :]))
    damage = await refused(store)
    assert (damage.file, damage.line) == (journal, missing + 1)
    assert f"revision {5 + missing} follows {3 + missing}" in damage.what


async def test_a_snapshot_older_than_its_journal_is_refused(store: Path) -> None:
    (store / "db.json").unlink()
    damage = await refused(store)
    assert "revision 4 follows 0 of db.json: they do not belong together" in damage.what


async def test_a_line_with_a_right_checksum_that_does_not_fit_the_snapshot_is_refused(store: Path) -> None:
    database = json.loads((store / "db.json").read_bytes())
    database["devices"] = {
        number: row for number, row in database["devices"].items() if row["_offhook"][1] != "marie-desk"
    }
    (store / "db.json").write_text(json.dumps(database))
    damage = await refused(store)
    assert (damage.file.name, damage.line) == ("journal.jsonl", 2)
    assert "devices/marie-desk of account 'default' does not exist" in damage.what


async def test_a_snapshot_that_was_cut_off_is_refused_wherever_it_was_cut(store: Path) -> None:
    database = store / "db.json"
    whole = database.read_bytes()
    for length in range(len(whole) - 1):
        database.write_bytes(whole[:length])
        damage = await refused(store)
        assert damage.file == database
        assert damage.line == whole.count(b"\n", 0, length) + 1


async def test_an_altered_row_of_the_snapshot_is_named(store: Path) -> None:
    database = store / "db.json"
    database.write_bytes(database.read_bytes().replace(b'"note":"front door"', b'"note":"front door,'))
    damage = await refused(store)
    assert damage.line is not None
    assert b"front door" in database.read_bytes().splitlines()[damage.line - 1]


async def test_a_hand_edited_snapshot_is_refused_until_its_checksum_is_removed(store: Path) -> None:
    database = store / "db.json"
    edited = database.read_bytes().replace(b'"note":"front door"', b'"note":"back door"')
    database.write_bytes(edited)
    damage = await refused(store)
    assert damage.line is None
    assert "the checksum does not match the file" in str(damage)
    assert "remove the member crc32 from its last line" in damage.mend
    head, _, _ = edited.rpartition(b',"crc32"')
    database.write_bytes(head + b"}}}\n")
    (store / "journal.jsonl").unlink()
    _, documents = await load(store)
    assert documents["devices", "default", "lobby"] == (2, {"id": "lobby", "note": "back door"})


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"[]", "no TinyDB file"),
        (b'{"devices":{"1":"lobby"}}', "no TinyDB file"),
        (b'{"devices":{"1":{"name":"no id"}}}', "table devices, row 1"),
        (b'{"devices":{"1":{"id":"a"},"2":{"id":"a"}}}', "default/a is there twice"),
        (b'{"_default":{"1":{"id":"a"}}}', "table _default"),
        (b'{"_offhook":{"1":{"format":2,"revision":1}}}', "its format is 2"),
        (b'{"_offhook":{"1":{"format":1,"revision":-1}}}', "revision -1"),
        (b'{"_offhook":{}}', "its format is None"),
        (b'{"devices":{"1":{"id":"\xff"}}}', "not whole"),
        (b'{"devices":{"1":{"id":"a","load":NaN}}}', "not whole"),
    ],
)
async def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "db.json").write_bytes(content)
    assert what in (await refused(tmp_path)).what


@pytest.fixture(scope="module")
def expected(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Office]:
    """What the undamaged folder holds."""
    copy = tmp_path_factory.mktemp("expected") / "store"
    shutil.copytree(whole, copy)
    return asyncio.run(load(copy))


@pytest.fixture(scope="module")
def scratch() -> Iterator[Path]:
    """Where each example makes its copy."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@settings(deadline=None, max_examples=300)
@given(name=st.sampled_from(["db.json", "journal.jsonl"]), place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_one_altered_byte_is_refused_or_harmless(
    whole: Path, expected: tuple[int, Office], scratch: Path, name: str, place: int, byte: int
) -> None:
    content = bytearray((whole / name).read_bytes())
    place %= len(content) - 1  # without its last line break the last line looks torn
    content[place] = byte
    shutil.rmtree(scratch / "store", ignore_errors=True)
    shutil.copytree(whole, scratch / "store")
    (scratch / "store" / name).write_bytes(content)
    try:
        found = asyncio.run(load(scratch / "store"))
    except StoreDamaged:
        return
    assert found == expected
