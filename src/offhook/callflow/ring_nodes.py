"""Nodes that call somebody: ring, dial_out, page, pickup."""

from __future__ import annotations

from typing import Final

from offhook.model import node as nodes
from offhook.model.node import Target
from offhook.model.user import Identity

from .action import Action, Dial, Page, Reject, Ring, Service
from .call import Outcome
from .caller import is_member
from .captured import captured, filled
from .gather import Gathered, Gatherer, dialled
from .match import match
from .number import e164, tidy
from .stages import Item, stages_of
from .walk import NodeType, Walk, hang_up

REFUSALS: Final = {
    "busy": Reject(486, "Busy Here"),
    "rejected": Reject(603, "Decline"),
    "denied": Reject(403, "Forbidden"),
    "congestion": Reject(503, "Service Unavailable"),
    "no_answer": Reject(480, "Temporarily Unavailable"),
    "unreachable": Reject(480, "Temporarily Unavailable"),
}
"""Branch → what the caller is told when the callflow says nothing."""
_ENDS_THE_ROUNDS: Final = ("unreachable", "failed")


def _ring(walk: Walk, node: nodes.Ring) -> Action | str:
    gatherer = Gatherer(walk, node.targets, forwards=node.forwards, skip_self=node.self_ == "skip")
    gathered = gatherer.gather()
    stages = stages_of(walk, node, gathered.items)
    walk.position.rung = gathered.user()
    if not stages:
        return _nobody(walk, gathered)
    return Ring(
        stages,
        "together" if node.order == "together" else "in_order",
        decline_all=node.on_reject == "stop",
        skip_busy=node.busy == "skip",
        tone=node.tone or walk.position.tone,
        caller_prefix=node.caller,
    )


def _nobody(walk: Walk, gathered: Gathered) -> str:
    walk.say("nobody can be rung")
    walk.nobody = True
    return "failed" if gathered.dead else "unreachable"


def _after_ring(walk: Walk, node: nodes.Ring, outcome: Outcome) -> Action | str:
    cause = outcome.cause
    if cause == "redirected":
        return _redirected(walk, node, outcome)
    if cause not in nodes.Ring.BRANCHES:
        cause = "failed"
    last = walk.position.trial + 1 >= node.rounds
    if last or cause in _ENDS_THE_ROUNDS or (cause == "rejected" and node.on_reject == "stop"):
        return cause
    walk.position.trial += 1
    walk.say(f"round {walk.position.trial + 1} of {node.rounds}")
    found = _ring(walk, node)
    return cause if isinstance(found, str) else found


def _redirected(walk: Walk, node: nodes.Ring, outcome: Outcome) -> Action | str:
    """A phone sends the call elsewhere (RFC 3261 §8.1.3.4): only to where one could dial inside, as a forward."""
    walk.chain = walk.position.redirects
    walk.position.redirects += 1
    legs = dialled(walk, outcome.value, None, walk.position.rung, known_only=True)
    stages = stages_of(walk, node, [Item(f"number {outcome.value}", 0, None, legs)]) if legs else ()
    if not stages:
        return "rejected"
    return Ring(stages, tone=node.tone or walk.position.tone, caller_prefix=node.caller)


def _dial(walk: Walk, node: nodes.DialOut) -> Action | str:
    if node.number == "called" and not walk.caller.inside:
        walk.say("a caller from outside may not dial on to the number that it called")
        return "denied"
    asked = tidy(walk.position.number if node.number == "called" else filled(walk, node.number))
    number = e164(walk.account.dial, asked) or asked
    if not number:
        walk.say(f"{node.number} comes to no number: the pattern captured nothing")
        return "failed"
    emergency = asked in walk.account.dial.emergency
    return dial(
        walk, number, node.timeout, node.routes, "emergency" if emergency else node.caller_id, emergency=emergency
    )


