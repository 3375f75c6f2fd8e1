"""Doors as others see them: their addresses as URLs, the certificate that they show, and whom we call ourselves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

from offhook.config import Config, ConfigRefused, address
from offhook.listeners.client import Clients
from offhook.listeners.desk import Desk
from offhook.listeners.http import HttpListener
from offhook.listeners.tls.context import TlsDoor
from offhook.listeners.tls.live import LiveDoors
from offhook.outbound import Outbound, OutboundRefused
from offhook.provisioning.certificate.proof import Prover
from offhook.secrets.keptkey import kept_key
from offhook.webhooks import EVENTS, Webhooks


def url_of(scheme: str, host: str, port: int) -> str:
    """The URL of a door; one on all addresses is shown with an address that phones can reach."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = _own_address()
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _own_address() -> str:
    """The address that this machine has on its network; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): only the route is looked up
        except OSError:
            return "127.0.0.1"
        own: str = probe.getsockname()[0]
        return own


def tls_doors(config: Config) -> list[TlsDoor]:
    """The TLS doors that are switched on, and the files that each shows; raises `ConfigRefused`."""
    tls, found = config.tls, []
    main = (tls.certificate, tls.key, ("certificate", "key"))
    own = (tls.legacy_certificate, tls.legacy_key, ("legacy_certificate", "legacy_key"))
    for name, listen, (certificate, key, settings) in (
        ("boot.https", config.boot.https if tls.certificate else "", main),
        ("boot.mtls", config.boot.mtls, main),
        ("boot.legacy", config.boot.legacy, own if tls.legacy_certificate else main),
    ):
        if listen and not certificate:
            raise ConfigRefused(
                f"[{name.replace('.', '] ')} is on and [tls] certificate is empty: name a PEM file there"
            )
        if listen:
            files = Path(certificate), Path(key) if key else None
            found.append(TlsDoor(name=name, certificate=files[0], key=files[1], settings=settings))
    return found


def boot_doors(config: Config, desk: Desk, prover: Prover, live: LiveDoors) -> Iterator[tuple[str, HttpListener]]:
    """The doors at which phones fetch their files, by name; raises `ConfigRefused`."""
    clients = Clients(prover, config.trust.proxies, config.trust.certificate_header)
    settings = {
        "boot.http": config.boot.http, "boot.https": config.boot.https, "boot.mtls": config.boot.mtls,
        "boot.legacy": config.boot.legacy,
    }  # fmt: skip
    for name, setting in settings.items():
        listen = address(setting, name)
        if listen is not None and (name == "boot.http" or name in live):
            yield name, HttpListener(
                desk, listen, name, clients, live.context(name) if name in live else None, is_old=name == "boot.legacy",
                demands_login=config.boot.challenge and name == "boot.https", imported=lambda: bool(prover.authorities),
            )  # fmt: skip


def allowed_outbound(config: Config) -> Outbound:
    """Whom we may call; raises `ConfigRefused`."""
    try:
        return Outbound(config.outbound.allow)
    except ValueError as error:
        raise ConfigRefused(f"[outbound] allow: {error}") from None


def webhooks(config: Config, data: Path, outbound: Outbound) -> Webhooks | None:
    """Who tells an operator what happens; None: nobody. Raises `ConfigRefused`."""
    if not config.webhooks.url:
        return None
    wanted = [one for one in (part.strip() for part in config.webhooks.events.split(",")) if one]
    unknown = next((one for one in wanted if one not in EVENTS), None)
    if unknown is not None:
        raise ConfigRefused(f"[webhooks] events: there is no {unknown!r}; there are {', '.join(EVENTS)}")
    try:
        return Webhooks(config.webhooks.url, wanted, kept_key(data / "keys" / "webhooks.key"), outbound)
    except OutboundRefused as error:
        raise ConfigRefused(f"[webhooks] url: {error}") from None
