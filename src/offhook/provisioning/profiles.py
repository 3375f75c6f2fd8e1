"""All vendors' profiles: read from their folders, checked, and found by vendor, MAC prefix or a device's model."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from offhook.model.problem import did_you_mean

from .profile import Profile, ProfileFile


class ProfileBroken(Exception):
    """A profile file that cannot be used; the message names file, place and mend."""


class Profiles:
    """All vendors' profiles by vendor id."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self.by_vendor: Final[dict[str, Profile]] = {profile.vendor: profile for profile in profiles}
        self.by_oui: Final[dict[str, Profile]] = {
            oui: profile for profile in self.by_vendor.values() for oui in profile.file.ouis
        }

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.by_vendor.values())

    def of_model(self, model: str | None) -> Profile | None:
        """The profile of a device's `model` (`vendor/Model` or `vendor`)."""
        return self.by_vendor.get(model.partition("/")[0]) if model else None


def load_profiles(folders: Sequence[Path]) -> Profiles:
    """All profiles of the folders; a file in an earlier folder wins over one of the same name in a later.

    Raises `ProfileBroken`.
    """
    chosen: dict[str, Path] = {}
    for folder in folders:
        if folder.is_dir():
            for path in sorted(folder.glob("*.toml")):
                if path.name != "tones.toml":
                    chosen.setdefault(path.name, path)
    return Profiles(_load(path, folders) for _, path in sorted(chosen.items()))


def _load(path: Path, folders: Sequence[Path]) -> Profile:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        file = msgspec.convert(values, ProfileFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ProfileBroken(f"{path}: {error}") from error
    home = path.parent if (path.parent / "params").is_dir() else folders[-1]
    problems = list(_faults(file))
    if problems:
        raise ProfileBroken(f"{path}: " + "; ".join(problems))
    try:
        return Profile(file, home)
    except re.error as error:
        raise ProfileBroken(f"{path}: pattern {error.pattern!r}: {error}") from error


def _faults(file: ProfileFile) -> Iterable[str]:
    names = {rule.name for rule in file.files}
    if len(names) != len(file.files):
        yield "two files have the same name"
    for rule in file.files:
        if (rule.template is None) != (rule.kind in ("absent", "asset")):
            yield f"file {rule.name}: a template is needed unless its kind is absent or asset"
    for oui in file.ouis:
        if not re.fullmatch("[0-9a-f]{6}", oui):
            yield f"oui {oui!r} is not 6 lower-case hexadecimal digits"
    known: Mapping[str, object] = file.generations
    for where, named in [
        *((f"model {name}", model.generations) for name, model in file.models.items()),
        *((f"file {rule.name}", rule.generations) for rule in file.files),
    ]:
        for name in named:
            if name not in known:
                yield f"{where}: unknown generation {name!r}{did_you_mean(name, known)}"
