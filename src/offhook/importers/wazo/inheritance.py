"""What a config says together with its parents, and which of them says what.

wazo-provd goes through a config's parents in their order, each after its own parents and once only, and writes one over
the other; mappings are merged, anything else is replaced; what the config itself says comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from offhook.importers.report import Report


class Resolved(msgspec.Struct, frozen=True):
    """The parameters of a config with those of all its parents."""

    raw: dict[str, Any]
    origins: dict[str, str]
    """Where a parameter stands (`sip_lines.1.number`) → the config that says it."""
    order: tuple[str, ...]
    """The configs that were gone through, the most general first."""
    missing: tuple[str, ...]
    """Parents that are not there."""


class ByOrigin(Report):
    """Says of every remark about a resolved parameter which config it comes from: what all phones inherit is said once."""

    def __init__(self, report: Report, resolved: Resolved) -> None:
        super().__init__()
        self._report = report
        self._origins = resolved.origins

    def add(self, document: str, place: str, what: str, why: str, instead: str = "") -> None:
        """Note one thing, of the config that says it."""
        parts = place.split(".")
        places = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        origin = next((self._origins[one] for one in places if one in self._origins), None)
        self._report.add(f"configs/{origin}" if origin is not None else document, place, what, why, instead)


def resolve(configs: Mapping[str, Mapping[str, Any]], identity: str) -> Resolved:
    """What a config says with its parents; an id that is not there says nothing and is missing."""
    raw: dict[str, Any] = {}
    origins: dict[str, str] = {}
    missing: list[str] = []
    order = tuple(_order(configs, identity, missing))
    for one in order:
        said = configs[one].get("raw_config")
        if isinstance(said, Mapping):
            _write_over(raw, said, "", one, origins)
    return Resolved(raw, origins, order, tuple(missing))


def _order(configs: Mapping[str, Mapping[str, Any]], identity: str, missing: list[str]) -> Iterator[str]:
    """A config after its parents, each once."""
    if identity not in configs:
        missing.append(identity)
        return
    visited = {identity}
    way = [(identity, _parents(configs[identity]))]
    while way:
        current, parents = way[-1]
        parent = next(parents, None)
        if parent is None:
            yield current
            way.pop()
        elif parent not in visited:
            visited.add(parent)
            if parent in configs:
                way.append((parent, _parents(configs[parent])))
            else:
                missing.append(parent)


def _parents(config: Mapping[str, Any]) -> Iterator[str]:
    listed = config.get("parent_ids")
    return (one for one in listed if isinstance(one, str)) if isinstance(listed, list) else iter(())


def _write_over(
    base: dict[str, Any], said: Mapping[str, Any], place: str, config: str, origins: dict[str, str]
) -> None:
    for name, value in said.items():
        there = f"{place}{name}"
        if not isinstance(value, Mapping):
            base[name] = value
            origins[there] = config
            continue
        if not isinstance(base.get(name), dict):
            base[name] = {}
            origins[there] = config
        _write_over(base[name], value, f"{there}.", config, origins)
