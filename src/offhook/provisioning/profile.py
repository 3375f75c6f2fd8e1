"""A profile: what one vendor's phones ask for and can do, read from `firmware-profiles/<vendor>.toml`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from offhook.model.mac import mac_digits

from .certificate.rule import CertificateRule
from .dictionary import Dictionary

Confidence = Literal["documented", "seen", "unverified"]
"""documented: in a vendor's own text, or in two sources; seen: one public source; unverified: nobody showed it."""

MAC_IN_PATH: Final = r"(?P<mac>[0-9a-f]{12}|[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})"
"""What `{mac}` in a path pattern stands for; paths are matched in lower case."""


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


class Profile:
    """A profile ready for use: patterns compiled, dictionary at hand. Immutable after it was made."""

    def __init__(self, file: ProfileFile, folder: Path) -> None:
        self.file: Final = file
        self.vendor: Final = file.vendor
        self.family: Final = file.family or file.vendor
        self._folder = folder
        self.user_agents: Final = [
            (re.compile(rule.pattern, re.IGNORECASE), rule) for rule in file.identify if rule.source == "user_agent"
        ]
        self.paths: Final = [(_path_pattern(rule.pattern), rule) for rule in file.identify if rule.source == "path"]
        self.files: Final = [(_path_pattern(rule.path), rule) for rule in file.files]
        endings = {rule.name: _ending(rule.path) for rule in file.files}
        self._by_ending = {
            ending: [(pattern, rule) for pattern, rule in self.files if endings[rule.name] in (ending, None)]
            for ending in endings.values()
        }
        self._by_ending.setdefault(None, [])
        self._models_folded = {name.lower(): name for name in file.models}
        self._by_code: dict[int, list[str]] = {}
        for name, model in file.models.items():
            if model.code is not None:
                self._by_code.setdefault(model.code, []).append(name)

    @cached_property
    def dictionary(self) -> Dictionary:
        """All parameters that this vendor's phones know."""
        return Dictionary.load(*(self._folder / "params" / name for name in self.file.dictionary))

    def files_like(self, name: str) -> list[tuple[re.Pattern[str], FileRule]]:
        """The patterns and rules that may fit a lower-case file name, in the profile's order: most end in `.cfg` or so."""
        return self._by_ending.get(name.rpartition(".")[2]) or self._by_ending[None]

    def model_name(self, said: str) -> str:
        """The model's name in our writing for what a phone or an admin calls it; itself when it is not known."""
        return self._models_folded.get(said.lower(), said)

    def accounts(self, model: str | None) -> int | None:
        """SIP accounts that a model holds; one that is not known holds no more than the family's largest.

        None for a family without any known model.
        """
        facts = self.file.models.get(model or "")
        return facts.accounts if facts else max((one.accounts for one in self.file.models.values()), default=None)

    def confidence(self, model: str) -> Confidence:
        """How sure the facts of a model are; those of one that is not known are as sure as the family's."""
        facts = self.file.models.get(self.model_name(model))
        return facts.confidence if facts else self.file.confidence

    def model_of_code(self, code: int) -> str | None:
        """The model whose common file has this number; None when it is unknown or shared by several."""
        models = self._by_code.get(code, [])
        return models[0] if len(models) == 1 else None

    def file_rule(self, name: str) -> FileRule:
        """The file that boot steps and templates call `name`."""
        return next(rule for rule in self.file.files if rule.name == name)

    def generation(self, model: str | None, version: str | None) -> str | None:
        """The generation that a phone's firmware belongs to.

        By the version that the phone reported; else by the newest firmware known of its model; else the newest.
        """
        facts = self.file.models.get(model or "")
        names = list(facts.generations) if facts and facts.generations else list(self.file.generations)
        if not names:
            return None
        numbers = version_numbers(version or (facts.firmware if facts else None) or "")[self.file.version_skip :]
        if not numbers:
            return names[-1]
        fitting = [name for name in names if version_numbers(self.file.generations[name].at_least) <= numbers]
        return fitting[-1] if fitting else names[0]

    def syntax(self, rule: FileRule, generation: str | None) -> str:
        """The syntax family of a file: its own, else its generation's, else the profile's, else `key-value`."""
        of_generation = self.file.generations[generation].syntax if generation else None
        return rule.syntax or of_generation or self.file.syntax or "key-value"

    def booleans(self, generation: str | None) -> tuple[str, str]:
        """How false and true are written in files of a generation."""
        return (self.file.generations[generation].booleans if generation else None) or self.file.booleans

    def key_rules(self, generation: str | None) -> KeyRules:
        """How phones of a generation do programmable keys."""
        return (self.file.generations[generation].keys if generation else None) or self.file.keys

    def reading(self, generation: str | None) -> Reading | None:
        """Which parameters of a generation hold the SIP accounts; None where nobody said."""
        return (self.file.generations[generation].reading if generation else None) or self.file.reading

    def is_secret(self, parameter: str) -> bool:
        """Whether the value of a raw parameter must be kept secret."""
        folded = parameter.lower()
        return any(fnmatchcase(folded, pattern.lower()) for pattern in self.file.secret_parameters)


def asked_name(ask: str, mac: str, *, code: int | None = None, model: str | None = None, version: str = "") -> str:
    """The file name that a boot step's `ask` stands for; `mac` is 12 lower-case hexadecimal digits."""
    pairs = "_".join(mac[at : at + 2] for at in range(0, 12, 2))
    return ask.format(
        mac=mac, MAC=mac.upper(), mac_underscores=pairs, code=code or 0, model=model or "", version=version
    )


def version_numbers(version: str) -> tuple[int, ...]:
    """The numbers of a dotted version, `66.86.0.15` → (66, 86, 0, 15); letters are passed over."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _path_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{mac}", MAC_IN_PATH))


def _ending(pattern: str) -> str | None:
    """The extension that every name has which a pattern fits; None when the pattern does not tell."""
    depth = 0
    for part in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|.", pattern, re.DOTALL):
        depth += (part == "(") - (part == ")")
        if part == "|" and depth == 0:
            return None
    found = re.search(r"(?<!\\)\\\.([a-z0-9]+)$", pattern)
    return found[1] if found else None


def mac_or_none(text: str | None, *, certain: bool = False) -> str | None:
    """The stored writing of a MAC that a phone sent; None when it is none.

    Twelve zeros are never one, and a group address, which no phone has, only where it is `certain` that a MAC is meant.
    """
    digits = mac_digits(text) if text is not None else None
    if digits is None or not int(digits, 16):
        return None
    return digits if certain or not int(digits[1], 16) & 1 else None
