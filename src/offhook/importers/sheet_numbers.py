"""Numbers and mailboxes of a sheet's people and phones: the callflows that ring them, new or as they are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from offhook.model.callflow import Callflow
from offhook.model.node import Ring, Voicemail
from offhook.model.problem import Problem

from .newcomer import new_callflow, new_mailbox
from .sheet_entry import place_of
from .sheet_present import Present, Values


class Holder(msgspec.Struct, frozen=True):
    """Somebody, or nobody's phone, who has numbers."""

    kind: str
    """`users` or `devices`."""
    id: str
    name: str
    email: str | None
    extensions: tuple[str, ...]
    """Empty: the sheet does not say."""
    public_numbers: tuple[str, ...]
    """Empty: the sheet does not say."""
    voicemail: bool = False
    pin: str | None = None
    rows: tuple[int, ...] = ()


class Numbers:
    """Makes the callflows and mailboxes of holders."""

    def __init__(self, present: Present, account: str, name: str) -> None:
        """`name` is what the sheet is called in messages."""
        self._present = present
        self._account = account
        self._name = name
        self.problems: list[Problem] = []
        """What cannot be done, by row."""
        self.notes: list[str] = []
        """What was asked for and needs an admin's look."""

    def documents(self, holders: Sequence[Holder]) -> Iterator[tuple[str, Values, tuple[int, ...]]]:
        """(kind, document, rows) of every callflow and mailbox that is new or may change."""
        self._only_one_has(holders)
        own = {holder.id: holder for holder in holders if holder.extensions or holder.public_numbers}
        made: dict[str, Holder] = {}
        for holder in holders:
            box = self._mailbox(holder)
            if box is not None:
                yield "mailboxes", box, holder.rows
            flow = self._callflow(holder, own, box)
            if flow is None:
                continue
            other = made.setdefault(holder.id, holder)
            if other is not holder:
                self._refuse(
                    holder,
                    "device",
                    f"{holder.id!r} is a user's id too, and both would get a callflow of this id (row {other.rows[0]}): give"
                    " the phone another id",
                )
                continue
            yield "callflows", flow, holder.rows

    def _only_one_has(self, holders: Sequence[Holder]) -> None:
        """A number that two of the sheet claim is refused, with both rows."""
        first: dict[str, Holder] = {}
        for holder in holders:
            for number in (*holder.extensions, *holder.public_numbers):
                other = first.setdefault(number, holder)
                if other is not holder:
                    self._refuse(
                        holder,
                        "extensions" if number in holder.extensions else "public_numbers",
                        f"{number!r} is given to {other.id!r} in row {other.rows[0]} already: a number has one callflow",
                    )

    def _callflow(self, holder: Holder, own: dict[str, Holder], box: Values | None) -> Values | None:
        """The holder's own callflow with its numbers, and on to the mailbox; None: nothing is said of one."""
        target = (holder.kind, holder.id)
        before = self._present.callflow(holder.id)
        rings = before is not None and self._present.rings_first(before.id, target)
        numbers = [*holder.extensions, *holder.public_numbers]
        remaining = [number for number in numbers if self._still_to_give(number, holder, own)]
        if before is None or not rings:
            if not remaining:
                return None
            if before is not None:
                self._refuse(
                    holder,
                    "extensions",
                    f"the callflow {holder.id!r} is there already and does not ring {holder.id!r} first: give it the number"
                    f" with offhook callflow edit {holder.id}, or change its id",
                )
                return None
            to_box = box["id"] if box is not None and holder.voicemail else None
            kind = "user" if holder.kind == "users" else "device"
            return new_callflow(holder.id, self._account, holder.name, remaining, kind=kind, box=to_box)
        internal = [one for one in before.numbers if not one.startswith("+")]
        public = [one for one in before.numbers if one.startswith("+")]
        if holder.extensions:
            internal = [one for one in remaining if not one.startswith("+")]
        if holder.public_numbers:
            public = [one for one in remaining if one.startswith("+")]
        values = {**self._present.documents["callflows"][holder.id], "account": self._account}
        if numbers and {*internal, *public} != {*before.numbers}:
            values["numbers"] = [*internal, *public]
        self._renamed(values, holder, "name", holder.name)
        if box is not None and holder.voicemail:
            self._lead_to_box(values, before, holder, box["id"])
        return values

    def _still_to_give(self, number: str, holder: Holder, own: dict[str, Holder]) -> bool:
        """Whether a number must go to the holder's own callflow; not when another one that rings the holder has it."""
        there = self._present.callflow_of_number.get(number)
        if there is None or there == holder.id:
            return True
        if self._present.rings_first(there, (holder.kind, holder.id)):
            return False
        giver = own.get(there)
        kept = (*giver.extensions, *giver.public_numbers) if giver is not None else (number,)
        said = giver is not None and (giver.public_numbers if number.startswith("+") else giver.extensions)
        if number in kept or not said:
            self._refuse(
                holder,
                "public_numbers" if number.startswith("+") else "extensions",
                f"{number!r} belongs to the callflow {there!r} already: take it from that one, or give another number",
            )
        return True

    def _lead_to_box(self, values: Values, before: Callflow, holder: Holder, box: str) -> None:
        """Let a callflow that only rings go on to the mailbox; one that does more is left as its admin made it."""
        start = before.nodes[before.start]
        if any(isinstance(node, Voicemail) for node in before.nodes.values()):
            return
        if len(before.nodes) == 1 and isinstance(start, Ring) and not start.next:
            plain = new_callflow(holder.id, self._account, holder.name, (), box=box)["nodes"]
            ring = {**values["nodes"][before.start], "next": {"else": "voicemail"}}
            values["nodes"] = {before.start: ring, "voicemail": plain["voicemail"]}
            return
        self.notes.append(
            f"{place_of(self._name, holder.rows[0], 'voicemail')}: the callflow {before.id!r} does more than ring, so it was"
            f" left as it is: no node of it leads to the mailbox {box!r}"
        )

    def _mailbox(self, holder: Holder) -> Values | None:
        """The holder's mailbox, new or with what the sheet says of it; None: there is none and none is asked for."""
        before = self._present.mailbox_of(holder.id) if holder.kind == "users" else None
        if before is None:
            if not holder.voicemail:
                if holder.pin is not None:
                    self._refuse(
                        holder, "pin", "is given for a mailbox, and there is none: write yes in column 'voicemail'"
                    )
                return None
            if self._present.get("mailboxes", holder.id) is not None:
                self._refuse(
                    holder, "voicemail", f"the mailbox {holder.id!r} is there already and not theirs: set its owner"
                )
                return None
            number = self._first_number(holder)
            if number is None:
                self._refuse(
                    holder,
                    "voicemail",
                    "a new mailbox takes the first extension as its number: give one in 'extensions'",
                )
                return None
            box = new_mailbox(holder.id, self._account, number, holder.name, holder.email)
        else:
            box = {**before, "account": self._account}
            self._renamed(box, holder, "name", holder.name)
            self._renamed(box, holder, "email", holder.email)
        return {**box, "pin": holder.pin} if holder.pin is not None else box

    def _first_number(self, holder: Holder) -> str | None:
        flows = map(self._present.callflow, self._present.callflows_of((holder.kind, holder.id)))
        there = (number for flow in flows if flow is not None for number in flow.numbers if not number.startswith("+"))
        return next(iter(holder.extensions), None) or next(there, None)

    def _renamed(self, values: Values, holder: Holder, field: str, said: str | None) -> None:
        """A name or address that was the holder's goes on being it."""
        before = (self._present.get(holder.kind, holder.id) or {}).get(field)
        if said is not None and values.get(field) == before and (before is not None or field == "email"):
            values[field] = said

    def _refuse(self, holder: Holder, key: str, message: str) -> None:
        self.problems.append(Problem(place_of(self._name, holder.rows[0], key), message))
