"""The profile file: one vendor's facts as they are written in `firmware-profiles/<vendor>.toml`, each part a struct."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .certificate.rule import CertificateRule

Confidence = Literal["documented", "seen", "unverified"]
"""documented: in a vendor's own text, or in two sources; seen: one public source; unverified: nobody showed it."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class IdentifyRule(_Part, frozen=True, kw_only=True):
    """One way to know the vendor from a request."""

    source: Literal["user_agent", "path"]
    pattern: str
    """Regular expression searched in the User-Agent (case ignored) or matched against the lower-case file name;
    named groups: model, version, mac, code."""
    models: dict[str, str] = {}
    """What the phone calls itself → the model's name, where they differ."""


class FileRule(_Part, frozen=True, kw_only=True):
    """One file that phones of this vendor ask for."""

    name: str
    """How boot steps and templates call it."""
    path: str
    """Regular expression over the lower-case file name (last path segment), or when it holds a `/` over the folder and
    the name; `{mac}` stands for any MAC writing; named groups: mac, code (model code, digits), model."""
    kind: Literal["pointer", "common", "device", "book", "asset", "absent"]
    """pointer/common: no secret in it. device: one device's own. book: the account's phone book. asset: firmware, ring
    tones. absent: asked by phones, never there: answered 404 at once and without a warning."""
    template: str | None = None
    """File below `templates/<vendor>/`; `{generation}` in it is replaced."""
    content_type: str = "text/plain; charset=utf-8"
    syntax: str | None = None
    """Which family of config syntax it is written in, where it differs from its generation's; see `syntax.py`."""
    tells_vendor: bool | Literal["bare"] = False
    """True when no other vendor's phones ask for a name of this form; `bare`: when none asks so without a slash before it,
    as over TFTP, where nobody says who asks."""
    models: dict[str, str] = {}
    """What the file's name calls a model → the model's name, where they differ."""
    generations: tuple[str, ...] = ()
    """Generations that ask for it; none named = all."""
    upload: bool = False
    """True when phones send a file of this name, too (PUT): their log, what their user has changed."""


class FirmwareRule(_Part, frozen=True, kw_only=True):
    """One form of firmware file, so that a file is only ever given to models that can run it."""

    file: str
    """Regular expression over the whole lower-case file name; named groups: version, model."""
    models: tuple[str, ...] = ()
    """The models that run it; none: the name's group `model` says."""


class DhcpOption(_Part, frozen=True, kw_only=True):
    """A DHCP option (RFC 2132) that tells phones where to ask."""

    option: int
    value: str
    """What to write there; `{url}` stands for the server's address ending in `/`, `{host}` for its name."""
    note: str = ""


class EncryptionRule(_Part, frozen=True, kw_only=True):
    """How the vendor's phones take config files that are encrypted with a key of their operator."""

    format: str
    """Name of the form; see `encryption/formats.py`."""
    files: tuple[str, ...]
    """The files of kind `device` that go out so once a key is set; the others hold no secret."""


class PhoneBook(_Part, frozen=True, kw_only=True):
    """How the vendor's phones ask for a remote phone book; the file itself is a rule of kind `book`."""

    url: str
    """What stands behind `…/p/<account>/` in their config; the phone replaces what its maker defined in it."""
    search: tuple[str, ...] = ()
    """The query's names for what the phone's user typed; none: the phone only ever asks for all."""
    first: str = "first"
    """The query's name for the first entry that it wants, from 1."""
    count: str = "count"
    """The query's name for how many it takes."""
    most: int = 0
    """Entries that a phone takes at a time, whatever it says; 0 = all."""
    single: bool = False
    """True when an entry holds one number: whoever has several is there several times."""


class Setup(_Part, frozen=True, kw_only=True):
    """What an admin does outside of the server, for the vendor's page in the documentation."""

    dhcp: tuple[DhcpOption, ...] = ()
    """In the order in which phones prefer them."""
    pnp: bool = False
    """True when phones ask by SIP multicast SUBSCRIBE (`ua-profile`) for the server's address."""
    by_hand: tuple[str, ...] = ()
    """What to press on the phone, or where to write on its web page, to make it ask; one step each."""
    traps: tuple[str, ...] = ()
    """What goes wrong with these phones, a sentence or two each."""
    resync: str | None = None
    """Event of the NOTIFY (RFC 6665) that makes a phone fetch its config again, with its parameters."""
    reboot: str | None = None
    """Event of the NOTIFY that makes it reboot."""


class BootStep(_Part, frozen=True, kw_only=True):
    """One step of the vendor's boot sequence, for the virtual phone."""

    ask: str
    """File name to ask for: format string over mac, MAC, mac_underscores, code (integer), model (as the phone writes it),
    version."""
    otherwise: str | None = None
    """What is asked for instead when that is not there."""
    found: Literal["continue", "stop", "follow", "follow_on"] = "continue"
    """follow: fetch the files that it names, then stop; follow_on: fetch them and go on."""
    missing: Literal["continue", "fail"] = "continue"
    generations: tuple[str, ...] = ()


