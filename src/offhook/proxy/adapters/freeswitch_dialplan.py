"""FreeSWITCH: a plan as dialplan actions.

Actions run one after the other, so the steps of a plan that follow each other whatever happens are written in a row. Where
the way depends on the cause, the last action is a transfer to `offhook-next`: FreeSWITCH then asks again, with the token of
the step (a channel variable) and what came of it (`originate_disposition`), and gets what goes on from there.

Whatever comes from a document or a phone is made harmless in the one place where it enters: `literal` for values of
variables (FreeSWITCH expands `${…}` in them, some twice, so that no escaping is sure to last), `dialable` for dial strings
(where `,` `|` `[` `]` `{` `}` and `:_:` separate).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from offhook.proxy.written import WireStep

from .freeswitch import NEXT, SERVICES_CONTEXT, action, dialplan_document, rendered

GATEWAY: Final = "${offhook_gateway}"
"""The trunk for numbers outside that name no route: a global variable of the FreeSWITCH (vars.xml)."""
_UNDIALABLE: Final = re.compile(r"[^A-Za-z0-9_.+*#@!-]")
_UNNAMED: Final = re.compile(r"[^A-Za-z0-9_.-]")


def literal(text: str) -> str:
    """A text as a value of a variable: nothing in it is expanded."""
    return text.replace("$", "").replace("\\", "")


def dialable(text: str) -> str:
    """A user, number or host in a dial string; signs that could separate there are percent-encoded (RFC 3986 §2.1)."""
    return _UNDIALABLE.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode("utf-8", "replace")), text)


def dialplan(plan: Mapping[str, Any], context: str, realm: str) -> str:
    """The actions of a plan, for a call in a dialplan context; `realm`: of the account, whose mailboxes it has."""
    document, condition = dialplan_document(context)
    writing = _Actions(condition, _UNNAMED.sub("", context), dialable(realm))
    writing.set("hangup_after_bridge", "true")
    writing.set("continue_on_fail", "true")
    action(condition, "unset", "offhook_rang")
    _follow(plan["steps"], writing)
    return rendered(document)


def _follow(steps: list[WireStep], writing: _Actions) -> None:
    """Write the steps that follow each other, up to where FreeSWITCH has to ask."""
    place, token, seen = 0, "", set[int]()
    while True:
        if place >= len(steps):
            action(writing.condition, "hangup", "${originate_disposition}")
            return
        step = steps[place]
        kind = step["type"]
        if kind == "reply":
            action(writing.condition, "respond", literal(f"{step['code']} {step['reason']}"))
            return
        if kind == "query" or place in seen:
            writing.ask(step["token"] if kind == "query" else token)
            return
        seen.add(place)
        if writing.carry_out(step):
            return
        token = step.get("token", token)
        following = _usual(steps, step)
        if following is None and token:
            writing.ask(token)
            return
        place = following if following is not None else step["next"]
        if place < len(steps) and steps[place].get("continues"):
            writing.remember_disposition()


def _usual(steps: list[WireStep], step: WireStep) -> int | None:
    """The step that follows whatever the cause is; None: it depends."""
    if step["next"] < len(steps) and steps[step["next"]].get("continues"):
        # A ring in stages: whoever declines ends its stage only, as FreeSWITCH cannot leave a row of actions by cause.
        return int(step["next"])
    if step.get("service"):
        return None
    ways = {int(step["next"])}
    for cause, place in step["on"].items():
        # Redirections are never followed, and FreeSWITCH does not say where to: nothing to ask about.
        asks = cause == "redirected" and place < len(steps) and steps[place]["type"] == "query"
        ways.add(int(steps[place]["else"]) if asks else int(place))
    return ways.pop() if len(ways) == 1 else None


class _Actions:
    """The actions of one answer while they are written."""

    def __init__(self, condition: Element, context: str, realm: str) -> None:
        self.condition = condition
        self._context = context
        self._realm = realm

    def set(self, name: str, value: str) -> None:
        """Set a variable of the call; what is in `value` is expanded."""
        action(self.condition, "set", f"{name}={value}")

    def ask(self, token: str) -> None:
        """Come back, and say what became of the step."""
        self.set("offhook_token", literal(token))
        action(self.condition, "transfer", f"{NEXT} XML {self._context}")

    def remember_disposition(self) -> None:
        """The next bridge goes on with this one's ring: what came of it counts, if nobody is there any more."""
        self.set("offhook_rang", "${originate_disposition}")

    def carry_out(self, step: WireStep) -> bool:
        """Write one step; True: the call ends with it."""
        if (service := step.get("service")) is not None:
            return self._service(service, step)
        self._show(step)
        self.set("ignore_early_media", "true" if step["type"] == "ring" else "false")
        self.set("call_timeout", str(step["timeout"]))
        legs = self._legs(step) if step["type"] == "ring" else _trunks(step["uri"], step["routes"])
        together = "{fail_on_single_reject=CALL_REJECTED}" if step.get("decline_all") else ""
        action(self.condition, "bridge", together + legs)
        return False

    def _show(self, step: WireStep) -> None:
        """What the called phones see, and only those of this step."""
        caller = step["caller"]
        action(self.condition, "unset", "offhook_outcome")
        action(self.condition, "unset", "export_vars")
        self.set("effective_caller_id_name", literal(caller["name"]))
        self.set("effective_caller_id_number", literal(caller["number"]))
        self._export("outbound_redirect_fatal", "true")
        if caller["privacy"]:
            self._export("origination_privacy", "hide_name:hide_number")
        for header in step["headers"]:
            self._export(f"sip_h_{_UNNAMED.sub('', header['name'])}", literal(header["value"]))

    def _export(self, name: str, value: str) -> None:
        action(self.condition, "export", f"nolocal:{name}={value}")

    def _legs(self, step: WireStep) -> str:
        return ",".join(self._leg(target, step["timeout"]) for target in step["targets"])

    def _leg(self, target: Mapping[str, Any], timeout: int) -> str:
        said = {header["name"]: header["value"] for header in target["headers"]}
        variables = {"leg_timeout": str(target.get("timeout") or max(timeout - target["delay"], 1))}
        if target["delay"]:
            variables["leg_delay_start"] = str(target["delay"])
        if "Diversion" in said:
            variables["sip_h_Diversion"] = said["Diversion"]
        if "aor" in target:
            where = f"user/{dialable(target['aor'].removeprefix('sip:'))}"
        elif target.get("outside"):
            where = _trunks(target["uri"], ())
        else:
            where = f"loopback/{_number(target['uri'])}/{self._context}"
            variables["offhook_login"] = said.get("X-Offhook-Login", "")
        listed = ",".join(f"{name}={_in_brackets(value)}" for name, value in variables.items())
        return f"[{listed}]{where}"

    def _service(self, service: str, step: WireStep) -> bool:
        """FreeSWITCH's own voicemail; all else is in the admin's own files, in the context for services."""
        said = {header["name"].lower(): header["value"] for header in step["headers"]}
        if service in _VOICEMAIL:
            box = dialable(said.get("x-offhook-mailbox", ""))
            # Never for who leaves a message: from there, a key leads into the mailbox.
            listens = service == "voicemail_check" and "x-offhook-ask-pin" not in said
            self.set("voicemail_authorized", "true" if listens else "false")
            action(self.condition, "answer")
            action(self.condition, "voicemail", _VOICEMAIL[service].format(realm=self._realm, box=box).strip())
            action(self.condition, "hangup")
            return True
        self.set("offhook_outcome", "failed")
        for name, value in sorted(said.items()):
            if name.startswith("x-offhook-"):
                named = _UNNAMED.sub("", name.removeprefix("x-offhook-")).replace("-", "_")
                self.set(f"offhook_service_{named}", literal(value))
        self.set("offhook_service_uri", literal(step["uri"]))
        action(self.condition, "execute_extension", f"{_UNNAMED.sub('', service)} XML {SERVICES_CONTEXT}")
        return False


_VOICEMAIL: Final[Mapping[str, str]] = {
    "voicemail": "default {realm} {box}",
    "voicemail_check": "check default {realm} {box}",
}
"""Services that FreeSWITCH does by itself → what its `voicemail` application is told."""


def _number(uri: str) -> str:
    """The number in `sip:<number>@<realm>`."""
    return dialable(unquote(uri.removeprefix("sip:").partition("@")[0]))


def _trunks(uri: str, routes: Any) -> str:
    """A number over each of the outside lines in turn."""
    lines = [dialable(route) for route in routes] or [GATEWAY]
    return "|".join(f"sofia/gateway/{line}/{_number(uri)}" for line in lines)


def _in_brackets(value: str) -> str:
    """A value between `[` and `]`: without what would end it there."""
    return re.sub(r"[\[\]{}|,^']|:_:", "", literal(value))
