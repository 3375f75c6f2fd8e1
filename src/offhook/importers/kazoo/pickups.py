"""Modules that ring by themselves or take what rings: page_group, group_pickup, intercept."""

from __future__ import annotations

from typing import Final

from offhook.importers.fields import Fields

from .people import MEMBER_KINDS
from .rings import Target, endpoint_targets
from .tree import Tree


def page_group(tree: Tree) -> str | None:
    """`page_group`: phones that answer by themselves."""
    fields = tree.fields
    targets = [
        target
        for index, raw in enumerate(fields.items("endpoints"))
        for target in endpoint_targets(
            tree, Fields(raw, tree.document, f"{tree.place}.data.endpoints[{index}]", fields.report), False
        )
    ]
    two_way, barge = fields.text("audio") == "two-way", fields.flag("barge_calls")
    fields.leave("timeout", "phones answer at once", default=5)
    if not targets:
        return tree.after
    name = tree.graph.reserve("page")
    return tree.graph.put(
        name, "page", {"nobody": tree.after}, targets=[_without_times(target) for target in targets],
        two_way=two_way or None, barge=barge or None,
    )  # fmt: skip


def _without_times(target: Target) -> Target:
    return {field: value for field, value in target.items() if field in MEMBER_KINDS}


def pickup(tree: Tree) -> str | None:
    """`group_pickup`, `intercept` and their feature codes: take a call that rings elsewhere."""
    fields = tree.fields
    wanted: Target = {}
    for kind in MEMBER_KINDS:
        theirs = fields.text(f"{kind}_id")
        ours = tree.context.ids.find(MEMBER_KINDS[kind], theirs) if theirs is not None else None
        if ours is not None and not wanted:
            wanted = {kind: ours}
    allowed = [
        ours
        for kind in ("user", "group")
        if (theirs := fields.text(f"approved_{kind}_id")) is not None
        and (ours := tree.context.ids.find(MEMBER_KINDS[kind], theirs)) is not None
    ]
    fields.leave("approved_device_id", "who may pick up is told by users and groups", "Name the device's owner.")
    if tree.module.startswith("intercept"):
        tree.remark("taking calls that are answered", "only ringing calls are picked up")
    if tree.module.endswith("_feature"):
        wanted = {"captured": True}
        fields.passed("type")
    if not wanted:
        tree.remark("whose call it takes", "there is no such document", "Name a user, device or group.")
        return tree.after
    return tree.graph.add("pick-up", "pickup", {}, allowed=allowed or None, **wanted)


PICKUPS: Final = {
    "page_group": page_group, "group_pickup": pickup, "group_pickup_feature": pickup, "intercept": pickup,
    "intercept_feature": pickup,
}  # fmt: skip
