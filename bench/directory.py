"""What publishing one change and loading everything cost. Anchor: copying one plain dict of the same size.

Run it as `python -m bench.directory`.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from functools import partial

from offhook.directory import Directory
from offhook.entry import Documents, Entry


def entry(number: int, account: str = "default") -> Entry:
    """A device of usual size, as it lasts."""
    body = (
        b'{"id":"d%d","rev":1,"mac":"%012x","model":"yealink/T46S","owner":"u%d","name":"Phone %d","account":"%b",'
        b'"sip":{"username":"d%d","password":{"$sealed":"v1:k1:%b"}},"keys":[%b]}'
    ) % (
        number,
        number,
        number // 2,
        number,
        account.encode(),
        number,
        b"x" * 64,
        b",".join(b'{"position":%d,"type":"speed_dial","value":"+15145550%03d"}' % (key, key) for key in range(1, 8)),
    )
    return Entry((account, "devices", f"d{number}"), 1, body)


def unread(kind: str, body: bytes) -> object:
    """Stands for the reader of documents: indexes never open one."""
    raise AssertionError(kind)


def median(runs: int, work: Callable[[], object]) -> float:
    """Median seconds of some runs."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    print(f"{'devices':>8} {'load':>9} {'publish one':>12} {'copy a dict':>12} {'ratio':>7}")
    for size in (1_000, 10_000, 100_000):
        entries = [entry(number) for number in range(size)]
        gc.collect()
        gc.disable()
        documents = Documents(unread)  # type: ignore[arg-type]
        begun = time.perf_counter()
        directory = Directory.empty(documents).changed(1, [(one.key, one) for one in entries])
        loaded = time.perf_counter() - begun
        changed = entry(size // 2)
        publish = median(200, partial(directory.changed, 2, [(changed.key, changed)]))
        table = {one.key: one for one in entries}
        anchor = median(50, table.copy)
        gc.enable()
        print(
            f"{size:>8} {loaded * 1000:>6.0f} ms {publish * 1e6:>9.0f} us {anchor * 1e6:>9.0f} us {publish / anchor:>7.2f}"
        )


if __name__ == "__main__":
    main()
