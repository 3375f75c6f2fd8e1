"""No text that anybody writes into a document breaks out of its place in any vendor's file.

Whatever a user, a device, a key or a contact is called: the files that phones of every family get hold the parameters that
they hold with harmless words, and every value that has nothing to do with those words is the same.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from offhook import resources
from offhook.directory import Directory
from offhook.model.document import Document
from offhook.model.kind import make_document
from offhook.model.problem import Refused
from offhook.provisioning.book import Question
from offhook.provisioning.making import FileMaker, Order
from offhook.provisioning.markup import elements
from offhook.provisioning.profile import Profile
from offhook.provisioning.profile_file import FileRule
from offhook.provisioning.syntax import SYNTAXES
from offhook.provisioning.tones import load_tones
from tests.offices import all_profiles, all_templates, directory_of

CASES: Final = Path(os.environ.get("OFFHOOK_CASES") or Path(__file__).parents[2] / "../shared/cases") / "security.json"
MARK: Final = "zq"
"""In every word, harmless or not, and in nothing that templates write by themselves."""

_FINGERPRINT: Final = re.compile(r"\b[0-9a-f]{8}$")
"""What changes with a file's content on purpose."""

Kind = tuple[Profile, str, str | None]
"""A family, the model of a generation that has the most keys, and the generation."""


def kinds() -> Iterator[Any]:
    for profile in all_profiles():
        for generation in tuple(profile.file.generations) or (None,):
            fitting = [
                (facts.keys, facts.accounts, model)
                for model, facts in profile.file.models.items()
                if facts.accounts and (not facts.generations or generation in facts.generations)
            ]
            if fitting:
                yield pytest.param((profile, max(fitting)[2], generation), id=f"{profile.family}-{generation}")


every_kind = pytest.mark.parametrize("kind", list(kinds()))

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("name", "voicemail_uri", "settings.phone_book_name", "settings.ring_tone"),
    "users": ("name", "settings.dot1x_identity", "settings.dot1x_password"),
    "devices": (
        "name",
        "sip.password",
        "settings.web_admin_password",
        "settings.web_user_password",
        "settings.phone_book_url",
        "lines.0.label",
        "lines.0.display_name",
        *(f"keys.{at}.{field}" for at in range(6) for field in ("label", "value")),
        "override",
    ),
    "contacts": ("name",),
    "groups": ("name",),
    "modes": ("name",),
}
"""Every field of a document that takes free text, and reaches phones."""
KEYS: Final = ("speed_dial", "url", "dtmf", "park", "transfer", "intercom", "blf", "blf")
FIXED: Final[Mapping[str, str]] = {"settings.phone_book_url": "http://book.example/"}
"""What must stand before a text for it to be taken at all."""


def document(kind: str, profile: Profile, model: str, words: Mapping[str, str]) -> dict[str, Any]:
    """A document with these words in its fields."""
    fields: dict[str, Any] = {"id": "zq-x"}
    if kind == "accounts":
        fields = {"id": "default", "realm": "bureau.example", "settings": {"dot1x_mode": "eap-md5"}}
    elif kind == "devices":
        most = profile.file.models[model].keys
        fields = {
            "id": "desk",
            "mac": (profile.file.ouis[0] if profile.file.ouis else "020000")[:6] + "0000aa",
            "model": f"{profile.vendor}/{model}",
            "owner": "marie",
            "sip": {"username": "desk"},
            "lines": [{"user": "marie"}],
            "keys": [{"position": at, "type": type} for at, type in enumerate(KEYS, 3) if at <= most],
        }
        for key, value in zip(fields["keys"][6:], ("zq-group", "zq-mode"), strict=False):
            key["value"] = value
    elif kind in ("users", "groups", "modes"):
        fields["id"] = {"users": "marie", "groups": "zq-group", "modes": "zq-mode"}[kind]
        fields |= {"states": ["day", "night"]} if kind == "modes" else {}
    elif kind == "contacts":
        fields["numbers"] = ["+33140000000"]
    for path, word in words.items():
        put(fields, profile, path, FIXED.get(path, "") + word)
    return fields


