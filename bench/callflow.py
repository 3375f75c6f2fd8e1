"""How many calls one core decides a second. Anchor: signing one cursor's worth of bytes (HMAC-SHA-256) in the same run.

Run it as `python -m bench.callflow`. *hot* asks for 1,000 of the numbers over and over, *cold* for each number once in a
directory that nobody has asked before, which is how the first calls after a restart go.
"""

from __future__ import annotations

import gc
import hmac
import random
import time
from collections.abc import Callable, Iterable

import msgspec

from offhook.callflow.call import Call, Outcome
from offhook.callflow.engine import resume, route
from offhook.callflow.memory import Exchange
from offhook.callflow.plan import plan
from offhook.directory import Directory
from offhook.entry import Documents, Entry
from offhook.model.document import Document
from offhook.model.kind import KINDS, secret_or_raw

REALM = "a.example"
NOW = 1_790_000_000.0
EXCHANGE = Exchange(b"0123456789abcdef0123456789abcdef")
DECISIONS = 20_000
HOT = 1_000
MESSAGE = b"x" * 120
"""As long as a usual position."""


def read(kind: str, body: bytes) -> Document:
    """Opens a document without secrets."""
    document: Document = msgspec.json.decode(body, type=KINDS[kind], dec_hook=secret_or_raw)
    return document


def entry(kind: str, **fields: object) -> Entry:
    """A document as it lasts."""
    return Entry(("default", kind, str(fields["id"])), 1, msgspec.json.encode({**fields, "rev": 1}))


def office(size: int) -> Directory:
    """An account with `size` users, each with a phone, a mailbox and a callflow that rings, then goes to the mailbox."""
    entries = [entry("accounts", id="default", realm=REALM)]
    for number in range(size):
        user, box = f"u{number}", f"m{number}"
        entries += [
            entry("users", id=user, name=f"User {number}"),
            entry("devices", id=f"d{number}", owner=user, sip={"username": f"d{number}"}),
            entry("mailboxes", id=box, number=str(200_000 + number), owner=user),
            entry(
                "callflows",
                id=user,
                numbers=[str(200_000 + number)],
                start="r",
                nodes={
                    "r": {"type": "ring", "targets": [{"user": user}], "next": {"else": "v"}},
                    "v": {"type": "voicemail", "box": box},
                },
            ),
        ]
    return Directory.empty(Documents(read)).changed(1, [(one.key, one) for one in entries])


def seconds_each(work: Callable[[Call], object], calls: Iterable[Call]) -> float:
    """Mean seconds of one decision."""
    listed = list(calls)
    gc.collect()
    gc.disable()
    begun = time.perf_counter()
    for call in listed:
        work(call)
    taken = (time.perf_counter() - begun) / len(listed)
    gc.enable()
    return taken


def main() -> None:
    """Print the table."""
    chance = random.Random(1)
    print(f"{'callflows':>9} {'route hot':>12} {'route cold':>12} {'resume':>12} {'plan':>12} {'HMAC':>8} {'ratio':>7}")
    for size in (100, 1_000, 10_000, 100_000):
        directory = office(size)
        anchor = seconds_each(lambda call: hmac.digest(EXCHANGE.key, MESSAGE, "sha256"), calls(chance, size, HOT))
        cold = seconds_each(decide(directory), calls(chance, size, min(size, DECISIONS), repeat=1))
        hot = seconds_each(decide(directory), calls(chance, size, HOT))
        step = route(directory, Call("200000", REALM, "d1"), EXCHANGE, now=NOW)
        cursor = step.cursor or ""
        after = seconds_each(
            lambda call: resume(directory, cursor, Outcome("busy"), EXCHANGE, now=NOW),  # noqa: B023 - used at once
            calls(chance, size, 1),
        )
        whole = seconds_each(
            lambda call: plan(directory, call, EXCHANGE, now=NOW),  # noqa: B023 - used at once
            calls(chance, size, HOT, repeat=2_000 // min(size, HOT)),
        )
        row = "".join(f"{1 / taken:>10,.0f}/s " for taken in (hot, cold, after, whole))
        print(f"{size:>9} {row}{anchor * 1e6:>5.2f} us {hot / anchor:>7.1f}")


def decide(directory: Directory) -> Callable[[Call], object]:
    """The first decision on a call."""
    return lambda call: route(directory, call, EXCHANGE, now=NOW)


def calls(chance: random.Random, size: int, numbers: int, repeat: int | None = None) -> list[Call]:
    """Calls to some of the numbers, each `repeat` times (None: as often as makes `DECISIONS`), from one of 50 phones."""
    chosen = chance.sample(range(size), min(numbers, size))
    times = repeat if repeat is not None else max(DECISIONS // len(chosen), 1)
    return [Call(str(200_000 + number), REALM, f"d{number % 50}") for _ in range(times) for number in chosen]


if __name__ == "__main__":
    main()
