"""What the doctor finds."""

from __future__ import annotations

from typing import Literal

import msgspec

Verdict = Literal["ok", "warn", "fail"]


class Finding(msgspec.Struct, frozen=True):
    """What one check says of one thing."""

    check: str
    verdict: Verdict
    what: str
    """How it is, in words."""
    where: str = ""
    """File, setting or device."""
    mend: str = ""
    """What to do; empty when nothing need be done."""
