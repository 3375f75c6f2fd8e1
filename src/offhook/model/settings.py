"""The vendor-neutral catalogue of what can be set on phones; each layer sets what it cares about, the last one wins."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from .document import DiffServ, Number, Port, Seconds, Struct
from .secret import Secret

Codec = Literal["opus", "g722", "pcma", "pcmu", "g729", "g726-32", "ilbc", "g723"]
VlanId = Annotated[int, Meta(ge=1, le=4094)]
Url = Annotated[str, Meta(max_length=500, pattern=r"^(https?|tftp|ftps?)://\S+$")]
Host = Annotated[str, Meta(max_length=253, pattern=r"^[A-Za-z0-9._:\[\]-]+$")]


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that can be set on a phone without naming a vendor. What is absent is left to the layer below.

    Layers, the last one set wins: built-in < account < site < user < device.
    """

    timezone: str | None = None
    """IANA zone, such as `America/Montreal`. Also set by an account's, site's or user's own `timezone` field."""
    language: str | None = None
    """BCP 47 tag of the phone's menus, such as `fr` or `fr-CA`. Also set by an account's or user's `language` field."""
    tones: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    """ISO 3166 country whose call progress tones the phone plays. Also set by the account's `country` field."""
    ntp_servers: tuple[Host, ...] | None = None
    """Time servers, best first; phones take the first two."""
    time_format: Literal["12h", "24h"] | None = None
    date_format: Literal["year-month-day", "day-month-year", "month-day-year"] | None = None

    codecs: tuple[Codec, ...] | None = None
    """Audio codecs, best first; what is not named is switched off."""
    dtmf: Literal["rfc2833", "info", "inband", "rfc2833+info"] | None = None
    """How digits pressed in a call are sent (RFC 4733 events are called by their old number)."""
    srtp: Literal["off", "optional", "required"] | None = None
    """Encryption of the audio (RFC 3711, keys in SDP by RFC 4568); `required` is only safe with TLS signalling."""
    register_expires: Annotated[int, Meta(ge=60, le=86_400)] | None = None
    """Seconds between registrations (RFC 3261 §10.2.1.1)."""
    nat_keepalive: Annotated[int, Meta(ge=0, le=3600)] | None = None
    """Seconds between packets that keep a NAT binding open; 0 = none."""
    call_waiting: bool | None = None
    auto_answer: bool | None = None

    voicemail_number: Number | None = None
    """What the message key dials; absent: a callflow that begins with `voicemail_check`, else the mailbox's own URI."""
    pickup_code: Number | None = None
    """Prefix that picks up a ringing colleague's call, such as `**`."""
    park_number: Number | None = None
    """What a park key without a value dials."""

    door_code: Secret | None = None
    """Digits that, pressed in a call with a door phone, make its relay open the door."""
    door_open_seconds: Annotated[int, Meta(ge=1, le=600)] | None = None
    """Seconds that a door phone's relay holds the door open."""

    vlan_id: VlanId | None = None
    """802.1Q VLAN of the phone's own traffic; absent: untagged, or what LLDP-MED says."""
    vlan_priority: Annotated[int, Meta(ge=0, le=7)] | None = None
    pc_vlan_id: VlanId | None = None
    """VLAN of the phone's PC port."""
    lldp: bool | None = None
    """Whether the phone takes its VLAN from LLDP-MED."""
    cdp: bool | None = None
    dot1x_mode: Literal["off", "eap-md5", "eap-tls", "peap-mschapv2", "ttls-mschapv2"] | None = None
    """802.1X port authentication."""
    dot1x_identity: Annotated[str, Meta(max_length=64)] | None = None
    dot1x_password: Secret | None = None
    qos_signalling: DiffServ | None = None
    """DSCP of SIP packets, 0-63 (RFC 2474); 26 = AF31."""
    qos_audio: DiffServ | None = None
    """DSCP of RTP packets; 46 = EF (RFC 3246)."""

    syslog_server: Host | None = None
    syslog_port: Port | None = None
    syslog_level: Literal["error", "warning", "notice", "info", "debug"] | None = None

    web_admin_password: Secret | None = None
    """Password of the phone's own web page and admin menu, user `admin`."""
    web_user_password: Secret | None = None
    web_access: Literal["off", "http", "https", "both"] | None = None

    config_key: Secret | None = None
    """The key that the phone decrypts its config file with; its own file then goes out encrypted, where the form that its
    vendor's phones decrypt is public. The phone must have been given it before."""
    provisioning_interval: Annotated[int, Meta(ge=5, le=43_200)] | None = None
    """Minutes between the phone's own checks for a new config."""
    phone_book: bool | None = None
    """Whether phones show the account's own phone book: its users and contacts."""
    phone_book_url: Url | None = None
    """Another phone book, which the phone shows instead."""
    phone_book_name: Annotated[str, Meta(max_length=60)] | None = None

    ring_tone: Annotated[str, Meta(max_length=60)] | None = None
    """Name of one of the phone's ring tones, in the vendor's own writing."""
    backlight_seconds: Seconds | None = None
    """Seconds until the display dims; 0 = always on."""


BUILT_IN = Settings(
    timezone="UTC",
    language="en",
    tones="US",
    ntp_servers=("pool.ntp.org",),
    time_format="24h",
    date_format="year-month-day",
    codecs=("g722", "pcma", "pcmu"),
    dtmf="rfc2833",
    srtp="off",
    register_expires=3600,
    provisioning_interval=1440,
    phone_book=True,
)
"""The lowest layer: what a phone gets when nobody set anything."""
