"""Modules that change something, tell somebody or hand the call on: settings by dialling, caller identity, notices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.fields import Fields, shown

from .rings import toggle_group
from .tree import AFTER, Tree

_OPERATIONS: Final[Mapping[str, str]] = {
    "activate": "on", "deactivate": "off", "toggle": "toggle", "update": "ask", "menu": "ask", "login": "on",
    "logout": "off", "enable": "on", "disable": "off",
}  # fmt: skip
"""Kazoo's action → ours."""
_WHAT: Final[Mapping[str, str]] = {
    "call_forward": "forward", "do_not_disturb": "dnd", "call_waiting": "call_waiting", "hotdesk": "hotdesk",
}  # fmt: skip
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_HANDED: Final[Mapping[str, str]] = {
    "acdc_member": "queue", "faxbox": "fax", "receive_fax": "fax", "acdc_agent": "queue-agent", "acdc_queue": "queue-agent",
}  # fmt: skip
"""Module → the service that the SIP proxy is to know by this name."""


def setting(tree: Tree) -> str | None:
    """`call_forward`, `do_not_disturb`, `call_waiting`, `hotdesk`: a setting of the caller's own."""
    fields = tree.fields
    action = fields.text("action") or "toggle"
    theirs = fields.text("id")
    fields.passed("interdigit_timeout", "scope")
    if action not in _OPERATIONS:
        fields.remark(
            "action", shown(action), "there is no such switch; the call goes on behind it", "Use a ring node."
        )
        return tree.after
    target = tree.context.ids.find("users", theirs) if theirs is not None else None
    if theirs is not None and target is None:
        fields.remark("id", shown(theirs), "settings are those of the caller or of a user", "It is the caller's now.")
    name = tree.graph.reserve(f"set-{_WHAT[tree.module]}")
    return tree.graph.put(
        name, "setting", {"done": tree.after, "refused": tree.after}, what=_WHAT[tree.module], op=_OPERATIONS[action],
        target=target,
    )  # fmt: skip


def ring_group_toggle(tree: Tree) -> str | None:
    """`ring_group_toggle`: log in to or out of a callflow's ring group."""
    theirs, action = tree.fields.text("callflow_id") or "", tree.fields.text("action") or ""
    if theirs not in tree.context.kazoo.of("callflows") or action not in ("login", "logout"):
        tree.remark(f"callflow {theirs}", "there is no such ring group; the call goes on behind it", "Name the group.")
        return tree.after
    name = tree.graph.reserve(f"group-{action}")
    return tree.graph.put(
        name, "setting", {"done": tree.after, "refused": tree.after}, what="member", op=_OPERATIONS[action],
        target=toggle_group(tree.context, theirs),
    )  # fmt: skip


def set_cid(tree: Tree) -> str | None:
    """`set_cid`: what the called party sees; without name and number as the caller came."""
    shown_name, number = tree.fields.text("caller_id_name"), tree.fields.text("caller_id_number")
    name = tree.graph.reserve("set-caller")
    mode = "clear" if shown_name is None and number is None else None
    return tree.graph.put(name, "set_caller", {"done": tree.after}, name=shown_name, number=number, mode=mode)


def prepend_cid(tree: Tree) -> str | None:
    """`prepend_cid`: something before the caller's name or number."""
    fields = tree.fields
    reset = fields.text("action") == "reset"
    before, number = fields.text("caller_id_name_prefix"), fields.text("caller_id_number_prefix")
    if fields.text("apply_to") == "original" and not reset:
        fields.remark("apply_to", "original", "a prefix stands before what is shown already", "Clear the caller first.")
    name = tree.graph.reserve("caller-prefix")
    if reset:
        return tree.graph.put(name, "set_caller", {"done": tree.after}, mode="clear")
    return tree.graph.put(name, "set_caller", {"done": tree.after}, mode="prefix", name=before, number=number)


def privacy(tree: Tree) -> str | None:
    """`privacy`: hide the caller; with a captured number the call goes on there."""
    fields = tree.fields
    mode = fields.text("mode") or "full"
    if mode in ("name", "number"):
        fields.remark(
            "mode", shown(mode), "a caller is hidden altogether or not at all", "It is hidden altogether now."
        )
    fields.passed("endpoint_strategy")
    name = tree.graph.reserve("hide-caller")
    patterns = tree.context.document("callflows", tree.document.partition("/")[2]).get("patterns")
    following = tree.after
    if patterns and following is None:
        tree.remark(
            "the captured number", "it is dialled outside, also where a callflow has it", "Lead it elsewhere if needed."
        )
        following = tree.graph.add("dial-out", "dial_out", {}, number="{1}")
    return tree.graph.put(name, "set_caller", {"done": following}, hide=True)


def _set(tree: Tree, wanted: str, **values: Any) -> str:
    name = tree.graph.reserve(wanted)
    return tree.graph.put(name, "set", {"done": tree.after}, **values)


def set_alert_info(tree: Tree) -> str | None:
    """`set_alert_info`: the ring tone of what rings after it."""
    return _set(tree, "ring-tone", ring_tone=tree.fields.text("alert_info"))


def language(tree: Tree) -> str | None:
    """`language`: of what is spoken after it."""
    return _set(tree, "language", language=tree.fields.text("language"))


def set_variable(tree: Tree) -> str | None:
    """`set_variable`: one variable of the call."""
    variable, value = tree.fields.text("variable"), tree.fields.text("value")
    tree.fields.passed("channel")
    return _set(tree, "set-variable", vars={variable: value or ""} if variable is not None else None)


