"""Asterisk: a plan carried out over FastAGI, one command after the other. No sockets, no clock.

`carry_out` is a generator: it gives what is to be done next (`Command` for Asterisk, `Ask` for the engine) and takes what
came of it. Asterisk itself stays simple: its dialplan hands every call over, and takes it back when nothing is left to do.

What comes from documents or phones stands only where `Dial` and others cannot take it for anything else: applications get
what they are told as it is, without variables in it, but `,` `&` and `^` separate there, so `plain` takes them away.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Mapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from offhook.proxy.written import WireStep

from .agi_lines import Reply

CAPS: Final = "target_headers,query,step_tokens"
"""What this adapter can do of the contract; the engine puts the rest in other words (later phones become steps)."""
MOST_STEPS: Final = 20
SERVICES: Final = "offhook-services"
"""The dialplan context with the admin's own menus and announcements."""
HEADERS: Final = "offhook-headers"
"""The dialplan context that puts our headers into calls to phones (Dial option `b`)."""
CALLED: Final = "offhook-inside"
"""The dialplan context in which numbers inside are dialled on behalf of somebody."""
_STATUS: Final[Mapping[str, str]] = {
    "BUSY": "busy", "NOANSWER": "no_answer", "CHANUNAVAIL": "offline", "CONGESTION": "failed",
    "DONTCALL": "declined", "TORTURE": "declined", "INVALIDARGS": "failed",
}  # fmt: skip
"""DIALSTATUS → cause."""
_REJECTED: Final = "21"
"""HANGUPCAUSE of a call that was declined (Q.850); DIALSTATUS does not tell."""
_Q850: Final[Mapping[int, str]] = {
    403: "21", 404: "1", 408: "18", 410: "22", 480: "19", 482: "25", 484: "28", 486: "17", 488: "58", 500: "38",
    502: "27", 503: "34", 600: "17", 603: "21", 604: "1",
}  # fmt: skip
"""SIP code → the Q.850 cause that Asterisk hangs up with; others 31, which PJSIP says as 480."""
_ENDS: Final[Mapping[str, int]] = {"busy": 486, "declined": 603}
"""How a call ends behind the last step, by its last cause; others 480."""
_DEAD: Final = 511
"""Code of the reply to a command for a channel that is gone."""
_HIDDEN: Final = 0x20
"""Bit of `agi_callingpres`: the caller wants to stay unknown (Q.931 §4.5.10)."""


class Command(msgspec.Struct, frozen=True):
    """To be sent to Asterisk, which answers with a `Reply`."""

    words: tuple[str, ...]


class Ask(msgspec.Struct, frozen=True):
    """To be asked of the engine, which answers with `Planned`, or None when there is no way on from there."""

    fields: dict[str, str]
    """The fields of a continuation (`POST /proxy/v1/route/next`)."""


class Planned(msgspec.Struct, frozen=True):
    """A plan of `Routing`."""

    steps: list[WireStep]
    realm: str
    """Of the account, whose mailboxes it has."""


Todo = Command | Ask
Came = Reply | Planned | None
Way = Generator[Todo, Came, Any]


def asked(entries: Mapping[str, str]) -> dict[str, str]:
    """The fields of a route request (`POST /proxy/v1/route`) that an AGI environment makes.

    The dialplan gives as arguments: the token, the endpoint that calls (`<login>@<realm>`, nothing for a trunk), the realm
    that a trunk dials in.
    """
    login, _, realm = entries.get("agi_arg_2", "").rpartition("@")
    presentation = entries.get("agi_callingpres", "")
    hidden = presentation.isdecimal() and int(presentation) & _HIDDEN != 0
    return {
        "call_id": entries.get("agi_uniqueid", ""),
        "from_tag": entries.get("agi_channel", ""),
        "dialed": entries.get("agi_extension", ""),
        "domain": realm or entries.get("agi_arg_3", ""),
        "auth_user": login,
        "from_user": entries.get("agi_callerid", ""),
        "from_name": entries.get("agi_calleridname", ""),
        "privacy": "id" if hidden else "",
        "diversion": f"<sip:{entries['agi_rdnis']}@invalid>" if entries.get("agi_rdnis") else "",
        "caps": CAPS,
    }


