"""Identify: who is asking, from what the request says of itself, in the order of trust, with the evidence for each.

One table-driven engine for all vendors: first the User-Agent, then the file name, then the MAC's prefix (OUI).
What contradicts is said and never guessed away: two different MACs in one request are no MAC.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from .profile import Profile, mac_or_none
from .profile_file import FileRule
from .profiles import Profiles

_ANY_MAC: Final = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{12}|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5})(?![0-9a-f])")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking, as far as the request tells."""

    profile: Profile | None = None
    """The profile that the request fits."""
    vendor: str | None = None
    said_vendor: str | None = None
    """The vendor that the phone's own User-Agent names."""
    model: str | None = None
    """In the profile's writing, or as the phone said it when the profile does not know it."""
    version: str | None = None
    """Firmware version as the phone said it, else that of the firmware which it asks for."""
    mac: str | None = None
    """12 lower-case hexadecimal digits; None when the request names two different ones."""
    file: FileRule | None = None
    """Which file of the vendor's profile is asked for."""
    code: int | None = None
    """The model code in the file's name."""
    evidence: tuple[str, ...] = ()
    """What said what, such as `user agent: yealink T46S 66.86.0.15 001565aabb01`."""
    conflicts: tuple[str, ...] = ()
    """What contradicts each other, in words."""


class _Said(msgspec.Struct, frozen=True):
    """What one source says."""

    profile: Profile | None = None
    model: str | None = None
    version: str | None = None
    mac: str | None = None
    file: FileRule | None = None
    code: int | None = None


_NOTHING: Final = _Said()


class Identifier:
    """Reads requests by all vendors' profiles; remembers what it read, as phones of one model all say the same."""

    def __init__(self, profiles: Profiles) -> None:
        self._profiles = profiles
        self._agent = lru_cache(maxsize=16_384)(self._read_agent)
        self._name = lru_cache(maxsize=65_536)(self._read_name)

    def forget(self) -> None:
        """Forget what was read before; only what it costs to know a phone changes."""
        self._agent.cache_clear()
        self._name.cache_clear()

    def identify(self, path: str | None, user_agent: str | None) -> Identity:
        """Who asks for `path` (None: it asks for no file, as in DHCP); never fails, whatever a phone sends."""
        path = path or ""
        agent = self._agent(user_agent[:512]) if user_agent else _NOTHING
        bare = not path.startswith(("/", "\\"))
        said = self._chosen(self._name(_folder(path), file_name(path)), agent, bare)
        evidence = [
            f"{source}: {_words(what)}"
            for source, what in (("user agent", agent), ("file name", said))
            if what != _NOTHING
        ]
        conflicts = []
        mac = agent.mac or said.mac
        if agent.mac and said.mac and agent.mac != said.mac:
            mac = None
            conflicts.append(f"the file name's MAC is {said.mac} but the user agent's is {agent.mac}")
        profile = agent.profile or said.profile
        maker = self._profiles.of_mac(agent.mac or said.mac)
        if maker is not None:
            evidence.append(f"MAC prefix: {maker.vendor}")
            if profile is not None and profile.vendor != maker.vendor:
                conflicts.append(f"the request is {profile.vendor}'s but the MAC's prefix is {maker.vendor}'s")
            profile = profile or maker
        file = said.file if said.profile is None or profile is said.profile else None
        if agent.model and said.model and agent.model != said.model and profile is said.profile:
            conflicts.append(f"the user agent's model is {agent.model} but the file is the {said.model}'s")
        return Identity(
            profile=profile,
            vendor=profile.vendor if profile else None,
            said_vendor=agent.profile.vendor if agent.profile else None,
            model=agent.model or (said.model if profile is said.profile else None),
            version=agent.version or (said.version if profile is said.profile else None),
            mac=mac,
            file=file,
            code=said.code if file else None,
            evidence=tuple(evidence),
            conflicts=tuple(conflicts),
        )

    def file_of(self, path: str, profile: Profile) -> FileRule | None:
        """Which file of one vendor's profile a path asks for: for a phone that the directory knows better."""
        for said in self._name(_folder(path), file_name(path)):
            if said.profile is profile:
                return said.file
        return None

    def _read_agent(self, user_agent: str) -> _Said:
        for profile in self._profiles:
            for pattern, rule in profile.user_agents:
                matched = pattern.search(user_agent)
                if matched is not None:
                    groups = matched.groupdict()
                    said = groups.get("model")
                    model = rule.models.get(said, profile.model_name(said)) if said else None
                    return _Said(profile, model, _version(groups.get("version")), mac_or_none(groups.get("mac")))
        return _NOTHING

    def _read_name(self, folder: str, name: str) -> tuple[_Said, ...]:
        """Every reading of a file name, one a family at most; those that tell the vendor come first.

        What stands behind a `?` may be part of a name that a vendor's phones ask for; else it is looked at for a MAC.
        """
        readings = self._readings(folder, name)
        bare, _, query = name.partition("?")
        if not query or any(said.profile is not None for said in readings):
            return readings
        found = _ANY_MAC.search(query)
        mac = mac_or_none(found[0]) if found else None
        bare_readings = self._readings(folder, bare)
        readings = tuple(said if said.mac else msgspec.structs.replace(said, mac=mac) for said in bare_readings)
        return readings or ((_Said(mac=mac),) if mac else ())

    def _readings(self, folder: str, name: str) -> tuple[_Said, ...]:
        certain: list[_Said] = []
        possible: list[_Said] = []
        in_folder = f"{folder}/{name}"
        for profile in self._profiles:
            for pattern, rule in profile.files_like(name):
                matched = pattern.fullmatch(in_folder if "/" in rule.path else name)
                if matched is not None:
                    said = _said_by_name(profile, matched, rule, rule.models)
                    (certain if rule.tells_vendor is True else possible).append(said)
                    break
            else:
                for pattern, other in profile.paths:
                    matched = pattern.fullmatch(name)
                    if matched is not None:
                        certain.append(_said_by_name(profile, matched, None, other.models))
                        break
        if not certain and not possible and (found := _ANY_MAC.search(name)):
            return (_Said(mac=mac_or_none(found[0])),)
        return (*certain, *possible)

    def _chosen(self, readings: tuple[_Said, ...], agent: _Said, bare: bool) -> _Said:
        """The reading that fits the user agent's vendor, or the MAC's maker, or the only one that tells its vendor."""
        if not readings:
            return _NOTHING
        for said in readings:
            if agent.profile is not None and said.profile is agent.profile:
                return said
        maker = self._profiles.of_mac(readings[0].mac or agent.mac)
        for said in readings:
            if maker is not None and said.profile is not None and said.profile.vendor == maker.vendor:
                return said
        for said in readings:
            if said.file is None or said.file.tells_vendor is True or (bare and said.file.tells_vendor):
                return said
        return _Said(mac=readings[0].mac)