def put(fields: dict[str, Any], profile: Profile, path: str, value: str) -> None:
    if path == "override":
        name = overridden(profile)
        fields["overrides"] = {profile.vendor: {name: value}} if name else {}
        return
    *above, last = path.split(".")
    place: Any = fields
    for step in above:
        if isinstance(place, list):
            if int(step) >= len(place):
                return
            place = place[int(step)]
        else:
            place = place.setdefault(step, {})
    place[last] = value


def overridden(profile: Profile) -> str | None:
    """A raw parameter that the family's own files write."""
    generation = next(reversed(profile.file.generations), None)
    reading = profile.reading(generation)
    names = reading.names("display_name", 1) if reading is not None else ()
    return next((name for name in names if profile.dictionary.knows(name)), None)


def harmless_words(kind: str) -> dict[str, str]:
    """Two words for each field, as phone books show first and last names apart."""
    return {path: f"{MARK}{at}" if path in FIXED else f"{MARK} {MARK}{at}" for at, path in enumerate(FIELDS[kind])}


def taken(kind: str, profile: Profile, model: str, words: Mapping[str, str]) -> Document:
    """The document with those of the words that are not refused when it is saved, and harmless ones for the others."""
    kept = harmless_words(kind)
    for path in FIELDS[kind]:
        try:
            make_document(kind, document(kind, profile, model, {**kept, path: words[path]}), "")
        except Refused:
            continue
        kept[path] = words[path]
    return make_document(kind, document(kind, profile, model, kept), "")


def office(profile: Profile, model: str, words: Mapping[str, str] | str | None) -> Directory:
    """An office full of words: harmless ones (None), one everywhere, or one for each field."""
    documents = []
    for kind, paths in FIELDS.items():
        own: Mapping[str, str]
        own = dict.fromkeys(paths, words) if isinstance(words, str) else words or harmless_words(kind)
        documents.append(taken(kind, profile, model, own))
    flow = {
        "id": "f",
        "numbers": ["101"],
        "start": "r",
        "nodes": {"r": {"type": "ring", "targets": [{"user": "marie"}]}},
    }
    return directory_of([*documents, make_document("callflows", flow, "")])


@cache
def maker() -> FileMaker:
    return FileMaker(all_templates(), load_tones(resources.profile_folders(None)[-1] / "tones.toml"))


def files(kind: Kind, directory: Directory) -> Iterator[tuple[FileRule, bytes]]:
    """Every file that a phone of a kind can ask for."""
    profile, model, generation = kind
    for rule in profile.file.files:
        if rule.template is None or (rule.generations and generation not in rule.generations):
            continue
        for question in (Question(), Question(asks=True)) if rule.kind == "book" else (None,):
            order = Order(
                profile=profile,
                rule=rule,
                account="default",
                device="desk",
                model=model,
                generation=generation,
                root_url="http://boot.example/",
                scoped=False,
                question=question,
            )
            yield rule, maker().make(directory, order).body


def read(kind: Kind, rule: FileRule, body: bytes) -> list[tuple[str, str]]:
    """What a phone reads in a file: parameters, or elements and attributes of a phone book, with their values.

    What only leads to other files has no text of a document in it, and is one name as a whole.
    """
    profile, _, generation = kind
    if rule.kind == "pointer":
        return [(body.decode(), "")]
    if rule.kind != "book":
        return SYNTAXES[profile.syntax(rule, generation)].read(body)
    return [
        part
        for element in elements(body)
        for part in (
            (f"{element.depth} {element.tag}", "" if element.parent else element.text),
            *((f"{element.depth} {element.tag}@{name}", value) for name, value in element.attributes.items()),
        )
    ]


@cache
def harmless(profile: Profile, model: str, generation: str | None) -> list[list[tuple[str, str]]]:
    kind = (profile, model, generation)
    return [read(kind, rule, body) for rule, body in files(kind, office(profile, model, None))]


