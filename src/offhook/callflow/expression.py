"""Patterns of numbers: anchored regular expressions, and how literal each one is, which decides between those that match.

How literal an expression is can be read off it: the number of signs that every match must hold as they stand, and how
many of them come first. An alternative counts as its least literal branch, what is optional does not count.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

_ATOM: Final = re.compile(
    r"""(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\]) | \\(?P<kind>[dDwWsSbBAZ]) | \\(?P<escaped>.) |
        (?P<open>\((?:\?(?:P<\w+>|:|=|!|<=|<!|[aiLmsux-]+:))?) | (?P<close>\)) | (?P<bar>\|) | (?P<any>[.^$]) | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_TIMES: Final = re.compile(r"(?:\?|\*|\+|\{(?P<least>[0-9]*)(?:,[0-9]*)?\})\??")


class Expression(msgspec.Struct, frozen=True):
    """A pattern, ready to be tried."""

    pattern: str
    matcher: re.Pattern[str]
    literals: int
    """Signs that every match holds as they stand."""
    prefix: int
    """How many of them come before anything else."""


@lru_cache(maxsize=10_000)
def expression(pattern: str) -> Expression:
    """The expression of a pattern that has been checked; raises `re.error` for one that is none."""
    literals, prefix, _ = _measure(pattern, 0)
    return Expression(pattern, re.compile(pattern), literals, prefix)


class _Branch:
    """What has been counted of one alternative."""

    def __init__(self) -> None:
        self.literals = 0
        self.prefix = 0
        self.leading = True

    def add(self, literals: int, prefix: int, times: int) -> None:
        """Add an atom that stands at least `times` times; one that is not literal throughout ends the prefix."""
        if self.leading:
            whole = literals == prefix and literals > 0
            self.prefix += prefix * times if whole else (prefix if times else 0)
            self.leading = whole and times == 1
        self.literals += literals * times


def _measure(pattern: str, at: int) -> tuple[int, int, int]:
    """(literals, prefix, where it ends) of the alternatives from `at` to their closing bracket."""
    branches = [_Branch()]
    while (atom := _ATOM.match(pattern, at)) is not None:
        at = atom.end()
        literals = prefix = 0
        if atom["close"] is not None:
            break
        if atom["bar"] is not None:
            branches.append(_Branch())
            continue
        if atom["open"] is not None:
            literals, prefix, at = _measure(pattern, at)
            if atom["open"][:3] in ("(?=", "(?!", "(?<"):
                literals = prefix = 0
        elif atom["sign"] is not None or atom["escaped"] is not None:
            literals = prefix = 1
        elif atom["any"] in ("^", "$"):
            continue
        times = _TIMES.match(pattern, at)
        if times is not None:
            at = times.end()
            least = int(times["least"] or 0) if "{" in times[0] else int(times[0].startswith("+"))
            # What may stand more often than it must ends the literal prefix.
            branches[-1].add(literals, prefix, least)
            branches[-1].leading = branches[-1].leading and "{" in times[0] and "," not in times[0]
        else:
            branches[-1].add(literals, prefix, 1)
    return min(branch.literals for branch in branches), min(branch.prefix for branch in branches), at
