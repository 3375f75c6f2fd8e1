"""The walk: a call goes from node to node until somebody must act, and goes on with what came of it.

A node is *entered*: it decides by itself and names the branch to leave by, or it asks for an action. When the outcome of
the action comes back, the node says *after* it which branch to leave by, or asks for another action. A branch leads to
the node that `next` names for it, else to the one of `else`. Where neither is named the callflow has run out: the
callflow that waits for it (`flow` with `return`) goes on, and when none does, the node's type states what happens.

    entered ── branch ──▶ next node entered …        entered ── action ──▶ (cursor)
    (cursor, outcome) ──▶ after ── branch ──▶ …      after ── action ──▶ (cursor)

A call that goes round ends: after `MOST_NODES` nodes, or after going `MOST_JUMPS` times into another callflow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from offhook.directory import Directory
from offhook.model.account import Account
from offhook.model.callflow import Callflow
from offhook.model.node import Node

from .action import Action, Hangup, Notify, Over, Reject, Service
from .call import Outcome
from .caller import Caller
from .cursor import CallflowGone
from .match import Match
from .memory import Exchange, Memory
from .position import Position, Return

MOST_NODES: Final = 200
MOST_JUMPS: Final = 50
LOOP: Final = Reject(482, "Loop Detected")
"""RFC 3261 §21.4.20."""


@dataclass(frozen=True, slots=True)
class NodeType:
    """How one type of node behaves."""

    enter: Callable[[Walk, Any], Action | str | None]
    """Names a branch, or asks for an action, or has moved the walk to another node (None)."""
    after: Callable[[Walk, Any, Outcome], Action | str | None]
    """The same, once the action's outcome is known."""
    default: Callable[[Walk, Any, str, Outcome | None], Action]
    """What happens when neither the branch nor `else` leads on."""


def by_cause(walk: Walk, node: Node, outcome: Outcome) -> str:
    """The branch is the outcome's cause."""
    return outcome.cause


def hang_up(walk: Walk, node: Node, branch: str, outcome: Outcome | None) -> Action:
    """The call ends; one that was not answered is refused."""
    return walk.end()