def set_variables(tree: Tree) -> str | None:
    """`set_variables`: several variables of the call."""
    listed = tree.fields.raw("custom_application_vars")
    tree.fields.passed("export")
    values = {str(name): str(value) for name, value in listed.items()} if isinstance(listed, Mapping) else {}
    return _set(tree, "set-variables", vars=values or None)


def record_call(tree: Tree) -> str | None:
    """`record_call`: recording on or off; where recordings go is the media server's."""
    on = (tree.fields.text("action") or "start") in ("start", "unmask")
    for field in (
        "url",
        "format",
        "time_limit",
        "record_on_answer",
        "record_on_bridge",
        "record_min_sec",
        "media_name",
    ):
        tree.fields.leave(field, "the media server decides this")
    return _set(tree, "record", record="on" if on else "off")


def missed_call_alert(tree: Tree) -> str | None:
    """`missed_call_alert`: mail about calls from outside that nobody took."""
    addresses = [address for one in tree.fields.items("recipients") for address in _addresses(tree, one)]
    return _told(tree, "missed", addresses, outside_only=True)


def notification(tree: Tree) -> str | None:
    """`notification`: mail about a call."""
    addresses = [address for one in tree.fields.items("recipients") for address in _addresses(tree, one)]
    for field in ("template_id", "comments", "notification_media"):
        tree.fields.leave(field, "the mail says what happened in the call")
    now = tree.fields.text("send_at") == "callflow_exec"
    return _told(tree, "now" if now else "end", addresses)


def _told(tree: Tree, on: str, addresses: list[str], **more: Any) -> str | None:
    if not addresses:
        tree.remark("who is told", "nobody is named, and an account has no address of its own", "Give notify an email.")
    told: list[str | None] = [*addresses] or [None]
    names = [tree.graph.reserve(f"tell-{on}") for _ in told]
    following = tree.after
    for name, address in reversed(list(zip(names, told, strict=True))):
        following = tree.graph.put(name, "notify", {"done": following}, on=on, email=address, **more)
    return following


def _addresses(tree: Tree, recipient: object) -> list[str]:
    """The mail addresses of a recipient: its own, or a user's."""
    said = Fields(recipient, tree.document, f"{tree.place}.data.recipients", tree.context.report)
    kind, ids = said.text("type") or "email", [str(one) for one in said.items("id")]
    if kind == "user":
        ids = [str(tree.context.document("users", one).get("email") or "") for one in ids]
    found = [one for one in ids if _EMAIL.fullmatch(one)]
    if not found:
        said.remark("", shown(recipient), "there is no mail address", "Give notify an email.")
    return found


def webhook(tree: Tree) -> str | None:
    """`webhook`: a web service is told, and the call goes on."""
    for field in ("http_verb", "retries", "custom_data"):
        tree.fields.leave(field, "web services are told of calls in one form")
    name = tree.graph.reserve("tell-web-service")
    return tree.graph.put(name, "notify", {"done": tree.after}, on="now", webhook=tree.fields.text("uri"))


def pivot(tree: Tree) -> str | None:
    """`pivot`: a web service decides. Ours answers with a branch, Kazoo's with a callflow."""
    fields = tree.fields
    url = fields.text("voice_url")
    timeout = fields.number("req_timeout_ms", 2000)
    fields.passed("debug")
    for field in ("method", "req_format", "req_body_format", "cdr_url", "custom_request_headers"):
        fields.leave(
            field, "web services are asked in one form", default={"method": "get", "req_format": "kazoo"}.get(field)
        )
    if url is None:
        tree.remark("a web service without address", "there is nobody to ask", "Name it.")
        return tree.after
    tree.remark(
        "what the service answers", "offhook takes the name of a branch, no callflow", "Add its branches to next."
    )
    name = tree.graph.reserve("ask-web-service")
    following = tree.after or tree.graph.nothing_more()
    seconds = min(max(-(-timeout // 1000), 1), 10)
    return tree.graph.put(name, "ask", {"failed": following, "else": following}, url=url, timeout=seconds)


def handoff(tree: Tree) -> str | None:
    """`acdc_member`, `faxbox` and such: another server has the call."""
    service, theirs = _HANDED[tree.module], tree.fields.text("id")
    to = f"{service}:{theirs}" if theirs is not None else service
    tree.remark(
        f"module {tree.module}", f"another server does this, which the proxy must know as {to}", "Set it up there."
    )
    tree.fields.passed(*tree.fields.names())
    name = tree.graph.reserve(service)
    return tree.graph.put(name, "handoff", {"else": tree.after}, to=to)


def passed(tree: Tree) -> str | None:
    """`noop` and such: nothing happens."""
    return tree.child(AFTER)


SETTINGS: Final = {
    "call_forward": setting, "do_not_disturb": setting, "call_waiting": setting, "hotdesk": setting,
    "ring_group_toggle": ring_group_toggle, "set_cid": set_cid, "prepend_cid": prepend_cid, "privacy": privacy,
    "set_alert_info": set_alert_info, "language": language, "set_variable": set_variable, "set_variables": set_variables,
    "record_call": record_call, "missed_call_alert": missed_call_alert, "notification": notification, "webhook": webhook,
    "pivot": pivot, "acdc_member": handoff, "acdc_agent": handoff, "acdc_queue": handoff, "faxbox": handoff,
    "receive_fax": handoff, "noop": passed, "skel": passed,
}  # fmt: skip
