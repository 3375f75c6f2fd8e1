"""A plan as proxies read it: `ring`, `forward`, `query` and `reply` steps in a list, each with where to go on by cause.

Steps are named by their place in the list; a place behind its end ends the call by its last cause. What a proxy cannot do
(`caps`) is put in other words here: delays become steps of their own, a phone that is to ring less long than the others is
told so by the Expires header (RFC 3261 §13.3.1), queries give way to what they would do if nobody answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from offhook.callflow.action import Dial, Leg, Page, Reject, Ring, Service, Stage, Step
from offhook.callflow.plan import Plan, PlanStep, Query

from .causes import CAUSES, DIAL, PAGE, RING, SERVICES, VALUED
from .headers import address, display_name, diversion, header, headers_of
from .slices import slices

ALL_CAPS: Final = frozenset({"delay", "decline_all", "target_timeout", "target_headers", "query"})
"""What a proxy that says nothing about itself is taken to do: all of the contract."""
STEP_TOKENS: Final = "step_tokens"
"""Cap of adapters that fetch a plan step by step: each step carries the `token` that goes on from it."""
SERVICE_SECONDS: Final = 60
"""Seconds that a media server may take to answer."""
_ENDED: Final = (480, "Temporarily Unavailable")
"""What ends a call that was to be hung up, but that no media server has answered."""

WireStep = dict[str, Any]


def written(
    plan: Plan,
    *,
    realm: str,
    called: str,
    caps: frozenset[str] = ALL_CAPS,
    first_login: Callable[[str], str | None] = lambda device: None,
    dials_as: Callable[[str | None], str | None] = lambda user: None,
) -> list[WireStep]:
    """The steps of a plan; `realm` is the account's, `called` the number that was dialled.

    `first_login(device)` is the user name of a device's first line; `dials_as(user)` that of the line as which a number
    inside is dialled on behalf of a user, or of nobody (None).
    """
    return _Writing(plan, realm, called, caps, first_login, dials_as).steps()


class _Writing:
    """One plan while it is written."""

    def __init__(
        self,
        plan: Plan,
        realm: str,
        called: str,
        caps: frozenset[str],
        first_login: Callable[[str], str | None],
        dials_as: Callable[[str | None], str | None],
    ) -> None:
        self._plan = plan
        self._first_login = first_login
        self._dials_as = dials_as
        self._realm = realm
        self._called = called
        self._caps = caps
        self._slices = [
            slices(step.action, delay="delay" in caps) if isinstance(step.action, Ring) else () for step in plan.steps
        ]
        self._place: list[int] = []
        """Of each step of the plan: the place of the first one that is written for it."""
        place = 0
        for index, cut in enumerate(self._slices):
            self._place.append(place)
            place += 0 if self._left_out(index) else max(len(cut), 1)
        self._end = place
        """How many steps the plan itself comes to."""
        for index, step in enumerate(plan.steps):
            if isinstance(step.action, Query) and self._left_out(index):
                self._place[index] = self._place[step.action.otherwise]
        self._asked: dict[tuple[str, int], int] = {}
        """Queries that were added for what a caller chose at a media server: (token, else) → place."""
        self._added: list[WireStep] = []

    def _left_out(self, index: int) -> bool:
        """Whether a step is a query to a proxy that cannot ask again: it goes on as if nobody had answered."""
        return "query" not in self._caps and isinstance(self._plan.steps[index].action, Query)

    def steps(self) -> list[WireStep]:
        """Every step, in its place."""
        found: list[WireStep] = []
        for index, step in enumerate(self._plan.steps):
            if not self._left_out(index):
                found += self._with_token(step, self._of(index, step))
        behind = self._end + len(self._added)
        for one in (*found, *self._added):
            if one.get("next") == -1:
                one["next"] = behind
            for cause, place in one.get("on", {}).items():
                if place == -1:
                    one["on"][cause] = behind
        return found + self._added

    def _with_token(self, step: PlanStep, steps: list[WireStep]) -> list[WireStep]:
        if STEP_TOKENS in self._caps and step.step is not None and step.step.cursor is not None:
            for one in steps:
                one["token"] = step.step.cursor
        return steps

    def _of(self, index: int, step: PlanStep) -> list[WireStep]:
        action = step.action
        if isinstance(action, Ring):
            return self._ring(index, step, action)
        for kind, write in _WRITERS:
            if isinstance(action, kind):
                return [write(self, step, action)]
        return [{"type": "reply", "code": _ENDED[0], "reason": _ENDED[1]}]

    # --- ringing ---------------------------------------------------------------------------------------------------

    def _ring(self, index: int, step: PlanStep, ring: Ring) -> list[WireStep]:
        goes = self._goes(step, RING)
        cut = self._slices[index]
        found = []
        for number, stage in enumerate(cut):
            ways = _ways(goes, goes["no_answer"])
            if number < len(cut) - 1:
                # To the next part; but whoever declines for all ends every part.
                following = self._place[index] + number + 1
                departures = {"declined": goes["declined"]} if ring.decline_all else {}
                ways = {"on": departures, "next": following}
            found.append(
                {
                    "type": "ring",
                    "timeout": stage.timeout,
                    "decline_all": ring.decline_all,
                    "continues": number > 0,
                    "skip_busy": ring.skip_busy,
                    "caller": _caller(step.step, prefix=ring.caller_prefix or ""),
                    "headers": _headers(step.step, ring.tone),
                    "targets": [self._target(leg, stage) for leg in stage.legs],
                    **ways,
                }
            )
        return found

    def _target(self, leg: Leg, stage: Stage) -> WireStep:
        headers = [diversion(self._called, self._realm)] if leg.forwarded else []
        ends_earlier = leg.delay + leg.timeout < stage.timeout and leg.timeout > 0
        if ends_earlier and "target_timeout" not in self._caps:
            headers.append(header("Expires", str(leg.timeout)))
        if not leg.address.startswith("sip:") and not leg.outside and (login := self._dials_as(leg.user)) is not None:
            headers.append(header("X-Offhook-Login", f"{login}@{self._realm}"))
        target = {"delay": leg.delay, "headers": headers if "target_headers" in self._caps else []}
        if ends_earlier and "target_timeout" in self._caps:
            target["timeout"] = leg.timeout
        if leg.confirm:
            target["confirm"] = True
        if leg.address.startswith("sip:"):
            if (instead := self._instead(leg)) is not None:
                target["instead"] = instead
            return {"aor": leg.address, **target, "device": leg.device, "user": leg.user}
        return {"uri": address(leg.address, self._realm), **target, "outside": leg.outside, "user": leg.user}

    def _instead(self, leg: Leg) -> str | None:
        """The first line of the device, for when the line itself is not registered: a phone that has not fetched its new
        lines yet rings all the same."""
        login = self._first_login(leg.device) if leg.device is not None else None
        first = f"sip:{login}@{self._realm}"
        return first if login is not None and first != leg.address else None

    def _page(self, step: PlanStep, page: Page) -> WireStep:
        """One phone is called and answers by itself; several need somebody who speaks to all of them."""
        goes = self._goes(step, PAGE)
        if len(page.legs) > 1:
            return self._service(
                step, Service("page", {"addresses": [leg.address for leg in page.legs], "two_way": page.two_way})
            )
        answering = [
            header("Call-Info", "<sip:page>;answer-after=0"),
            header("Alert-Info", "<sip:page>;info=alert-autoanswer"),
        ]
        return {
            "type": "ring",
            "timeout": SERVICE_SECONDS,
            "decline_all": False,
            "continues": False,
            "skip_busy": not page.barge,
            "caller": _caller(step.step),
            "headers": [*_headers(step.step, None), *answering],
            "targets": [{"aor": page.legs[0].address, "delay": 0, "headers": [], "device": page.legs[0].device}],
            **_ways(goes, goes["no_answer"]),
        }

    # --- handing on ------------------------------------------------------------------------------------------------

    def _dial(self, step: PlanStep, dial: Dial) -> WireStep:
        goes = self._goes(step, DIAL)
        caller = {
            **_caller(step.step),
            "name": display_name(dial.caller_name or ""),
            "number": dial.caller_number or "",
        }
        return {
            "type": "forward",
            "uri": address(dial.number, self._realm),
            "timeout": dial.timeout,
            "outside": True,
            "emergency": dial.emergency,
            "routes": list(dial.routes),
            "caller": caller,
            "headers": _headers(step.step, None),
            **_ways(goes, goes["failed"]),
        }

    def _service(self, step: PlanStep, service: Service) -> WireStep:
        """To a media server: which service and with what is said in headers, the address is the service's own, or by name."""
        parameters = dict(service.parameters)
        goes = self._goes(step, SERVICES.get(service.name, {}))
        uri = parameters.pop("uri", "") or parameters.pop("to", "")
        uri = uri if str(uri).startswith(("sip:", "sips:")) else address(str(uri) or service.name, self._realm)
        said = [header("X-Offhook-Service", service.name)]
        if "box" in parameters:
            said.append(header("X-Offhook-Mailbox", str(parameters.pop("box"))))
        for name, value in sorted(parameters.items()):
            if value not in ("", False, []):
                text = (
                    ",".join(value) if isinstance(value, list) else str(value).lower() if value is True else str(value)
                )
                said.append(header(f"X-Offhook-{name.replace('_', '-').title()}", text))
        return {
            "type": "forward",
            "uri": uri,
            "timeout": SERVICE_SECONDS,
            "outside": False,
            "emergency": False,
            "service": service.name,
            "routes": [],
            "caller": _caller(step.step),
            "headers": [*_headers(step.step, None), *said],
            **_ways(goes, goes["failed"]),
        }

    def _query(self, step: PlanStep, query: Query) -> WireStep:
        return {"type": "query", "token": query.cursor, "else": self._place[query.otherwise]}

    def _reply(self, step: PlanStep, reject: Reject) -> WireStep:
        return {"type": "reply", "code": reject.code, "reason": reject.reason}

    # --- going on --------------------------------------------------------------------------------------------------

    def _goes(self, step: PlanStep, outcomes: Mapping[str, str]) -> dict[str, int]:
        """Cause → place of the step to take; -1: behind the end."""
        return {cause: self._where(step, outcomes.get(cause, "done")) for cause in CAUSES}

    def _where(self, step: PlanStep, outcome: str) -> int:
        if outcome in step.on:
            return self._place[step.on[outcome]]
        if outcome in VALUED and step.next is not None and isinstance(self._plan.steps[step.next].action, Query):
            return self._place[step.next]
        if outcome in VALUED and step.step is not None and step.step.cursor is not None and "query" in self._caps:
            return self._choice(step, step.step.cursor)
        return self._place[step.next] if step.next is not None else -1

    def _choice(self, step: PlanStep, token: str) -> int:
        """A query for what the caller chose: which of the steps that is, only the engine can tell."""
        otherwise = self._place[step.next] if step.next is not None else self._place[next(iter(step.on.values()), 0)]
        key = (token, otherwise)
        if key not in self._asked:
            self._asked[key] = self._end + len(self._added)
            self._added.append({"type": "query", "token": token, "else": otherwise})
        return self._asked[key]


_WRITERS: Final[tuple[tuple[type, Callable[[_Writing, PlanStep, Any], WireStep]], ...]] = (
    (Query, _Writing._query),
    (Dial, _Writing._dial),
    (Service, _Writing._service),
    (Page, _Writing._page),
    (Reject, _Writing._reply),
)


def _ways(goes: Mapping[str, int], usual: int) -> dict[str, Any]:
    """`on` and `next`: only the causes that depart from the usual way are named."""
    return {"on": {cause: place for cause, place in goes.items() if place != usual}, "next": usual}


def _caller(step: Step | None, prefix: str = "") -> dict[str, Any]:
    """Who calls, as the called party is to see it."""
    if step is None:
        return {"name": "", "number": "", "privacy": False}
    shown = step.properties
    return {
        "name": display_name(prefix + shown.caller_name),
        "number": shown.caller_number,
        "privacy": shown.hide,
    }


def _headers(step: Step | None, tone: str | None) -> list[dict[str, str]]:
    """The headers of a step: what the callflow sets, and how it rings."""
    if step is None:
        return []
    found = headers_of(step.properties.headers)
    if tone := tone or step.properties.tone:
        found.append(header("Alert-Info", tone))
    return found
