"""People out of numbers: whoever a phone's number rings is a user, with the callflow that a new user's extension gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from offhook.importers.names import slug, unused
from offhook.importers.newcomer import RING_SECONDS, new_callflow
from offhook.importers.report import Report

from .accepted import NUMBER
from .phone import Person

_LONGEST_ID = 50
"""Characters of a user's id: there is room for a device's model behind it."""


class People:
    """The users of an import, by the numbers that ring them."""

    def __init__(self, persons: Iterable[Person], account: str, report: Report) -> None:
        """The first person of a number has it; what others of the same number say is reported."""
        self.office: dict[str, list[dict[str, Any]]] = {"users": [], "mailboxes": [], "callflows": []}
        self._account = account
        self._report = report
        self._persons: dict[str, Person] = {}
        for person in persons:
            first = self._persons.setdefault(person.number, person)
            if person.name not in (None, first.name):
                report.add(
                    person.document, "", f"the name {person.name!r} of {person.number}",
                    f"a number rings one user, and that is {first.name or person.number!r}", "Give the line a display name.",
                )  # fmt: skip
        self._ids: dict[str, str] = {}
        taken: set[str] = set()
        for number, person in sorted(self._persons.items()):
            wanted = slug(person.name or "", _LONGEST_ID)
            identity = unused(f"user-{slug(number)}" if not wanted or wanted.isdigit() else wanted, taken)
            taken.add(identity)
            self._ids[number] = identity
        self._numbers = self._numbers_of_all()
        self._boxes: set[str] = set()
        for person in self._persons.values():
            self._write(person)

    def user(self, number: str | None) -> str | None:
        """The id of the user that a number rings; None when it rings nobody."""
        return self._ids.get(number or "")

    def name(self, number: str) -> str | None:
        """The name of the user that a number rings."""
        person = self._persons.get(number)
        return (person.name or number) if person else None

    def numbers(self, number: str) -> list[str]:
        """All numbers of the user that a number rings, that one first."""
        return self._numbers.get(number, [])

    @property
    def ids(self) -> dict[str, str]:
        """Number → id of the user."""
        return dict(self._ids)

    def _numbers_of_all(self) -> dict[str, list[str]]:
        """Each person's numbers; one that two have is the first one's."""
        taken = set(self._persons)
        found: dict[str, list[str]] = {}
        for number, person in sorted(self._persons.items()):
            found[number] = [number]
            for more in dict.fromkeys(person.more_numbers):
                if more == number:
                    continue
                if more in taken or not NUMBER.fullmatch(more):
                    why = "another callflow has it" if more in taken else "this is no number that can be dialled"
                    self._report.add(person.document, "", f"the number {more!r}", why, "Give it to a callflow.")
                else:
                    taken.add(more)
                    found[number].append(more)
        return found

    def _write(self, person: Person) -> None:
        identity, name = self._ids[person.number], (person.name or person.number)[:200]
        user = {"id": identity, "account": self._account, "name": name, **person.fields}
        numbers = self.numbers(person.number)
        if len(numbers) > 1:
            user["primary_extension"] = person.number
        self.office["users"].append(user)
        box = self._box(person, identity, name)
        timeout = RING_SECONDS if person.timeout is None else person.timeout
        self.office["callflows"].append(new_callflow(identity, self._account, name, numbers, timeout=timeout, box=box))

    def _box(self, person: Person, identity: str, name: str) -> str | None:
        if person.mailbox is None:
            return None
        number = str(person.mailbox["number"])
        if number in self._boxes:
            self._report.add(person.document, "", f"mailbox {number}", "another user has it", "Give it a new number.")
            return None
        self._boxes.add(number)
        box = {"id": identity, "account": self._account, "name": name, "owner": identity, **person.mailbox}
        self.office["mailboxes"].append(box)
        return identity
