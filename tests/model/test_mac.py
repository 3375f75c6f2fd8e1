"""MAC addresses in every usual writing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.mac import MalformedMac, normalise_mac


@pytest.mark.parametrize(
    "text",
    [
        "00:15:65:AA:BB:01",
        "00-15-65-aa-bb-01",
        "0015.65aa.bb01",
        "001565aabb01",
        "001565AABB01",
        " 00 15 65 aa bb 01 ",
        "0015:65aa:bb01",
    ],
)
def test_any_usual_writing_becomes_twelve_lower_case_digits(text: str) -> None:
    assert normalise_mac(text) == "001565aabb01"


@pytest.mark.parametrize(
    "text",
    ["", "001565aabb0", "001565aabb011", "00:15:65:aa:bb", "00:15-65:aa:bb:01", "g01565aabb01", "0015.65aabb01", "ff:ff:ff:ff:ff:ff",
     "000000000000", "01:00:5e:00:00:01"],
)  # fmt: skip
def test_what_no_device_has_is_refused(text: str) -> None:
    with pytest.raises(MalformedMac):
        normalise_mac(text)


@given(st.text(max_size=30))
def test_nothing_else_is_raised(text: str) -> None:
    with suppress(MalformedMac):
        assert len(normalise_mac(text)) == 12
