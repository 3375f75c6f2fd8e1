"""The directory: every document, indexed, immutable per revision. Every answer to a phone or proxy comes from here.

A new revision shares all that did not change with the one before (persistent maps), so publishing one document costs
microseconds whatever the size. Documents are kept as the bytes that last, and decoded when somebody asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

import msgspec

from offhook.entry import Documents, Entry
from offhook.model.account import Account
from offhook.model.callflow import Callflow
from offhook.model.device import Device
from offhook.model.document import Document
from offhook.model.kind import kind_of_struct
from offhook.model.references import Claim, Facts, Key, facts_of
from offhook.model.ringing import Rung, first_rung
from offhook.persistent import PersistentMap

T = TypeVar("T", bound=Document)
Holders = tuple[Key, ...]

EARLIER_CALLFLOWS: Final = 1_000
"""How many callflows that were changed or removed are kept for the calls that are under way in them."""


class Extension(msgspec.Struct, frozen=True):
    """An internal number, and the callflow that it belongs to."""

    number: str
    callflow: str


class Directory:
    """All documents at one revision."""

    def __init__(self, revision: int, documents: Documents, tables: Mapping[str, PersistentMap[Any, Any]]) -> None:
        self.revision: Final = revision
        self._documents: Final = documents
        self._tables: Final = tables
        self._entries = tables["entries"]
        self._unique = tables["unique"]
        self._referrers = tables["referrers"]
        self._rung = tables["rung"]
        self._patterned = tables["patterned"]
        self._earlier = tables["earlier"]
        self.memory: Final[dict[Any, Any]] = {}
        """What readers have worked out of this revision and keep for the next question; it goes when the revision goes."""

    @classmethod
    def empty(cls, documents: Documents) -> Directory:
        """Revision 0: nothing."""
        return cls(0, documents, {name: PersistentMap() for name in _TABLES})

    # --- reading ---------------------------------------------------------------------------------------------------

    def entry(self, account: str, kind: str, identity: str) -> Entry | None:
        """The entry of a document, or None."""
        listed = self._entries.get((account, kind))
        return listed.get(identity) if listed is not None else None

    def get(self, account: str, kind: str, identity: str) -> Document | None:
        """A document by its full name, or None."""
        entry = self.entry(account, kind, identity)
        return self._documents.of(entry) if entry is not None else None

    def find(self, struct: type[T], account: str, identity: str | None) -> T | None:
        """A document by its type and id, or None; None too when `identity` is None."""
        if identity is None:
            return None
        return cast("T | None", self.get(account, kind_of_struct(struct), identity))

    def account(self, account: str) -> Account:
        """An account that is known to exist."""
        found = self.find(Account, account, account)
        assert found is not None, account
        return found

    def accounts(self) -> list[str]:
        """Ids of all accounts, ascending."""
        return sorted(account for account, kind in self._entries if kind == "accounts")

    def only_account(self) -> str | None:
        """The account, where there is just one."""
        found = (account for account, kind in self._entries if kind == "accounts")
        first = next(found, None)
        return first if next(found, None) is None else None

    def ids(self, account: str, kind: str) -> list[str]:
        """Ids of an account's documents of a kind, ascending."""
        return sorted(self._entries.get((account, kind), ()))

    def counts(self) -> Counter[str]:
        """How many documents of each kind there are; as cheap as the accounts are few."""
        found: Counter[str] = Counter()
        for (_, kind), listed in self._entries.items():
            found[kind] += len(listed)
        return found

    def all(self, kind: str | None = None) -> Iterator[Entry]:
        """All entries, of one kind or of all, in no particular order."""
        for (_, listed_kind), listed in self._entries.items():
            if kind is None or kind == listed_kind:
                yield from listed.values()

    def holders(self, what: str, value: Any) -> Holders:
        """The documents that claim a unique value; more than one only while a change is being checked.

        `what`: mac, realm, public_number; login, number, mailbox_number (these with value = (account, value)).
        Also marks, which any number of documents may have: checks_voicemail (value = account), switches_mode
        (value = (account, mode)), login_base (value = (account, user name of which it is a line's form)).
        """
        return tuple(sorted(self._unique.get((what, value), ())))

    def device_of_mac(self, mac: str) -> Device | None:
        """The device with this MAC (12 lower-case hexadecimal digits), whatever its account."""
        return cast("Device | None", self._holder("mac", mac))

    def device_of_login(self, account: str, username: str) -> Device | None:
        """The device whose first line logs in as `<username>`."""
        return cast("Device | None", self._holder("login", (account, username)))

    def account_of_realm(self, realm: str) -> Account | None:
        """The account whose SIP domain this is."""
        return cast("Account | None", self._holder("realm", realm))

    def callflow_of_number(self, account: str, number: str) -> Callflow | None:
        """The callflow that has this number (patterns are not looked at)."""
        return cast("Callflow | None", self._holder("number", (account, number)))

    def patterned(self, account: str) -> tuple[str, ...]:
        """Ids of the callflows with patterns, ascending."""
        return tuple(sorted(self._patterned.get(account, ())))

    def earlier_callflow(self, account: str, identity: str, mark: int) -> Callflow | None:
        """A callflow as it was before it was changed or removed, by `Entry.mark`; None when it is not kept any more."""
        for entry in self._earlier.get("callflows", ()):
            if entry.key == (account, "callflows", identity) and entry.mark == mark:
                return cast("Callflow", self._documents.of(entry))
        return None

    def _holder(self, what: str, value: Any) -> Document | None:
        holders = self.holders(what, value)
        return self.get(*holders[0]) if holders else None

    def referrers(self, account: str, kind: str, identity: str, by: str | None = None) -> tuple[Key, ...]:
        """Keys of the documents that refer to a document, ascending; only those of kind `by`, when given."""
        listed: tuple[Key, ...] = self._referrers.get((account, kind, identity), ())
        return tuple(sorted(key for key in listed if by is None or key[1] == by))

    def owned(self, account: str, user: str, kind: str) -> tuple[str, ...]:
        """Ids of the devices or mailboxes that a user owns, ascending."""
        return tuple(
            key[2]
            for key in self.referrers(account, "users", user, kind)
            if getattr(self.get(*key), "owner", None) == user
        )

    def feature_numbers(self, mark: str, value: Any) -> tuple[Extension, ...]:
        """Internal numbers of the callflows with a mark (see `holders`), lowest first."""
        flows = [cast("Callflow", self.get(*key)) for key in self.holders(mark, value)]
        found = [Extension(number, flow.id) for flow in flows if flow.enabled for number in flow.numbers]
        internal = [extension for extension in found if not extension.number.startswith("+")]
        return tuple(sorted(internal, key=lambda extension: number_order(extension.number)))

    def extensions(self, account: str, kind: str, identity: str) -> tuple[Extension, ...]:
        """Internal numbers of the callflows that ring a user, device or group first, lowest number first."""
        return self._numbers(account, self.rung_by(account, kind, identity), only_first=True)

    def ringing_numbers(self, account: str, kind: str, identity: str) -> tuple[Extension, ...]:
        """Internal numbers of the callflows with a ring that names the user, device or group itself."""
        return self._numbers(account, self.rung_by(account, kind, identity), only_first=False)

    def rung_by(self, account: str, kind: str, identity: str) -> tuple[tuple[str, bool], ...]:
        """Ids of the callflows that ring a user, device or group, each with whether they ring it first and alone."""
        return tuple(sorted(self._rung.get((account, kind, identity), ())))

    def _numbers(self, account: str, rung_by: Iterable[tuple[str, bool]], *, only_first: bool) -> tuple[Extension, ...]:
        found = []
        for flow, first in rung_by:
            callflow = self.find(Callflow, account, flow)
            if callflow is not None and callflow.enabled and (first or not only_first):
                found += [Extension(number, flow) for number in callflow.numbers if not number.startswith("+")]
        return tuple(sorted(found, key=lambda extension: number_order(extension.number)))

    # --- the next revision -----------------------------------------------------------------------------------------

    def changed(self, revision: int, changes: Iterable[tuple[Key, Entry | None]]) -> Directory:
        """The directory after some documents were saved (an entry) or removed (None)."""
        draft = _Draft(self, revision)
        for key, entry in changes:
            draft.change(key, entry)
        return draft.finish()


