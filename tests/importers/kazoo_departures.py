"""Where offhook departs from Kazoo on purpose, by rule: what a case expects, as ours must do it.

Each rule looks at a case and at what it expects, and gives what ours is to do instead, or the same when it has nothing to
say. docs/callflow/kazoo.md lists them under the same names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from offhook.callflow.expression import expression
from offhook.callflow.number import e164
from offhook.importers.kazoo.expressions import whole
from offhook.importers.names import slug
from offhook.model.account import Dial

from .kazoo_cases import Action, Case, moment

Expected = list[Action]
COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "dial_out": ("number",), "menu": ("menu",), "voicemail": ("box",), "voicemail_check": ("box",), "wait": ("seconds",),
    "reject": ("code",), "park": (), "conference": (), "directory": (),
}  # fmt: skip
"""Word → what is compared of it; of other words everything."""
NANP: Final = Dial(country_code="1", national_prefix="1", international_prefix="011")


def ours(case: Case) -> tuple[Expected, list[str]]:
    """What ours is to do in a case, and the names of the departures that it took to get there."""
    expected: Expected = [dict(action) for action in case["expect"]]
    taken = []
    for name, rule in DEPARTURES.items():
        changed = rule(case, expected)
        if changed != expected:
            taken.append(name)
            expected = changed
    return expected, taken


def told_alike(actions: Expected) -> Expected:
    """Actions in one writing: what is not compared left out, and rings by what each leg does."""
    plain: Expected = []
    for action in actions:
        one = {"do": "end"} if action["do"] == "hangup" else dict(action)
        if one["do"] in COMPARED:
            one = {name: value for name, value in one.items() if name in ("do", *COMPARED[one["do"]])}
        if one["do"] == "ring":
            one = _ring(one)
        if one != {"do": "end"} or not plain or plain[-1]["do"] != "end":
            plain.append(one)
    return plain


def _ring(ring: Action) -> Action:
    """Targets with delay and seconds as they come out; one after the other, their order alone counts."""
    together = ring["how"] == "together"
    targets = []
    for target in ring["targets"]:
        delay = target.get("delay", 0)
        who = {name: target[name] for name in ("device", "number") if name in target}
        if target.get("confirm"):
            who["confirm"] = True
        if together:
            seconds = target.get("seconds") or min(target.get("timeout") or ring["timeout"], ring["timeout"] - delay)
            who |= {"delay": delay, "seconds": seconds}
        targets.append(who)
    if ring["how"] != "in_order":
        targets.sort(key=lambda target: (target.get("delay", 0), str(target.get("device", target.get("number")))))
    return {"do": "ring", "how": ring["how"], "targets": targets, "timeout": ring["timeout"]}


# --- the rules ----------------------------------------------------------------------------------------------------------


def _calendar(case: Case, expected: Expected) -> Expected:
    """Cases named QUIRK: the calendar's own answer, which is the other one."""
    if not case["name"].startswith("QUIRK"):
        return expected
    route = _route(case)
    at = next(index for index, action in enumerate(expected) if action["do"] in ("rule", "crash"))
    held = expected[at].get("rule")
    other = None if held is not None else route["data"]["rules"][0]
    return _branch(case, expected, at, other)


def _end_outside(case: Case, expected: Expected) -> Expected:
    """The end of a window is outside of it: at 17:00:00 an office that is open until 17:00 is closed."""
    given = case["given"]
    for at, action in enumerate(expected):
        rule = given.get("rules", {}).get(action.get("rule"))
        if action["do"] != "rule" or rule is None or rule.get("enabled") is not None:
            continue
        local = moment(case).astimezone(ZoneInfo(_zone(case)))
        second = local.hour * 3600 + local.minute * 60 + local.second
        until = rule.get("to", 86_400)
        if second == until or (until == 86_400 and second == 0 and not _on(rule, local)):
            return _branch(case, expected, at, None)
    return expected


