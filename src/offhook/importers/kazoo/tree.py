"""A node of a Kazoo callflow's tree, and the graph of named nodes that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from offhook.importers.fields import Fields
from offhook.importers.names import unused

from .context import Context
from .documents import DEEPEST
from .names import NODE_LENGTH, node_name

AFTER: Final = "_"
"""The child that follows when no other does."""
_ENDS_AT: Final[Mapping[str, str]] = {
    "announce": "done", "wait": "done", "set": "done", "set_caller": "done", "notify": "done", "voicemail": "else",
    "voicemail_check": "done", "caller_is": "else", "number_is": "else", "variable_is": "else", "conference": "left",
    "page": "else", "directory": "else",
}  # fmt: skip
"""Type → the branch that leads to the end where Kazoo hangs up without a word; other types say how they end."""
_NEEDS_ELSE: Final = ("caller_is", "number_is", "variable_is")


class Graph:
    """The nodes of one callflow of ours while they are made."""

    def __init__(self, nodes_of: Callable[[Tree], str | None], *, returns: bool) -> None:
        self.nodes_of = nodes_of
        """Makes the nodes of a Kazoo node and of all below it; gives the name of the first."""
        self.nodes: dict[str, dict[str, Any]] = {}
        self.returns = returns
        """Whether other callflows go on when this one has run out; then it must run out, and not hang up."""
        self._end: str | None = None

    def reserve(self, wanted: str) -> str:
        """A name that is free, and a place for its node before those that follow it."""
        name = unused(node_name(wanted), self.nodes, NODE_LENGTH)
        self.nodes[name] = {}
        return name

    def put(self, name: str, kind: str, branches: Mapping[str, str | None], /, **values: Any) -> str:
        """Write a node at a reserved name; branches that lead nowhere lead to the end, where Kazoo hangs up."""
        following = {branch: node for branch, node in branches.items() if node is not None}
        last = _ENDS_AT.get(kind)
        ends = last is not None and not {"else", last} & set(following)
        if last is not None and ends and (not self.returns or kind in _NEEDS_ELSE):
            following[last] = self.nothing_more()
        said = {field: value for field, value in values.items() if value is not None}
        self.nodes[name] = {"type": kind, **said, **({"next": following} if following else {})}
        return name

    def add(self, wanted: str, kind: str, branches: Mapping[str, str | None], /, **values: Any) -> str:
        """A node under a new name."""
        return self.put(self.reserve(wanted), kind, branches, **values)

    def nothing_more(self) -> str:
        """The end of the callflow: hung up, or back in the callflow that came here."""
        if self._end is None:
            self._end = self.reserve("back" if self.returns else "hang-up")
            self.nodes[self._end] = {"type": "set"} if self.returns else {"type": "end", "hangup": True}
        return self._end


class Tree:
    """A Kazoo node: module, data and children, with the place where it stands."""

    def __init__(self, raw: Mapping[str, Any], context: Context, graph: Graph, document: str, place: str) -> None:
        self.context = context
        self.graph = graph
        self.document = document
        self.place = place
        self.module = str(raw.get("module", ""))
        self.fields = Fields(raw.get("data"), document, f"{place}.data", context.report)
        children = raw.get("children")
        self._children: Mapping[str, Any] = children if isinstance(children, Mapping) else {}
        self._made: dict[str, str | None] = {}

    def remark(self, what: str, why: str, instead: str = "") -> None:
        """Report something about the node as a whole."""
        self.context.report.add(self.document, self.place, what, why, instead)

    @property
    def children(self) -> list[str]:
        """Names of the children that hold a node, in the order of the document."""
        return [str(key) for key, child in self._children.items() if child and isinstance(child, Mapping)]

    def child(self, key: str) -> str | None:
        """The name of the first of our nodes that a child becomes; None when there is no such child, or an empty one."""
        if key not in self._made:
            raw = self._children.get(key)
            place = f"{self.place}.children.{key}"
            if not raw or not isinstance(raw, Mapping):
                self._made[key] = None
            elif place.count(".children.") > DEEPEST:
                self.context.report.add(
                    self.document, place, "everything from here on",
                    f"more than {DEEPEST} nodes stand below one another", "Make a callflow of its own of it.",
                )  # fmt: skip
                self._made[key] = None
            else:
                self._made[key] = self.graph.nodes_of(Tree(raw, self.context, self.graph, self.document, place))
        return self._made[key]

    @property
    def after(self) -> str | None:
        """What follows when the module has done its work, or could not."""
        return self.child(AFTER)

    def first(self, *keys: str) -> str | None:
        """The first of some children that there is."""
        return next((name for key in keys if (name := self.child(key)) is not None), None)

    def leave(self, key: str) -> None:
        """A child that is not carried over, of which a word was said."""
        self._made.setdefault(key, None)

    def unread(self) -> list[str]:
        """Children that nobody asked for."""
        return [key for key in self.children if key not in self._made]
