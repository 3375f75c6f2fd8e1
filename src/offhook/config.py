"""The server's own settings: built-in < `offhook.toml` < environment, each value with where it came from."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from offhook.model.document import Network
from offhook.model.problem import did_you_mean


class ConfigRefused(Exception):
    """A setting that cannot be used; the message names it, where it came from and the mend."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Boot(_Section, frozen=True, kw_only=True):
    """The doors that phones fetch their files at."""

    http: str = "0.0.0.0:8080"
    """`address:port`; empty = off."""
    https: str = "0.0.0.0:8443"
    """On only when `[tls]` has a certificate."""
    mtls: str = ""
    """`address:port` of a TLS door that demands a certificate of an imported manufacturer's authority; empty = off."""
    legacy: str = ""
    """`address:port` of a TLS door for old phones (TLS 1.0, keys of 1,024 bits, SHA-1), asked for such a certificate; who
    shows none counts as over plain HTTP. Empty = off."""
    challenge: bool = False
    """Whether the https door asks everybody for HTTP credentials before it says anything: for a door on the Internet, whose
    phones were all given theirs."""
    sha256: bool = False
    """Whether phones are offered Digest with SHA-256 before MD5; many look at the first offer only, or fail at two."""
    public_url: str = ""
    """What phones are told to come back to, such as `http://boot.example.com:8080`; empty: the address they called."""


class Tftp(_Section, frozen=True, kw_only=True):
    """The TFTP door."""

    listen: str = "0.0.0.0:69"
    """`address:port`; empty = off."""


class Admin(_Section, frozen=True, kw_only=True):
    """The admins' door."""

    listen: str = "127.0.0.1:8081"
    open_metrics: bool = False
    """Whether /metrics is given without a token."""


class Proxy(_Section, frozen=True, kw_only=True):
    """The SIP proxies' door."""

    listen: str = "127.0.0.1:8082"
    """`address:port`, of a network that only proxies reach; empty = off."""
    notify: str = ""
    """`address:port` at which the SIP proxy takes requests of trusted machines: phones are told there over SIP to fetch their
    config; empty = they cannot be told."""
    agi: str = ""
    """`address:port` for Asterisk's FastAGI (its own port is 4573), of such a network too; empty = off."""
    rate: Annotated[float, Meta(gt=0)] = 10_000.0
    """Requests a second of one token, twice that at once; what is above is told to come again (429)."""


class StoreSection(_Section, frozen=True, kw_only=True):
    """Where documents last."""

    kind: Literal["tinydb"] = "tinydb"


class Tls(_Section, frozen=True, kw_only=True):
    """The boot server's certificate; files are taken up within seconds when they change."""

    certificate: str = ""
    """PEM file with the certificate and its chain."""
    key: str = ""
    """PEM file with the private key."""
    legacy_certificate: str = ""
    """The same for the door for old phones, which may know other authorities; empty: as the other doors."""
    legacy_key: str = ""


class Trust(_Section, frozen=True, kw_only=True):
    """Whose word is taken for who asks."""

    proxies: tuple[Network, ...] = ()
    """Networks of the proxies before the boot doors, such as `["10.0.0.7/32"]`, in the environment parted by commas: their
    `X-Forwarded-For` tells the phone's address, their `X-Forwarded-Proto` whether it came over TLS."""
    certificate_header: Literal["", "rfc9440", "nginx", "haproxy", "envoy", "traefik"] = ""
    """The form in which they pass on the certificate that a phone showed them; empty: they pass on none."""


class SecretsSection(_Section, frozen=True, kw_only=True):
    """What seals secrets at rest."""

    key_file: str = ""
    """Empty: `<data>/keys/master.key`."""


class Outbound(_Section, frozen=True, kw_only=True):
    """Whom offhook itself may call: webhooks, and web services that callflows ask."""

    allow: str = ""
    """Hosts, addresses and networks that are not public and may be called all the same, with commas between them."""


