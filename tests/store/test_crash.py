"""Crashes: whatever was acknowledged is there afterwards, and nothing is half there."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from offhook.store.base import Change
from offhook.store.tinydb import TinyDBStore

from .office import Office, PowerCut, after, deleted, files, office, saved

KILLS = 40

WRITER = """
import asyncio, json, os, sys
from pathlib import Path
from offhook.store.base import Change
from offhook.store.tinydb import TinyDBStore

async def main():
    store = TinyDBStore(Path(sys.argv[1]), small_journal=30_000)
    revision, documents = await store.load()
    revs = {document.id: document.rev for document in documents}
    os.write(1, b"%d\\n" % revision)
    waiting = []
    while True:
        # Desk r % 50 learns about revision r, and several changes are on their way at once.
        for number in range(revision + 1, revision + 8):
            desk = f"desk-{number % 50}"
            rev = revs.get(desk, 0) + 1
            body = json.dumps({"revision": number, "note": "x" * (number % 700)}).encode()
            waiting.append(store.commit([Change("default", "devices", desk, rev - 1 or None, body, rev)], number - 1))
            revs[desk] = rev
        for made in asyncio.as_completed([asyncio.ensure_future(one) for one in waiting]):
            revision = max(revision, await made)
            os.write(1, b"%d\\n" % revision)
        waiting.clear()

asyncio.run(main())
"""


async def load(folder: Path) -> tuple[int, Office]:
    store = TinyDBStore(folder)
    revision, documents = await store.load()
    await store.close()
    return revision, office(documents)


def test_tinydb_crash_a_server_killed_while_it_saves_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    folder, copy = tmp_path / "store", tmp_path / "copy"
    chance = random.Random(4711)
    for _ in range(KILLS):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            acknowledged = int(writer.stdout.readline())
            enough = acknowledged + chance.randrange(1, 150)
            while acknowledged < enough:
                acknowledged = int(writer.stdout.readline())
            os.kill(writer.pid, signal.SIGKILL)
            for line in writer.stdout.readlines():
                acknowledged = int(line) if line.endswith(b"\n") else acknowledged
            writer.wait()
        # The copy is looked at, so that the writer's own files live through every kill unmended.
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        revision, documents = asyncio.run(load(copy))
        assert revision >= acknowledged
        expected = {f"desk-{number % 50}": number for number in range(max(1, revision - 49), revision + 1)}
        assert {identity: fields["revision"] for (_, _, identity), (_, fields) in documents.items()} == expected
    assert (folder / "db.json").exists()


def office_history() -> list[list[Change]]:
    """Changes whose snapshots take several slices."""
    history: list[list[Change]] = []
    for turn in range(12):
        note = chr(ord("a") + turn) * 90_000
        before = turn // 4 or None
        history.append([saved(f"desk-{turn % 4}", before, note=note), saved(f"user-{turn}", kind="users")])
    history.append([deleted("desk-1", 3), deleted("user-0", 1, kind="users")])
    return history


@pytest.mark.parametrize("together", [1, 3])
async def test_a_crash_at_any_moment_leaves_what_was_acknowledged(tmp_path: Path, together: int) -> None:
    history = office_history()
    states: list[Office] = [{}]
    for changes in history:
        states.append(after(states[-1], changes))
    acknowledged = 0
    disk = PowerCut(tmp_path / "store", tmp_path / "left", lambda: acknowledged)
    store = TinyDBStore(tmp_path / "store", disk=disk, small_journal=150_000)
    await store.load()
    for start in range(0, len(history), together):
        wave: Sequence[list[Change]] = history[start : start + together]
        await asyncio.gather(*(store.commit(changes, start + index) for index, changes in enumerate(wave)))
        acknowledged = start + len(wave)
    await store.close()
    assert len(disk.crashes) > 100
    for folder, promised in disk.crashes:
        revision, documents = await load(folder)
        assert promised <= revision <= promised + together, folder.name
        assert documents == states[revision], folder.name


async def test_a_crash_between_the_new_snapshot_and_the_shorter_journal_repeats_nothing(tmp_path: Path) -> None:
    store = TinyDBStore(tmp_path / "store")
    await store.load()
    await store.commit([saved("marie-desk")], 0)
    await store.commit([deleted("marie-desk", 1), saved("lobby")], 1)
    journal = (tmp_path / "store" / "journal.jsonl").read_bytes()
    await store.close()
    (tmp_path / "store" / "journal.jsonl").write_bytes(journal)
    (tmp_path / "store" / "db.json.new").write_bytes(b"{ half a snap")
    revision, documents = await load(tmp_path / "store")
    assert (revision, documents) == (2, {("devices", "default", "lobby"): (1, {"id": "lobby"})})
    assert set(files(tmp_path / "store")) == {"db.json", "journal.jsonl"}


@pytest.mark.parametrize("torn", [b"{", b'{"revision":2,"changes":[{"account":"default","kind":"dev', b"\x00" * 300])
async def test_a_torn_last_line_is_cut_off_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, torn: bytes
) -> None:
    store = TinyDBStore(tmp_path / "store")
    await store.load()
    await store.commit([saved("marie-desk")], 0)
    shutil.copytree(tmp_path / "store", tmp_path / "copy")
    await store.close()
    with (tmp_path / "copy" / "journal.jsonl").open("ab") as journal:
        journal.write(torn)
    store = TinyDBStore(tmp_path / "copy")
    revision, documents = await store.load()
    assert (revision, office(documents)) == (1, {("devices", "default", "marie-desk"): (1, {"id": "marie-desk"})})
    assert f"journal.jsonl, line 2: cut off {len(torn)} bytes" in caplog.text
    assert await store.commit([saved("lobby")], 1) == 2
    lines = (tmp_path / "copy" / "journal.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["revision"] for line in lines] == [1, 2]
    await store.close()
