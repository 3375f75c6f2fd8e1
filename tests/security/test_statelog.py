"""What the guard decided lasts: on the disk before anybody relies on it, whole or not at all, also when the disk fails."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from offhook.store.base import StoreDamaged
from offhook.store.disk import Disk
from offhook.store.statelog import StateLog


class Mark(msgspec.Struct, frozen=True):
    """A value."""

    number: int


class FullDisk(Disk):
    """A disk that is full until somebody makes room; it takes a part of what is written."""

    full = True

    def write(self, descriptor: int, data: bytes) -> None:
        """Take half of it."""
        if self.full:
            os.write(descriptor, data[: len(data) // 2])
            raise OSError(28, "No space left on device")
        super().write(descriptor, data)


async def test_what_is_settled_is_there_after_a_power_cut_and_a_torn_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "guard" / "x.jsonl"
    log = StateLog(path, Mark)
    assert log.open() == []
    log.start()
    for number in range(3):
        log.put(("a", str(number)), Mark(number))
    assert log.is_waiting(("a", "2"))
    await log.settled(("a", "2"))
    assert not log.is_waiting(("a", "2"))
    with path.open("ab") as file:
        file.write(b'{"key":["a","3"],"val')
    assert StateLog(path, Mark).open() == [Mark(0), Mark(1), Mark(2)]
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    await log.close()


async def test_the_last_value_of_a_key_counts_and_none_removes_it(tmp_path: Path) -> None:
    log = StateLog(tmp_path / "x.jsonl", Mark)
    log.open()
    log.start()
    for number in range(5):
        log.put(("a",), Mark(number))
        await log.settled(("a",))
    log.put(("b",), Mark(9))
    log.put(("b",), None)
    await log.close()
    assert StateLog(tmp_path / "x.jsonl", Mark).open() == [Mark(4)]


async def test_many_outdated_lines_are_left_out_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"key":["a"],"value":{"number":1}}\n' * 2000)
    log = StateLog(path, Mark)
    assert log.open() == [Mark(1)] and len(path.read_bytes().splitlines()) == 1
    log.start()
    log.put(("b",), Mark(2))
    await log.close()
    assert StateLog(path, Mark).open() == [Mark(1), Mark(2)]


async def test_a_full_disk_is_told_to_who_waits_and_nothing_is_lost_once_there_is_room(tmp_path: Path) -> None:
    disk = FullDisk()
    log = StateLog(tmp_path / "x.jsonl", Mark, disk)
    log.open()
    log.start()
    log.put(("a",), Mark(1))
    with pytest.raises(OSError, match="No space"):
        await log.settled(("a",))
    assert log.is_waiting(("a",)) and (tmp_path / "x.jsonl").read_bytes() == b""
    disk.full = False
    await asyncio.wait_for(log.settled(("a",)), 10)
    await log.close()
    assert StateLog(tmp_path / "x.jsonl", Mark).open() == [Mark(1)]


async def test_many_who_wait_at_once_are_all_told(tmp_path: Path) -> None:
    log = StateLog(tmp_path / "x.jsonl", Mark)
    log.open()
    log.start()

    async def one(number: int) -> None:
        log.put((str(number),), Mark(number))
        await log.settled((str(number),))

    await asyncio.wait_for(asyncio.gather(*(one(number) for number in range(500))), 20)
    assert len(StateLog(tmp_path / "x.jsonl", Mark).open()) == 500
    await log.close()


def test_a_damaged_line_in_the_middle_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"key":["a"],"value":{"number":1}}\nrubbish\n{"key":["b"],"value":{"number":2}}\n')
    with pytest.raises(StoreDamaged, match="line 2"):
        StateLog(path, Mark).open()
