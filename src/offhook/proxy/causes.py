"""Causes: what a proxy says came of a step, and the outcome that this is for the node at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from offhook.callflow.call import Outcome
from offhook.model import node as nodes
from offhook.model.node import Node

CAUSES: Final = ("busy", "no_answer", "unavailable", "declined", "offline", "redirected", "failed")
"""What a proxy can say. unavailable: 480, as from many phones that do not want to be disturbed; offline: not registered,
silent, or 404; redirected: 3xx; failed: all else. A service's own outcomes (`done`, `full`, `digits:1`) pass as they are."""

RING: Final[Mapping[str, str]] = {
    "busy": "busy",
    "no_answer": "no_answer",
    "unavailable": "no_answer",
    "declined": "rejected",
    "offline": "unreachable",
    "redirected": "redirected",
    "failed": "failed",
}
DIAL: Final[Mapping[str, str]] = {
    "busy": "busy",
    "no_answer": "no_answer",
    "unavailable": "no_answer",
    "declined": "denied",
    "offline": "failed",
    "redirected": "failed",
    "failed": "congestion",
}
PAGE: Final[Mapping[str, str]] = dict.fromkeys(CAUSES, "nobody")

SERVICES: Final[Mapping[str, Mapping[str, str]]] = {
    "voicemail": {"busy": "full", "offline": "no_box", "declined": "operator"},
    "voicemail_check": {},
    "menu": dict.fromkeys(CAUSES, "no_input") | {"redirected": "digits"},
    "directory": dict.fromkeys(CAUSES, "none") | {"redirected": "found"},
    "announce": dict.fromkeys(CAUSES, "done"),
    "wait": dict.fromkeys(CAUSES, "done"),
    "conference": {},
    "park": {"busy": "full", "no_answer": "returned"},
    "pickup": dict.fromkeys(CAUSES, "none"),
    "handoff": dict.fromkeys(CAUSES, "failed"),
}
"""What a media server says by refusing. A caller is never lost because an announcement cannot be played; digits and names
that a caller chose before the answer come back as the user part of a redirection (302, Contact: <sip:2@…>)."""
VALUED: Final = ("digits", "found", "redirected")
"""Outcomes that carry what the redirection names."""

BY_NODE: Final[Mapping[type[Node], Mapping[str, str]]] = {
    nodes.Ring: RING,
    nodes.DialOut: DIAL,
    nodes.Page: PAGE,
    nodes.Voicemail: SERVICES["voicemail"],
    nodes.VoicemailCheck: SERVICES["voicemail_check"],
    nodes.Menu: SERVICES["menu"],
    nodes.DirectoryNode: SERVICES["directory"],
    nodes.Announce: SERVICES["announce"],
    nodes.Wait: SERVICES["wait"],
    nodes.Conference: SERVICES["conference"],
    nodes.Park: SERVICES["park"],
    nodes.Pickup: SERVICES["pickup"],
    nodes.Handoff: SERVICES["handoff"],
}
"""The nodes that a proxy carries out, and what its causes mean to each; for a cause that is not named the node has failed."""


def outcome_of(node: Node | None, cause: str, status: int | None, contact: str) -> Outcome:
    """The outcome of a node; `contact` is the number that a redirection names. None: an emergency call, which has no node."""
    causes = DIAL if node is None else BY_NODE.get(type(node), {})
    given = Outcome.of(cause, status)
    if given.cause not in CAUSES:
        return given
    outcome = causes.get(given.cause, "failed")
    return Outcome(outcome, contact if outcome in VALUED else "", status)
