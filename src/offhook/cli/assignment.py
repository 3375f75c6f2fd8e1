"""Assignments: `--set a.b=value` on the command line, as the fields of a document."""

from __future__ import annotations

from typing import Any

import click
import yaml

set_option = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Set a field, such as settings.language=fr; value as in YAML.",
)


def assigned(assignments: tuple[str, ...]) -> dict[str, Any]:
    """`a.b=value` as nested fields; `[…]`, `{…}` and null are read as YAML, anything else is a text."""
    fields: dict[str, Any] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise click.UsageError(f"--set {assignment}: write FIELD=VALUE")
        try:
            # BaseLoader reads lists and mappings and leaves every scalar a text: the server knows the field's type.
            value = yaml.load(text, Loader=yaml.BaseLoader) if text[:1] in ("[", "{") else text  # noqa: S506
        except yaml.YAMLError as error:
            raise click.UsageError(f"--set {assignment}: {error}") from None
        # A raw parameter's own name has dots: overrides.<vendor>.<everything else>.
        parts = path.split(".", 2) if path.startswith("overrides.") else path.split(".")
        fields = merged(fields, _nested(parts, None if value in ("null", "~", "") else value))
    return fields


def _nested(path: list[str], value: Any) -> dict[str, Any]:
    return {path[0]: value if len(path) == 1 else _nested(path[1:], value)}


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both, the second one over the first, also inside of mappings."""
    result = dict(base)
    for name, value in more.items():
        before = result.get(name)
        result[name] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result
