"""The patient: what a check is given to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from offhook.config import Config

from .finding import Finding


class Patient(msgspec.Struct, frozen=True):
    """What is looked at."""

    data: Path
    config: Config
    now: float
    """Seconds since the epoch."""
    running: Mapping[str, Any] | None
    """What the server says of itself (`/readyz`), with `date` as its HTTP header has it; None: none answers."""
    told: tuple[Finding, ...] = ()
    """What the server knows."""


Check = Callable[[Patient], Iterator[Finding]]
