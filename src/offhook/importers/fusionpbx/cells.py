"""Cells as FusionPBX's exports write them."""

from __future__ import annotations

from offhook.importers.fields import Fields, shown

_YES = frozenset({"true", "t", "1", "yes"})
_NO = frozenset({"false", "f", "0", "no"})


def switch(fields: Fields, name: str, default: bool) -> bool:
    """True or false, as PHP, PostgreSQL and older versions write them; PHP writes false as an empty cell."""
    said = fields.text(name)
    if said is None:
        return default
    if said.lower() in _YES or said.lower() in _NO:
        return said.lower() in _YES
    fields.remark(name, shown(said), "true or false is needed here")
    return default