class Webhooks(_Section, frozen=True, kw_only=True):
    """Where notices go."""

    url: str = ""
    """http or https address; empty = off."""
    events: str = "boot.failed, phone.unknown, device.locked, firmware.changed"
    """What is told, with commas between."""


class Log(_Section, frozen=True, kw_only=True):
    """What is written to standard error."""

    format: Literal["human", "json"] = "human"
    """One line an event: for people, or as JSON."""
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(_Section, frozen=True, kw_only=True):
    """All sections."""

    boot: Boot = Boot()
    tftp: Tftp = Tftp()
    admin: Admin = Admin()
    proxy: Proxy = Proxy()
    store: StoreSection = StoreSection()
    tls: Tls = Tls()
    trust: Trust = Trust()
    secrets: SecretsSection = SecretsSection()
    outbound: Outbound = Outbound()
    webhooks: Webhooks = Webhooks()
    log: Log = Log()


class LoadedConfig(msgspec.Struct, frozen=True):
    """The settings in force."""

    config: Config
    origins: dict[str, str]
    """`section.name` → `built-in`, `offhook.toml (path)` or the environment variable's name."""


_LISTS = {("trust", "proxies")}
"""Settings that are lists, which the environment writes with commas."""
_VARIABLE = re.compile(r"OFFHOOK_([A-Z0-9]+)__([A-Z0-9_]+)")


def load_config(path: Path | None, environment: Mapping[str, str] = os.environ) -> LoadedConfig:
    """Settings from a file (None: none) and the environment; raises `ConfigRefused`."""
    values: dict[str, dict[str, Any]] = {}
    origins = {f"{section}.{name}": "built-in" for section, name in _known()}
    for section, name, value, origin in (*_from_file(path), *_from_environment(environment)):
        known = [f"{known_section}.{known_name}" for known_section, known_name in _known()]
        if f"{section}.{name}" not in origins:
            raise ConfigRefused(
                f"{origin}: unknown setting [{section}] {name}{did_you_mean(f'{section}.{name}', known)}"
            )
        values.setdefault(section, {})[name] = value
        origins[f"{section}.{name}"] = origin
    try:
        config = msgspec.convert(values, Config, strict=False)
    except msgspec.ValidationError as error:
        where = str(error).rpartition("`$.")[2].rstrip("`")
        raise ConfigRefused(f"{origins.get(where, 'settings')}: {where}: {str(error).partition(' - at ')[0]}") from None
    return LoadedConfig(config, origins)


def _known() -> Iterator[tuple[str, str]]:
    for section, struct in get_type_hints(Config).items():
        for field in msgspec.structs.fields(struct):
            yield section, field.name


def _from_file(path: Path | None) -> Iterator[tuple[str, str, Any, str]]:
    if path is None:
        return
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigRefused(f"{path} does not exist: give another --config, or none") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigRefused(f"{path} is not readable as TOML: {error}") from None
    for section, names in read.items():
        if not isinstance(names, dict):
            raise ConfigRefused(f"{path}: {section} stands outside of a [section]")
        for name, value in names.items():
            yield section, name, value, str(path)


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str, Any, str]]:
    for variable, value in sorted(environment.items()):
        if matched := _VARIABLE.fullmatch(variable):
            section, name = matched[1].lower(), matched[2].lower()
            many = (section, name) in _LISTS
            yield (
                section,
                name,
                [part.strip() for part in value.split(",") if part.strip()] if many else value,
                variable,
            )


def address(setting: str, name: str) -> tuple[str, int] | None:
    """Host and port of an `address:port` setting (`[::]:8080` for IPv6); None when it is empty, i.e. off."""
    if not setting:
        return None
    host, _, port = setting.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise ConfigRefused(f"[{name.replace('.', '] ', 1)} = {setting!r}: write address:port, such as 0.0.0.0:8080")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - what an address without host means
