"""The demo office on a real server, shared by the tests that only read from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import RunningServer


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The demo office, served."""
    with RunningServer(tmp_path_factory.mktemp("demo") / "data", arguments=("--demo",)) as server:
        yield server


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[RunningServer]:
    """A server without any document."""
    with RunningServer(tmp_path / "data") as server:
        yield server
