"""A vendor's parameter dictionary: every name that its firmware knows, with placeholders for numbers.

A file holds one name a line. `{n}` stands for any number, `{nn}` for one of at least two digits, `{1-2}` for 1 or 2; any
other word in braces is as good as `n`. A line that begins with `#` is a remark, and so is what follows a tab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from offhook.model.problem import nearest

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_RANGE: Final = re.compile(r"(\d+)-(\d+)")
_WORD: Final = re.compile(r"[a-z_]+")
_DIGITS: Final = re.compile(r"\d+")


class DictionaryBroken(Exception):
    """A dictionary file that cannot be used; the message names file, line and mend."""


class Dictionary:
    """The names of one vendor.

    A look-up takes one step, however many names there are: all numbers of the asked name are struck out, and what is
    left leads to the few names with placeholders that could be meant.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Names as a dictionary file has them: `account.{n}.label`; raises `DictionaryBroken`."""
        self.names: Final = frozenset(names)
        """As in the files, with placeholders."""
        self._patterns: Final[dict[str, list[re.Pattern[str]]]] = {}
        for name in sorted(self.names):
            if "{" in name:
                shape = _shape(_PLACEHOLDER.sub("0", name))
                self._patterns.setdefault(shape, []).append(re.compile(_pattern(name), re.ASCII))

    @classmethod
    def load(cls, *paths: Path) -> Dictionary:
        """All names of some files; raises `DictionaryBroken`."""
        return cls([name for path in paths for name in _read(path)])

    def knows(self, name: str) -> bool:
        """Whether the vendor's phones have this parameter."""
        if "{" in name:
            return False
        return name in self.names or any(pattern.fullmatch(name) for pattern in self._patterns.get(_shape(name), ()))

    def nearest(self, name: str, n: int = 3) -> list[str]:
        """The `n` known names, at most, that look most like it, best first; placeholders stay what they are."""
        # A placeholder is compared as one digit, so that it is near to any number.
        by_example = {_PLACEHOLDER.sub("1", known): known for known in sorted(self.names, reverse=True)}
        return [by_example[example] for example in nearest(name, by_example, n)]


def _shape(name: str) -> str:
    """The name without its numbers."""
    return _DIGITS.sub("0", name)


def _pattern(name: str) -> str:
    """The regular expression of what a name with placeholders stands for."""
    parts = enumerate(_PLACEHOLDER.split(name))
    return "".join(_numbers(part, name) if index % 2 else re.escape(part) for index, part in parts)


def _numbers(placeholder: str, name: str) -> str:
    """The regular expression of one placeholder."""
    if bounds := _RANGE.fullmatch(placeholder):
        low, high = int(bounds[1]), int(bounds[2])
        if low <= high:
            return f"(?:{'|'.join(str(number) for number in range(low, high + 1))})"
    elif placeholder == "nn":
        return r"\d{2,}"
    elif _WORD.fullmatch(placeholder):
        return r"\d+"
    raise DictionaryBroken(
        f"{name!r}: {{{placeholder}}} is no placeholder: write {{n}}, {{nn}} or a range such as {{1-2}}"
    )


def _read(path: Path) -> Iterable[str]:
    """The names of one file."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DictionaryBroken(f"{path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        name = line.partition("\t")[0].strip()
        if not name or name.startswith("#"):
            continue
        try:
            _pattern(name)
        except DictionaryBroken as error:
            raise DictionaryBroken(f"{path} line {number}: {error}") from None
        yield name
