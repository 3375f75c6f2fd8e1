"""A directory that remembers what was read from it, so that what was made of it can be kept until that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from offhook.directory import Directory, Holders
from offhook.entry import Entry
from offhook.model.references import Key

Read = tuple[str, tuple[Any, ...], Any]
"""(primitive, its arguments, what it gave)."""


class TrackedDirectory(Directory):
    """Answers as the directory that it was made of, and lists every read in `reads`."""

    def __init__(self, directory: Directory) -> None:
        super().__init__(directory.revision, directory._documents, directory._tables)
        self.reads: dict[tuple[Any, ...], Any] = {}

    def entry(self, account: str, kind: str, identity: str) -> Entry | None:
        """See `Directory.entry`."""
        return self._note("entry", super().entry, account, kind, identity)  # type: ignore[no-any-return]

    def ids(self, account: str, kind: str) -> list[str]:
        """See `Directory.ids`."""
        return self._note("ids", super().ids, account, kind)  # type: ignore[no-any-return]

    def accounts(self) -> list[str]:
        """See `Directory.accounts`."""
        return self._note("accounts", super().accounts)  # type: ignore[no-any-return]

    def holders(self, what: str, value: Any) -> Holders:
        """See `Directory.holders`."""
        return self._note("holders", super().holders, what, value)  # type: ignore[no-any-return]

    def referrers(self, account: str, kind: str, identity: str, by: str | None = None) -> tuple[Key, ...]:
        """See `Directory.referrers`."""
        return self._note("referrers", super().referrers, account, kind, identity, by)  # type: ignore[no-any-return]

    def rung_by(self, account: str, kind: str, identity: str) -> tuple[tuple[str, bool], ...]:
        """See `Directory.rung_by`."""
        return self._note("rung_by", super().rung_by, account, kind, identity)  # type: ignore[no-any-return]

    def _note(self, name: str, read: Callable[..., Any], *arguments: Any) -> Any:
        given = read(*arguments)
        self.reads[name, *arguments] = given
        return given


class Dependencies:
    """What something was made of: holds until one of these reads would give something else."""

    __slots__ = ("_reads", "_revision")

    def __init__(self, tracked: TrackedDirectory) -> None:
        self._reads: Final = tuple(tracked.reads.items())
        self._revision = tracked.revision

    def hold(self, directory: Directory) -> bool:
        """Whether all that was read is the same in this directory; costs a few look-ups once per revision."""
        if directory.revision == self._revision:
            return True
        for (name, *arguments), given in self._reads:
            now = getattr(directory, name)(*arguments)
            if now is not given and (isinstance(now, Entry) or now != given):
                return False
        self._revision = directory.revision
        return True

    def __len__(self) -> int:
        return len(self._reads)
