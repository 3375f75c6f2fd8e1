"""Modules at which the caller hears or says something: play, tts, menu, voicemail, sleep, answer, park, conference, directory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from offhook.importers.fields import Fields, shown

from .people import NUMBER
from .tree import AFTER, Tree

ALL_KEYS: Final = "0123456789*#"
MENU_EXIT: Final = "menu-exit"
MENU_TRANSFER: Final = "menu-transferring_call"
MENU_NO_PROMPT: Final = "menu-no_prompt"
GOODBYE: Final = "vm-goodbye"
NO_MAILBOX: Final = "vm-not_available_no_voicemail"
"""Names of prompts that Kazoo plays on its own, by which its media server has them."""
_ENDLESS: Final = 100
_DIGITS: Final = re.compile(r"[0-9*#]{1,32}")
_UNITS: Final[Mapping[str, float]] = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def play(tree: Tree) -> str | None:
    """`play`: a recording."""
    fields = tree.fields
    media = fields.text("id")
    answer = None if fields.flag("answer", True) else "early"
    keys, repeat = _stop_keys(fields), _repeat(tree)
    if media is None:
        tree.remark("a recording without id", "there is nothing to play", "Name the recording.")
        return tree.after
    name = tree.graph.reserve(f"play-{media}")
    return tree.graph.put(
        name, "announce", {"done": tree.after}, media=media, answer=answer, stop_keys=keys or None, repeat=repeat
    )


def tts(tree: Tree) -> str | None:
    """`tts`: spoken words."""
    fields = tree.fields
    text = fields.text("text")
    keys, repeat = _stop_keys(fields), _repeat(tree)
    for field in ("voice", "language", "engine"):
        fields.leave(field, "the media server chooses the voice", default="female")
    if text is None:
        tree.remark("words to speak", "there are none", "Write them.")
        return tree.after
    name = tree.graph.reserve("say")
    return tree.graph.put(name, "announce", {"done": tree.after}, text=text, stop_keys=keys or None, repeat=repeat)


def _stop_keys(fields: Fields) -> str:
    if not fields.has("terminators"):
        listed = fields.raw("terminators")
        return "" if listed == [] else ALL_KEYS
    keys = {str(key) for key in fields.items("terminators")}
    return "".join(key for key in ALL_KEYS if key in keys)


def _repeat(tree: Tree) -> int | None:
    count = tree.fields.number("loop_count", 1)
    if tree.fields.flag("endless_playback"):
        tree.fields.remark("endless_playback", "true", f"it is played {_ENDLESS} times at most")
        return _ENDLESS
    return min(count, _ENDLESS) if count > 1 else None


def sleep(tree: Tree) -> str | None:
    """`sleep`: wait; fractions of a second count as one."""
    seconds = tree.fields.number("duration", 0) * _UNITS.get(tree.fields.text("unit") or "s", 1)
    name = tree.graph.reserve("wait")
    return tree.graph.put(name, "wait", {"done": tree.after}, seconds=min(int(-(-seconds // 1)), 86_400))


def answer(tree: Tree) -> str | None:
    """`answer`: answer the call and go on."""
    name = tree.graph.reserve("answer")
    return tree.graph.put(name, "wait", {"done": tree.after}, seconds=0, answer=True)


def menu(tree: Tree) -> str | None:
    """`menu`: what Kazoo says on its own when the caller does not choose is written out behind it."""
    theirs = tree.fields.text("id")
    ours = theirs is not None and tree.context.ids.find("menus", theirs) is not None
    if not ours:
        tree.remark(f"menu {theirs}", "there is no such document", "Give the menu its prompt.")
    document = tree.context.fields("menus", theirs or "")
    media = document.inner("media")
    greeting = media.text("greeting")
    name = tree.graph.reserve(f"menu-{document.text('name') or theirs or ''}".strip("-"))
    digits = [key for key in tree.children if _DIGITS.fullmatch(key)]
    branches = {key: tree.child(key) for key in digits}
    branches["no_input"] = tree.child("timeout")
    interdigit = document.number("interdigit_timeout", 2000)
    hunt = document.flag("hunt")
    tries = min(max(document.number("retries", 3), 1), 10)
    rules = {
        rule: [pattern]
        for rule in ("allow", "deny")
        if (pattern := document.text(f"hunt_{rule}")) is not None and _is_expression(document, f"hunt_{rule}", pattern)
    }
    branches["out_of_tries"] = _out_of_tries(tree, media)
    if hunt and AFTER in tree.children:
        tree.remark(
            "coming back to the child _", "an extension that was dialled in the menu and rings out ends there",
            "Give the extension a mailbox.",
        )  # fmt: skip
    if hunt and any(flow.get("patterns") for flow in tree.context.kazoo.of("callflows").values()):
        tree.remark(
            "dialling a number that only a pattern has", "menus reach whole numbers", "Give it that number, too."
        )
    for field, default in (("invalid_media", True), ("transfer_media", True)):
        if media.raw(field) not in (None, default, str(default).lower()):
            media.leave(field, "the media server says this in its own words")
    document.leave("record_pin", "greetings are recorded at the media server")
    document.passed("allow_record_from_offnet")
    document.rest("the media server decides this")
    return tree.graph.put(
        name, "menu", branches,
        prompt={"media": greeting if greeting not in (None, "true", "false") else MENU_NO_PROMPT},
        tries=tries if tries != 3 else None,
        first_timeout=_seconds(document.number("timeout", 10_000)),
        digit_timeout=_seconds(tree.fields.number("interdigit_timeout", interdigit)),
        max_digits=min(max([document.number("max_extension_length", 4), *map(len, digits)]), 32),
        direct_dial={"extensions": True, **rules} if hunt else None,
    )  # fmt: skip


def _seconds(milliseconds: int) -> int:
    return max(-(-milliseconds // 1000), 1)


def _is_expression(fields: Fields, name: str, pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error as error:
        fields.remark(name, shown(pattern), f"not a regular expression: {error}", "Write it anew.")
        return False
    return True


def _out_of_tries(tree: Tree, media: Fields) -> str | None:
    """What the caller hears at the end: the exit prompt, then where the call goes, or goodbye."""
    exit_media = media.text("exit_media") if media.raw("exit_media") not in (True, False, None) else None
    silent = media.raw("exit_media") in (False, "false")
    prompt = exit_media if exit_media not in (None, "true", "false") else MENU_EXIT
    name = None if silent else tree.graph.reserve("menu-exit")
    following = tree.child("max_retries")
    if following is None and AFTER in tree.children:
        if media.raw("transfer_media") in (False, "false"):
            following = tree.after
        else:
            transfer = tree.graph.reserve("menu-transfer")
            following = tree.graph.put(transfer, "announce", {"done": tree.after}, media=MENU_TRANSFER)
    elif following is None:
        following = tree.graph.add("menu-goodbye", "announce", {}, media=GOODBYE)
    return following if name is None else tree.graph.put(name, "announce", {"done": following}, media=prompt)


def voicemail(tree: Tree) -> str | None:
    """`voicemail`: leave a message, or listen; the owner who calls the own mailbox listens."""
    fields = tree.fields
    action = fields.text("action") or "compose"
    theirs = fields.text("id")
    for field, default in (("max_message_length", 500), ("interdigit_timeout", 2000)):
        fields.leave(field, "the voicemail server decides this", default=default)
    for field in ("callerid_match_login", "single_mailbox_login"):
        fields.leave(field, "listening without a PIN is for the owner's own phones")
    if action not in ("compose", "check"):
        fields.remark("action", shown(action), "it is neither compose nor check", "The call goes on behind it.")
        return tree.after
    box = tree.context.ids.find("vmboxes", theirs) if theirs is not None else None
    if action == "check":
        return _check(tree, theirs, box)
    if theirs is None:
        name = tree.graph.reserve("voicemail")
        tree.remark(
            "asking for a mailbox", "without a captured number it is that of the user who was rung", "Name a mailbox."
        )
        return tree.graph.put(name, "voicemail", {"else": tree.after}, box="owner_of_ring", captured=True)
    if box is None:
        tree.remark(f"mailbox {theirs}", "there is no such document; the caller is told so", "Name a mailbox.")
        name = tree.graph.reserve("no-mailbox")
        return tree.graph.put(name, "announce", {"done": tree.after}, media=NO_MAILBOX)
    return _compose(tree, theirs, box)


def _check(tree: Tree, theirs: str | None, box: str | None) -> str | None:
    if theirs is not None and box is None:
        tree.remark(f"mailbox {theirs}", "there is no such document; the caller is asked for one", "Name a mailbox.")
    name = tree.graph.reserve("voicemail-check")
    kind = (box or "ask") if theirs is not None else "own"
    return tree.graph.put(
        name, "voicemail_check", {"done": tree.after}, box=kind, captured=True if theirs is None else None
    )


def _compose(tree: Tree, theirs: str, box: str) -> str:
    document = tree.context.document("vmboxes", theirs)
    owner_id = document.get("owner_id")
    owner = tree.context.ids.find("users", str(owner_id)) if owner_id else None
    listens = owner is not None and str(document.get("check_if_owner", True)).lower() == "true"
    asks = tree.graph.reserve("calls-own-mailbox") if listens else None
    name = tree.graph.reserve("voicemail")
    tree.graph.put(name, "voicemail", {"operator": _operator(tree, document), "else": tree.after}, box=box)
    if asks is None:
        return name
    check = tree.graph.add("voicemail-check", "voicemail_check", {"done": tree.after}, box=box)
    return tree.graph.put(
        asks, "caller_is", {"owner": check, "else": name}, cases=[{"name": "owner", "user": owner}]
    )  # fmt: skip


def _operator(tree: Tree, box: Mapping[str, object]) -> str | None:
    """Where 0 leads in the mailbox: the callflow of the operator's number, which is 0 where nobody says otherwise."""
    number = str(box.get("operator_number") or "0")
    for theirs, callflow in tree.context.kazoo.of("callflows").items():
        if number in (callflow.get("numbers") or ()):
            flow = tree.context.ids.find("callflows", theirs)
            name = tree.graph.reserve("operator")
            returns = {"return": True} if tree.after else {}
            return tree.graph.put(name, "flow", {"done": tree.after}, flow=flow, **returns)
    if not box.get("operator_number"):
        return None
    if not NUMBER.fullmatch(number):
        tree.remark(f"operator_number {number}", "this is no number that can be dialled", "Lead operator somewhere.")
        return None
    name = tree.graph.reserve("operator")
    return tree.graph.put(name, "ring", {"else": tree.after}, targets=[{"number": number}], timeout=60)


