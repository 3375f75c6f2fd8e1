"""Doors as others see them: their addresses as URLs, the certificate that they show, and whom we call ourselves."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from offhook.config import Config, ConfigRefused, Tls
from offhook.outbound import Outbound, OutboundRefused
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


def tls_context(tls: Tls) -> ssl.SSLContext:
    """What a TLS door shows; raises `ConfigRefused`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigRefused(
            f"[tls] certificate {tls.certificate!r} and key {tls.key!r} cannot be used: {error}"
        ) from None
    return context


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
