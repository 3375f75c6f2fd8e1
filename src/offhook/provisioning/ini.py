"""A family of config syntax: sections of `name=value`, in which a parameter's name begins with its section's.

    [sip]
    user_name=marie-desk

is the parameter `sip/user_name`. An empty value is the factory's.
"""

from __future__ import annotations

import re
from typing import Final

from .markup import Parameters, SyntaxProblem, check_name, one_line, text_lines

_NAME: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]*)/([A-Za-z0-9_][A-Za-z0-9_.-]*)", re.ASCII)
_SECTION: Final = re.compile(r"\[([A-Za-z][A-Za-z0-9_]*)\]", re.ASCII)


def ini_line(name: str, value: str) -> str:
    """One parameter in a section of its own; `arrange_ini` joins it with the others."""
    check_name(_NAME, name, "`section/name`")
    section, _, key = name.partition("/")
    return f"[{section}]\n{key}={one_line(value)}\n"


def read_ini(body: bytes) -> Parameters:
    """The parameters of a file; `#` at the start of a line begins a remark."""
    parameters: Parameters = []
    section = ""
    for number, line in text_lines(body):
        if line.startswith("#"):
            continue
        if opened := _SECTION.fullmatch(line):
            section = opened[1]
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not _NAME.fullmatch(f"{section}/{key}"):
            raise SyntaxProblem(f"line {number}: no `name=value` in a section: {line[:60]!r}")
        parameters.append((f"{section}/{key}", value))
    return parameters


def arrange_ini(text: str) -> str:
    """The same parameters with every section once, where it stands first; remarks are left out."""
    sections: dict[str, list[str]] = {}
    for name, value in read_ini(text.encode()):
        section, _, key = name.partition("/")
        sections.setdefault(section, []).append(f"{key}={value}\n")
    return "\n".join(f"[{section}]\n{''.join(lines)}" for section, lines in sections.items())