class Reading(_Part, frozen=True, kw_only=True):
    """Which parameters hold the SIP accounts, for the virtual phone; `{n}` = account number, `{index}` = the same counted
    from 0, or one name an account.

    Names parted by `|` stand for one another: the first that the file holds counts.
    """

    enabled: str | tuple[str, ...] | None = None
    enabled_values: tuple[str, ...] = ("1", "Yes")
    label: str | tuple[str, ...]
    display_name: str | tuple[str, ...]
    user_name: str | tuple[str, ...]
    auth_name: str | tuple[str, ...]
    password: str | tuple[str, ...]
    server: str | tuple[str, ...]
    include: str | None = None
    """Regular expression, matched on each line of a followed file; group `path` is the file that it names,
    group `model`, where matched, the only model that follows it."""

    def names(self, field: str, number: int) -> tuple[str, ...]:
        """The parameters that may hold a field (such as `label`) of account `number`, from 1; the first one set counts.

        None at all when the profile does not say, or names the accounts singly and not so many.
        """
        written = getattr(self, field)
        if isinstance(written, tuple):
            written = written[number - 1] if number <= len(written) else None
        return tuple(name.format(n=number, index=number - 1) for name in written.split("|")) if written else ()


class KeyRules(_Part, frozen=True, kw_only=True):
    """How the vendor's phones do programmable keys."""

    types: dict[str, int | str] = {}
    """Abstract key type → the vendor's code; a type that is not here cannot be done and is reported."""
    lines_take_keys: bool = False
    """True when every line needs a key of type `line`: lines then take the lowest free positions."""
    lines_lead: bool = False
    """True when line k always shows on key k: no other key can be there."""
    pages: bool = False
    """Whether `page` is written out; otherwise keys are counted through all pages."""
    keys_a_page: int = 0


class Generation(_Part, frozen=True, kw_only=True):
    """Firmware versions that share a set of templates and parameter names."""

    at_least: str = ""
    """Lowest version of the generation, compared number by number after `version_skip` of the profile."""
    syntax: str | None = None
    """Family of config syntax of its files, where it differs from the profile's."""
    booleans: tuple[str, str] | None = None
    """How false and true are written, where it differs from the profile's."""
    keys: KeyRules | None = None
    """How its phones do programmable keys, where it differs from the profile's."""
    reading: Reading | None = None
    """Which parameters hold the SIP accounts, where they differ from the profile's."""
    facts: dict[str, Any] = {}
    """Free values for the templates."""


class Expansion(_Part, frozen=True, kw_only=True):
    """Expansion modules that a model takes."""

    names: tuple[str, ...]
    modules: int
    """How many can be chained."""
    keys: int
    """Keys of each, over all its pages."""


class Model(_Part, frozen=True, kw_only=True):
    """One model's facts."""

    accounts: int
    """SIP accounts that it can hold."""
    keys: int = 0
    """Programmable keys over all pages, without expansion modules."""
    expansion: Expansion | None = None
    code: int | None = None
    """The number in the common file's name."""
    generations: tuple[str, ...] = ()
    """Generations that this model's firmwares belong to, oldest first; none = all of the profile's."""
    firmware: str | None = None
    """Newest version known."""
    firmware_file: str | None = None
    confidence: Confidence = "documented"
    facts: dict[str, Any] = {}
    """Free values for the templates."""


class ProfileFile(_Part, frozen=True, kw_only=True):
    """The TOML file as it is written."""

    vendor: str
    """The vendor's id, as in a device's `model`."""
    family: str = ""
    """Which of a vendor's several profiles it is, as the phones of one maker may have nothing in common; its file and its
    templates' folder are called so. None: the vendor's only one, called as the vendor."""
    like: str = ""
    """The family whose syntax, dictionary, tables and the like count where this one says nothing: the same hardware under
    another name."""
    name: str
    """The vendor's name for people."""
    confidence: Confidence = "documented"
    ouis: tuple[str, ...] = ()
    """MAC prefixes, 6 to 11 lower-case hexadecimal digits; the longest that fits a MAC says whose it is."""
    version_skip: int = 0
    """How many leading numbers of a version say hardware and not software."""
    keeps_no_url: bool = False
    """True for phones that cannot be told a URL of their own: they come without a token for ever."""
    factory_user_names: tuple[str, ...] = ()
    """User names of HTTP that its phones come with, the same for all: they prove nothing."""
    user_agent: str | None = None
    """What the phone sends, for the virtual phone: format string over model, version, mac, mac_colons."""
    syntax: str | None = None
    """Family of config syntax of its files; see `syntax.py`."""
    booleans: tuple[str, str] = ("0", "1")
    """How false and true are written."""
    dictionary: tuple[str, ...] = ()
    """Parameter dictionaries below `firmware-profiles/params/`."""
    secret_parameters: tuple[str, ...] = ()
    """Shell patterns of raw parameters whose values are secrets."""
    identify: tuple[IdentifyRule, ...] = ()
    certificates: tuple[CertificateRule, ...] = ()
    """Where the certificates that these phones were made with name their MAC; none: it is not known, or they have none."""
    files: tuple[FileRule, ...] = ()
    boot: tuple[BootStep, ...] = ()
    reading: Reading | None = None
    generations: dict[str, Generation] = {}
    """Oldest first."""
    keys: KeyRules = msgspec.field(default_factory=KeyRules)
    models: dict[str, Model] = {}
    firmware: tuple[FirmwareRule, ...] = ()
    """Forms of firmware files, the first that fits counts."""
    phone_book: PhoneBook | None = None
    """None: these phones have none that is known."""
    encryption: EncryptionRule | None = None
    """None: the form that these phones decrypt is not public, or there is none."""
    setup: Setup = msgspec.field(default_factory=Setup)
    tables: dict[str, Any] = {}
    """Free tables for the templates: languages, tone names, codec names, …"""
