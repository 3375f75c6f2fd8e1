"""What the matched pattern captured, put into the numbers and names that nodes give."""

from __future__ import annotations

import re
from typing import Final

from .walk import Walk

_HOLE: Final = re.compile(r"\{(\w+)\}")


def filled(walk: Walk, text: str) -> str:
    """A text with its `{…}` captures filled in; what was not captured is empty."""
    return _HOLE.sub(lambda hole: walk.position.captures.get(hole[1], ""), text)


def captured(walk: Walk) -> str | None:
    """What the pattern's first group captured; None when there is nothing."""
    return walk.position.captures.get("1") or None
