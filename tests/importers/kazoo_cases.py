"""Cases of a Kazoo engine: what they give as Kazoo documents, and our steps in the words in which they expect them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from offhook.callflow.action import Change, Dial, Hangup, Leg, Over, Page, Reject, Ring, Service, Step
from offhook.callflow.call import Call, Outcome
from offhook.callflow.check import check_callflow
from offhook.callflow.engine import resume, route
from offhook.callflow.match import match
from offhook.callflow.memory import Exchange, memory_of
from offhook.directory import Directory
from offhook.importers.kazoo import Imported, import_kazoo
from offhook.importers.kazoo.times import GREGORIAN
from offhook.integrity import problems_of
from offhook.model.account import Account
from offhook.model.callflow import Callflow
from offhook.model.decision import Hours, ModeNode
from offhook.model.kind import make_document
from offhook.model.mode import Mode
from offhook.model.node import DialOut, End, Node, Notify
from offhook.model.node import Ring as RingNode
from offhook.model.schedule import Schedule
from tests.offices import Office, directory_of

Case = dict[str, Any]
Action = dict[str, Any]

EXCHANGE: Final = Exchange(b"0123456789abcdef0123456789abcdef")
NOON: Final = "2024-07-01T12:00:00Z"
"""When a case says nothing of the time."""
PUBLIC: Final = "+15550009999"
"""The public number by which a trunk reaches what a case calls by a short number."""
PROMPTS: Final = {
    "menu-exit": "exit",
    "menu-transferring_call": "transfer",
    "vm-goodbye": "goodbye",
    "goodbye": "goodbye",
}
BARE: Final = ("vm-not_available_no_voicemail", "cf-unauthorized_call")
KINDS: Final = (
    "users",
    "devices",
    "groups",
    "vmboxes",
    "menus",
    "callflows",
    "temporal_rules",
    "temporal_rules_sets",
    "lists",
)
_CAUSES: Final = {
    486: "USER_BUSY",
    480: "NO_ANSWER",
    603: "CALL_REJECTED",
    503: "NORMAL_CIRCUIT_CONGESTION",
    404: "UNALLOCATED_NUMBER",
}
_STATUS: Final = {
    "busy": 486,
    "no_answer": 480,
    "rejected": 603,
    "unreachable": 480,
    "not_found": 404,
    "congestion": 503,
}
_LEFT: Final = re.compile(r"(\S+): (.+?) (?:goes to \S+|is not among its branches, else goes to \S+|leads nowhere)")
_INTO: Final = re.compile(r"\S+: on in callflow (\S+?)(?:, and back)?")
_BACK: Final = re.compile(r"callflow \S+ has run out: back to \S+ of callflow (\S+)")
_DIALLED: Final = re.compile(r".* is dialled in the menu: callflow (\S+)")


def kazoo_documents(case: Case) -> dict[str, list[dict[str, Any]]]:
    """What a case gives, as Kazoo's API has it."""
    given = case["given"]
    account = given.get("account", {})
    zone = ZoneInfo(account.get("timezone", "UTC"))
    documents: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    documents["accounts"] = [
        {
            "id": "acme", "realm": account.get("realm", "acme.example"), "timezone": zone.key, "dial_plan": account.get("dial_plan"),
            "do_not_disturb": {"enabled": account.get("dnd", False)}, "preflow": {"always": account.get("preflow")},
            "call_restriction": _restriction(account),
        }
    ]  # fmt: skip
    for identity, user in given.get("users", {}).items():
        documents["users"].append({**_silent(user), "id": identity, "first_name": user.get("name", identity)})
    for identity, device in given.get("devices", {}).items():
        said = {"owner_id": device.get("owner"), "sip": {"username": identity, "password": "secret"}}
        documents["devices"].append({**_silent(device), "id": identity, **said})
    for identity, group in given.get("groups", {}).items():
        documents["groups"].append(
            {**group, "id": identity, "endpoints": group.get("members", group.get("endpoints", {}))}
        )
    for identity, box in given.get("vmboxes", {}).items():
        said = {name: value for name, value in box.items() if name not in ("owner", "full")}
        documents["vmboxes"].append({**said, "id": identity, "owner_id": box.get("owner")})
    for identity, menu in given.get("menus", {}).items():
        documents["menus"].append(
            {**menu, "id": identity, "media": {"greeting": f"menu of {identity}", **menu.get("media", {})}}
        )
    for identity, rule in given.get("rules", {}).items():
        documents["temporal_rules"].append(_rule(identity, rule, zone))
    for identity, rules in given.get("rule_sets", {}).items():
        listed = rules if isinstance(rules, list) else rules.get("rules", rules.get("temporal_rules", []))
        documents["temporal_rules_sets"].append({"id": identity, "name": identity, "temporal_rules": listed})
    documents["list_entries"] = []
    for identity, listed in given.get("lists", {}).items():
        documents["lists"].append({"id": identity, "name": identity})
        documents["list_entries"] += _entries(identity, listed)
    documents["callflows"] = [{"name": flow["id"], **flow} for flow in given.get("callflows", [])]
    return documents