def file_name(path: str) -> str:
    """The last segment and what stands behind a `?`, in lower case.

    Phones put any folders before it, some part them as Windows does, and no vendor tells names apart by case.
    """
    folders, mark, query = path.replace("\\", "/").partition("?")
    return f"{folders.rstrip('/').rpartition('/')[2]}{mark}{query}".lower()[:256]


def _folder(path: str) -> str:
    """The folder that a file is asked for in, in lower case; some phones name their model there."""
    folders = path.partition("?")[0].replace("\\", "/").rstrip("/").rpartition("/")[0]
    return folders.rpartition("/")[2].lower()[:256]


def _said_by_name(
    profile: Profile, matched: re.Match[str], rule: FileRule | None, models: dict[str, str] | None = None
) -> _Said:
    groups = matched.groupdict()
    code = int(groups["code"]) if groups.get("code") else None
    said = groups.get("model")
    model = (models or {}).get(said, profile.model_name(said)) if said else None
    if model is None and code is not None:
        model = profile.model_of_code(code)
    return _Said(
        profile,
        model,
        _version(groups.get("version")),
        mac_or_none(groups.get("mac"), certain=rule is not None and rule.tells_vendor is True),
        rule,
        code,
    )


def _version(said: str | None) -> str | None:
    """A version with dots: some phones part its numbers as they do in file names."""
    return said.replace("_", ".") if said else said


def _words(said: _Said) -> str:
    parts = (said.profile.vendor if said.profile else None, said.model, said.version, said.mac)
    return " ".join(part for part in parts if part) or "nothing certain"
