"""The people book: admins with their roles and the Argon2id hashes of their passwords, in one private file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from offhook.model.secret import Secret

from . import privatefile
from .keyfile import Randomness
from .privatefile import PrivateFileRefused

MEMORY: Final = 19_456
"""KiB that one hash takes; with `PASSES` and one lane the least that OWASP's password storage cheat sheet advises."""
PASSES: Final = 2
SHORTEST: Final = 10
"""Characters of a password."""

Role = Literal["owner", "admin", "support", "viewer"]


class Person(msgspec.Struct, frozen=True):
    """Somebody who administers."""

    name: str
    role: Role
    password: str
    """Argon2id in the PHC string format."""
    account: str | None = None
    """The one account that they administer; None: all."""
    created: float = 0.0
    """Seconds since 1970."""


_decode: Final = msgspec.json.Decoder(tuple[Person, ...]).decode


class PeopleBookRefused(PrivateFileRefused):
    """The file is unsafe or holds no people; the server does not start with it."""


class PeopleBook:
    """Who may sign in; every change is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        """Open the book, which may not be there yet; raises `PeopleBookRefused`."""
        self._path = path
        try:
            content = privatefile.read(path)
            people = _decode(content) if content is not None else ()
        except PrivateFileRefused as error:
            raise PeopleBookRefused(error.path, error.what, error.mend) from error
        except msgspec.DecodeError as error:
            mend = "Put back a copy of it, or remove it and add the admins again."
            raise PeopleBookRefused(path, f"is no book of admins ({error})", mend) from error
        self._people = {person.name: person for person in people}
        self._nobody = hashed(Secret("nobody's password"), os.urandom)

    def all(self) -> Sequence[Person]:
        """Everybody, by name."""
        return [self._people[name] for name in sorted(self._people)]

    def find(self, name: str) -> Person | None:
        """Somebody by name."""
        return self._people.get(name)

    def verified(self, name: str, password: Secret) -> Person | None:
        """Who that is, if the password is theirs. Takes tens of milliseconds, for a name that is not there, too."""
        person = self._people.get(name)
        matches = is_password(password, person.password if person is not None else self._nobody)
        return person if matches else None

    def keep(self, person: Person) -> None:
        """Add somebody, or put them in the place of whoever has the name; raises `PrivateFileRefused`."""
        self._write({**self._people, person.name: person})

    def remove(self, name: str) -> Person | None:
        """Let somebody in no longer; None when there is nobody of this name. Raises `PrivateFileRefused`."""
        person = self._people.get(name)
        if person is not None:
            self._write({known: one for known, one in self._people.items() if known != name})
        return person

    def _write(self, people: dict[str, Person]) -> None:
        content = msgspec.json.format(msgspec.json.encode([people[name] for name in sorted(people)]), indent=1)
        privatefile.replace(self._path, content + b"\n")
        self._people = people


def hashed(password: Secret, random: Randomness = os.urandom) -> str:
    """A password's Argon2id hash (RFC 9106) in the PHC string format; takes tens of milliseconds."""
    argon = Argon2id(salt=random(16), length=32, iterations=PASSES, lanes=1, memory_cost=MEMORY)
    return str(argon.derive_phc_encoded(password.reveal().encode()))


def is_password(password: Secret, phc: str) -> bool:
    """Whether a password is the one of a hash."""
    try:
        Argon2id.verify_phc_encoded(password.reveal().encode(), phc)
    except (InvalidKey, ValueError):
        return False
    return True
