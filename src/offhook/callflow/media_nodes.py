"""Nodes at which the caller hears or says something: menu, announce, voicemail, voicemail_check, directory, wait,
conference, park. The engine gives the parameters; a media server, or the proxy, tells what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from offhook.directory import Directory
from offhook.model import node as nodes
from offhook.model.callflow import Callflow
from offhook.model.mailbox import Mailbox

from .action import Action, Service
from .call import Outcome
from .captured import captured, filled
from .match import Match, extension
from .walk import NodeType, Walk, by_cause, hang_up


def _menu(walk: Walk, node: nodes.Menu) -> Action:
    return _prompt(walk, node, "")


def _prompt(walk: Walk, node: nodes.Menu, before: str) -> Service:
    left = node.tries - walk.position.trial
    walk.say(f"{walk.position.node}: the caller may choose, {left} time(s)")
    return Service(
        "menu",
        {
            **{f"prompt_{what}": text for what, text in sorted(node.prompt.items())},
            "before": before,
            "max_digits": node.max_digits,
            "first_timeout": node.first_timeout,
            "digit_timeout": node.digit_timeout,
            "direct_dial": node.direct_dial is not None and node.direct_dial.extensions,
            "choices": sorted(branch for branch in node.next if branch not in MENU_WORDS),
        },
        answer="yes",
        outcomes=("digits", "no_input"),
    )


MENU_WORDS: Final = ("no_input", "invalid", "out_of_tries", "else")
"""Branches of a menu that are no digits."""


def _after_menu(walk: Walk, node: nodes.Menu, outcome: Outcome) -> Action | str | None:
    digits = outcome.value if outcome.cause == "digits" else ""
    if digits and digits in node.next and digits not in MENU_WORDS:
        return digits
    if digits and (flow := _direct_dial(walk, node, digits)) is not None:
        return walk.jump(Match(digits, flow))
    missed = "invalid" if digits else "no_input"
    if missed in node.next:
        return missed
    walk.position.trial += 1
    if walk.position.trial >= node.tries:
        return "out_of_tries"
    return _prompt(walk, node, missed)


def _direct_dial(walk: Walk, node: nodes.Menu, digits: str) -> Callflow | None:
    """The callflow of an extension that the caller dialled; None: there is none, or the menu does not allow it."""
    rules = node.direct_dial
    if rules is None or not rules.extensions:
        return None
    if (rules.allow and not _found_in(rules.allow, digits)) or _found_in(rules.deny, digits):
        walk.say(f"{digits} may not be dialled in this menu")
        return None
    flow = extension(walk.directory, walk.account.id, digits)
    if flow is None:
        walk.say(f"{digits} is no extension")
        return None
    walk.say(f"{digits} is dialled in the menu: callflow {flow.id}")
    return flow


def _found_in(patterns: Iterable[str], digits: str) -> bool:
    return any(re.search(pattern, digits) for pattern in patterns)


def _goodbye(walk: Walk, node: nodes.Menu, branch: str, outcome: Outcome | None) -> Action:
    return Service("announce", {"media": "goodbye"}, answer="yes")


def _announce(walk: Walk, node: nodes.Announce) -> Action:
    return announcement(node.media, node.text, node.answer, node.stop_keys, node.repeat)


def announcement(
    media: str | None, text: str | None, answer: str = "yes", stop_keys: str = "", repeat: int = 1
) -> Service:
    """A recording or a spoken text."""
    what: dict[str, str | int | bool | list[str]] = {"media": media} if media is not None else {"text": text or ""}
    return Service(
        "announce", {**what, "stop_keys": stop_keys, "repeat": repeat}, answer="early" if answer == "early" else "yes"
    )


def _wait(walk: Walk, node: nodes.Wait) -> Action:
    return Service("wait", {"seconds": node.seconds}, answer="yes" if node.answer else "no")


def _voicemail(walk: Walk, node: nodes.Voicemail) -> Action | str:
    number = captured(walk) if node.captured else None
    if number is not None:
        box = box_of_number(walk, number)
    elif node.box == "owner_of_ring":
        box = box_of_user(walk, walk.position.rung)
    else:
        box = walk.directory.find(Mailbox, walk.account.id, node.box)
    if box is None:
        walk.say(f"there is no mailbox {number or node.box}")
        return "no_box"
    walk.say(f"mailbox {box.number} takes a message")
    return Service(
        "voicemail",
        {"box": box.number, "uri": _uri(walk, box), "greeting": node.greeting},
        answer="yes",
        outcomes=nodes.Voicemail.BRANCHES,
    )


def _uri(walk: Walk, box: Mailbox) -> str:
    return walk.account.voicemail_uri.replace("{box}", box.number).replace("{realm}", walk.account.realm)


def box_of_number(walk: Walk, number: str) -> Mailbox | None:
    """The mailbox with a number."""
    holders = walk.directory.holders("mailbox_number", (walk.account.id, number))
    return walk.directory.find(Mailbox, walk.account.id, holders[0][2]) if holders else None


def box_of_user(walk: Walk, user: str | None) -> Mailbox | None:
    """A user's mailbox: the one of the called number, else the first."""
    if user is None:
        return None
    boxes = boxes_of(walk.directory, walk.account.id, user)
    return next((box for box in boxes if box.number == walk.position.number), boxes[0] if boxes else None)


