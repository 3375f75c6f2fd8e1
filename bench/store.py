"""Measures the embedded store against a raw append + fdatasync: `python -m bench.store [--check] [N …]`.

Prints a Markdown table for each number of documents (about 720 bytes each). Every commit is measured beside a raw append of a
line of the same length in the same folder, in turns, so that both see the same disk: judge the ratios, not the times.
With `--check` the exit code is 1 when a ratio is worse than its gate.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from offhook.store.base import Change, Commit
from offhook.store.journal import encode_commit
from offhook.store.tinydb import TinyDBStore

COMMITS = 1_000
"""Durable changes measured at each size, one at a time."""
BURST = 50
"""Changes on their way at once in the group commit row."""
GATE_P50, GATE_P99, GATE_LOAD = 3.0, 5.0, 2.5
"""Worse than this fails `--check`: ratio, ratio, seconds at 100,000 documents."""
AIM = "aims: p50 ≤ 1.5 x, p99 ≤ 2 x, load ≤ 1 s and ≤ 120 MB at 100,000"


def device(number: int, rev: int) -> bytes:
    """A device document of about 720 bytes, as it lasts."""
    sealed = f"v1:d0c5a1b2c3:{number:08d}" + "Q" * 64
    values: dict[str, Any] = {
        "id": f"desk-{number}",
        "rev": rev,
        "name": f"Bureau {number} de l'étage",
        "mac": f"001565{number:06x}",
        "model": "yealink/T46S",
        "owner": f"user-{number}",
        "site": "montreal",
        "sip": {"username": f"desk-{number}", "password": {"$sealed": sealed}},
        "keys": [
            {"position": position, "type": "blf", "value": f"user-{number + position}", "label": f"Poste {position}"}
            for position in range(1, 7)
        ],
        "settings": {"language": "fr-CA", "timezone": "America/Toronto"},
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def change(number: int, expected: int | None) -> Change:
    rev = (expected or 0) + 1
    return Change("default", "devices", f"desk-{number}", expected, device(number, rev), rev)


def milliseconds(times: list[float], percentile: int) -> float:
    return statistics.quantiles(times, n=100)[percentile - 1] * 1000


def resident() -> float:
    """Resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def fill(folder: Path, count: int) -> None:
    store = TinyDBStore(folder)
    revision, _ = await store.load()
    for first in range(0, count, 1_000):
        batch = [change(number, None) for number in range(first, min(count, first + 1_000))]
        revision = await store.commit(batch, revision)
    await store.close()


async def start(folder: Path, count: int) -> dict[str, float]:
    """Load time and memory in a process of its own."""
    gc.collect()
    before = resident()
    store = TinyDBStore(folder)
    began = time.perf_counter()
    _, documents = await store.load()
    took = time.perf_counter() - began
    after = resident()
    assert len(documents) == count
    del documents
    await store.close()
    return {"load": took, "memory": after - before}


