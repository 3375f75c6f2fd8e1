"""Temporal routes: which of some rules holds becomes the period of a schedule, or of several, one asked after the other.

In Kazoo the first rule that holds wins; in a schedule of ours exceptions come before the week. So one schedule takes
rules as long as those for days come before those for the week, and a rule for days after that begins the next schedule,
which is asked when none of the first one's periods holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from offhook.importers.names import unused

from .names import node_name
from .times import Times

PERIOD_LENGTH: Final = 32


class Candidate(msgspec.Struct, frozen=True):
    """One rule in its turn."""

    rule: str
    """Its name."""
    branch: str
    """The child that it leads to: its own id, or that of its set."""
    times: Times


class Hours(msgspec.Struct, frozen=True):
    """A schedule, and which period is which child's."""

    name: str
    schedule: dict[str, Any]
    """`periods` and `exceptions`."""
    branches: dict[str, str]
    """Period → child; without the one that holds when no other does."""
    otherwise: str
    """That period's name."""


def schedules_of(candidates: Sequence[Candidate]) -> list[Hours]:
    """The schedules to ask, in order."""
    return [_schedule(segment) for segment in _segments(candidates)]


def _segments(candidates: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    segment: list[Candidate] = []
    for candidate in candidates:
        if candidate.times.days and any(one.times.windows for one in segment):
            yield segment
            segment = []
        segment.append(candidate)
    if segment:
        yield segment


def _schedule(segment: list[Candidate]) -> Hours:
    periods: dict[str, Any] = {}
    exceptions: list[dict[str, Any]] = []
    branches: dict[str, str] = {}
    names: dict[str, str] = {}
    for candidate in segment:
        if candidate.branch not in names:
            names[candidate.branch] = unused(node_name(candidate.rule), names.values(), PERIOD_LENGTH)
        period = names[candidate.branch]
        branches[period] = candidate.branch
        hours = {"hours": list(candidate.times.hours)} if candidate.times.hours else {}
        exceptions += [{"name": candidate.rule[:200], **day, "period": period, **hours} for day in candidate.times.days]
        if not candidate.times.days:
            periods[period] = [*periods.get(period, []), *candidate.times.windows]
    # A day on which an exception holds for some hours does not follow the week: the week's windows are written there too.
    some_hours: list[dict[str, Any]] = []
    for candidate in segment:
        some_hours += [day for day in candidate.times.days if candidate.times.hours and day not in some_hours]
    week = {period: windows for period, windows in periods.items() if windows}
    exceptions += [
        {**day, "period": period, "hours": windows} for day in some_hours for period, windows in week.items()
    ]
    otherwise = unused("closed", names.values(), PERIOD_LENGTH)
    schedule: dict[str, Any] = {"periods": {**periods, otherwise: "else"}}
    if exceptions:
        schedule["exceptions"] = exceptions
    return Hours("-".join(names.values()), schedule, branches, otherwise)
