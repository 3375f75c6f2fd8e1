"""All vendors' profiles: read from their folders, checked, and found by vendor, MAC prefix or a device's model."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from offhook.model.problem import did_you_mean

from .certificate.rule import CertificateRule
from .encryption.formats import FORMATS
from .profile import Profile
from .profile_file import Confidence, EncryptionRule, ProfileFile

_CONFIDENCES: Final = get_args(Confidence)
"""How sure a family can be of its facts, the best first."""


class ProfileBroken(Exception):
    """A profile file that cannot be used; the message names file, place and mend."""


class Profiles:
    """All vendors' profiles; a vendor has one, or one for each of its families of phones."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self.by_family: Final[dict[str, Profile]] = {profile.family: profile for profile in profiles}
        self._of_vendor: dict[str, list[Profile]] = {}
        self._by_prefix: dict[str, Profile] = {}
        for profile in self:
            self._of_vendor.setdefault(profile.vendor, []).append(profile)
            for prefix in profile.file.ouis:
                self._by_prefix.setdefault(prefix, profile)
        self._prefix_lengths: Final = sorted({len(prefix) for prefix in self._by_prefix}, reverse=True)
        self.by_vendor: Final[dict[str, Profile]] = {vendor: found[0] for vendor, found in self._of_vendor.items()}

    @property
    def factory_user_names(self) -> frozenset[str]:
        """HTTP user names that phones of any vendor come with."""
        return frozenset(name for profile in self for name in profile.file.factory_user_names)

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.by_family.values())

    def of_vendor(self, vendor: str) -> Sequence[Profile]:
        """All profiles of a vendor, by family; none when the vendor is not known."""
        return self._of_vendor.get(vendor, ())

    def certificate_rules(self) -> dict[str, tuple[CertificateRule, ...]]:
        """Where each vendor's certificates name a phone, over all of its families."""
        return {
            vendor: tuple(rule for profile in found for rule in profile.file.certificates)
            for vendor, found in self._of_vendor.items()
        }

    def of_mac(self, mac: str | None) -> Profile | None:
        """A profile of the maker of a MAC (12 lower-case hexadecimal digits), by its longest known prefix."""
        for length in self._prefix_lengths if mac else ():
            if found := self._by_prefix.get((mac or "")[:length]):
                return found
        return None

    def accounts(self, model: str | None) -> int | None:
        """How many SIP accounts a device's `model` (`vendor/Model` or `vendor`) holds; None: it is not known."""
        profile = self.of_model(model)
        name = (model or "").partition("/")[2]
        return profile.accounts(profile.model_name(name) if name else None) if profile is not None else None

    def of_model(self, model: str | None, asking: Profile | None = None) -> Profile | None:
        """The profile of a device's `model` (`vendor/Model` or `vendor`); None when its vendor is not known.

        Where several families have the model, the phone that asks says which it is (`asking`: the profile that its
        request fits), as one phone runs the firmware of either. Before it has asked it is taken for one of the family that
        is known best.
        """
        vendor, _, name = (model or "").partition("/")
        families = self.of_vendor(vendor)
        having = [one for one in families if one.model_name(name) in one.file.models] if name else []
        candidates = having or families
        if asking in candidates:
            return asking
        return min(candidates, key=lambda one: _CONFIDENCES.index(one.confidence(name)), default=None)


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
    return Profiles(_load(path, folders) for path in sorted(chosen.values(), key=lambda path: path.stem))


_ALIKE: Final = (
    "syntax", "booleans", "dictionary", "secret_parameters", "reading", "generations", "keys", "tables",
)  # fmt: skip
"""What a profile takes from the one that it is like."""


def _with_likeness(values: dict[str, Any], folders: Sequence[Path]) -> dict[str, Any]:
    """What a profile says, and what the family that it is like says beside that."""
    if not (like := values.get("like")):
        return values
    path = next((path for folder in folders if (path := folder / f"{like}.toml").is_file()), None)
    if path is None:
        raise ProfileBroken(f"like = {like!r}: there is no {like}.toml among the profiles")
    other = tomllib.loads(path.read_text(encoding="utf-8"))
    return {**{name: other[name] for name in _ALIKE if name in other}, **values}


def _load(path: Path, folders: Sequence[Path]) -> Profile:
    try:
        values = _with_likeness(tomllib.loads(path.read_text(encoding="utf-8")), folders)
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
    if file.encryption is not None:
        yield from _encryption_faults(file, file.encryption)
    for certificate in file.certificates:
        yield from (f"certificates: {fault}" for fault in certificate.faults())
    for oui in file.ouis:
        if not re.fullmatch("[0-9a-f]{6,11}", oui):
            yield f"oui {oui!r} is not 6 to 11 lower-case hexadecimal digits"
    known: Mapping[str, object] = file.generations
    for where, named in [
        *((f"model {name}", model.generations) for name, model in file.models.items()),
        *((f"file {rule.name}", rule.generations) for rule in file.files),
    ]:
        for name in named:
            if name not in known:
                yield f"{where}: unknown generation {name!r}{did_you_mean(name, known)}"


def _encryption_faults(file: ProfileFile, encryption: EncryptionRule) -> Iterable[str]:
    if encryption.format not in FORMATS:
        yield f"encryption: unknown format {encryption.format!r}{did_you_mean(encryption.format, FORMATS)}"
    own = {rule.name for rule in file.files if rule.kind == "device"}
    for name in encryption.files:
        if name not in own:
            yield f"encryption: {name!r} is no file of kind device{did_you_mean(name, own)}"
