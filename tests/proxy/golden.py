"""Golden answers of the adapters: what another SIP server gets, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "golden" / "proxy"


def check(request: pytest.FixtureRequest, name: str, text: str) -> None:
    """A text is what its golden file says, tokens aside; `--write-golden` writes the file."""
    shown = re.sub(r"Ad[A-Za-z0-9_-]{60,}", "TOKEN", text)
    path = FOLDER / name
    if request.config.getoption("--write-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
