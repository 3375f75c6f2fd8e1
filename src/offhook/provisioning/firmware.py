"""The firmware shelf: the files that an admin has added, whose they are, and which of them a phone is to take.

A file lies at `<folder>/<vendor>/<version>/<name>`, beside it `<name>.json` with what is known of it. That second file is
written last: without it there is no firmware. Nothing is ever fetched from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from offhook.model.problem import Problem, Refused, did_you_mean

from .profile import Profile, version_numbers
from .profile_file import FirmwareRule

NEWEST: Final = "newest"
"""The channel that stands for the newest version on the shelf that a model can run."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._()+,\[\] -]{0,199}")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._()-]{0,59}")


class FirmwareFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file on the shelf."""

    vendor: str
    """The vendor's id."""
    version: str
    name: str
    """The file's name, as phones ask for it."""
    models: tuple[str, ...]
    """Models that run it, in the profile's writing."""
    size: Annotated[int, Meta(ge=1)]
    """Bytes."""
    sha256: str
    """Of the file, 64 hexadecimal digits."""

    @property
    def place(self) -> str:
        """Where it lies below the shelf, and below `/firmware/`."""
        return f"{self.vendor}/{self.version}/{self.name}"


def describe(
    families: Sequence[Profile],
    name: str,
    *,
    size: int,
    sha256: str,
    version: str | None = None,
    models: Sequence[str] = (),
) -> FirmwareFile:
    """What a file is, by its name and the vendor's profiles; `version` and `models` say what the name does not.

    Raises `Refused` when the name is none of the vendor's, or does not fit the version or a model.
    """
    maker = families[0].file.name
    problems: list[Problem] = []
    found = next(_matching(families, name), None)
    if not _NAME.fullmatch(name) or found is None:
        forms = " or ".join(rule.file for family in families for rule in family.file.firmware)
        raise Refused(
            [Problem("file", f"{name!r} is no name of a {maker} firmware: those match {forms or 'nothing yet'}")]
        )
    family, rule, matched = found
    said = matched.groupdict().get("version")
    if version and said and version_numbers(version) != version_numbers(said):
        problems.append(Problem("version", f"{name} is version {said}, not {version}"))
    chosen = version or said
    if not chosen:
        problems.append(Problem("version", f"the name {name} does not tell the version: give it with --version"))
    elif not _VERSION.fullmatch(chosen):
        problems.append(
            Problem("version", f"{chosen!r} is no version: write letters, digits, '.', '_', '-' and brackets")
        )
    fitting = _fitting(family, rule, matched)
    wanted = tuple(family.model_name(model.rpartition("/")[2]) for model in models)
    for model in wanted:
        known = family.file.models
        if model not in known:
            problems.append(Problem("models", f"{maker} has no model {model!r}{did_you_mean(model, known)}"))
        elif fitting and model not in fitting:
            problems.append(Problem("models", f"{name} is not for {model}, but for {', '.join(fitting)}"))
    if not fitting and not wanted:
        problems.append(
            Problem("models", f"the name {name} does not tell the models that run it: give them with --model")
        )
    if problems or not chosen:
        raise Refused(problems)
    return FirmwareFile(
        vendor=family.vendor, version=chosen, name=name, models=wanted or fitting, size=size, sha256=sha256
    )


def _matching(families: Iterable[Profile], name: str) -> Iterator[tuple[Profile, FirmwareRule, re.Match[str]]]:
    return (
        (family, rule, matched)
        for family in families
        for rule in family.file.firmware
        if (matched := re.fullmatch(rule.file, name.lower()))
    )


def _fitting(family: Profile, rule: FirmwareRule, matched: re.Match[str]) -> tuple[str, ...]:
    """The models that the name says: its rule's, or the one in it, or those of the hardware that its version names."""
    if rule.models:
        return rule.models
    said = matched.groupdict().get("model")
    if said:
        model = family.model_name(said)
        return (model,) if model in family.file.models else ()
    hardware = version_numbers(matched.groupdict().get("version") or "")[: family.file.version_skip]
    return tuple(
        model
        for model, facts in family.file.models.items()
        if hardware and version_numbers(facts.firmware or "")[: family.file.version_skip] == hardware
    )


class FirmwareShelf:
    """All firmware files there are, found from memory; only giving one out opens it."""

    def __init__(self, folder: Path) -> None:
        """Reads what is there; a file without its description, or of another size, is passed over."""
        self.folder: Final = folder
        self._files: dict[str, FirmwareFile] = {}
        for beside in sorted(folder.glob("*/*/*.json")):
            try:
                file = msgspec.json.decode(beside.read_bytes(), type=FirmwareFile)
            except msgspec.DecodeError:
                continue
            path = self.path(file)
            if path == beside.with_suffix("") and path.is_file() and path.stat().st_size == file.size:
                self.put(file)

    def all(self) -> list[FirmwareFile]:
        """Every file, by vendor, version and name."""
        return sorted(self._files.values(), key=lambda file: (file.vendor, version_numbers(file.version), file.name))

    def path(self, file: FirmwareFile) -> Path:
        """Where a file lies."""
        return self.folder / file.vendor / file.version / file.name

    def put(self, file: FirmwareFile) -> None:
        """Know of a file, which lies at its path by now."""
        self._files[file.place.lower()] = file

    def drop(self, file: FirmwareFile) -> None:
        """Know of a file no more."""
        self._files.pop(file.place.lower(), None)

    def at(self, place: str) -> FirmwareFile | None:
        """The file at `<vendor>/<version>/<name>`, case ignored."""
        return self._files.get(place.lower())

    def named(self, vendor: str, model: str | None, name: str, pin: str | None) -> FirmwareFile | None:
        """The file that a phone asks for by its bare name, when it is of the version that is pinned for its model.

        Without a pin it gets none: a file that is added changes no phone.
        """
        wanted = self.wanted(vendor, model, pin) if pin is not None else None
        if wanted is None:
            return None
        return next((file for file in self._of(wanted) if file.name.lower() == name.lower()), None)

    def _of(self, wanted: FirmwareFile) -> list[FirmwareFile]:
        """All files of a version: a phone takes its modules' and its boot loader's with its own."""
        return [file for file in self.all() if (file.vendor, file.version) == (wanted.vendor, wanted.version)]

    def wanted(self, vendor: str, model: str | None, pin: str) -> FirmwareFile | None:
        """The file of a pinned version (or of the channel `newest`) that a model can run; None when it was not added."""
        found = [file for file in self._files.values() if file.vendor == vendor and model in file.models]
        if pin == NEWEST:
            return max(found, key=lambda file: (version_numbers(file.version), file.name), default=None)
        return next((file for file in found if version_numbers(file.version) == version_numbers(pin)), None)