def boxes_of(directory: Directory, account: str, user: str) -> list[Mailbox]:
    """A user's mailboxes, the shortest and lowest number first."""
    found = [directory.find(Mailbox, account, box) for box in directory.owned(account, user, "mailboxes")]
    return sorted((box for box in found if box is not None), key=lambda box: (len(box.number), box.number))


def _check(walk: Walk, node: nodes.VoicemailCheck) -> Action:
    """Listening without a PIN is for an authenticated device of the mailbox's owner, and no forwarded call."""
    user = walk.caller.user
    number = captured(walk) if node.captured else None
    box: Mailbox | None = None
    if number is not None:
        box = box_of_number(walk, number)
    elif node.box == "own":
        boxes = boxes_of(walk.directory, walk.account.id, user.id) if user is not None else []
        box = next((one for one in boxes if one.number == walk.caller.number), boxes[0] if boxes else None)
    elif node.box != "ask":
        box = walk.directory.find(Mailbox, walk.account.id, node.box)
    trusted = user is not None and box is not None and box.owner == user.id and not walk.position.call.diversions
    if box is None:
        walk.say("the caller is asked for the mailbox")
    else:
        walk.say(f"mailbox {box.number} is listened to, " + ("by its owner's phone" if trusted else "after the PIN"))
    parameters: dict[str, str | int | bool | list[str]] = {"box": box.number if box else "", "ask_pin": not trusted}
    if box is not None:
        parameters["uri"] = _uri(walk, box)
    return Service("voicemail_check", parameters, answer="yes")


def _directory(walk: Walk, node: nodes.DirectoryNode) -> Action:
    return Service("directory", {"directory": node.directory}, answer="yes", outcomes=("found", "operator", "none"))


def _after_directory(walk: Walk, node: nodes.DirectoryNode, outcome: Outcome) -> Action | str | None:
    """Whoever was found is called by their first extension, unless a branch says otherwise."""
    if outcome.cause != "found" or "found" in node.next:
        return outcome.cause if outcome.cause in nodes.DirectoryNode.BRANCHES else "none"
    extensions = walk.directory.extensions(walk.account.id, "users", outcome.value)
    flow = extension(walk.directory, walk.account.id, extensions[0].number) if extensions else None
    if flow is None:
        walk.say(f"user {outcome.value} has no extension")
        return "none"
    walk.say(f"user {outcome.value} is called: callflow {flow.id}")
    return walk.jump(Match(extensions[0].number, flow))


def _conference(walk: Walk, node: nodes.Conference) -> Action:
    return Service("conference", {"room": filled(walk, node.room)}, answer="yes", outcomes=("left",))


def _park(walk: Walk, node: nodes.Park) -> Action:
    return Service(
        "park",
        {
            "pool": node.pool,
            "slot": captured(walk) or "",
            "return_after": node.return_after,
            "return_to": node.return_to,
        },
        answer="yes",
        outcomes=nodes.Park.BRANCHES,
    )


MEDIA_NODES: Final[dict[type[nodes.Node], NodeType]] = {
    nodes.Menu: NodeType(_menu, _after_menu, _goodbye),
    nodes.Announce: NodeType(_announce, by_cause, hang_up),
    nodes.Wait: NodeType(_wait, by_cause, hang_up),
    nodes.Voicemail: NodeType(_voicemail, by_cause, hang_up),
    nodes.VoicemailCheck: NodeType(_check, by_cause, hang_up),
    nodes.DirectoryNode: NodeType(_directory, _after_directory, hang_up),
    nodes.Conference: NodeType(_conference, by_cause, hang_up),
    nodes.Park: NodeType(_park, by_cause, hang_up),
}
