"""Modules that ring or call somebody: user, device, ring_group, group, resources, page_group, pickups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from offhook.importers.fields import Fields, shown
from offhook.importers.names import slug

from .causes import DIAL_CAUSES, RING_CAUSES, failures
from .context import Context
from .people import MEMBER_KINDS, NUMBER, members_by_weight, times_of
from .times import GREGORIAN
from .tree import AFTER, Tree

Target = dict[str, Any]

_ORDERS: Final[Mapping[str, str]] = {"single": "in_order", "weighted_random": "random"}
_THE_PROXYS: Final = "the SIP proxy decides this"


def user(tree: Tree) -> str | None:
    """`user`: all devices of a user."""
    target = _named_target(tree, "user")
    if tree.fields.text("strategy") == "single":
        tree.remark("strategy single", "the phones of a user ring together", "Ring the devices in order instead.")
    tree.fields.leave("static_invite", _THE_PROXYS)
    return _one(tree, target)


def device(tree: Tree) -> str | None:
    """`device`: one device."""
    target = _named_target(tree, "device")
    tree.fields.passed("dial_strategy")
    return _one(tree, target)


def _one(tree: Tree, target: Target | None) -> str | None:
    timeout = tree.fields.number("timeout", 0)
    self_ = "ring" if tree.fields.flag("can_call_self") else None
    stop = "stop" if tree.fields.flag("fail_on_single_reject") else None
    tree.fields.passed("can_text_self")
    tree.fields.leave("suppress_clid", "a caller is hidden by a set_caller node", "Put one before it.")
    tree.fields.leave("custom_sip_headers", "headers are set by a set node", "Put one before it.")
    targets = [{**target, **_delay(tree.fields)}] if target is not None else []
    more: dict[str, Any] = {"self": self_, "on_reject": stop}
    return ring(tree, targets, timeout=timeout, **more)


def _delay(fields: Fields) -> dict[str, int]:
    delay = fields.number("delay", 0)
    return {"delay": delay} if delay > 0 else {}


def _named_target(tree: Tree, kind: str) -> Target | None:
    """The user, device or group that the node's `id` names; reported when there is none."""
    theirs = tree.fields.text("id")
    ours = tree.context.ids.find(MEMBER_KINDS[kind], theirs) if theirs is not None else None
    if ours is None:
        what = f"{kind} {theirs}" if theirs is not None else f"a {kind} without id"
        tree.remark(what, "there is no such document; the call goes on behind it", "Name whom to ring.")
        return None
    return {kind: ours}


def ring(
    tree: Tree, targets: Sequence[Target], *, timeout: int, order: str | None = None, rounds: int = 1, **more: Any
) -> str | None:
    """A ring, or as many as there are rounds when a child says that one round was enough."""
    if not targets:
        return tree.after
    wanted = "ring-" + "-".join(readable(tree.context, target) for target in targets[:2])
    first = name = tree.graph.reserve(wanted)
    branches = failures(tree, RING_CAUSES)
    ends_early = any(branch in branches for branch in ("busy", "no_answer", "rejected"))
    values = {"targets": list(targets), "order": order, "timeout": timeout if timeout > 0 else 20, **more}
    for _ in range(rounds - 1 if ends_early else 0):
        again = tree.graph.reserve(wanted)
        nobody = {"unreachable": tree.after or tree.graph.nothing_more(), "else": again}
        tree.graph.put(name, "ring", {**nobody, **branches}, **values)
        name = again
    if rounds > 1 and not ends_early:
        values["rounds"] = rounds
    tree.graph.put(name, "ring", {**branches, "else": tree.after}, **values)
    return first


def readable(context: Context, target: Target) -> str:
    """A short name of whom a target rings."""
    for kind, plural in MEMBER_KINDS.items():
        if kind in target:
            for theirs, document in context.kazoo.of(plural).items():
                if context.ids.find(plural, theirs) == target[kind]:
                    return slug(str(document.get("username") or document.get("name") or theirs)) or kind
    return str(next((target[kind] for kind in (*MEMBER_KINDS, "number") if kind in target), "nobody"))


