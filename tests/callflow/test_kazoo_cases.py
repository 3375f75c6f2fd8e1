"""What a Kazoo engine does with a call, ours does with the imported callflow, but for what is departed from on purpose.

The cases stand in `callflow.json` of the folder that OFFHOOK_CASES names. Departures are told by rule
(tests/importers/kazoo_departures.py), so that other files of the same form can be run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.importers.kazoo_cases import Rehearsal
from tests.importers.kazoo_departures import DEPARTURES, ours, told_alike

CASES = Path(os.environ.get("OFFHOOK_CASES") or Path(__file__).parents[2] / "../shared/cases") / "callflow.json"
DOCS = Path(__file__).parents[2] / "docs/callflow/kazoo.md"


def cases() -> list[dict[str, Any]]:
    assert CASES.is_file(), f"set OFFHOOK_CASES: {CASES} is not there"
    listed: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    return listed


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in cases()])
def test_the_imported_callflow_does_what_kazoo_does(case: dict[str, Any]) -> None:
    rehearsal = Rehearsal(case)
    assert not rehearsal.problems
    expected, _ = ours(case)
    assert told_alike(rehearsal.actions()) == told_alike(expected)


def test_every_departure_is_told_to_those_who_move() -> None:
    told = DOCS.read_text(encoding="utf-8")
    assert [name for name in DEPARTURES if f"**{name}**" not in told] == []