async def commits(folder: Path, count: int) -> dict[str, float]:
    """Durable changes one at a time, in turns with the anchor; then many at a time."""
    store = TinyDBStore(folder)
    revision, documents = await store.load()
    revs = {document.id: document.rev for document in documents}
    raw = os.open(folder / "anchor", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    anchor: list[float] = []
    ours: list[float] = []
    for turn in range(COMMITS):
        number = turn * 7919 % count
        changed = change(number, revs[f"desk-{number}"])
        line = encode_commit(Commit(revision + 1, (changed,)))
        began = time.perf_counter()
        os.write(raw, line)
        os.fdatasync(raw)
        anchor.append(time.perf_counter() - began)
        began = time.perf_counter()
        revision = await store.commit([changed], revision)
        ours.append(time.perf_counter() - began)
        revs[changed.id] = changed.rev
    os.close(raw)
    (folder / "anchor").unlink()
    bursts: list[float] = []
    for turn in range(20):
        changes = [change(number, revs[f"desk-{number}"]) for number in range(turn * BURST, (turn + 1) * BURST)]
        began = time.perf_counter()
        last = await asyncio.gather(*(store.commit([one], revision + index) for index, one in enumerate(changes)))
        bursts.append((time.perf_counter() - began) / BURST)
        revision = last[-1]
        revs.update((one.id, one.rev) for one in changes)
    await store.close()
    return {
        "raw p50": milliseconds(anchor, 50),
        "raw p99": milliseconds(anchor, 99),
        "p50": milliseconds(ours, 50),
        "p99": milliseconds(ours, 99),
        "burst": statistics.median(bursts) * 1000,
    }


async def while_writing_anew(folder: Path, count: int) -> dict[str, float]:
    """Commits, and the longest time that the event loop was held up, while `db.json` is written anew."""
    store = TinyDBStore(folder, small_journal=-1)
    revision, documents = await store.load()
    revs = {document.id: document.rev for document in documents}
    one = folder / "db.json"
    before = one.stat().st_ino
    # One change as long as db.json makes the journal outgrow it.
    everything = [change(number, revs[f"desk-{number}"]) for number in range(count)]
    everything += [change(number, revs[f"desk-{number}"] + 1) for number in range(count // 10)]
    held_up: list[float] = []
    done = asyncio.Event()

    async def heartbeat() -> None:
        while not done.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            held_up.append(time.perf_counter() - began - 0.001)

    revision = await store.commit(everything, revision)
    beating = asyncio.ensure_future(heartbeat())
    times: list[float] = []
    rev = revs["desk-0"] + 2
    began_writing = time.perf_counter()
    while one.stat().st_ino == before:
        changed = change(0, rev)
        began = time.perf_counter()
        revision = await store.commit([changed], revision)
        times.append(time.perf_counter() - began)
        rev += 1
    took = time.perf_counter() - began_writing
    done.set()
    await beating
    await store.close()
    return {"took": took, "commits": len(times), "worst": max(times) * 1000, "held_up": max(held_up) * 1000}


def in_a_process(measure: Any, folder: Path, count: int, plain: bool, answer: Any) -> None:
    with asyncio.Runner(loop_factory=None if plain else event_loop()) as runner:
        answer.put(runner.run(measure(folder, count)))


def event_loop() -> Any:
    """uvloop's loop where it is installed, as the server chooses it too; None = asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return None
    return uvloop.new_event_loop


def apart(measure: Any, folder: Path, count: int, plain: bool) -> dict[str, float]:
    """The measurement in a fresh process."""
    context = multiprocessing.get_context("spawn")
    answer = context.SimpleQueue()
    process = context.Process(target=in_a_process, args=(measure, folder, count, plain, answer))
    process.start()
    result: dict[str, float] = answer.get()
    process.join()
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[1_000, 10_000, 100_000], metavar="N")
    parser.add_argument(
        "--folder", type=Path, help="a folder on the disk to measure (default: the system's temporary one)"
    )
    parser.add_argument("--check", action="store_true", help="fail when a ratio is worse than its gate")
    parser.add_argument("--plain", action="store_true", help="asyncio's own event loop, also where uvloop is installed")
    options = parser.parse_args()
    plain = options.plain or event_loop() is None
    good = True
    print(f"{AIM}; {len(device(0, 1))} bytes a document; {'asyncio' if plain else 'uvloop'}")
    print("writing anew: seconds, worst commit ms, longest hold-up of the event loop ms\n")
    print(
        "| documents | load s | MB | raw p50 / p99 ms | commit p50 / p99 ms | ratio | 50 at once, ms each | writing anew |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for count in options.counts:
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            folder = Path(name) / "store"
            asyncio.run(fill(folder, count))
            loaded = min((apart(start, folder, count, plain) for _ in range(3)), key=lambda result: result["load"])
            durable = apart(commits, folder, count, plain)
            anew = apart(while_writing_anew, folder, count, plain)
        p50, p99 = (durable[name] / durable[f"raw {name}"] for name in ("p50", "p99"))
        print(
            f"| {count:,} | {loaded['load']:.3f} | {loaded['memory']:.0f} "
            f"| {durable['raw p50']:.2f} / {durable['raw p99']:.2f} | {durable['p50']:.2f} / {durable['p99']:.2f} "
            f"| {p50:.2f} / {p99:.2f} | {durable['burst']:.3f} "
            f"| {anew['took']:.2f}, {anew['worst']:.1f}, {anew['held_up']:.1f} |",
            flush=True,
        )
        good = good and p50 <= GATE_P50 and p99 <= GATE_P99 and loaded["load"] <= GATE_LOAD
    return 0 if good or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
