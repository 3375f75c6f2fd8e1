"""A profile: what one vendor's phones ask for and can do, read from `firmware-profiles/<vendor>.toml`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Final

from offhook.model.mac import mac_digits

from .dictionary import Dictionary
from .profile_file import Confidence, FileRule, KeyRules, ProfileFile, Reading

MAC_IN_PATH: Final = r"(?P<mac>[0-9a-f]{12}|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})"
"""What `{mac}` in a path pattern stands for; paths are matched in lower case."""


class Profile:
    """A profile ready for use: patterns compiled, dictionary at hand. Immutable after it was made."""

    def __init__(self, file: ProfileFile, folder: Path) -> None:
        self.file: Final = file
        self.vendor: Final = file.vendor
        self.family: Final = file.family or file.vendor
        self._folder = folder
        self.user_agents: Final = [
            (re.compile(rule.pattern, re.IGNORECASE), rule) for rule in file.identify if rule.source == "user_agent"
        ]
        self.paths: Final = [(_path_pattern(rule.pattern), rule) for rule in file.identify if rule.source == "path"]
        self.files: Final = [(_path_pattern(rule.path), rule) for rule in file.files]
        endings = {rule.name: _ending(rule.path) for rule in file.files}
        self._by_ending = {
            ending: [(pattern, rule) for pattern, rule in self.files if endings[rule.name] in (ending, None)]
            for ending in endings.values()
        }
        self._by_ending.setdefault(None, [])
        self._models_folded = {name.lower(): name for name in file.models}
        self._by_code: dict[int, list[str]] = {}
        for name, model in file.models.items():
            if model.code is not None:
                self._by_code.setdefault(model.code, []).append(name)

    @cached_property
    def dictionary(self) -> Dictionary:
        """All parameters that this vendor's phones know."""
        return Dictionary.load(*(self._folder / "params" / name for name in self.file.dictionary))

    def files_like(self, name: str) -> list[tuple[re.Pattern[str], FileRule]]:
        """The patterns and rules that may fit a lower-case file name, in the profile's order: most end in `.cfg` or so."""
        return self._by_ending.get(name.rpartition(".")[2]) or self._by_ending[None]

    def model_name(self, said: str) -> str:
        """The model's name in our writing for what a phone or an admin calls it; itself when it is not known."""
        return self._models_folded.get(said.lower(), said)

    def accounts(self, model: str | None) -> int | None:
        """SIP accounts that a model holds; one that is not known holds no more than the family's largest.

        None for a family without any known model.
        """
        facts = self.file.models.get(model or "")
        return facts.accounts if facts else max((one.accounts for one in self.file.models.values()), default=None)

    def confidence(self, model: str) -> Confidence:
        """How sure the facts of a model are; those of one that is not known are as sure as the family's."""
        facts = self.file.models.get(self.model_name(model))
        return facts.confidence if facts else self.file.confidence

    def model_of_code(self, code: int) -> str | None:
        """The model whose common file has this number; None when it is unknown or shared by several."""
        models = self._by_code.get(code, [])
        return models[0] if len(models) == 1 else None

    def file_rule(self, name: str) -> FileRule:
        """The file that boot steps and templates call `name`."""
        return next(rule for rule in self.file.files if rule.name == name)

    def generation(self, model: str | None, version: str | None) -> str | None:
        """The generation that a phone's firmware belongs to.

        By the version that the phone reported; else by the newest firmware known of its model; else the newest.
        """
        facts = self.file.models.get(model or "")
        names = list(facts.generations) if facts and facts.generations else list(self.file.generations)
        if not names:
            return None
        numbers = version_numbers(version or (facts.firmware if facts else None) or "")[self.file.version_skip :]
        if not numbers:
            return names[-1]
        fitting = [name for name in names if version_numbers(self.file.generations[name].at_least) <= numbers]
        return fitting[-1] if fitting else names[0]

    def syntax(self, rule: FileRule, generation: str | None) -> str:
        """The syntax family of a file: its own, else its generation's, else the profile's, else `key-value`."""
        of_generation = self.file.generations[generation].syntax if generation else None
        return rule.syntax or of_generation or self.file.syntax or "key-value"

    def booleans(self, generation: str | None) -> tuple[str, str]:
        """How false and true are written in files of a generation."""
        return (self.file.generations[generation].booleans if generation else None) or self.file.booleans

    def key_rules(self, generation: str | None) -> KeyRules:
        """How phones of a generation do programmable keys."""
        return (self.file.generations[generation].keys if generation else None) or self.file.keys

    def reading(self, generation: str | None) -> Reading | None:
        """Which parameters of a generation hold the SIP accounts; None where nobody said."""
        return (self.file.generations[generation].reading if generation else None) or self.file.reading

    def is_secret(self, parameter: str) -> bool:
        """Whether the value of a raw parameter must be kept secret."""
        folded = parameter.lower()
        return any(fnmatchcase(folded, pattern.lower()) for pattern in self.file.secret_parameters)


def asked_name(ask: str, mac: str, *, code: int | None = None, model: str | None = None, version: str = "") -> str:
    """The file name that a boot step's `ask` stands for; `mac` is 12 lower-case hexadecimal digits."""
    pairs = "_".join(mac[at : at + 2] for at in range(0, 12, 2))
    return ask.format(
        mac=mac, MAC=mac.upper(), mac_underscores=pairs, code=code or 0, model=model or "", version=version
    )


def version_numbers(version: str) -> tuple[int, ...]:
    """The numbers of a dotted version, `66.86.0.15` → (66, 86, 0, 15); letters are passed over."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _path_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{mac}", MAC_IN_PATH))


def _ending(pattern: str) -> str | None:
    """The extension that every name has which a pattern fits; None when the pattern does not tell."""
    depth = 0
    for part in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|.", pattern, re.DOTALL):
        depth += (part == "(") - (part == ")")
        if part == "|" and depth == 0:
            return None
    found = re.search(r"(?<!\\)\\\.([a-z0-9]+)$", pattern)
    return found[1] if found else None


def mac_or_none(text: str | None, *, certain: bool = False) -> str | None:
    """The stored writing of a MAC that a phone sent; None when it is none.

    Twelve zeros are never one, and a group address, which no phone has, only where it is `certain` that a MAC is meant.
    """
    digits = mac_digits(text) if text is not None else None
    if digits is None or not int(digits, 16):
        return None
    return digits if certain or not int(digits[1], 16) & 1 else None
