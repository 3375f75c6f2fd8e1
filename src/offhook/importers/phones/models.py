"""Which of our models a phone is, whatever another system calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

_VENDORS: Final = {
    "aastra": "mitel", "alcatellucent": "alcatel", "linksys": "cisco", "poly": "polycom",
}  # fmt: skip
"""What others call a vendor, letters and digits only → our id, where the two differ."""
_BEFORE: Final = {"polycom": ("sp",), "snom": ("d",), "grandstream": ("gxp",), "panasonic": ("kx",)}
"""What a model's name may lack at its beginning: Polycom's IP550 is our SPIP550, Snom's 765 is D765."""
_AFTER: Final = {"cisco": ("g",), "grandstream": ("bk", "sm")}
"""What it may have too much at its end: Cisco's 7942G is our 7942, dp715.sm another template for the DP715."""


class PhoneModel(msgspec.Struct, frozen=True):
    """One model that the profiles know."""

    name: str
    """`vendor/Model`, in the profiles' writing."""
    keys: int = 0
    """Programmable keys on the phone itself; 0: not known."""
    line_keys: int = 0
    """How many of them, from the first on, are line keys; 0: all."""
    module_keys: int = 0
    """Keys of one expansion module; 0: it takes none."""


class Models:
    """The models that are known, to be found by what other systems call them."""

    def __init__(self, known: Iterable[PhoneModel]) -> None:
        self._by_name: dict[str, PhoneModel] = {}
        self._by_words: dict[tuple[str, str], PhoneModel] = {}
        self._vendors: set[str] = set()
        for model in known:
            vendor, _, name = model.name.partition("/")
            self._vendors.add(vendor)
            self._by_name.setdefault(model.name, model)
            self._by_words.setdefault((vendor, _word(name)), model)

    def vendor(self, said: str) -> str | None:
        """Our id of a vendor; None when it is not known."""
        word = _word(said)
        ours = _VENDORS.get(word, word)
        return ours if ours in self._vendors else None

    def name(self, vendor: str, said: str) -> str | None:
        """`vendor/Model` for one of our vendors and what somebody calls the model; None when it is not known."""
        word = _word(said)
        for candidate in _candidates(vendor, word):
            if (found := self._by_words.get((vendor, candidate))) is not None:
                return found.name
        return None

    def get(self, name: str | None) -> PhoneModel:
        """The facts of a `vendor/Model`; of one that is not known, nothing but the name."""
        return self._by_name.get(name or "") or PhoneModel(name or "")


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", text.lower())


def _candidates(vendor: str, word: str) -> Iterable[str]:
    bare = word.removeprefix(vendor).removeprefix("poly").removeprefix("soundpoint")
    for start in dict.fromkeys(one for one in (word, bare) if one):
        yield start
        yield from (before + start for before in _BEFORE.get(vendor, ()))
        yield from (start.removesuffix(after) for after in _AFTER.get(vendor, ()) if start.endswith(after))