def _on(rule: Mapping[str, Any], local: Any) -> bool:
    """Whether a rule that ended at midnight begins anew on that day."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    if rule["cycle"] == "daily":
        return bool(rule.get("interval", 1) == 1)
    return rule["cycle"] == "weekly" and days[local.weekday()] in rule.get("wdays", days)


def _zone(case: Case) -> str:
    zone = _route(case).get("data", {}).get("timezone")
    return str(zone if zone not in (None, "inherit") else case["given"].get("account", {}).get("timezone", "UTC"))


def _route(case: Case) -> dict[str, Any]:
    """The temporal route of a case."""
    return next(
        node for node in _nodes(case) if node["module"] == "temporal_route" and "action" not in node.get("data", {})
    )


def _nodes(case: Case) -> Iterator[dict[str, Any]]:
    todo = [flow["flow"] for flow in case["given"].get("callflows", [])]
    while todo:
        node = todo.pop()
        if node:
            yield node
            todo += node.get("children", {}).values()


def _branch(case: Case, expected: Expected, at: int, rule: str | None) -> Expected:
    """The same until the temporal route, then the other child, which must be a recording."""
    children = _route(case).get("children", {})
    child = children.get(rule) if rule in children else children.get("_")
    played = []
    if child:
        assert child["module"] == "play", "write this case's own expectation: only recordings are known to this rule"
        played = [{"do": "answer"}, {"do": "play", "what": child["data"]["id"]}]
    return [*expected[:at], {"do": "rule", "rule": rule}, *played, {"do": "end"}]


def _no_early_answer(case: Case, expected: Expected) -> Expected:
    """A group rings without being answered first: callers pay for no ringing, and hear it from their own network."""
    if not any(node["module"] == "group" for node in _nodes(case)):
        return expected
    return [
        action
        for action, after in zip(expected, [*expected[1:], {}], strict=True)
        if not (action["do"] == "answer" and after.get("do") == "ring")
    ]


def _forward_once(case: Case, expected: Expected) -> Expected:
    """A user's forward dials once, however many devices the user has."""

    def changed(ring: Action) -> Action:
        seen: set[tuple[str, int]] = set()
        targets = []
        for target in ring["targets"]:
            leg = (str(target.get("number")), target.get("delay", 0))
            if "number" in target and leg in seen:
                continue
            seen.add(leg)
            targets.append(target)
        return {**ring, "targets": targets}

    return _rings(expected, changed)


def _one_leg(case: Case, expected: Expected) -> Expected:
    """A phone rings once in a round, at its earliest time."""

    def changed(ring: Action) -> Action:
        earliest: dict[str, Action] = {}
        for target in ring["targets"]:
            if "device" in target:
                before = earliest.get(target["device"])
                if before is None or target.get("delay", 0) < before.get("delay", 0):
                    earliest[target["device"]] = target
        kept = [target for target in ring["targets"] if "device" not in target or earliest[target["device"]] is target]
        return {**ring, "targets": kept}

    return _rings(expected, changed)


def _within_the_ring(case: Case, expected: Expected) -> Expected:
    """Whoever would ring after the ring is over is not rung at all."""

    def changed(ring: Action) -> Action:
        if ring["how"] != "together":
            return ring
        return {**ring, "targets": [one for one in ring["targets"] if one.get("delay", 0) < ring["timeout"]]}

    return _rings(expected, changed)


def _equal_weights(case: Case, expected: Expected) -> Expected:
    """Two members of one weight both ring."""
    groups = case["given"].get("groups", {})
    single = [
        endpoint["id"]
        for node in _nodes(case)
        if node["module"] == "ring_group" and node["data"].get("strategy") == "single"
        for endpoint in node["data"]["endpoints"]
        if endpoint["endpoint_type"] == "group"
    ]
    members = {
        name: member for group in single for name, member in groups[group]["members"].items() if member.get("weight")
    }
    weights = [member["weight"] for member in members.values()]
    if len(set(weights)) == len(weights) or any(member["type"] != "device" for member in members.values()):
        return expected
    ordered = [{"device": name} for name, _ in sorted(members.items(), key=lambda one: one[1]["weight"])]
    return _rings(expected, lambda ring: {**ring, "targets": ordered})


def _users_off(case: Case, expected: Expected) -> Expected:
    """The phones of a user that is switched off do not ring."""
    users, devices = case["given"].get("users", {}), case["given"].get("devices", {})
    off = {name for name, device in devices.items() if users.get(device.get("owner"), {}).get("enabled") is False}

    def changed(ring: Action) -> Action:
        return {**ring, "targets": [one for one in ring["targets"] if one.get("device") not in off]}

    return _rings(expected, changed)


def _users_together(case: Case, expected: Expected) -> Expected:
    """The phones of one user ring together, also where the user's node says one after the other."""
    alone = [node for node in _nodes(case) if node["module"] == "user" and node["data"].get("strategy") == "single"]
    return _rings(expected, lambda ring: {**ring, "how": "together"} if alone else ring)


def _menus_words(case: Case, expected: Expected) -> Expected:
    """After the last try a menu says that it is over, not also that the choice was wrong; and it connects without a word."""
    dropped = [("invalid", "exit"), ("transfer", "flow")]
    return [
        action
        for action, after in zip(expected, [*expected[1:], {}], strict=True)
        if (action.get("what"), after.get("what", after.get("do"))) not in dropped
    ]


def _trunks_reach_public_numbers(case: Case, expected: Expected) -> Expected:
    """Callers from outside reach the public numbers of callflows, and no patterns."""
    call = case["call"]
    if "device" in call["from"] or expected[0]["do"] != "flow":
        return expected
    numbers = {number for flow in case["given"]["callflows"] for number in flow.get("numbers", ())}
    public = e164(NANP, call["called"])
    return expected if {call["called"], public} & numbers else [{"do": "no_route"}]


