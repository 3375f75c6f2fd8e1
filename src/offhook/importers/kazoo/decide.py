"""Modules that decide by themselves, or end the call: check_cid, cidlistmatch, branch_*, callflow, response, hangup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from offhook.importers.fields import shown

from .context import Context
from .expressions import whole
from .people import NUMBER
from .tree import AFTER, Tree


def callflow(tree: Tree) -> str | None:
    """`callflow`: another callflow, and back here when that has run out."""
    theirs = tree.fields.text("id")
    ours = tree.context.ids.find("callflows", theirs) if theirs is not None else None
    if ours is None:
        tree.remark(f"callflow {theirs}", "there is no such document; the call goes on behind it", "Name a callflow.")
        return tree.after
    name = tree.graph.reserve(f"callflow-{tree.context.document('callflows', theirs or '').get('name') or ours}")
    returns = {"return": True} if tree.after is not None else {}
    return tree.graph.put(name, "flow", {"done": tree.after}, flow=ours, **returns)


def response(tree: Tree) -> str | None:
    """`response`: refuse the call with a SIP code."""
    fields = tree.fields
    code, media = fields.number("code", 486), fields.text("media")
    fields.leave("message", "the reason phrase is the standard one")
    if not 400 <= code <= 699:
        fields.remark("code", str(code), "a refusal is 400 to 699", "It is 486 now.")
        code = 486
    return tree.graph.add("refuse", "end", {}, code=code, media=media)


def hangup(tree: Tree) -> str | None:
    """`hangup`: the end, whatever called this callflow."""
    return tree.graph.add("hang-up", "end", {}, hangup=True)


def check_cid(tree: Tree) -> str | None:
    """`check_cid`: by an expression over the caller's number, or by the number itself."""
    fields = tree.fields
    regex = fields.text("regex") or ".*"
    for field in ("caller_id", "user_id"):
        fields.leave(field, "who calls is not changed by it", "Put a set_caller node on the branch match.")
    if fields.flag("use_absolute_mode"):
        numbers = [key for key in tree.children if key != AFTER]
        if not numbers:
            return tree.after
        name = tree.graph.reserve("caller-is")
        branches = {number: tree.child(number) for number in numbers}
        cases = [{"name": number, "patterns": [rf"\+?{re.escape(number.removeprefix('+'))}"]} for number in numbers]
        return tree.graph.put(name, "caller_is", {**branches, "else": tree.after}, cases=cases)
    return _matches(tree, "caller-is", _patterns(tree, [regex]))


def _patterns(tree: Tree, patterns: list[str]) -> list[str]:
    """Expressions of ours; what is none is reported and never matches, as in Kazoo."""
    found = []
    for pattern in patterns:
        try:
            found.append(whole(pattern))
        except re.error as error:
            tree.remark(f"expression {shown(pattern)}", f"not a regular expression: {error}", "Write it anew.")
    return found


def _matches(tree: Tree, wanted: str, patterns: list[str]) -> str | None:
    """Children `match` and `nomatch` by the caller's number."""
    if not patterns:
        return tree.first("nomatch", AFTER)
    name = tree.graph.reserve(wanted)
    branches = {"match": tree.child("match") or tree.after or tree.graph.nothing_more()}
    return tree.graph.put(
        name, "caller_is", {**branches, "else": tree.first("nomatch", AFTER)},
        cases=[{"name": "match", "patterns": patterns}],
    )  # fmt: skip


def cidlistmatch(tree: Tree) -> str | None:
    """`cidlistmatch`: by a list of callers' numbers, prefixes and expressions."""
    theirs = tree.fields.text("id") or ""
    if theirs not in tree.context.kazoo.of("lists"):
        tree.remark(f"list {theirs}", "there is no such document; nobody is in it", "Name the numbers in the node.")
        return tree.first("nomatch", AFTER)
    patterns: list[str] = []
    for entry in entries_of(tree.context, theirs):
        for field in ("number", "prefix"):
            if entry.get(field):
                digits = re.escape(str(entry[field]).removeprefix("+"))
                # Kazoo compares beginnings: a whole number is one, too.
                patterns.append(rf"\+?{digits}.*")
        if entry.get("pattern"):
            patterns += _patterns(tree, [str(entry["pattern"])])
    return _matches(tree, "caller-in-list", list(dict.fromkeys(patterns)))


def entries_of(context: Context, identity: str) -> list[Mapping[str, Any]]:
    """The entries of a list: documents of their own, or inside of it as old versions have them."""
    inside = context.document("lists", identity).get("entries")
    found = list(inside.values()) if isinstance(inside, Mapping) else list(inside or ())
    found += [entry for entry in context.kazoo.of("list_entries").values() if entry.get("list_id") == identity]
    return [entry for entry in found if isinstance(entry, Mapping)]


def branch_bnumber(tree: Tree) -> str | None:
    """`branch_bnumber`: by the captured number."""
    if tree.fields.flag("hunt"):
        tree.remark("hunt", "a captured number is not routed anew", "Give the callflows patterns of their own.")
    tree.fields.passed("hunt_allow", "hunt_deny")
    numbers = [key for key in tree.children if key != AFTER]
    if not numbers:
        return tree.after
    name = tree.graph.reserve("captured-is")
    branches = {number: tree.child(number) for number in numbers}
    cases = [{"name": number, "values": [number]} for number in numbers]
    return tree.graph.put(name, "number_is", {**branches, "else": tree.after}, capture="1", cases=cases)


VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("id", "name", "realm", "country", "language", "timezone"),
    "user": ("id", "name", "email", "language", "timezone"),
    "device": ("id", "name", "mac"),
}
"""Fields of documents that Kazoo and callflows of ours both can look at."""
_SCOPES: Final[Mapping[str, str]] = {
    "custom_channel_vars": "vars",
    "account": "account",
    "user": "user",
    "device": "device",
}


def branch_variable(tree: Tree) -> str | None:
    """`branch_variable`: by a variable of the call, or a field of the caller's documents."""
    scope = tree.fields.text("scope") or "custom_channel_vars"
    variable = tree.fields.text("variable") or ""
    values = [key for key in tree.children if key != AFTER]
    holder = _SCOPES.get(scope)
    known = holder == "vars" or variable in VARIABLES.get(holder or "", ())
    if not known or not variable or not values:
        tree.remark(
            f"{scope} {variable}", "callflows do not know it; the call goes on behind it", "Use a variable_is node."
        )
        return tree.after
    name = tree.graph.reserve(f"{variable}-is")
    branches = {value: tree.child(value) for value in values}
    cases = [{"name": value, "values": [value]} for value in values]
    return tree.graph.put(
        name, "variable_is", {**branches, "else": tree.after}, variable=f"{holder}.{variable}", cases=cases
    )


def transfer(tree: Tree) -> str | None:
    """`transfer`: the call goes to a number, and this callflow is done with it."""
    target = tree.fields.text("target")
    tree.fields.passed("transfer_type", "leg", "captures")
    if target is None or not NUMBER.fullmatch(target):
        tree.remark("transfer", "there is no number to go to; the call goes on behind it", "Use a flow or ring node.")
        return tree.after
    return tree.graph.add("transfer", "ring", {}, targets=[{"number": target}], timeout=60)


DECIDE: Final = {
    "callflow": callflow, "response": response, "hangup": hangup, "check_cid": check_cid, "cidlistmatch": cidlistmatch,
    "branch_bnumber": branch_bnumber, "branch_variable": branch_variable, "transfer": transfer,
}  # fmt: skip
