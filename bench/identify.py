"""Identification: what it costs to know a request that was never seen, with all vendors loaded.

    python -m bench.identify

The anchor is one search of one compiled regular expression in the same User-Agent. Caches are emptied before each
request, so that the figures are those of a phone's first request; the last row is what a known one costs.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable

from offhook import resources
from offhook.provisioning.identify import Identifier
from offhook.provisioning.profiles import load_profiles

REQUESTS = (
    ("/001565aabb01.cfg", "Yealink SIP-T46S 66.86.0.15 00:15:65:aa:bb:01"),
    ("/cfg000b82aabb01.xml", "Grandstream Model HW GXP2170 SW 1.0.11.85 DevId 000b82aabb01"),
    ("/0004f2aabb01-phone.cfg", "FileTransport PolycomVVX-VVX_411-UA/5.9.6.2327 (SN:0004f2aabb01) Type/Application"),
    ("/firmware/none/of/these.bin", "curl/8.5.0"),
)
TURNS = 2_000


def microseconds(call: Callable[[], object]) -> float:
    """The median time of a call."""
    times = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


def main() -> None:
    """Print the table."""
    profiles = load_profiles([resources.profile_folders(None)[-1]])
    identifier = Identifier(profiles)
    pattern = re.compile(r"Yealink (?P<model>\S+) (?P<version>[0-9.]+) (?P<mac>[0-9a-f:]{17})", re.IGNORECASE)
    anchor = microseconds(lambda: pattern.search(REQUESTS[0][1]))
    print(f"{len(list(profiles))} families; anchor: one search in a User-Agent, {anchor:.2f} us")
    print(f"{'request':<32} {'us':>8} {'x anchor':>9}")

    def anew(path: str, agent: str) -> None:
        identifier.forget()
        identifier.identify(path, agent)

    for path, agent in REQUESTS:
        taken = microseconds(lambda path=path, agent=agent: anew(path, agent))  # type: ignore[misc]
        print(f"{path:<32} {taken:>8.1f} {taken / anchor:>9.0f}")
    known = microseconds(lambda: identifier.identify(*REQUESTS[0]))
    print(f"{'the first one, known':<32} {known:>8.1f} {known / anchor:>9.0f}")


if __name__ == "__main__":
    main()
