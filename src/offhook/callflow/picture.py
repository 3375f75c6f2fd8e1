"""Pictures of a callflow: as Mermaid text, which browsers and editors draw, with the way of one call marked in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from offhook.model import node as nodes
from offhook.model.callflow import Callflow
from offhook.model.node import Node, Target

from .graph import next_nodes, reachable


def describe(node: Node) -> str:
    """A node in a few words: its type and what it is about."""
    kind = str(node.__struct_config__.tag)
    if isinstance(node, nodes.Ring | nodes.Page):
        who = ", ".join(_target(target) for target in node.targets)
        return f"{kind} {who}" + (f" ({node.timeout} s)" if isinstance(node, nodes.Ring) else "")
    if isinstance(node, nodes.Menu):
        return f"{kind} {' '.join(node.prompt.values())}".rstrip()
    if isinstance(node, nodes.End):
        return f"{kind} {node.code}" if node.code is not None else f"{kind} {'hang up' if node.hangup else ''}".rstrip()
    for field in ("box", "flow", "schedule", "mode", "number", "to", "room", "media", "text", "what", "url", "seconds"):
        if value := getattr(node, field, None):
            return f"{kind} {value}"
    return kind


def mermaid(flow: Callflow, way: Sequence[str] = ()) -> str:
    """The callflow as a Mermaid flowchart; `way` are the nodes that a call came through, in order."""
    lines = ["flowchart TD"]
    shown = [name for name in flow.nodes if name in reachable(flow)]
    numbers = {name: f"n{index}" for index, name in enumerate(shown)}
    lines.append(f'    start(["{_safe(", ".join(flow.numbers) or flow.id)}"]) --> {numbers[flow.start]}')
    for name in shown:
        lines.append(f'    {numbers[name]}["{_safe(name)}: {_safe(describe(flow.nodes[name]))}"]')
    for name in shown:
        node = flow.nodes[name]
        for following in next_nodes(node):
            if following in numbers:
                branches = ", ".join(branch for branch, to in node.next.items() if to == following)
                lines.append(f'    {numbers[name]} -- "{_safe(branches)}" --> {numbers[following]}')
    marked = [numbers[name] for name in dict.fromkeys(way) if name in numbers]
    if marked:
        lines.append("    classDef way stroke-width:3px,stroke:#c2410c,fill:#ffedd5")
        lines.append(f"    class {','.join(marked)} way")
    return "\n".join(lines) + "\n"


def _target(target: Target) -> str:
    who = target.user or target.device or target.group or target.number or "?"
    return f"{who} after {target.delay} s" if target.delay else who


def _safe(text: str) -> str:
    """A text inside of Mermaid's quotes: nothing in it ends them or is read as markup."""
    return "".join(_escaped(text.replace("\n", " ")))


def _escaped(text: str) -> Iterable[str]:
    for sign in text:
        yield f"#{ord(sign)};" if sign in '"#;<>&\\`' else sign