def dial(
    walk: Walk, number: str, timeout: int, routes: tuple[str, ...], identity: str, *, emergency: bool = False
) -> Dial:
    """A call outside, with the caller's identity of a sort (`external`, `internal`, `emergency`) or a number."""
    user = walk.caller.user
    if identity in ("external", "internal", "emergency"):
        of_user = user.caller_id if user is not None else None
        chosen = getattr(of_user, identity, None) or (of_user.external if of_user and identity == "emergency" else None)
    else:
        chosen = Identity(number=identity)
    name = walk.position.caller_name or (chosen.name if chosen else None)
    caller_number = walk.position.caller_number or (chosen.number if chosen else None)
    walk.say(f"{number} is dialled outside as {caller_number or 'the number of the outside line'}")
    return Dial(number, timeout, routes, name, caller_number, emergency)


def _after_dial(walk: Walk, node: nodes.DialOut, outcome: Outcome) -> str:
    return outcome.cause if outcome.cause in nodes.DialOut.BRANCHES else "failed"


def _refused(walk: Walk, node: nodes.Node, branch: str, outcome: Outcome | None) -> Action:
    return walk.refuse(REFUSALS.get(branch, REFUSALS["unreachable"]))


def _far_code(walk: Walk, node: nodes.DialOut, branch: str, outcome: Outcome | None) -> Action:
    """The caller is told what the far side said."""
    refusal = REFUSALS.get(branch, REFUSALS["congestion"])
    if outcome is not None and outcome.status is not None and 400 <= outcome.status <= 699:
        return walk.refuse(Reject(outcome.status, refusal.reason if refusal.code == outcome.status else "Call Failed"))
    return walk.refuse(refusal)


def _page(walk: Walk, node: nodes.Page) -> Action | str:
    gathered = Gatherer(walk, node.targets, forwards="ignore", skip_self=True).gather()
    legs = {leg.address: leg for item in gathered.items for leg in item.legs if leg.device is not None}
    if not legs:
        _nobody(walk, gathered)
        return "nobody"
    walk.say(f"{', '.join(leg.device or '' for leg in legs.values())} are paged")
    return Page(tuple(legs.values()), node.two_way, node.barge)


def _after_page(walk: Walk, node: nodes.Page, outcome: Outcome) -> str:
    return "nobody" if outcome.cause == "nobody" else "done"


def _pickup(walk: Walk, node: nodes.Pickup) -> Action | str:
    if not _may_pick_up(walk, node):
        walk.say("the caller is none of those who may pick up")
        return "none"
    targets = _whose_call(walk, node)
    if targets is None:
        return "none"
    gathered = Gatherer(walk, targets, forwards="ignore", skip_self=False).gather()
    addresses = list(dict.fromkeys(leg.address for item in gathered.items for leg in item.legs))
    if not addresses:
        _nobody(walk, gathered)
        return "none"
    return Service("pickup", {"addresses": addresses}, outcomes=("answered", "none"))


def _may_pick_up(walk: Walk, node: nodes.Pickup) -> bool:
    caller = walk.caller
    if caller.device is None:
        return False
    user = caller.user.id if caller.user is not None else None
    return not node.allowed or any(
        identity == user or is_member(walk.directory, walk.account.id, identity, user, caller.device.id)
        for identity in node.allowed
    )


def _whose_call(walk: Walk, node: nodes.Pickup) -> tuple[Target, ...] | None:
    """Whose ringing call is taken: those that the node names, or whom the captured number rings."""
    if not node.captured:
        return (Target(user=node.user, device=node.device, group=node.group),)
    number = captured(walk)
    found = match(walk.directory, walk.memory, walk.account, number) if number else None
    if found is None or found.callflow is None:
        walk.say(f"no callflow has the number {number!r}")
        return None
    rings = [one for one in found.callflow.nodes.values() if isinstance(one, nodes.Ring)]
    return tuple(target for ring in rings for target in ring.targets if target.number is None)


def _after_pickup(walk: Walk, node: nodes.Pickup, outcome: Outcome) -> str:
    return "none"


RING_NODES: Final[dict[type[nodes.Node], NodeType]] = {
    nodes.Ring: NodeType(_ring, _after_ring, _refused),
    nodes.DialOut: NodeType(_dial, _after_dial, _far_code),
    nodes.Page: NodeType(_page, _after_page, hang_up),
    nodes.Pickup: NodeType(_pickup, _after_pickup, _refused),
}
