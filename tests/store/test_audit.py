"""The audit's chain: whatever is done to its files is found, and a power cut costs half a line at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offhook.store import audit
from offhook.store.audit import Audit, Note

KEY = bytes(range(32))


def note(number: int) -> Note:
    differences = (("name", f"before {number}", f"after {number}"),)
    return Note(
        time=float(number), who="ann from 10.0.0.5", action="changed", what=f"users/u{number}", differences=differences
    )


def opened(folder: Path, key: bytes = KEY) -> Audit:
    chain = Audit(folder, key)
    chain.open(1000.0)
    return chain


def written(folder: Path, entries: int = 6) -> Path:
    """A chain with that many entries, closed; gives its file."""
    chain = opened(folder)
    for number in range(entries):
        asyncio.run(chain.write([note(number)]))
    chain.close()
    (path,) = folder.glob("*.jsonl")
    return path


def fault(folder: Path, key: bytes = KEY) -> str | None:
    chain = opened(folder, key)
    try:
        return chain.check().fault
    finally:
        chain.close()


def test_a_chain_that_nobody_touched_is_whole_also_after_a_restart(tmp_path: Path) -> None:
    written(tmp_path)
    chain = opened(tmp_path)
    asyncio.run(chain.write([note(6), note(7)]))
    assert chain.check() == audit.Verdict(8, None)
    assert [one.what for one in asyncio.run(chain.last(lambda _: True, 2))] == ["users/u7", "users/u6"]
    chain.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 0.999), change=st.integers(1, 255))
def test_any_byte_that_is_changed_is_found(tmp_path_factory: pytest.TempPathFactory, place: float, change: int) -> None:
    folder = tmp_path_factory.mktemp("chain")
    path = written(folder, 3)
    content = bytearray(path.read_bytes())
    at = int(place * (len(content) - 1))  # not the last line's end: a line without one counts as half a line
    content[at] ^= change
    path.write_bytes(content)
    chain = Audit(folder, KEY)
    assert chain.check().fault is not None


LINES: list[tuple[str, Callable[[list[bytes]], list[bytes]]]] = [
    ("taken out", lambda lines: lines[:2] + lines[3:]),
    ("the first taken out", lambda lines: lines[1:]),
    ("moved", lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]),
    ("doubled", lambda lines: [*lines[:3], lines[2], *lines[3:]]),
    ("the end cut off", lambda lines: lines[:-2]),
    ("all cut off", lambda lines: []),
]


@pytest.mark.parametrize(("what", "edit"), LINES, ids=[what for what, _ in LINES])
def test_audit_tamper_lines_that_are_taken_out_or_moved_are_found(
    tmp_path: Path, what: str, edit: Callable[[list[bytes]], list[bytes]]
) -> None:
    path = written(tmp_path)
    path.write_bytes(b"".join(edit(path.read_bytes().splitlines(keepends=True))))
    assert fault(tmp_path) is not None, what


def test_a_chain_of_another_key_is_found(tmp_path: Path) -> None:
    written(tmp_path)
    assert "line 1 was changed" in (fault(tmp_path, b"x" * 32) or "")


def test_a_chain_whose_last_entry_nobody_remembers_is_not_whole(tmp_path: Path) -> None:
    written(tmp_path)
    chain = Audit(tmp_path, KEY)
    (tmp_path / "audit.head").unlink()
    assert "audit.head is missing" in (chain.check().fault or "")


@pytest.mark.parametrize("left", [1, 40, 200])
def test_half_a_line_of_a_power_cut_is_cut_off_and_that_is_written_down(tmp_path: Path, left: int) -> None:
    path = written(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    torn = note(6)
    chain = opened(tmp_path)
    asyncio.run(chain.write([torn]))
    chain.close()
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    # The line was on its way: what tells of it as the last one was not written yet.
    (tmp_path / "audit.head").write_bytes(b'{"seq":6,"mac":"' + lines[-1].split(b'"mac":"')[1][:64] + b'"}')
    path.write_bytes(whole[: len(whole) - len(last) + left])
    chain = opened(tmp_path)
    assert chain.check() == audit.Verdict(7, None)
    (newest,) = asyncio.run(chain.last(lambda _: True, 1))
    assert (newest.action, newest.seq) == ("cut off", 7)
    chain.close()


def test_the_chain_goes_on_over_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LARGEST_FILE", 300)
    chain = opened(tmp_path)
    for number in range(9):
        asyncio.run(chain.write([note(number)]))
    chain.close()
    files = sorted(tmp_path.glob("*.jsonl"))
    assert len(files) > 2 and fault(tmp_path) is None
    files[1].unlink()
    assert fault(tmp_path) is not None
