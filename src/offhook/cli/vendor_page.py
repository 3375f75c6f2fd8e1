"""A vendor's page for people, made from its profile: what its phones are told, what they ask for, and what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, get_args

from offhook.model.device import KeyType
from offhook.provisioning.profile import MAC_IN_PATH, Profile, asked_name
from offhook.provisioning.profile_file import BootStep, FileRule, Model

SURE: Final = {
    "documented": "shown by the maker's own text, or by two public sources",
    "seen": "shown by one public source",
    "unverified": "shown by nobody: it may be wrong",
}
"""What each `confidence` means."""

_KINDS: Final = {
    "pointer": "names the files to ask for next",
    "common": "shared by many phones; no secret in it",
    "device": "the phone's own: its lines and passwords",
    "book": "the account's phone book",
    "asset": "firmware, when the pinned version was added",
    "absent": "is not there, and the phone goes on without",
}
_ALL_KEYS: Final = [name for name in get_args(KeyType) if name != "none"]


def page(profile: Profile) -> str:
    """The page in Markdown."""
    file = profile.file
    return "\n".join(
        (
            f"# {file.name}",
            "",
            f"Models are written `{file.vendor}/<Model>`. What this page says is {SURE[file.confidence]}; a model that is"
            " less sure says so.",
            "",
            *_section("Tell the phones where the server is", _where(profile)),
            *_section("What a phone asks for", _files(profile)),
            *_section("Models", _models(profile)),
            *_section("Keys", _keys(profile)),
            *_section("Phone book and firmware", _more(profile)),
            *_section("Make it ask again", _again(profile)),
            *_section("Traps", [f"- {trap}" for trap in file.setup.traps]),
        )
    )


def index(profiles: Iterable[Profile]) -> str:
    """The page that lists all vendors' pages."""
    rows = [
        (
            f"[{profile.file.name}]({profile.family}.md)",
            f"`{profile.vendor}`",
            str(len(profile.file.models)),
            profile.file.confidence,
        )
        for profile in profiles
    ]
    return "\n".join(
        (
            "# Vendors",
            "",
            "Made from `firmware-profiles/`; `offhook vendors` prints the same. A vendor that is missing is data alone:"
            " [adding a vendor](../adding-a-vendor.md).",
            "",
            *table(("phones", "vendor", "models", "how sure"), rows),
            "",
            *(f"- **{confidence}**: {words}." for confidence, words in SURE.items()),
            "",
        )
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def example(pattern: str) -> str:
    """The name that a pattern stands for, with `<mac>` and `<model>` in it; empty when it stands for too many."""
    text = re.sub(r"\(\?x\)|\s+|\(\?:\)", "", pattern).replace("{mac}", "<mac>")
    text = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"<\1>", text).replace("\\.", ".")
    return "" if re.search(r"[\[\](){}?*+|^$\\]", text) else text


def key_types(profile: Profile) -> list[str]:
    """The key types that at least one generation of the vendor's phones can do, in the order of the model."""
    able = {name for generation in (None, *profile.file.generations) for name in profile.key_rules(generation).types}
    return [name for name in _ALL_KEYS if name in able]


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield from (f"## {title}", "", *found, "")


def _where(profile: Profile) -> Iterator[str]:
    setup = profile.file.setup
    if setup.dhcp:
        rows = [
            (str(one.option), f"`{one.value.format(url='http://server:8080/', host='server', mac='<mac>')}`", one.note)
            for one in setup.dhcp
        ]
        yield from (*table(("DHCP option", "value", ""), rows), "")
    if setup.pnp:
        yield from ("The phones also ask by SIP multicast (PnP, event `ua-profile`).", "")
    if setup.by_hand:
        yield from ("By hand:", "", *(f"{number}. {step}" for number, step in enumerate(setup.by_hand, 1)))


def _files(profile: Profile) -> Iterator[str]:
    asked = {step.ask: _asked(step) for step in profile.file.boot}
    if asked:
        yield from (f"At power-on, in this order: {', '.join(f'`{name}`' for name in asked.values())}.", "")
    rows = []
    for rule in profile.file.files:
        names = [example(rule.path), *(name for ask, name in asked.items() if _fits(profile, rule, ask))]
        name = next((f"`{name}`" for name in names if name), "")
        rows.append((rule.name, name, _KINDS[rule.kind] + ("; phones send it, too" if rule.upload else "")))
    yield from table(("file", "name", "what it is"), rows)


def _asked(step: BootStep) -> str:
    return re.sub(r"\{(\w+)[^{}]*\}", r"<\1>", step.ask)


def _fits(profile: Profile, rule: FileRule, ask: str) -> bool:
    """Whether a boot step asks for a rule's file, tried with every model."""
    pattern = re.compile(rule.path.replace("{mac}", MAC_IN_PATH))
    mac = "001122aabb01"
    return any(
        pattern.fullmatch(asked_name(ask, mac, code=facts.code, model=model, version="1.2.3").lower())
        for model, facts in profile.file.models.items()
    )


def _models(profile: Profile) -> Iterator[str]:
    rows = [
        (
            f"`{profile.vendor}/{name}`",
            str(model.accounts),
            str(model.keys or ""),
            _expansion(model),
            model.firmware or "",
            "" if model.confidence == profile.file.confidence else model.confidence,
        )
        for name, model in profile.file.models.items()
    ]
    yield from table(("model", "accounts", "keys", "modules", "newest firmware known", "how sure"), rows)


def _expansion(model: Model) -> str:
    if model.expansion is None:
        return ""
    return f"{model.expansion.modules} x {'/'.join(model.expansion.names)} with {model.expansion.keys} keys"


def _keys(profile: Profile) -> Iterator[str]:
    able = key_types(profile)
    if not able:
        yield "These phones are given no keys."
        return
    yield f"They can do: {', '.join(f'`{name}`' for name in able)}."
    missing = [name for name in _ALL_KEYS if name not in able]
    if missing:
        yield ""
        yield (
            f"They cannot do, or nobody showed how: {', '.join(f'`{name}`' for name in missing)}. Such a key is left out, and"
            " `offhook explain config` says so."
        )


def _more(profile: Profile) -> Iterator[str]:
    book, firmware = profile.file.phone_book, profile.file.firmware
    if book is None:
        yield "- No remote phone book is known for them."
    else:
        yield f"- The account's phone book is written into their config{', and searched as they ask' if book.search else ''}."
    if firmware:
        yield "- Firmware can be added: `offhook firmware add FILE --vendor " + profile.vendor + "`."
    for rule in firmware:
        if name := example(rule.file):
            yield f"- Firmware: files named `{name}`."
    if not firmware:
        yield "- The names of their firmware files are not known, so none can be added."


def _again(profile: Profile) -> Iterator[str]:
    setup = profile.file.setup
    if setup.resync:
        yield f"- A NOTIFY with `Event: {setup.resync}` makes them fetch their config."
    if setup.reboot:
        yield f"- A NOTIFY with `Event: {setup.reboot}` makes them reboot."
