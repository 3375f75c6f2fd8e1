"""What all tests share: offices as directories, without a store."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from .offices import Office, office_of

settings.register_profile("offhook", deadline=None)  # no test asserts a time
settings.load_profile("offhook")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write-golden` writes what is rendered now over the golden files, for review as a diff."""
    parser.addoption("--write-golden", action="store_true", help="write the golden files anew")


@pytest.fixture(scope="session")
def golden_office() -> Office:
    """The office whose phones' files stand in tests/golden."""
    return office_of((Path(__file__).parent / "golden" / "office.yaml").read_text(encoding="utf-8"))
