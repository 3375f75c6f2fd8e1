"""What the tests of attacks share."""

from __future__ import annotations

from tests.e2e.conftest import empty

__all__ = ["empty"]
