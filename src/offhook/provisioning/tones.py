"""Call progress tones of each country, vendor-neutral: what a caller hears for dial, ringback, busy and so on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

_TONE: Final = re.compile(r"(?P<frequencies>[1-9]\d*(?:\+[1-9]\d*)*)(?: (?P<cadence>[1-9]\d*/\d+(?:,[1-9]\d*/\d+)*))?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


class TonesBroken(ValueError):
    """A tone table that cannot be used; the message names file, country and tone."""


class Tone(msgspec.Struct, frozen=True):
    """One tone."""

    frequencies: tuple[int, ...]
    """Hz, sounded together; the loudest first, so that a phone that mixes only two takes the first two."""
    cadence: tuple[tuple[int, int], ...] = ()
    """(milliseconds on, milliseconds off), repeated; empty = all the time."""


class TonePlan(msgspec.Struct, frozen=True, kw_only=True):
    """The tones of one country (ITU-T E.180 supplement 2); None = not specified."""

    dial: Tone
    """The phone waits for a number."""
    ringback: Tone
    """The called phone rings."""
    busy: Tone
    """The called line is engaged."""
    congestion: Tone
    """The call could not be made (reorder, fast busy)."""
    call_waiting: Tone | None = None
    """Another call comes in during this one."""
    stutter: Tone | None = None
    """Dial tone while messages wait."""


def load_tones(path: Path) -> Mapping[str, TonePlan]:
    """The plans of a table by ISO 3166 country; raises `TonesBroken`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TonesBroken(f"{path}: {error}") from error
    return {country: _plan(path, country, tones) for country, tones in table.items()}


def _plan(path: Path, country: str, tones: Any) -> TonePlan:
    if not _COUNTRY.fullmatch(country) or not isinstance(tones, dict):
        raise TonesBroken(f"{path}: {country}: write an ISO 3166 country of two capitals, and its tones as a table")
    names = {field.name: field.required for field in msgspec.structs.fields(TonePlan)}
    if unknown := sorted(tones.keys() - names.keys()):
        raise TonesBroken(f"{path}: {country}.{unknown[0]}: no such tone; there are {', '.join(names)}")
    if missing := [name for name, required in names.items() if required and name not in tones]:
        raise TonesBroken(f"{path}: {country}.{missing[0]} is missing")
    return TonePlan(**{name: _tone(f"{path}: {country}.{name}", text) for name, text in tones.items()})


def _tone(place: str, text: Any) -> Tone:
    matched = _TONE.fullmatch(text) if isinstance(text, str) else None
    if matched is None:
        raise TonesBroken(f"{place}: {text!r} is no tone: write frequencies and cadence, such as `480+620 500/500`")
    pairs = (pair.split("/") for pair in (matched["cadence"] or "").split(",") if pair)
    cadence = tuple((int(on), int(off)) for on, off in pairs)
    return Tone(tuple(int(frequency) for frequency in matched["frequencies"].split("+")), cadence)
