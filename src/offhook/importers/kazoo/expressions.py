"""Regular expressions: Kazoo's are found anywhere in a number, ours must match all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LONGEST: Final = 200
"""Signs that a pattern of ours may have."""
_DIGITS: Final = r"\+?[0-9]+"
_LITERAL_START: Final = re.compile(r"[0-9#]|\\[*+]")
_GROUP: Final = re.compile(r"(?P<escaped>\\.)|\((?:\?P<\w+>|(?!\?))", re.DOTALL)
_ENDS: Final = re.compile(r"(?<!\\)(?:\\\\)*\$$")
_NAMED_GROUP: Final = re.compile(r"\(\?<(?=[A-Za-z_])")


def whole(pattern: str) -> str:
    """The expression that matches all of what `pattern` is found in; raises `re.error` for one that is none."""
    ours = _NAMED_GROUP.sub("(?P<", pattern)
    re.compile(ours)
    if _alternatives(ours):
        return f".*?(?:{ours}).*"
    begins, ends = ours.startswith("^"), _ENDS.search(ours) is not None
    body = ours[1:] if begins else ours
    return ("" if begins else ".*?") + (body[:-1] if ends else body + ".*")


def no_other(patterns: Iterable[str]) -> str:
    """What Kazoo's `no_match` stands for: any number of digits alone, unless one of our patterns matches.

    Of two patterns the more literal one wins anyway; those that do not begin with a sign that stands as it is are named.
    """
    vague = sorted({_without_captures(pattern) for pattern in patterns if not _LITERAL_START.match(pattern)})
    found = f"(?!(?:{'|'.join(vague)})$){_DIGITS}" if vague else _DIGITS
    return found if len(found) <= LONGEST else _DIGITS


def _without_captures(pattern: str) -> str:
    return _GROUP.sub(lambda found: found["escaped"] or "(?:", pattern)


def is_anchored(pattern: str) -> bool:
    """Whether an expression begins and ends where the number does."""
    return pattern.startswith("^") and pattern.endswith("$") and not _alternatives(pattern)


def groups(pattern: str) -> int:
    """How many captures an expression has."""
    return re.compile(pattern).groups


def _alternatives(pattern: str) -> bool:
    """Whether a `|` stands outside of all brackets."""
    depth, in_class, escaped = 0, False, False
    for sign in pattern:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and depth == 0:
            return True
    return False