def ring_group(tree: Tree) -> str | None:
    """`ring_group`: users, devices and groups, together or one after the other."""
    fields = tree.fields
    strategy = fields.text("strategy") or "simultaneous"
    single = strategy in _ORDERS
    targets = [
        target
        for index, raw in enumerate(fields.items("endpoints"))
        for target in endpoint_targets(
            tree, Fields(raw, tree.document, f"{tree.place}.data.endpoints[{index}]", fields.report), single
        )
    ]
    timeout = fields.number("timeout", 20) or 20
    if strategy == "weighted_random":
        tree.remark("weighted_random", "the order is at random, without weights")
    if single and sum(target.get("timeout", 0) for target in targets) > timeout:
        tree.remark(
            "the members' own timeouts", f"together they are longer than the {timeout} s of the whole, so that not all"
            " would have their turn; they share it", "Give the ring more time.",
        )  # fmt: skip
        targets = [{field: value for field, value in target.items() if field != "timeout"} for target in targets]
    if single:
        targets = [{field: value for field, value in target.items() if field != "delay"} for target in targets]
    fields.leave("ringback", _THE_PROXYS)
    fields.passed("ignore_forward")
    tones = fields.inner("ringtones")
    tone = tones.text("internal") or tones.text("external")
    if tones.text("external") not in (None, tone):
        tones.remark("external", shown(tones.raw("external")), "a ring has one tone", "Choose by a caller_is node.")
    return ring(
        tree, _as_group(tree, targets), timeout=timeout, order=_ORDERS.get(strategy),
        rounds=min(max(fields.number("repeats", 1), 1), 20), tone=tone,
        on_reject="stop" if fields.flag("fail_on_single_reject") else None,
    )  # fmt: skip


def _as_group(tree: Tree, targets: list[Target]) -> list[Target]:
    """The same targets, as a group of ours where the callflow must name one.

    A ring of one user alone is a call for that user (forwards of direct calls apply, the number is their extension);
    a Kazoo ring group of one member is not. And where users log in and out, they do so of a group.
    """
    alone = len(targets) == 1 and "group" not in targets[0]
    identity = tree.document.partition("/")[2]
    toggled = identity in tree.context.scan.toggled
    if not targets or not (alone or toggled):
        return targets
    callflow = tree.context.document("callflows", identity)
    wanted = f"{callflow.get('name') or (callflow.get('numbers') or [identity])[0]}-group"
    if toggled and identity not in tree.context.with_toggle_group:
        tree.context.with_toggle_group.add(identity)
        return [{"group": tree.context.add("groups", {"id": toggle_group(tree.context, identity), "members": targets})}]
    return [{"group": tree.context.share("groups", wanted, {"members": targets})}]


def toggle_group(context: Context, callflow: str) -> str:
    """Id of the group that a callflow's first ring group becomes, so that users can log in and out of it."""
    if callflow not in context.toggle_groups:
        wanted = f"{context.document('callflows', callflow).get('name') or callflow}-group"
        context.toggle_groups[callflow] = context.ids.make("groups", wanted)
    return context.toggle_groups[callflow]


def endpoint_targets(tree: Tree, endpoint: Fields, single: bool) -> list[Target]:
    """One endpoint as targets: itself, or a group's members where the group itself would ring others."""
    kind, theirs = endpoint.text("endpoint_type") or "user", endpoint.text("id")
    ours = tree.context.ids.find(MEMBER_KINDS[kind], theirs) if kind in MEMBER_KINDS and theirs is not None else None
    until = endpoint.number("disable_until", 0) - GREGORIAN
    endpoint.passed("weight", "name", "type", "module")
    times = times_of(endpoint)
    if ours is None or theirs is None:
        endpoint.remark("", f"{kind} {theirs}", "there is no such document", "Add the member again.")
        return []
    if until > tree.context.now.timestamp():
        endpoint.remark(
            "", f"{kind} {ours}", "it is logged out of this ring group", f"Add {kind}: {ours} when it is back."
        )
        return []
    endpoint.rest()
    if kind == "group":
        return _group(tree, theirs, ours, times, single, ())
    return [{kind: ours, **times}]


