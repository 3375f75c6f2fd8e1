"""`offhook explain call` and the tree of a callflow."""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import quote, urlencode

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from .options import Reach, account_option, admin_options, json_option


@click.command("call")
@click.option(
    "--from", "caller", required=True, help="An extension, a user's or device's id, or a number outside (+…)."
)
@click.option("--to", "called", required=True, help="What is dialled.")
@click.option("--at", help="When, on the account's clock: 2026-12-24T18:30.  [now]")
@click.option("--outcome", "outcomes", multiple=True, help="What comes of each ring in order: busy, no_answer, …")
@click.option("--digits", multiple=True, help="What the caller chooses in each menu, in order.")
@click.option("--mermaid", is_flag=True, help="Print pictures of the callflows with the way marked, as Mermaid text.")
@account_option
@json_option
@admin_options
@click.pass_obj
def explain_call(
    reach: Reach,
    caller: str,
    called: str,
    at: str | None,
    outcomes: tuple[str, ...],
    digits: tuple[str, ...],
    mermaid: bool,
    account: str,
    as_json: bool,
) -> None:
    """Say what would happen to a call, step by step, and why; nobody's phone rings.

    After the given outcomes somebody answers; after the given digits the caller chooses nothing.
    """
    asked = [("account", account), ("from", caller), ("to", called), *([("at", at)] if at else [])]
    asked += [("outcome", one) for one in outcomes] + [("digits", one) for one in digits]
    explained = json.loads(reach.client().text("GET", f"/api/v1/explain/call?{urlencode(asked)}"))
    if as_json:
        click.echo(json.dumps(explained, ensure_ascii=False))
        return
    if mermaid:
        click.echo("\n".join(explained["pictures"].values()), nl=False)
        return
    for number, step in enumerate(explained["steps"], 1):
        where = f"  [{step['callflow']}: {step['node']}]" if step["node"] else ""
        click.echo(f"{number}. {step['words']}{where}")
        for words in step["trace"]:
            click.echo(f"     {words}")


@click.command("picture")
@click.argument("identity", metavar="ID")
@account_option
@admin_options
@click.pass_obj
def picture_command(reach: Reach, identity: str, account: str) -> None:
    """Print a callflow as a Mermaid flowchart, which browsers and editors draw."""
    click.echo(
        reach.client().text("GET", f"/api/v1/callflows/{quote(identity)}/picture", query={"account": account}), nl=False
    )


def print_tree(flow: dict[str, Any]) -> None:
    """A callflow as a tree: its numbers, then each node below the branch that leads to it, once."""
    title = ", ".join([*flow.get("numbers", []), *flow.get("patterns", [])]) or "no number"
    tree = Tree(Text(f"{flow['id']}: {title}"))
    _grow(tree, flow["nodes"], "", flow["start"], set())
    Console(width=None if sys.stdout.isatty() else 1000).print(tree)


def _grow(tree: Tree, nodes: dict[str, Any], branch: str, name: str, shown: set[str]) -> None:
    node = nodes[name]
    fields = {field: value for field, value in node.items() if field not in ("type", "next")}
    words = " ".join(f"{field}={_short(value)}" for field, value in fields.items())
    again = name in shown
    label = f"{branch} → " if branch else ""
    below = tree.add(Text(f"{label}{name}" + (" (see above)" if again else f": {node['type']} {words}".rstrip())))
    if again:
        return
    shown.add(name)
    for leaving, following in node.get("next", {}).items():
        _grow(below, nodes, leaving, following, shown)


def _short(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_short(one) for one in value)
    if isinstance(value, dict):
        return "/".join(str(part) for part in value.values())
    return str(value)