def park(tree: Tree) -> str | None:
    """`park`: a parking place, the captured one or a free one."""
    fields = tree.fields
    action = fields.text("action") or "park"
    if action == "retrieve":
        tree.remark("action retrieve", "a parked call is taken by dialling its place, which is one number with parking")
    ringback = fields.number("default_ringback_timeout", 120_000)
    for field in (
        "slot",
        "slots",
        "max_slot_number",
        "default_callback_timeout",
        "default_presence_type",
        "presence_id",
    ):
        fields.leave(field, "parking places are the SIP proxy's", default=30_000)
    fields.passed("custom_presence_id")
    name = tree.graph.reserve("park")
    branches = {"full": tree.child("MAX_SLOT_EXCEEDED"), "else": tree.after}
    return tree.graph.put(name, "park", branches, return_after=_seconds(ringback))


def conference(tree: Tree) -> str | None:
    """`conference`: a room, or the one whose number was captured."""
    fields = tree.fields
    room = fields.text("id")
    for field in ("moderator", "config", "welcome_prompt", "play_entry_tone", "play_exit_tone"):
        fields.leave(field, "the conference server decides this")
    name = tree.graph.reserve("conference")
    return tree.graph.put(name, "conference", {"left": None}, room=room or "{1}")


def directory(tree: Tree) -> str | None:
    """`directory`: dial by name. Whoever is found is called by their first extension."""
    theirs = tree.fields.text("id")
    tree.remark(f"directory {theirs}", "all users can be found, each by their extension", "")
    name = tree.graph.reserve("dial-by-name")
    return tree.graph.put(name, "directory", {"operator": tree.after, "none": tree.after})


MEDIA: Final = {
    "play": play, "tts": tts, "sleep": sleep, "answer": answer, "menu": menu, "voicemail": voicemail, "park": park,
    "conference": conference, "conference_feature": conference, "directory": directory,
}  # fmt: skip
