"""An account: a customer or office with its own realm, numbers, time zone and language."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .document import Document, Name, Network, Overrides, Port, Struct, Transport
from .settings import Host, Settings

Digits = Annotated[str, Meta(pattern=r"^[0-9*#]{0,8}$")]
CountryCode = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,2}$")]

PRIVATE_NETWORKS: tuple[str, ...] = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
    "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
"""Private ranges (RFC 1918, RFC 6598, RFC 3927, RFC 4193) and loopback: who may have a secret when nobody said."""


class Server(Struct, frozen=True, kw_only=True):
    """Where phones send their SIP."""

    host: Host
    port: Port | None = None
    """Absent: 5060, for TLS 5061 (RFC 3261 §19.1.2)."""
    transport: Transport = "udp"


class Proxy(Struct, frozen=True, kw_only=True):
    """The account's SIP proxy, and those that take over when it is gone."""

    host: Host
    port: Port | None = None
    transport: Transport = "udp"
    backup: tuple[Server, ...] = ()
    """Tried in this order."""


class Dial(Struct, frozen=True, kw_only=True):
    """How people of this account write numbers."""

    country_code: CountryCode | None = None
    """E.164 country code without `+`."""
    national_prefix: Digits | None = None
    """What stands before a national number, such as `0` or `1`."""
    international_prefix: Digits | None = None
    """What stands before an international number, such as `00` or `011`."""
    emergency: tuple[Annotated[str, Meta(pattern=r"^[0-9*#]{2,8}$")], ...] = ()
    """Numbers that are matched before everything and can never be closed."""


class Security(Struct, frozen=True, kw_only=True):
    """Who may have a file with secrets. What is absent is left to the layer below (account < site < device)."""

    minimum_assurance: Literal["L0", "L1", "L2", "L3", "L4"] | None = None
    """How sure we must be who is asking for a config: the rung of the ladder; the account's default is L1."""
    enrolment_hours: Annotated[int, Meta(ge=0, le=8760)] | None = None
    """Hours that an enrolment window stays open; the account's default is 24."""
    networks: tuple[Network, ...] | None = None
    """Addresses that may fetch secrets, whatever they prove; absent everywhere: `PRIVATE_NETWORKS` without a token, and all
    with one."""
    tftp_secrets: bool | None = None
    """Whether a config with secrets may go over TFTP, which anyone on the way can read; default false."""
    ip_change: Literal["ignore", "alert", "lock"] | None = None
    """What to do when a device asks from another address than before."""


Pins = dict[
    Annotated[str, Meta(pattern=r"^[a-z0-9-]+(/.+)?$", description="a vendor or vendor/Model")],
    Annotated[str, Meta(min_length=1, max_length=60)],
]
"""`{vendor or vendor/Model: version}`: the firmware that phones are to run; the model's comes before its vendor's. The
version `newest` stands for the newest one that was added."""


class Account(Document, frozen=True, kw_only=True):
    """A customer or office."""

    name: Name | None = None
    realm: Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
    """The SIP domain of the account, lower case; unique over all accounts."""
    timezone: str | None = None
    """IANA zone."""
    language: str | None = None
    """BCP 47."""
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    """ISO 3166 alpha-2, upper case."""
    enabled: bool = True
    proxy: Proxy | None = None
    """Absent: phones send to the realm itself."""
    voicemail_uri: str = "sip:{box}@{realm}"
    """Where the SIP proxy hands a call for a mailbox; `{box}` is its number."""
    dial: Dial = msgspec.field(default_factory=Dial)
    security: Security = msgspec.field(default_factory=Security)
    firmware: Pins = msgspec.field(default_factory=dict)
    settings: Settings = msgspec.field(default_factory=Settings)
    overrides: Overrides = msgspec.field(default_factory=dict)
