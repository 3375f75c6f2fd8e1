"""Any order of changes, conflicts, full disks, snapshots, crashes and restarts, against a dictionary."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from offhook.store.base import Change, Conflict, NotLatest, StoreUnavailable
from offhook.store.engine import Engine

from .office import FullDisk, Office, after, deleted, office, saved

NAMES = st.sampled_from(["marie-desk", "lobby", "doorbell"])
KINDS = st.sampled_from(["devices", "users"])
ACCOUNTS = st.sampled_from(["default", "acme"])
NOTES = st.sampled_from(["", "Émilie", "x" * 3_000])
WISHES = st.lists(st.tuples(KINDS, ACCOUNTS, NAMES, st.one_of(st.none(), NOTES)), max_size=4)
"""What some admin wants: (kind, account, id, note), a note of None = remove it."""


class StoreMachine(RuleBasedStateMachine):
    """The engine beside the dictionary that it should be equal to."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Path(tempfile.mkdtemp())
        self.copies = 0
        self.revision = 0
        self.office: Office = {}
        self.disk = FullDisk()
        self.engine = Engine(self.room / "0", self.disk, small_journal=2_500)
        self.engine.open()

    def teardown(self) -> None:
        self.disk.refuses = set()
        self.engine.close()
        shutil.rmtree(self.room)

    def changes(self, wishes: list[tuple[str, str, str, str | None]], before: Office) -> tuple[list[Change], Office]:
        made: list[Change] = []
        now = before
        for kind, account, identity, note in wishes:
            found = now.get((kind, account, identity))
            if note is not None:
                change = saved(identity, found[0] if found else None, kind=kind, account=account, note=note)
            elif found is not None:
                change = deleted(identity, found[0], kind=kind, account=account)
            else:
                continue
            made.append(change)
            now = after(now, [change])
        return made, now

    @rule(waves=st.lists(WISHES, min_size=1, max_size=4))
    def changes_that_wait_together(self, waves: list[list[tuple[str, str, str, str | None]]]) -> None:
        submissions: list[tuple[list[Change], int]] = []
        now = self.office
        for index, wishes in enumerate(waves):
            made, now = self.changes(wishes, now)
            submissions.append((made, self.revision + index))
        outcomes = self.engine.commit(submissions)
        if self.disk.refuses & {"write", "sync"} or (
            "truncate" in self.disk.refuses and isinstance(outcomes[0], StoreUnavailable)
        ):
            assert all(isinstance(outcome, StoreUnavailable) for outcome in outcomes)
        else:
            assert outcomes == [self.revision + index + 1 for index in range(len(waves))]
            self.revision += len(waves)
            self.office = now

    @rule(kind=KINDS, account=ACCOUNTS, identity=NAMES, wrong=st.integers(1, 3))
    def a_change_of_another_revision(self, kind: str, account: str, identity: str, wrong: int) -> None:
        found = self.office.get((kind, account, identity))
        expected = (found[0] if found else 0) + wrong
        [outcome, next_one] = self.engine.commit(
            [
                ([saved(identity, expected, kind=kind, account=account)], self.revision),
                ([], self.revision + 1),
            ]
        )
        assert isinstance(outcome, Conflict)
        assert outcome.found == (found[0] if found else None)
        assert isinstance(next_one, NotLatest)

    @rule(refuses=st.sets(st.sampled_from(["write", "sync", "truncate", "replace", "sync_folder"]), min_size=1))
    def the_disk_is_full(self, refuses: set[str]) -> None:
        self.disk.refuses = refuses

    @rule()
    def the_disk_has_room_again(self) -> None:
        self.disk.refuses = set()

    @precondition(lambda self: self.engine.snapshot_due)
    @rule(steps=st.integers(1, 3))
    def the_snapshot_goes_on(self, steps: int) -> None:
        for _ in range(steps):
            self.engine.snapshot_step()

    @precondition(lambda self: not self.disk.refuses)
    @rule()
    def the_server_stops_and_starts(self) -> None:
        self.engine.close()
        self.engine.open()

    @precondition(lambda self: not self.disk.refuses)
    @rule()
    def the_server_is_killed_and_starts(self) -> None:
        if self.engine.commit([([], self.revision)]) == [self.revision + 1]:
            self.revision += 1  # whatever a full disk left half written has been cut off by now
        self.copies += 1
        folder = self.room / str(self.copies)
        shutil.copytree(self.engine.folder, folder)
        self.engine.close()
        self.engine = Engine(folder, self.disk, small_journal=2_500)
        self.engine.open()

    @invariant()
    def the_store_holds_the_office(self) -> None:
        assert self.engine.revision == self.revision
        assert office(self.engine.documents()) == self.office


StoreMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestStore = StoreMachine.TestCase