def check(kind: Kind, words: Mapping[str, str] | str) -> None:
    """Read all files with these words and with harmless ones, and compare."""
    profile, model, _ = kind
    made = [(rule, read(kind, rule, body)) for rule, body in files(kind, office(profile, model, words))]
    for (rule, hostile), honest in zip(made, harmless(*kind), strict=True):
        assert [name for name, _ in hostile] == [name for name, _ in honest], rule.name
        for (name, value), (_, meant) in zip(hostile, honest, strict=True):
            of_words = MARK in meant or MARK in value  # some move by what they are, such as a URI instead of a number
            assert of_words or _FINGERPRINT.sub("", value) == _FINGERPRINT.sub("", meant), f"{rule.name}: {name}"


@every_kind
def test_harmless_words_are_in_the_phone_s_files(kind: Kind) -> None:
    assert sum(MARK in value for file in harmless(*kind) for _, value in file) >= 2


SIGNS: Final = (
    *("\n", "\r\n", "\0", "\x85", "\u2028", "\t", " ", "\ufffe", "\U0001f4de"),
    *("<", ">", "&", "&amp;", "</a>", "]]>", "<![CDATA[", "-->", "<!--", "<?", "?>", '" x="'),
    *(
        '"',
        "'",
        "\\",
        "\\n",
        "=",
        ":",
        ";",
        "#",
        "##",
        "[",
        "]",
        "{{",
        "{%",
        "%",
        "$",
        "`",
        "!",
        "^",
        "/",
        "@",
        ",",
        "|",
    ),
    *("SET ", "GOTO x", "[sip]", "x=1", "include:config <x>"),
)
"""What means something to one of the vendors' files, or to what makes them."""
hostile_text = st.lists(
    st.one_of(st.sampled_from(SIGNS), st.text(st.characters(codec="utf-8"), min_size=1, max_size=3)), max_size=4
).map("".join)


def word(path: str) -> st.SearchStrategy[str]:
    """A word for a field: hostile before and behind, with a blank between as in harmless words, so that it is no number.

    A key's value with an @ is a SIP address, and makes another key by right.
    """
    written = st.builds(lambda before, after: f"{before}{MARK} {MARK}{after}", hostile_text, hostile_text)
    return written.map(lambda text: text.replace("@", "")) if path.endswith(".value") else written


words_of_any_kind = st.fixed_dictionaries({path: word(path) for paths in FIELDS.values() for path in paths})


@every_kind
@examples(max_examples=12, deadline=None)
@given(words=words_of_any_kind)
def test_whatever_is_written_into_documents_the_files_hold_the_same_parameters(
    kind: Kind, words: dict[str, str]
) -> None:
    check(kind, words)


def attacks(name: str) -> list[str]:
    """What a case puts into a display name, as it says between quotation marks."""
    cases = {case["name"]: case["attack"] for case in json.loads(CASES.read_text(encoding="utf-8"))}
    return [re.sub(r"\\r\\n", "\r\n", text) for text in re.findall(r"'([^']+)'", cases[name])]


@every_kind
def test_newline_injection(kind: Kind) -> None:
    (attack,) = attacks("newline-injection")
    assert "\r\n" in attack
    for sign in ("\r\n", "\n", "\r", "\0", "\u2028", "\x85", "\x0b", "\x1c"):
        check(kind, MARK + attack.replace("\r\n", sign))


@every_kind
def test_ssti_display_name(kind: Kind) -> None:
    (attack,) = attacks("ssti-display-name")
    assert "7*7" in attack
    check(kind, f"{MARK}{attack}{MARK}")


@every_kind
def test_xml_injection(kind: Kind) -> None:
    found = attacks("xml-injection")
    assert len(found) == 2
    for attack in (*found, "x]]>x", "\x01x\ufffe\uffffx", "x--><P2>evil</P2><!--"):
        check(kind, f"{MARK}{attack}{MARK}")