class Walk:
    """One decision while it is made."""

    __slots__ = (
        "account", "caller", "chain", "clocks", "directory", "exchange", "flow", "forwarded", "memory", "nobody", "notify",
        "now", "position", "spent", "table", "trace",
    )  # fmt: skip

    def __init__(
        self,
        directory: Directory,
        exchange: Exchange,
        memory: Memory,
        table: Mapping[type[Node], NodeType],
        position: Position,
        account: Account,
        caller: Caller,
        flow: Callflow,
        now: float,
    ) -> None:
        self.directory = directory
        self.exchange = exchange
        self.memory = memory
        self.table = table
        self.position = position
        self.account = account
        self.caller = caller
        self.flow = flow
        """The callflow that the position is in, as it was when the call came into it."""
        self.now = now
        """Seconds since 1970."""
        self.chain = 0
        """How many forwards led here."""
        self.forwarded: frozenset[tuple[str, str]] = frozenset()
        """Users and devices (kind, id) that forwarded the call on the way here: they are not rung again."""
        self.spent = [0]
        """Nodes entered for this decision, those of followed forwards among them: the list is shared with their walks."""
        self.nobody = False
        """True once a ring of this decision had nobody to ring."""
        self.trace: list[str] = []
        self.notify: list[Notify] = []
        self.clocks: list[str] = []

    def say(self, words: str) -> None:
        """Add a line to the trace."""
        self.trace.append(words)

    # --- going on --------------------------------------------------------------------------------------------------

    def run(self) -> Action:
        """Enter nodes from the position on, until one asks for an action."""
        position = self.position
        while True:
            node = self.flow.nodes.get(position.node)
            if node is None:
                self.say(f"callflow {self.flow.id} has no node {position.node}")
                return self.refuse(Reject(500, "Server Internal Error"))
            position.visits += 1
            self.spent[0] += 1
            if position.visits > MOST_NODES or self.spent[0] > MOST_NODES:
                self.say(f"the call has gone through {MOST_NODES} nodes: it goes in a circle")
                return self.refuse(LOOP)
            found = self.table[type(node)].enter(self, node)
            if isinstance(found, str):
                found = self._leave(node, found, None)
            if found is not None:
                return self._asked(found)

    def resume(self, outcome: Outcome) -> Action:
        """Go on with what came of the action at hand."""
        found = self.leave(outcome)
        return self.run() if found is None else found

    def leave(self, outcome: Outcome) -> Action | None:
        """Leave the node at hand with what came of its action: an action, or the position of the next node (None)."""
        self.say(f"outcome {outcome}" + (f" ({outcome.status})" if outcome.status else ""))
        if outcome.cause == "gone":
            return Over("gone")
        if outcome.cause == "answered":
            return Over("connected")
        if self.position.closing:
            return self.end()
        node = self.flow.nodes.get(self.position.node)
        if node is None:
            raise CallflowGone(
                f"node {self.position.node} of callflow {self.flow.id} was removed while the call was there: route it anew"
            )
        found = self.table[type(node)].after(self, node, outcome)
        if isinstance(found, str):
            found = self._leave(node, found, outcome)
        return None if found is None else self._asked(found)

    def _leave(self, node: Node, branch: str, outcome: Outcome | None) -> Action | None:
        """Leave a node by a branch: to the next node (None), or out of the callflow."""
        position = self.position
        position.trial = 0
        while True:
            following = node.next.get(branch)
            if following is None and (following := node.next.get("else")) is not None:
                self.say(f"{position.node}: {branch} is not among its branches, else goes to {following}")
            elif following is not None:
                self.say(f"{position.node}: {branch} goes to {following}")
            if following is not None:
                position.node = following
                return None
            if not position.stack:
                self.say(f"{position.node}: {branch} leads nowhere")
                position.closing = True
                return self.table[type(node)].default(self, node, branch, outcome)
            back = position.stack[-1]
            self.say(f"callflow {self.flow.id} has run out: back to {back.node} of callflow {back.callflow}")
            position.stack = position.stack[:-1]
            self.flow = callflow_as_it_was(self.directory, position.account, back.callflow, back.mark, self.trace)
            position.callflow, position.mark, position.node = back.callflow, back.mark, back.node
            node, branch = self.flow.nodes[back.node], "done"

    def _asked(self, action: Action) -> Action:
        if isinstance(action, Reject):
            return self.refuse(action)
        if isinstance(action, Service) and action.answer == "yes":
            self.position.answered = True
        return action

    # --- what nodes do ---------------------------------------------------------------------------------------------

    def jump(self, match: Match, *, returning: bool = False) -> Action | None:
        """Go to the start of a callflow (None); a call that has done so too often is refused."""
        position, flow = self.position, match.callflow
        assert flow is not None
        position.jumps += 1
        if position.jumps > MOST_JUMPS:
            self.say(f"the call has gone into another callflow {MOST_JUMPS} times: it goes in a circle")
            return LOOP
        if returning:
            position.stack = (*position.stack, Return(position.callflow, position.mark, position.node))
        self.flow = flow
        position.callflow, position.mark, position.node = flow.id, mark_of(self.directory, flow), flow.start
        position.number, position.captures, position.trial = match.number, match.captures, 0
        return None

    def end(self) -> Action:
        """The end of the call: hung up when it was answered, else refused."""
        return self.refuse(Reject(480, "Temporarily Unavailable"))

    def refuse(self, reject: Reject) -> Action:
        """Refuse the call, or hang up when it has been answered already."""
        return Hangup() if self.position.answered else reject

    def twin(self) -> Walk:
        """A walk from the same place that changes nothing of this one; nobody has walked it yet."""
        return Walk(
            self.directory, self.exchange, self.memory, self.table, copy(self.position), self.account, self.caller,
            self.flow, self.now,
        )  # fmt: skip

    def branched(self) -> Walk:
        """A twin that goes on with what this decision has spent, to see whom a forward rings; it shares the trace."""
        walk = self.twin()
        walk.chain, walk.forwarded, walk.trace, walk.clocks = self.chain, self.forwarded, self.trace, self.clocks
        walk.spent = self.spent
        return walk


def mark_of(directory: Directory, flow: Callflow) -> int:
    """`Entry.mark` of a callflow of the directory."""
    entry = directory.entry(flow.account, "callflows", flow.id)
    assert entry is not None
    return entry.mark


def callflow_as_it_was(directory: Directory, account: str, identity: str, mark: int, trace: list[str]) -> Callflow:
    """The callflow that a call is in, in the revision in which the call came into it.

    That revision is kept for a while after a change; later the call goes on in what the callflow has become. Raises
    `CallflowGone` when there is neither.
    """
    entry = directory.entry(account, "callflows", identity)
    now = directory.find(Callflow, account, identity)
    if entry is not None and now is not None and entry.mark == mark:
        return now
    before = directory.earlier_callflow(account, identity, mark)
    if before is not None:
        trace.append(f"callflow {identity} has changed: this call goes on in it as it was")
        return before
    if now is None:
        raise CallflowGone(f"callflow {identity} was removed while the call was in it: route the call anew")
    trace.append(f"callflow {identity} has changed, and what it was is not kept: the call goes on in it as it is")
    return now
