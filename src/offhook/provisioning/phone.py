"""What a template is given: one phone with everything resolved, and for common files the part without secrets."""

from __future__ import annotations

import msgspec

from offhook.model.account import Server
from offhook.model.document import RawValue
from offhook.model.secret import Secret
from offhook.model.settings import Settings

from .guard.login import Login
from .profile_file import Model
from .timezone import ZoneRule
from .tones import TonePlan


class PhoneLine(msgspec.Struct, frozen=True, kw_only=True):
    """One SIP account as it will stand in the phone's file."""

    number: int
    """1 = the first line of the device."""
    label: str
    """What the phone shows beside the line's key."""
    display_name: str
    """What called parties see."""
    extension: str | None
    """The internal number that the line shows; None: it has none."""
    login: str
    """SIP user name and authentication name (they are the same)."""
    password: Secret
    realm: str
    """SIP domain of the AOR `sip:<login>@<realm>`."""
    user: str | None
    """Id of the user whose line it is."""
    callflow: str | None
    """Id of the callflow that gave the extension."""
    mailbox: str | None
    """Number of the mailbox that lights the message lamp."""
    voicemail_number: str | None
    """What the message key dials."""


class PhoneKey(msgspec.Struct, frozen=True, kw_only=True):
    """One programmable key, its value resolved to what the phone dials or watches."""

    position: int
    """1 = first key of the phone (or of the module), counted through all pages."""
    module: int
    """0 = the phone itself."""
    type: str
    code: int | str
    """The vendor's code of the type."""
    value: str
    label: str
    line: int
    """The device's line that the key uses, from 1."""


class PhoneServer(msgspec.Struct, frozen=True, kw_only=True):
    """A SIP server with its port settled."""

    host: str
    port: int
    transport: str
    """udp, tcp or tls."""

    @classmethod
    def of(cls, server: Server, transport: str | None = None) -> PhoneServer:
        """A server with the port that its transport has when none is given (RFC 3261 §19.1.2)."""
        chosen = transport or server.transport
        return cls(host=server.host, port=server.port or (5061 if chosen == "tls" else 5060), transport=chosen)


class Firmware(msgspec.Struct, frozen=True, kw_only=True):
    """The firmware that a phone is to take: it reported another one, and an admin has pinned this."""

    version: str
    file: str
    """The file's name."""
    folder: str
    """URL of the folder that holds it, ending in `/`; its last parts are the vendor and the version."""

    @property
    def url(self) -> str:
        """URL of the file itself."""
        return self.folder + self.file


class Common(msgspec.Struct, frozen=True, kw_only=True):
    """What pointer and common files may know: nothing of a device's owner, and no secret."""

    vendor: str
    model: str | None
    """Model name in our writing; None when it is not known."""
    facts: Model | None
    """The model's facts."""
    generation: str | None
    mac: str | None
    """12 lower-case hexadecimal digits; None in files that many phones share."""
    settings: Settings
    """Every layer merged; secrets taken out."""
    servers: tuple[PhoneServer, ...]
    """SIP proxy first, then those that take over."""
    zone: ZoneRule
    tone: TonePlan | None
    """Call progress tones of the country; None when the country is not in our table."""
    provisioning_url: str
    """Where the phone is to ask, ending in `/`."""
    login: Login | None = None
    """The HTTP credentials that it is to prove itself with there; None: it keeps those that it has. The one secret that a
    common file can hold, in the answer that leads a phone to them."""
    firmware: Firmware | None = None
    """None: the phone runs what it is to run, or nothing is pinned; no parameter is written then."""
    overrides: dict[str, RawValue]
    """Raw vendor parameters, all layers merged, none of them secret."""


class Phone(Common, frozen=True, kw_only=True):
    """What a device's own file may know."""

    mac: str
    device: str
    """The device's id."""
    name: str
    """The device's name for people."""
    realm: str
    lines: tuple[PhoneLine, ...]
    """As many as the model has accounts; line k stands at index k-1."""
    keys: tuple[PhoneKey, ...]
    """Ascending by module and position, each position at most once."""
