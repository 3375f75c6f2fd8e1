"""Children that are named by what became of a call (a cause of the switch, or a SIP code), as branches of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .tree import Tree

_BUSY: Final = ("USER_BUSY", "sip:486", "sip:600")
_NO_ANSWER: Final = ("NO_ANSWER", "NO_USER_RESPONSE", "ALLOTTED_TIMEOUT", "sip:480", "sip:408")
RING_CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "busy": _BUSY,
    "no_answer": _NO_ANSWER,
    "rejected": ("CALL_REJECTED", "sip:603"),
    "unreachable": ("USER_NOT_REGISTERED", "SUBSCRIBER_ABSENT", "sip:480"),
}
"""Branch of a ring → the children that Kazoo takes for it, causes before SIP codes; every other failure is `failed`."""
DIAL_CAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "busy": _BUSY,
    "no_answer": _NO_ANSWER,
    "denied": ("OUTGOING_CALL_BARRED", "BEARERCAPABILITY_NOTAUTH", "sip:403"),
    "congestion": ("NORMAL_CIRCUIT_CONGESTION", "SWITCH_CONGESTION", "NETWORK_OUT_OF_ORDER", "sip:503"),
}


def failures(tree: Tree, causes: Mapping[str, tuple[str, ...]]) -> dict[str, str | None]:
    """Branches for the children that are named by a cause or a SIP code."""
    branches: dict[str, str | None] = {}
    for branch, keys in causes.items():
        branches[branch] = tree.first(*keys)
        for key in keys:
            if (
                key in tree.children
                and tree.child(key) not in (branches[branch], None)
                and not _used(key, branch, causes)
            ):
                tree.remark(f"child {key}", f"{branch} is one branch, and another child has it", "Choose one of them.")
    known = {key for keys in causes.values() for key in keys}
    others = [key for key in tree.children if key not in known and (key.startswith("sip:") or key.isupper())]
    others.sort(key=lambda key: key.startswith("sip:"))
    branches["failed"] = tree.first(*others[:1])
    for key in others[1:]:
        tree.remark(f"child {key}", f"failed is one branch, and {others[0]} has it", "Choose one of them.")
        tree.leave(key)
    return {branch: node for branch, node in branches.items() if node is not None}


def _used(key: str, branch: str, causes: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a child that loses one branch is that of another."""
    return any(key in keys for other, keys in causes.items() if other != branch)
