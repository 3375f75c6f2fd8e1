"""Phones as templates are given them: Marie's desk in a French office, on any vendor's model."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from offhook.model.secret import Secret
from offhook.model.settings import BUILT_IN
from offhook.provisioning.book import Book, BookEntry, Question
from offhook.provisioning.layers import without_secrets
from offhook.provisioning.phone import Common, Phone, PhoneKey, PhoneLine, PhoneServer
from offhook.provisioning.profile import Profile
from offhook.provisioning.profile_file import Model
from offhook.provisioning.profiles import Profiles, load_profiles
from offhook.provisioning.render import Rendered, Renderer
from offhook.provisioning.timezone import zone_rule
from offhook.provisioning.tones import load_tones

ROOT: Final = Path(__file__).parents[2]

OFFICE: Final = msgspec.structs.replace(
    BUILT_IN, timezone="Europe/Paris", language="fr", tones="FR", ntp_servers=("fr.pool.ntp.org", "ntp.bureau.example")
)
"""What a French office's phones are set to, beside what nobody set."""


@cache
def profiles() -> Profiles:
    """The profiles that we ship."""
    return load_profiles([ROOT / "firmware-profiles"])


@cache
def renderer() -> Renderer:
    """The templates that we ship."""
    return Renderer([ROOT / "templates"])


def phone(profile: Profile, model: str | None, version: str | None = None, **changes: Any) -> Phone:
    """The desk phone of Marie, whose extensions are 101, with a mailbox, and 151; `changes` replaces fields of it."""
    facts = profile.file.models.get(model or "")
    generation = changes.get("generation", profile.generation(model, version))
    lines = marie()[: profile.accounts(model)]
    settings = changes.get("settings", OFFICE)
    made = Phone(
        vendor=profile.vendor,
        model=model,
        facts=facts,
        generation=generation,
        mac=f"{profile.file.ouis[0]}aabb01",
        settings=settings,
        servers=(PhoneServer(host="sip.bureau.example", port=5060, transport="udp"),),
        zone=zone_rule(settings.timezone or "UTC"),
        tone=load_tones(ROOT / "firmware-profiles" / "tones.toml").get(settings.tones or ""),
        provisioning_url="http://10.0.0.1:8080/",
        overrides={},
        device="marie-desk",
        name="Bureau de Marie",
        realm="bureau.example",
        lines=lines,
        keys=_line_keys(profile, generation, facts, lines),
    )
    return msgspec.structs.replace(made, **changes)


def marie() -> tuple[PhoneLine, ...]:
    """Marie's two lines."""
    return (line(1, "101", mailbox="101"), line(2, "151"))


def line(number: int, label: str, **changes: Any) -> PhoneLine:
    """A line of Marie's desk phone; `changes` replaces fields of it."""
    made = PhoneLine(
        number=number,
        label=label,
        display_name="Marie Tremblay",
        extension=label,
        login="marie-desk" if number == 1 else f"marie-desk-{number}",
        password=Secret("M-desk-4417"),
        realm="bureau.example",
        user="marie",
        callflow="marie",
        mailbox=None,
        voicemail_number="*97",
    )
    return msgspec.structs.replace(made, **changes)


def doorbell(profile: Profile, model: str | None, **changes: Any) -> Phone:
    """A phone of nobody, as at a door: one line, no mailbox."""
    lobby = line(1, "600", display_name="Porte", login="porte", user=None, voicemail_number=None)
    facts = profile.file.models.get(model or "")
    lines = (lobby,)[: profile.accounts(model)]
    generation = changes.get("generation", profile.generation(model, None))
    keys = _line_keys(profile, generation, facts, lines)
    return phone(profile, model, **{"name": "Porte", "device": "porte", "lines": lines, "keys": keys, **changes})


def key(profile: Profile, position: int, type: str, value: str = "", **changes: Any) -> PhoneKey:
    """A key of the vendor's first generation that can do it; `changes` replaces fields of it."""
    code = profile.file.keys.types.get(type, "")
    made = PhoneKey(position=position, module=0, type=type, code=code, value=value, label="", line=1)
    return msgspec.structs.replace(made, **changes)


def common(phone: Phone) -> Common:
    """What the files that many phones share may know of a phone."""
    fields = {field.name: getattr(phone, field.name) for field in msgspec.structs.fields(Common)}
    return Common(**{**fields, "settings": without_secrets(phone.settings), "overrides": {}})


def rendered(profile: Profile, file: str, phone: Phone) -> Rendered:
    """One file of a phone, by the name that the profile gives it."""
    rule = profile.file_rule(file)
    shown = book() if rule.kind == "book" else None
    return renderer().render(profile, rule, phone if rule.kind == "device" else common(phone), shown)


def book(*entries: BookEntry, **changes: Any) -> Book:
    """What a phone is shown of the office's phone book; without entries two people that are not Marie."""
    people = entries or (
        BookEntry(name="Åsa O'Neil & <Söhne>", numbers=("102", "+33140000001"), colleague=True),
        BookEntry(name="Traiteur", numbers=("+33140000000",), colleague=False),
    )
    made = Book(
        title="Bureau", entries=people, total=len(people), question=Question(), url="http://10.0.0.1:8080/p/b/book.xml",
        previous_url=None, next_url=None,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def _line_keys(
    profile: Profile, generation: str | None, facts: Model | None, lines: tuple[PhoneLine, ...]
) -> tuple[PhoneKey, ...]:
    rules = profile.key_rules(generation)
    if facts is None or not rules.lines_take_keys:
        return ()
    return tuple(
        PhoneKey(
            position=own.number,
            module=0,
            type="line",
            code=rules.types["line"],
            value="",
            label=own.label,
            line=own.number,
        )
        for own in lines[: facts.keys]
    )
