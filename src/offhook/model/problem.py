"""What is wrong with something an admin gave us: which thing, where in it, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One fault in one document."""

    place: str
    """Where: `office.yaml line 12: devices[3] (marie-desk).keys[1].type`, as exactly as is known."""
    message: str
    """What is wrong and how to mend it, one sentence or two."""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Refused(Exception):
    """A change that was not made, with every problem that was found; nothing of it was kept."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NotFound(Exception):
    """A document that was asked for and does not exist."""


class RevisionConflict(Exception):
    """A change that was made against another revision of the document than the one that is there."""


class Unavailable(Exception):
    """The store cannot take a change now (full, read-only, gone); what is there goes on being served."""


def nearest(name: str, known: Iterable[str], count: int = 1) -> list[str]:
    """The known names that look most like `name`, best first; case does not matter."""
    by_folded = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.lower(), list(by_folded), n=count, cutoff=0.5)
    return [by_folded[match] for match in matches]


def did_you_mean(name: str, known: Sequence[str] | Iterable[str]) -> str:
    """`; did you mean 'x'?` when something near is known, else what is known (when that is short), else nothing."""
    candidates = sorted(known)
    close = nearest(name, candidates)
    if close:
        return f"; did you mean {close[0]!r}?"
    if candidates and len(candidates) <= 12:
        return f"; known are {', '.join(candidates)}"
    return ""