class _Over(Exception):
    """The call is over: somebody talked to the caller, or the caller hung up."""


def carry_out(planned: Planned, call_id: str) -> Generator[Todo, Came, None]:
    """Carry a plan out, and those that follow from it, until somebody answered or the call was refused."""
    with contextlib.suppress(_Over):
        yield from _follow(planned, call_id)


def _follow(planned: Planned, call_id: str) -> Way:
    place, cause = 0, "failed"
    for _ in range(MOST_STEPS):
        steps = planned.steps
        if place >= len(steps):
            yield from _hang_up(_ENDS.get(cause, 480))
            return
        step = steps[place]
        if step["type"] == "reply":
            yield from _hang_up(step["code"])
            return
        if step["type"] == "query":
            following = yield from _ask(step["token"], cause, call_id)
            planned, place = (following, 0) if following is not None else (planned, step["else"])
            continue
        came = yield from _step(step, planned.realm)
        # Nobody is there any more in the last part of a ring: what came of the parts before it counts.
        cause = cause if came == "offline" and step.get("continues") else came
        if cause in _OWN or "token" not in step:
            place = step["on"].get(cause, step["next"])
            continue
        following = yield from _ask(step["token"], cause, call_id)
        planned, place = (following, 0) if following is not None else (planned, step["next"])
    yield from _hang_up(500)


_OWN: Final = frozenset({"busy", "no_answer", "unavailable", "declined", "offline", "redirected", "failed"})
"""Causes that a step's `on` names; what a service says besides (`digits:2`) only the engine understands."""


def _ask(token: str, cause: str, call_id: str) -> Generator[Todo, Came, Planned | None]:
    came = yield Ask({"token": token, "cause": cause, "call_id": call_id, "caps": CAPS})
    return came if isinstance(came, Planned) else None


def _step(step: WireStep, realm: str) -> Generator[Todo, Came, str]:
    """What came of a step."""
    if "service" in step:
        return (yield from _service(step, realm))
    if step["type"] == "ring":
        where = yield from _phones(step)
    else:
        where = yield from _trunks(step["uri"], step["routes"])
    if not where:
        return "offline"
    yield from _show(step)
    cause = "failed"
    # Targets ring together; the trunks of a number are tried one after the other, while they are of no use.
    for one in ["&".join(where)] if step["type"] == "ring" else where:
        cause = yield from _dial(one, step)
        if cause not in ("failed", "offline"):
            break
    return cause


def _dial(where: str, step: WireStep) -> Generator[Todo, Came, str]:
    # i: a phone that redirects is never followed (toll fraud). b: our headers, on each phone's own channel.
    options = "i" + (f"b({HEADERS}^s^1)" if step["headers"] else "")
    yield from _do("EXEC", "Dial", f"{where},{int(step['timeout'])},{options}")
    status = yield from _value("${DIALSTATUS}")
    if status in ("ANSWER", "CANCEL"):
        raise _Over
    rejected = (yield from _value("${HANGUPCAUSE}")) == _REJECTED
    return "declined" if rejected else _STATUS.get(status, "failed")


def _phones(step: WireStep) -> Generator[Todo, Came, list[str]]:
    """What `Dial` is to ring: all contacts of each line, of the same phone's first line when it has none."""
    found: list[str] = []
    for target in step["targets"]:
        if "uri" in target:
            said = {header["name"]: header["value"] for header in target["headers"]}
            if target.get("outside"):
                found += (yield from _trunks(target["uri"], ()))[:1]
            else:
                yield from _set("__OFFHOOK_LOGIN", plain(said.get("X-Offhook-Login", "")))
                found.append(f"Local/{_number(target['uri'])}@{CALLED}")
            continue
        for address in (target["aor"], target.get("instead")):
            contacts = (yield from _contacts(address)) if address else ""
            if contacts:
                found.append(contacts)
                break
    return found