def _silent(party: dict[str, Any]) -> dict[str, Any]:
    """A user or device with its switches as Kazoo writes them."""
    changed = {**party, "do_not_disturb": {"enabled": party.get("dnd", False)}, "call_restriction": _restriction(party)}
    return {name: value for name, value in changed.items() if name not in ("dnd", "name", "owner")}


def _restriction(party: dict[str, Any]) -> dict[str, Any]:
    return {
        name: said if isinstance(said, dict) else {"action": said}
        for name, said in party.get("call_restriction", {}).items()
    }


def _rule(identity: str, rule: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    said: dict[str, Any] = {"id": identity, "name": identity}
    for theirs, name in (("from", "time_window_start"), ("to", "time_window_stop")):
        if theirs in rule:
            said[name] = rule[theirs]
    if "start_date" in rule:
        begin = datetime.fromisoformat(rule["start_date"]).replace(tzinfo=zone)
        said["start_date"] = int(begin.timestamp()) + GREGORIAN
    if "start_utc" in rule:
        said["start_date"] = int(datetime.fromisoformat(rule["start_utc"]).timestamp()) + GREGORIAN
    return {
        **said,
        **{name: value for name, value in rule.items() if name not in ("from", "to", "start_date", "start_utc")},
    }


def _entries(identity: str, listed: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for names, field in (
        (("prefixes", "prefix"), "prefix"),
        (("numbers", "number"), "number"),
        (("patterns", "regexes", "regexps", "pattern"), "pattern"),
    ):
        values: Any = next((listed[name] for name in names if name in listed), [])
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            yield {"id": f"{identity}-{field}-{index}", "list_id": identity, field: value}


def moment(case: Case) -> datetime:
    """When the call of a case is made."""
    return datetime.fromisoformat(case["call"].get("at", NOON)).astimezone(UTC)


class Rehearsal:
    """A case, imported, and its call made."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.imported: Imported = import_kazoo(json.dumps(kazoo_documents(case)), now=moment(case))
        documents = [
            make_document(kind, values, f"{kind}[{index}]")
            for kind, listed in self.imported.office.items()
            for index, values in enumerate(self._with_public_number(kind, listed))
        ]
        self.office = Office(directory_of(documents))
        self.problems = [
            f"{document.id} {problem}"
            for document in documents
            for problem in problems_of(
                self.directory, document, (check_callflow,) if isinstance(document, Callflow) else ()
            )
        ]
        """Why offhook would not take what was imported; nothing."""

    @property
    def directory(self) -> Directory:
        return self.office.directory

    @property
    def account(self) -> Account:
        return self.directory.account("default")

    @property
    def trunk(self) -> bool:
        return "device" not in self.case["call"]["from"]

    def _with_public_number(self, kind: str, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The callflow that a trunk calls by a short number has a public one too: nobody outside can dial the short one."""
        called = self.case["call"]["called"]
        if kind != "callflows" or not self.trunk or called.startswith("+"):
            return listed
        return [
            {**flow, "numbers": [*flow["numbers"], PUBLIC]} if called in flow.get("numbers", ()) else flow
            for flow in listed
        ]

    def call(self) -> Call:
        """The call of the case."""
        call = self.case["call"]
        if not self.trunk:
            return Call(call["called"], self.account.realm, call["from"]["device"])
        short = any(call["called"] in flow.get("numbers", ()) for flow in self.imported.office.get("callflows", []))
        return Call(
            PUBLIC if short and not call["called"].startswith("+") else call["called"], self.account.realm,
            number=str(call["from"].get("caller_id", "")),
        )  # fmt: skip

    def actions(self) -> list[Action]:
        """What happens, in the words of the case."""
        told = Told(self)
        call, now = self.call(), moment(self.case).timestamp()
        outcomes, digits = list(self.case["call"].get("outcomes", ())), list(self.case["call"].get("digits", ()))
        step = route(self.directory, call, EXCHANGE, now=now)
        for _ in range(100):
            told.step(step)
            if step.cursor is None:
                break
            outcome = self._outcome(step, outcomes, digits)
            step = resume(self.directory, step.cursor, outcome, EXCHANGE, now=now)
        return told.actions

    def _outcome(self, step: Step, outcomes: list[str], digits: list[str]) -> Outcome:
        action = step.action
        if isinstance(action, Ring | Dial):
            cause = outcomes.pop(0) if outcomes else "answered"
            if cause == "caller_hangup":
                return Outcome("gone")
            return Outcome(cause if cause != "not_found" else "failed", status=_STATUS.get(cause))
        if isinstance(action, Change):
            self._change(action)
        if isinstance(action, Service) and action.name == "menu":
            chosen = digits.pop(0) if digits else ""
            return Outcome("digits", chosen) if chosen else Outcome("no_input")
        if isinstance(action, Service) and action.name == "voicemail":
            if self.case["given"].get("vmboxes", {}).get(self.box(action), {}).get("full"):
                return Outcome("full")
            return Outcome("operator" if digits and digits.pop(0) == "0" else "done")
        return Outcome("none" if isinstance(action, Service) and "done" not in action.outcomes else "done")

    def _change(self, change: Change) -> None:
        """Do what the server does with a switched mode."""
        if change.what == "mode":
            mode = self.directory.find(Mode, "default", change.id)
            assert mode is not None
            states = {"states": list(mode.states), "state": change.value, "name": mode.name}
            self.office.change(make_document("modes", {"id": mode.id, **states}, ""))

    def theirs(self, kind: str, ours: str) -> str:
        """Kazoo's id of a document of ours."""
        ours = re.sub(r"-dial-plan-\d+$", "", ours)
        return next((theirs for theirs, given in self.imported.ids.get(kind, {}).items() if given == ours), ours)

    def box(self, action: Service) -> str | None:
        """The case's id of a mailbox."""
        number = action.parameters["box"]
        boxes = self.case["given"].get("vmboxes", {})
        return next((name for name, box in boxes.items() if str(box.get("mailbox")) == number), None)


class Told:
    """Steps told in the words of the cases."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.actions: list[Action] = []
        self._rehearsal = rehearsal
        self._flow = ""
        self._began = False

    def step(self, step: Step) -> None:
        """Add what a step tells: first the nodes on the way to it, then its action."""
        if not self._began:
            self._began = True
            if step.callflow is None:
                self.actions.append({"do": "no_route"})
                return
            self._begin(step)
        for line in step.trace:
            self._line(line, step)
        self._act(step)

    def _begin(self, step: Step) -> None:
        rehearsal = self._rehearsal
        call, directory = rehearsal.call(), rehearsal.directory
        if rehearsal.trunk:
            for identity in directory.ids("default", "callflows"):
                flow = directory.find(Callflow, "default", identity)
                if flow is not None and f"callflow {flow.id} of account" in step.trace[0]:
                    self._flow = flow.id
            self.actions.append({"do": "flow", "id": self._rehearsal.theirs("callflows", self._flow)})
            return
        found = match(directory, memory_of(directory, EXCHANGE), rehearsal.account, call.called)
        assert found.callflow is not None
        self._flow = found.callflow.id
        expects = self._rehearsal.case["expect"][0]
        # A pattern without brackets captures nothing, where Kazoo takes all of the number for captured.
        capture = {"capture": found.captures.get("1", call.called)} if "capture" in expects else {}
        self.actions.append({"do": "flow", "id": rehearsal.theirs("callflows", self._flow), **capture})

    def _node(self, name: str) -> Node:
        flow = self._rehearsal.directory.find(Callflow, "default", self._flow)
        assert flow is not None
        return flow.nodes[name]

    def _line(self, line: str, step: Step) -> None:
        if (into := _INTO.fullmatch(line)) or (into := _BACK.fullmatch(line)):
            self._flow = into[1]
        elif dialled := _DIALLED.fullmatch(line):
            self._flow = dialled[1]
            self.actions.append({"do": "flow", "id": self._rehearsal.theirs("callflows", self._flow)})
        elif left := _LEFT.fullmatch(line):
            self._left(self._node(left[1]), left[2], step)

    def _left(self, node: Node, branch: str, step: Step) -> None:
        """A node that decided by itself, or did something that nobody hears."""
        if isinstance(node, Hours):
            schedule = self._rehearsal.directory.find(Schedule, "default", node.schedule)
            assert schedule is not None
            self._rule(None if schedule.periods.get(branch) == "else" else branch)
        elif isinstance(node, ModeNode):
            mode = self._rehearsal.directory.find(Mode, "default", node.mode)
            assert mode is not None
            self._rule(mode.name if branch == "on" else None)
        elif isinstance(node, Notify) and node.on == "missed":
            self.actions.append({"do": "on_end", "what": "missed_call_alert", "armed": bool(step.notify)})

    def _rule(self, rule: str | None) -> None:
        """The nodes of one temporal route, one after the other, come to one rule, or none."""
        if self.actions and self.actions[-1] == {"do": "rule", "rule": None}:
            self.actions.pop()
        self.actions.append({"do": "rule", "rule": rule})

    def _act(self, step: Step) -> None:
        action = step.action
        node = self._node(step.node) if step.node is not None else None
        if isinstance(action, Ring):
            assert isinstance(node, RingNode)
            self.actions.append(_ring(self._rehearsal, action, node))
        elif isinstance(action, Dial):
            self.actions.append({"do": "dial_out", "number": action.number})
        elif isinstance(action, Page):
            self.actions.append({"do": "page", "targets": sorted(leg.device or leg.address for leg in action.legs)})
        elif isinstance(action, Change):
            self._changed(action)
        elif isinstance(action, Service):
            self.actions += list(self._served(action))
        elif isinstance(action, Reject):
            if isinstance(node, End) and node.code is not None:
                self.actions.append({"do": "reject", "code": action.code})
            cause = {"cause": _CAUSES.get(action.code)} if isinstance(node, DialOut) else {}
            self.actions.append({"do": "end", **cause})
        elif isinstance(action, Hangup):
            self.actions.append({"do": "end"})
        elif isinstance(action, Over):
            self.actions += [{"do": "caller_gone"}] if action.why == "gone" else [{"do": "connected"}, {"do": "end"}]

    def _changed(self, change: Change) -> None:
        if change.what != "mode":
            self.actions.append({"do": "set", "what": change.what, "to": change.op})
            return
        mode = self._rehearsal.directory.find(Mode, "default", change.id)
        assert mode is not None
        to = {"on": "enable", "off": "disable", "auto": "reset"}[change.value or "auto"]
        last = self.actions[-1] if self.actions else {}
        if last.get("do") == "set_rules" and last["to"] == to:
            last["rules"].append(mode.name)
        else:
            self.actions.append({"do": "set_rules", "rules": [mode.name], "to": to})

    def _served(self, service: Service) -> Iterator[Action]:
        said = service.parameters
        if service.name == "announce":
            media = str(said.get("media", said.get("text")))
            if media in PROMPTS:
                yield {"do": "play", "what": PROMPTS[media]}
                return
            if service.answer == "yes":
                yield {"do": "answer"}
            yield {"do": "play", "what": media}
        elif service.name == "wait":
            if service.answer == "yes":
                yield {"do": "answer"}
            if said["seconds"] or service.answer != "yes":
                yield {"do": "wait", "seconds": said["seconds"]}
        elif service.name == "menu":
            if not said["before"]:
                yield {"do": "answer"}
            elif said["before"] == "invalid":
                yield {"do": "play", "what": "invalid"}
            yield {"do": "menu", "menu": str(said.get("prompt_media", "")).removeprefix("menu of ")}
        else:
            yield {"do": "answer"}
            box = self._rehearsal.box(service) if "box" in said else None
            if service.name == "voicemail" and self._rehearsal.case["given"].get("vmboxes", {}).get(box, {}).get(
                "full"
            ):
                yield {"do": "play", "what": "mailbox full", "box": box}
            else:
                yield {"do": service.name, **({"box": box} if "box" in said else {})}


def _ring(rehearsal: Rehearsal, ring: Ring, node: RingNode) -> Action:
    """Legs with the seconds that each rings."""
    legs = [_leg(rehearsal, leg) for stage in ring.stages for leg in stage.legs]
    how = {"random": "random_order"}.get(node.order, node.order)
    return {"do": "ring", "how": how, "targets": legs, "timeout": node.timeout}


def _leg(rehearsal: Rehearsal, leg: Leg) -> Action:
    if leg.device is not None:
        return {"device": rehearsal.theirs("devices", leg.device), "delay": leg.delay, "seconds": leg.timeout}
    confirm = {"confirm": True} if leg.confirm else {}
    return {"number": leg.address, "for": leg.user, "delay": leg.delay, "seconds": leg.timeout, **confirm}
