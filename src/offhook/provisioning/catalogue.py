"""The catalogue: what the profiles say of documents when they are saved: models, raw parameters, secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offhook.directory import Directory
from offhook.integrity import Check
from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.document import Document, RawValue
from offhook.model.problem import Problem, did_you_mean
from offhook.model.site import Site

from .envelope import key_problem
from .profile import Profile
from .profiles import Profiles


class Catalogue:
    """Answers the registry's questions about vendors."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles

    def checks(self) -> tuple[Check, ...]:
        """The checks that every saved document passes."""
        return (self._check_model, self._check_overrides, self._check_pins, self._check_config_key)

    def is_secret(self, vendor: str, parameter: str) -> bool:
        """Whether a vendor's raw parameter holds a secret."""
        return any(profile.is_secret(parameter) for profile in self._profiles.of_vendor(vendor))

    def _check_model(self, directory: Directory, document: Document) -> Iterator[Problem]:
        if not isinstance(document, Device) or document.model is None:
            return
        vendor, _, model = document.model.partition("/")
        families = self._profiles.of_vendor(vendor)
        if not families:
            yield Problem("model", f"no vendor {vendor!r} is known{did_you_mean(vendor, self._profiles.by_vendor)}")
        elif model and not any(family.model_name(model) in family.file.models for family in families):
            known = [f"{vendor}/{name}" for family in families for name in family.file.models]
            yield Problem(
                "model",
                f"{families[0].file.name} has no model {model!r} that is known here (write {vendor!r} alone for a model that is"
                f" not in the profile){did_you_mean(document.model, known)}",
            )

    def _check_pins(self, directory: Directory, document: Document) -> Iterator[Problem]:
        pins = document.firmware if isinstance(document, Account | Site) else {}
        for name in pins:
            vendor, _, model = name.partition("/")
            families = self._profiles.of_vendor(vendor)
            if not families:
                yield Problem(
                    f"firmware.{name}", f"no vendor {vendor!r} is known{did_you_mean(vendor, self._profiles.by_vendor)}"
                )
            elif model and not any(family.model_name(model) in family.file.models for family in families):
                known = [f"{vendor}/{one}" for family in families for one in family.file.models]
                yield Problem(f"firmware.{name}", f"no model {name!r} is known{did_you_mean(name, known)}")

    def _check_config_key(self, directory: Directory, document: Document) -> Iterator[Problem]:
        """A device's own key must fit its phone; one of a layer above is for phones of several vendors."""
        if not isinstance(document, Device) or document.settings.config_key is None:
            return
        profile = self._profiles.of_model(document.model)
        problem = key_problem(profile, document.settings.config_key) if profile is not None else None
        if problem is not None:
            yield Problem("settings.config_key", problem)

    def _check_overrides(self, directory: Directory, document: Document) -> Iterator[Problem]:
        overrides: dict[str, dict[str, RawValue]] = getattr(document, "overrides", {})
        for vendor, parameters in overrides.items():
            families = self._profiles.of_vendor(vendor)
            if not families:
                known = self._profiles.by_vendor
                yield Problem(f"overrides.{vendor}", f"no vendor {vendor!r} is known{did_you_mean(vendor, known)}")
                continue
            for parameter in parameters:
                yield from _check_parameter(families, vendor, parameter)


def _check_parameter(families: Sequence[Profile], vendor: str, parameter: str) -> Iterator[Problem]:
    if not any(family.dictionary.knows(parameter) for family in families):
        close = ", ".join(name for family in families for name in family.dictionary.nearest(parameter))
        near = f"; the nearest known are {close}" if close else ""
        yield Problem(
            f"overrides.{vendor}.{parameter}", f"{families[0].file.name} phones have no parameter {parameter!r}{near}"
        )