def _group(tree: Tree, theirs: str, ours: str, times: Target, single: bool, inside: tuple[str, ...]) -> list[Target]:
    """A group as one target, or as its members.

    One after the other, Kazoo leaves out members without weight; and a member's own delay stands for the group's, where
    ours is added to it.
    """
    members = members_by_weight(tree.context, theirs)
    unweighted = [one for one, member in members if not member.get("weight")]
    weighted = [(one, member) for one, member in members if member.get("weight")]
    own_delays = "delay" in times and any(member.get("delay") for _, member in members)
    if theirs in inside or not ((single and unweighted) or own_delays):
        return [{"group": ours, **times}]
    if single and unweighted:
        tree.remark(
            f"{', '.join(sorted(unweighted))} of group {ours}",
            "members without weight do not ring in order in Kazoo; the others are listed here", "Add them to the ring.",
        )  # fmt: skip
    targets: list[Target] = []
    for one, raw in weighted if single else members:
        kind = str(raw.get("type", "user"))
        member = tree.context.ids.find(MEMBER_KINDS[kind], one) if kind in MEMBER_KINDS else None
        own = {**times, **times_of(Fields(raw, f"groups/{theirs}", f"endpoints.{one}", tree.context.report))}
        if member is not None and kind == "group":
            targets += _group(tree, one, member, own, single, (*inside, theirs))
        elif member is not None:
            targets.append({kind: member, **own})
    return targets


def group(tree: Tree) -> str | None:
    """`group`: a group by its document, whose own settings come before the node's."""
    fields = tree.fields
    if fields.has("endpoints"):
        return ring_group(tree)
    target = _named_target(tree, "group")
    own = tree.context.document("groups", fields.text("id") or "")
    timeout = own.get("timeout") or fields.number("timeout", 20)
    strategy = str(own.get("strategy") or fields.text("strategy") or "simultaneous")
    fields.passed("timeout", "strategy", "ignore_forward")
    fields.leave("ringback", _THE_PROXYS)
    targets = _group(tree, fields.text("id") or "", target["group"], {}, strategy == "single", ()) if target else []
    return ring(tree, targets, timeout=Fields({"timeout": timeout}, tree.document, tree.place, fields.report).number(
        "timeout", 20), order=_ORDERS.get(strategy))  # fmt: skip


def resources(tree: Tree) -> str | None:
    """`resources`, `offnet`: a call outside. What fails goes to a child of its name, never to `_`."""
    fields = tree.fields
    sort = fields.text("caller_id_type") or "external"
    to = fields.text("to_did")
    timeout = fields.number("timeout", 0)
    name = tree.graph.reserve("dial-out")
    branches = failures(tree, DIAL_CAUSES)
    if AFTER in tree.children:
        tree.remark("child _", "Kazoo never goes there after a call outside", "Lead else there if that is wanted.")
        tree.leave(AFTER)
    known = ("external", "internal", "emergency")
    if sort not in known:
        fields.remark("caller_id_type", shown(sort), f"identities are {', '.join(known)}", "It is external now.")
    fields.passed(
        "use_local_resources", "emit_account_id", "hunt_account_id", "resource_type", "format_from_uri",
        "do_not_normalize", "bypass_e164", "ignore_early_media", "ringback",
    )  # fmt: skip
    for field in ("outbound_flags", "dynamic_flags", "from_uri_realm"):
        fields.leave(field, "the SIP proxy chooses the outside line", "Name one in routes.")
    fields.leave("custom_sip_headers", "headers are set by a set node", "Put one before it.")
    return tree.graph.put(
        name, "dial_out", branches, number=to if to is not None and NUMBER.fullmatch(to) else tree.context.dialled,
        caller_id=sort if sort in known[1:] else None, timeout=timeout or None,
    )  # fmt: skip


RINGS: Final = {
    "user": user, "device": device, "ring_group": ring_group, "group": group, "resources": resources,
    "offnet": resources,
}  # fmt: skip