def _contacts(address: str) -> Generator[Todo, Came, str]:
    identity = address.removeprefix("sip:")
    if identity != plain(identity):
        return ""
    contacts = yield from _value(f"${{PJSIP_DIAL_CONTACTS({identity})}}")
    # A phone chose what stands in its contact: with a comma in it, it would say options of Dial.
    whole = re.compile(rf"PJSIP/{re.escape(identity)}/sips?:[^,^\s\"'\\]+")
    return "&".join(contact for contact in contacts.split("&") if whole.fullmatch(contact))


def _trunks(uri: str, routes: Any) -> Generator[Todo, Came, list[str]]:
    lines = [plain(route) for route in routes]
    if not lines:
        usual = plain((yield from _value("${OFFHOOK_TRUNK}")))
        lines = [usual] if usual else []
    return [f"PJSIP/{_number(uri)}@{line}" for line in lines]


def _show(step: WireStep) -> Way:
    """Who calls, as the called side sees it, and the headers of this step."""
    caller = step["caller"]
    for variable, value in (("CALLERID(name)", caller["name"]), ("CALLERID(num)", caller["number"])):
        if value:
            yield from _set(variable, value)
    yield from _set("CALLERID(pres)", "prohib" if caller["privacy"] else "allowed")
    for number, header in enumerate(step["headers"], 1):
        yield from _set(f"__OFFHOOK_HEADER_{number}_NAME", header["name"])
        yield from _set(f"__OFFHOOK_HEADER_{number}", header["value"])
    if step["headers"]:
        yield from _set("__OFFHOOK_HEADERS", str(len(step["headers"])))


def _service(step: WireStep, realm: str) -> Generator[Todo, Came, str]:
    """Asterisk's own voicemail; all else is in the admin's own dialplan."""
    said = {header["name"].removeprefix("X-Offhook-"): header["value"] for header in step["headers"]}
    box = f"{plain(said['Mailbox'])}@{plain(realm)}" if said.get("Mailbox") else f"@{plain(realm)}"
    if step["service"] == "voicemail":
        yield from _do("EXEC", "VoiceMail", f"{box},u")
        if (yield from _value("${VMSTATUS}")) == "FAILED":
            return "offline"
        raise _Over
    if step["service"] == "voicemail_check":
        yield from _do("EXEC", "VoiceMailMain", box if "Ask-Pin" in said else f"{box},s")
        raise _Over
    for name, value in sorted(said.items()):
        yield from _set(f"OFFHOOK_SERVICE_{re.sub('[^A-Z0-9]', '_', name.upper())}", value)
    yield from _set("OFFHOOK_OUTCOME", "failed")
    yield from _do("GOSUB", SERVICES, plain(step["service"]), "1")
    return (yield from _value("${OFFHOOK_OUTCOME}")) or "failed"


def _hang_up(code: int) -> Way:
    yield from _do("EXEC", "Hangup", _Q850.get(code, "31"))


def _set(variable: str, value: str) -> Way:
    yield from _do("SET", "VARIABLE", variable, value)


def _value(expression: str) -> Generator[Todo, Came, str]:
    reply = yield from _do("GET", "FULL", "VARIABLE", expression)
    return reply.text if reply.result == "1" else ""


def _do(*words: str) -> Generator[Todo, Came, Reply]:
    reply = yield Command(words)
    assert isinstance(reply, Reply)
    if reply.code == _DEAD or (words[0] == "EXEC" and reply.result == "-1"):
        raise _Over
    return reply


def plain(text: str) -> str:
    """A name, number or host without signs that separate or expand in Asterisk."""
    return re.sub(r"[^A-Za-z0-9_.+*#@!%-]", "", text)


def _number(uri: str) -> str:
    """The number in `sip:<number>@<realm>`."""
    return plain(unquote(uri.removeprefix("sip:").partition("@")[0])).replace("@", "")
