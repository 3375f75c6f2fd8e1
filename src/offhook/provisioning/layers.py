"""Settings layers: built-in < account < site < user < device; what each value is, and which layer set it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from offhook.model.account import Account
from offhook.model.device import Device
from offhook.model.document import RawValue
from offhook.model.secret import Secret
from offhook.model.settings import BUILT_IN, Settings
from offhook.model.site import Site
from offhook.model.user import User

# A document's own fields that set a value of the catalogue: one word for the people who write documents.
_OWN_FIELDS: Final[Mapping[type, Mapping[str, str]]] = {
    Account: {"timezone": "timezone", "language": "language", "country": "tones"},
    Site: {"timezone": "timezone"},
    User: {"timezone": "timezone", "language": "language"},
}

Layered = Account | Site | User | Device


class Resolved(msgspec.Struct, frozen=True):
    """Every setting that has a value, and where it came from."""

    settings: Settings
    origins: dict[str, str]
    """Setting → the layer that set it: `built-in`, `account default`, `site hq`, `user marie`, `device marie-desk`."""
    overrides: dict[str, RawValue]
    """Raw parameters of one vendor."""
    override_origins: dict[str, str]

    def with_settings(self, values: Mapping[str, Any], origin: str) -> Resolved:
        """The same with settings that come from `origin`."""
        settings = msgspec.structs.replace(self.settings, **values)
        origins = {**self.origins, **dict.fromkeys(values, origin)}
        return msgspec.structs.replace(self, settings=settings, origins=origins)


def resolve_layers(
    vendor: str, account: Account, site: Site | None, user: User | None, device: Device | None
) -> Resolved:
    """Merge the layers for one device; `user` is its owner."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    overrides: dict[str, RawValue] = {}
    override_origins: dict[str, str] = {}
    for name, value in _set_values(BUILT_IN):
        values[name], origins[name] = value, "built-in"
    for word, layer in (("account", account), ("site", site), ("user", user), ("device", device)):
        if layer is None:
            continue
        where = f"{word} {layer.id}"
        for own, name in _OWN_FIELDS.get(type(layer), {}).items():
            if (value := getattr(layer, own)) is not None:
                values[name], origins[name] = value, where
        for name, value in _set_values(layer.settings):
            values[name], origins[name] = value, where
        for parameter, raw in sorted(layer.overrides.get(vendor, {}).items()):
            overrides[parameter], override_origins[parameter] = raw, where
    return Resolved(Settings(**values), origins, overrides, override_origins)


def without_secrets(settings: Settings) -> Settings:
    """The same settings for files that anybody may read."""
    return Settings(**{name: value for name, value in _set_values(settings) if not isinstance(value, Secret)})


def _set_values(struct: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    for name in struct.__struct_fields__:
        if (value := getattr(struct, name)) is not None:
            yield name, value
