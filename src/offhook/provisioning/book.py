"""The phone book of an account: its users with their extensions, and its contacts, as far as a phone asks for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs, urlencode

import msgspec

from offhook.directory import Directory
from offhook.extension_lines import extensions_of_user
from offhook.model.contact import Contact
from offhook.model.user import User

from .lines import one_line
from .profile_file import PhoneBook

LONGEST_TERM: Final = 60
"""Characters of a search that are looked at."""
LONGEST_NUMBER: Final = 6
"""Digits of a place in the phone book."""


class BookEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can be called."""

    name: str
    numbers: tuple[str, ...]
    """At least one; the first is the one to call."""
    colleague: bool
    """True for a user of the account, False for a contact."""

    @property
    def last_name(self) -> str:
        """The last word of the name."""
        return self.name.rpartition(" ")[2]

    @property
    def first_name(self) -> str:
        """All before the last word; empty when the name is one word."""
        return self.name.rpartition(" ")[0]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone asks the phone book."""

    term: str = ""
    """What its user looks for; empty: everybody."""
    first: int = 0
    """Entries found that it has seen already."""
    count: int = 0
    """How many it takes at most; 0 = all."""
    asks: bool = False
    """True when it wants to be told how to look for somebody."""


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone is shown of the phone book."""

    title: str
    entries: tuple[BookEntry, ...]
    """By name."""
    total: int
    """Entries found, shown or not."""
    question: Question
    url: str
    """Where the phone book is; empty when nobody said where phones find us."""
    previous_url: str | None
    """Where the entries before these are; None: these are the first."""
    next_url: str | None
    """Where the entries after these are; None: these are the last."""


def question_of(rule: PhoneBook, query: str) -> Question:
    """What a phone asks, by what stands behind the `?` of the phone book's URL.

    A phone that was not told a term leaves what its maker defined as it is (`#SEARCH`), or sends a star.
    """
    asked = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True, errors="replace").items()}
    terms = [term for name in rule.search if (term := asked.get(name, "").strip("*")) and "#" not in term]
    first, count = (_number(asked.get(name, "")) for name in (rule.first, rule.count))
    return Question(
        term=" ".join(terms)[:LONGEST_TERM],
        first=max(first - 1, 0),
        count=min(count or rule.most, rule.most or count),
        asks="ask" in asked,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0


def account_book(directory: Directory, account: str) -> tuple[BookEntry, ...]:
    """Every enabled user with an extension and every contact with a number, by name."""
    entries = []
    for identity in directory.ids(account, "users"):
        user = directory.find(User, account, identity)
        if user is not None and user.enabled:
            numbers = tuple(extension.number for extension in extensions_of_user(directory, user))
            entries.append(BookEntry(name=one_line(user.name), numbers=numbers, colleague=True))
    for identity in directory.ids(account, "contacts"):
        contact = directory.find(Contact, account, identity)
        if contact is not None:
            entries.append(BookEntry(name=one_line(contact.name), numbers=contact.numbers, colleague=False))
    return tuple(sorted((entry for entry in entries if entry.numbers), key=_by_name))


def found(entries: Sequence[BookEntry], term: str) -> tuple[BookEntry, ...]:
    """The entries whose name holds every word of `term`, or one of whose numbers holds it; accents and case aside."""
    words = folded(term).split()
    return tuple(
        entry
        for entry in entries
        if all(word in folded(entry.name) or any(word in number for number in entry.numbers) for word in words)
    )


def folded(text: str) -> str:
    """A text as people type it into a search: no accents, one case."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def page_of(title: str, entries: Sequence[BookEntry], rule: PhoneBook, question: Question, url: str) -> Book:
    """What is shown of `entries`, all that was found; `url` is where the phone book is."""
    if rule.single:
        entries = [msgspec.structs.replace(entry, numbers=(number,)) for entry in entries for number in entry.numbers]
    first, count = question.first, question.count
    shown = tuple(entries[first : first + count] if count else entries[first:])

    def elsewhere(place: int) -> str:
        term = {rule.search[0]: question.term} if rule.search and question.term else {}
        return f"{url}?{urlencode({**term, rule.first: place + 1})}"

    return Book(
        title=title,
        entries=shown,
        total=len(entries),
        question=question,
        url=url,
        previous_url=elsewhere(max(first - count, 0)) if first else None,
        next_url=elsewhere(first + count) if count and first + count < len(entries) else None,
    )


def _by_name(entry: BookEntry) -> tuple[str, str, tuple[str, ...]]:
    return folded(entry.name), entry.name, entry.numbers
