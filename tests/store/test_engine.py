"""The engine between its steps: what a new snapshot in the making may cost, and what a failed write takes with it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from offhook.store.base import Change, Conflict, NotLatest, StoreUnavailable
from offhook.store.disk import Disk
from offhook.store.engine import Engine

from .office import FullDisk, office, saved


class SmallDisk(Disk):
    """A disk on which a folder may hold `room` bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.room = 1_000_000_000

    def write(self, descriptor: int, data: bytes) -> None:
        if sum(path.stat().st_size for path in self._folder.iterdir()) + len(data) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(descriptor, data)


def test_a_snapshot_in_the_making_gives_its_room_to_a_change(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path)
    engine = Engine(tmp_path, disk, small_journal=100_000)
    engine.open()
    for number in range(4):
        assert engine.commit([([saved(f"desk-{number}", note="x" * 150_000)], number)]) == [number + 1]
    assert engine.snapshot_due
    engine.snapshot_step()
    assert (tmp_path / "db.json.new").stat().st_size > 200_000
    disk.room = (tmp_path / "journal.jsonl").stat().st_size + (tmp_path / "db.json.new").stat().st_size + 50_000
    assert engine.commit([([saved("lobby", note="x" * 80_000)], 4)]) == [5]
    assert not (tmp_path / "db.json.new").exists()
    assert not engine.snapshot_due
    disk.room = 1_000_000_000
    assert engine.commit([([saved("doorbell", note="x" * 100_000)], 5)]) == [6]
    assert engine.snapshot_due
    while engine.snapshot_due:
        engine.snapshot_step()
    assert (tmp_path / "journal.jsonl").read_bytes() == b""
    engine.close()
    engine.open()
    assert len(office(engine.documents())) == 6
    engine.close()


def test_what_was_judged_by_a_change_that_failed_may_be_tried_again(tmp_path: Path) -> None:
    disk = FullDisk()
    engine = Engine(tmp_path, disk)
    engine.open()
    assert engine.commit([([saved("marie-desk")], 0)]) == [1]
    disk.refuses = {"write"}
    spoiled = Change("default", "devices", "x", None, b"[]", 1)
    outcomes = engine.commit(
        [
            ([saved("marie-desk")], 1),
            ([saved("lobby")], 1),
            ([saved("lobby")], 2),
            ([saved("doorbell")], 3),
            ([spoiled], 2),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [
        Conflict,
        StoreUnavailable,
        StoreUnavailable,
        StoreUnavailable,
        ValueError,
    ]
    assert not any(isinstance(outcome, NotLatest) for outcome in outcomes)
    engine.close()


def test_commits_during_a_snapshot_wait_for_a_slice_and_stay_in_the_journal(tmp_path: Path) -> None:
    engine = Engine(tmp_path, Disk(), small_journal=100_000)
    engine.open()
    revision = 0
    while not engine.snapshot_due or revision < 8:
        assert engine.commit([([saved(f"desk-{revision}", note="x" * 150_000)], revision)]) == [revision + 1]
        revision += 1
    slices = 0
    before = (tmp_path / "journal.jsonl").stat().st_size
    while (tmp_path / "journal.jsonl").stat().st_size >= before:
        engine.snapshot_step()
        slices += 1
        if not (tmp_path / "db.json").exists():
            assert engine.commit([([saved(f"late-{revision}")], revision)]) == [revision + 1]
            revision += 1
    assert slices >= 4
    assert (tmp_path / "journal.jsonl").read_bytes().count(b"\n") == slices - 1
    engine.close()
    engine.open()
    assert engine.revision == revision
    assert len(office(engine.documents())) == revision
    engine.close()


def test_a_stop_in_the_middle_of_a_snapshot_leaves_an_empty_journal(tmp_path: Path) -> None:
    engine = Engine(tmp_path, Disk(), small_journal=100_000)
    engine.open()
    for number in range(4):
        assert engine.commit([([saved(f"desk-{number}", note="x" * 150_000)], number)]) == [number + 1]
    engine.snapshot_step()
    assert engine.commit([([saved("late")], 4)]) == [5]
    assert not (tmp_path / "db.json").exists()
    engine.close()
    assert (tmp_path / "journal.jsonl").read_bytes() == b""
    assert not (tmp_path / "db.json.new").exists()
    engine.open()
    assert (engine.revision, len(office(engine.documents()))) == (5, 5)
    engine.close()
