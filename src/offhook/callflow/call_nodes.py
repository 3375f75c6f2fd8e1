"""Nodes that change the call or something of ours, or hand the call on: set_caller, set, setting, notify, ask, handoff, end."""

from __future__ import annotations

from typing import Final

from offhook.model import node as nodes

from .action import Action, Ask, Change, Hangup, Notify, Reject, Service
from .call import Outcome
from .captured import captured, filled
from .media_nodes import announcement
from .walk import NodeType, Walk, by_cause, hang_up

NOT_THERE: Final = Reject(503, "Service Unavailable")
REASONS: Final = {
    403: "Forbidden", 404: "Not Found", 480: "Temporarily Unavailable", 486: "Busy Here", 488: "Not Acceptable Here",
    500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip
"""RFC 3261 §21."""
_KINDS: Final = {"member": "groups", "mode": "modes", "hotdesk": "devices"}
"""What a `setting` changes; all else is the user's."""


def _set_caller(walk: Walk, node: nodes.SetCaller) -> str:
    position = walk.position
    if node.mode == "clear":
        position.caller_name = position.caller_number = None
        position.hide = node.hide
        return "done"
    prefix = node.mode == "prefix"
    if node.name is not None:
        before = position.caller_name if position.caller_name is not None else walk.caller.name
        position.caller_name = filled(walk, node.name) + (before if prefix else "")
    if node.number is not None:
        before = position.caller_number if position.caller_number is not None else walk.caller.number
        position.caller_number = filled(walk, node.number) + (before if prefix else "")
    position.hide = position.hide or node.hide
    return "done"


def _set(walk: Walk, node: nodes.Set) -> str:
    position = walk.position
    position.tone = node.ring_tone if node.ring_tone is not None else position.tone
    position.language = node.language if node.language is not None else position.language
    position.priority = node.priority if node.priority is not None else position.priority
    position.record = node.record if node.record is not None else position.record
    if node.headers:
        position.headers = {**position.headers, **node.headers}
    if node.vars:
        position.vars = {**position.vars, **{name: filled(walk, text) for name, text in node.vars.items()}}
    return "done"


def _setting(walk: Walk, node: nodes.Setting) -> Action | str:
    caller = walk.caller
    if caller.device is None:
        walk.say("callers from outside change no settings")
        return "refused"
    user = caller.user.id if caller.user is not None else None
    kind, identity = _KINDS.get(node.what, "users"), node.target
    if identity == "caller":
        kind, owner = ("devices", caller.device.id) if user is None or node.what == "hotdesk" else ("users", user)
        if node.what in ("mode", "member"):
            walk.say(f"a setting of {node.what} must name whose: the caller is none")
            return "refused"
        identity = owner
    value = node.state if node.what == "mode" else captured(walk)
    walk.say(f"{node.what} of {kind}/{identity}: {node.op}" + (f", {value}" if value else ""))
    return Change(node.what, node.op, kind, identity, value, user)


def _say_setting(walk: Walk, node: nodes.Setting, branch: str, outcome: Outcome | None) -> Action:
    """The caller hears what became of the setting, then the call ends."""
    if not walk.caller.inside:
        return walk.end()
    return announcement(f"setting-{node.what}-{outcome.value or branch if outcome is not None else branch}", None)


def _notify(walk: Walk, node: nodes.Notify) -> str:
    if node.outside_only and walk.caller.inside:
        walk.say("nobody is told: the call is from inside")
    else:
        walk.say(f"{node.email or node.webhook or 'nobody'} is told, {node.on}")
        walk.notify.append(Notify(node.on, node.email, node.webhook))
    return "done"


def _ask(walk: Walk, node: nodes.Ask) -> Action:
    position, caller = walk.position, walk.caller
    facts = {
        "account": walk.account.id,
        "call": position.call.id,
        "called": position.number,
        "caller": caller.number,
        "caller_name": caller.name,
        "device": caller.device.id if caller.device is not None else "",
        "user": caller.user.id if caller.user is not None else "",
        **{f"vars.{name}": text for name, text in sorted(position.vars.items())},
    }
    walk.say(f"{node.url} is asked, {node.timeout} s")
    return Ask(node.url, node.timeout, facts)


def _after_ask(walk: Walk, node: nodes.Ask, outcome: Outcome) -> str:
    return outcome.value if outcome.cause == "label" and outcome.value else "failed"


def _handoff(walk: Walk, node: nodes.Handoff) -> Action:
    to = filled(walk, node.to)
    walk.say(f"the call goes to {to}")
    return Service("handoff", {"to": to}, outcomes=("answered", "done", "failed"))


def _not_taken(walk: Walk, node: nodes.Handoff, branch: str, outcome: Outcome | None) -> Action:
    return walk.end() if branch == "done" else walk.refuse(NOT_THERE)


def _end(walk: Walk, node: nodes.End) -> Action:
    if node.media is not None or node.text is not None:
        early = node.code is not None and not node.hangup
        return announcement(node.media, node.text, "early" if early else "yes")
    return _ended(walk, node)


def _ended(walk: Walk, node: nodes.End) -> Action:
    if walk.position.answered:
        return Hangup()
    return Reject(node.code, REASONS.get(node.code, "Call Refused")) if node.code is not None else walk.end()


def _after_end(walk: Walk, node: nodes.End, outcome: Outcome) -> Action:
    return _ended(walk, node)


def _never(walk: Walk, node: nodes.End, branch: str, outcome: Outcome | None) -> Action:
    return _ended(walk, node)


CALL_NODES: Final[dict[type[nodes.Node], NodeType]] = {
    nodes.SetCaller: NodeType(_set_caller, by_cause, hang_up),
    nodes.Set: NodeType(_set, by_cause, hang_up),
    nodes.Setting: NodeType(_setting, by_cause, _say_setting),
    nodes.Notify: NodeType(_notify, by_cause, hang_up),
    nodes.Ask: NodeType(_ask, _after_ask, hang_up),
    nodes.Handoff: NodeType(_handoff, by_cause, _not_taken),
    nodes.End: NodeType(_end, _after_end, _never),
}