class _Draft:
    """The next revision while it is being made: what changed, over the tables of the one before."""

    def __init__(self, base: Directory, revision: int) -> None:
        self._base = base
        self._revision = revision
        self._documents = base._documents
        self._entries: dict[tuple[str, str], dict[str, Entry | None]] = {}
        """Saved entries; None = removed."""
        self._unique: dict[Claim, Holders] = {}
        self._referrers: dict[Key, dict[Key, None]] = {}
        self._rung: dict[Key, dict[str, bool]] = {}
        self._flows: set[Key] = set()

    def change(self, key: Key, entry: Entry | None) -> None:
        """Save or remove one document."""
        account, kind, identity = key
        old = self._entry(*key)
        if old is not None:
            self._index(facts_of(kind, old.body), key, add=False)
        if entry is not None:
            self._index(facts_of(kind, entry.body), key, add=True)
        self._entries.setdefault((account, kind), {})[identity] = entry
        if kind == "callflows":
            self._flows.add(key)

    def _entry(self, account: str, kind: str, identity: str) -> Entry | None:
        changed = self._entries.get((account, kind), {})
        return changed[identity] if identity in changed else self._base.entry(account, kind, identity)

    def _index(self, facts: Facts, key: Key, *, add: bool) -> None:
        for claim in facts.claims:
            holders = self._unique[claim] if claim in self._unique else self._base._unique.get(claim, ())
            self._unique[claim] = (*holders, key) if add else tuple(holder for holder in holders if holder != key)
        for referred in facts.references:
            listed = self._referrers.get(referred)
            if listed is None:
                listed = self._referrers[referred] = dict.fromkeys(self._base._referrers.get(referred, ()))
            if add:
                listed[key] = None
            else:
                listed.pop(key, None)

    def finish(self) -> Directory:
        """The new directory."""
        for flow in self._flows:
            self._rung_by(flow)
        patterned, earlier = self._patterned(), self._earlier()
        entries = {
            where: _changed(self._base._entries.get(where, _NOTHING), listed) for where, listed in self._entries.items()
        }
        base = self._base._tables
        tables = {
            "entries": _changed(base["entries"], {where: listed or None for where, listed in entries.items()}),
            "unique": _changed(base["unique"], {claim: holders or None for claim, holders in self._unique.items()}),
            "referrers": _changed(base["referrers"], {key: tuple(by) or None for key, by in self._referrers.items()}),
            "rung": _changed(base["rung"], {key: tuple(by.items()) or None for key, by in self._rung.items()}),
            "patterned": _changed(base["patterned"], {account: ids or None for account, ids in patterned.items()}),
            "earlier": _changed(base["earlier"], {"callflows": earlier} if earlier else {}),
        }
        return Directory(self._revision, self._documents, tables)

    def _patterned(self) -> dict[str, tuple[str, ...]]:
        """By account: the callflows with patterns, for the accounts in which that changes."""
        after: dict[str, set[str]] = {}
        for account, _, identity in self._flows:
            ids = after.setdefault(account, set(self._base._patterned.get(account, ())))
            flow = cast("Callflow | None", self._get(account, "callflows", identity))
            (ids.add if flow is not None and flow.patterns else ids.discard)(identity)
        return {account: tuple(ids) for account, ids in after.items()}

    def _earlier(self) -> tuple[Entry, ...]:
        """The callflows as they were, oldest first; nothing when none was changed or removed."""
        replaced = [entry for key in sorted(self._flows) if (entry := self._base.entry(*key)) is not None]
        if not replaced:
            return ()
        return (*self._base._earlier.get("callflows", ()), *replaced)[-EARLIER_CALLFLOWS:]

    def _rung_by(self, changed: Key) -> None:
        """Compute anew whom a changed callflow rings, and whom those ring that go on in it."""
        account = changed[0]
        todo, seen = [changed], {changed}
        while todo:
            key = todo.pop()
            self._ring_again(account, key[2])
            referrers = self._referrers[key] if key in self._referrers else self._base._referrers.get(key, ())
            following = {referrer for referrer in referrers if referrer[1] == "callflows"} - seen
            seen |= following
            todo += sorted(following)

    def _ring_again(self, account: str, flow: str) -> None:
        before = {rung.target: rung.first for rung in _rings(self._base.get, account, flow)}
        after = {rung.target: rung.first for rung in _rings(self._get, account, flow)}
        for target in before.keys() | after.keys():
            where = (account, *target)
            if where not in self._rung:
                self._rung[where] = dict(self._base._rung.get(where, ()))
            if target in after:
                self._rung[where][flow] = after[target]
            else:
                self._rung[where].pop(flow, None)

    def _get(self, account: str, kind: str, identity: str) -> Document | None:
        entry = self._entry(account, kind, identity)
        return self._documents.of(entry) if entry is not None else None


_NOTHING: Final[PersistentMap[Any, Any]] = PersistentMap()
_TABLES: Final = ("entries", "unique", "referrers", "rung", "patterned", "earlier")


def _rings(get: Callable[[str, str, str], Document | None], account: str, flow: str) -> Sequence[Rung]:
    return first_rung(lambda identity: cast("Callflow | None", get(account, "callflows", identity)), flow)


def _changed(base: PersistentMap[Any, Any], changes: Mapping[Any, Any]) -> PersistentMap[Any, Any]:
    """The next version of a table; None removes."""
    put = {key: value for key, value in changes.items() if value is not None}
    return base.changed(put, changes.keys() - put.keys())


def number_order(number: str) -> tuple[int, str]:
    """Sorts numbers as people do: 9, 10, 101, then those with other signs."""
    return (int(number), number) if number.isdigit() else (10**32, number)
