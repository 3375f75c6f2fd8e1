"""Doors as others see them: their addresses as URLs, and the certificate that they show."""

from __future__ import annotations

import socket
import ssl

from offhook.config import ConfigRefused, Tls


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