def _no_direct_calls_in_groups(case: Case, expected: Expected) -> Expected:
    """A forward for direct calls alone is never that of a group, also not of Kazoo's older module."""
    if not any(node["module"] == "group" for node in _nodes(case)):
        return expected
    given = case["given"]

    def direct_only(device: str) -> bool:
        own = given["devices"].get(device, {})
        forward = own.get("call_forward", {})
        if not forward.get("enabled"):
            forward = given["users"].get(own.get("owner"), {}).get("call_forward", {})
        return bool(forward.get("direct_calls_only"))

    def changed(ring: Action) -> Action:
        targets: list[Action] = []
        for target in ring["targets"]:
            device = target.get("forwarded_for")
            if device is None or not direct_only(device):
                targets.append(target)
            elif {"device": device} not in [{"device": one.get("device")} for one in targets]:
                times = {name: target[name] for name in ("delay", "timeout") if name in target}
                targets.append({"device": device, **times})
        return {**ring, "targets": targets}

    return _rings(expected, changed)


def _more_literal(case: Case, expected: Expected) -> Expected:
    """Of several patterns the one with more signs that stand as they are wins, not the one that captures more."""
    called = case["call"]["called"]
    flows = case["given"].get("callflows", [])
    if expected[0]["do"] != "flow" or any(called in flow.get("numbers", ()) for flow in flows):
        return expected
    ranked = []
    for flow in flows:
        for pattern in flow.get("patterns", ()):
            ours_ = expression(whole(pattern))
            if (matched := ours_.matcher.fullmatch(called)) is not None:
                ranked.append((-ours_.literals, -ours_.prefix, slug(flow["id"]), flow, matched))
    if len(ranked) < 2:
        return expected
    _, _, _, flow, matched = min(ranked, key=lambda one: one[:3])
    if flow["id"] == expected[0]["id"]:
        return expected
    assert flow["flow"]["module"] == "play", "write this case's own expectation: only recordings are known to this rule"
    capture = {"capture": matched[1]} if matched.re.groups else {}
    played = {"do": "play", "what": flow["flow"]["data"]["id"]}
    return [{"do": "flow", "id": flow["id"], **capture}, {"do": "answer"}, played, {"do": "end"}]


def _no_guessed_countries(case: Case, expected: Expected) -> Expected:
    """Digits without a prefix of the account are no foreign number: 44207123 is not +44207123, and one prefix is 011."""
    called = case["call"]["called"]
    guessed = "+" + called.removeprefix("00")
    if called.startswith(("+", "011")) or e164(NANP, called) is not None or "device" not in case["call"]["from"]:
        return expected
    flows = case["given"].get("callflows", [])
    listed = {number: flow for flow in flows for number in flow.get("numbers", ())}
    if called in listed or (guessed == "+" + called and len(called) < 8):
        return expected
    if expected[0] == {"do": "flow", "id": listed.get(guessed, {}).get("id")}:
        return [{"do": "no_route"}] if "no_match" not in listed else expected
    return [{**action, "number": called} if action.get("number") == guessed else action for action in expected]


def _hunts_do_not_return(case: Case, expected: Expected) -> Expected:
    """An extension that was dialled in a menu and has run out ends the call; it does not come back to the menu's `_`."""
    dialled = [index for index, action in enumerate(expected) if action["do"] == "flow"][1:]
    menus = [node for node in _nodes(case) if node["module"] == "menu" and node.get("children", {}).get("_")]
    if not dialled or not menus:
        return expected
    child = menus[0]["children"]["_"]
    tail = [{"do": "answer"}, {"do": "play", "what": child.get("data", {}).get("id")}, {"do": "end"}]
    return [*expected[: -len(tail)], {"do": "end"}] if expected[-len(tail) :] == tail else expected


def _rings(expected: Expected, changed: Callable[[Action], Action]) -> Expected:
    return [changed(action) if action["do"] == "ring" else action for action in expected]


DEPARTURES: Final[Mapping[str, Callable[[Case, Expected], Expected]]] = {
    "calendar": _calendar,
    "end outside": _end_outside,
    "no early answer": _no_early_answer,
    "forward once": _forward_once,
    "equal weights": _equal_weights,
    "users off": _users_off,
    "users together": _users_together,
    "one leg": _one_leg,
    "within the ring": _within_the_ring,
    "no direct calls in groups": _no_direct_calls_in_groups,
    "more literal": _more_literal,
    "no guessed countries": _no_guessed_countries,
    "no return from menus": _hunts_do_not_return,
    "menu's words": _menus_words,
    "trunks": _trunks_reach_public_numbers,
}
"""Name → rule. What else Kazoo does must be done."""
