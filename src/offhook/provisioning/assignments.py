"""A family of config syntax: `NAME="value"`, one a line, lines ended as on Windows, after a first line that must be there.

A value cannot hold a quotation mark: it becomes an apostrophe. An empty line ends the file.
"""

from __future__ import annotations

import re
from typing import Final

from .markup import Parameters, SyntaxProblem, check_name, one_line, text_lines

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ASSIGNMENT: Final = re.compile(r'(?P<name>[A-Za-z][A-Za-z0-9_]*)="(?P<value>[^"]*)"')


def assignment_line(name: str, value: str) -> str:
    """One parameter."""
    check_name(_NAME, name, "letters, digits and `_`, a letter first")
    return f'{name}="{assignment_clean(value)}"\n'


def assignment_clean(value: str) -> str:
    """What a phone reads back of a value."""
    return one_line(value).replace('"', "'")


def read_assignments(body: bytes) -> Parameters:
    """The parameters of a file, in its order."""
    parameters: Parameters = []
    for number, line in text_lines(body):
        if line.startswith("#"):
            continue
        matched = _ASSIGNMENT.fullmatch(line)
        if matched is None:
            raise SyntaxProblem(f'line {number}: no NAME="value": {line[:60]!r}')
        parameters.append((matched["name"], matched["value"]))
    return parameters


def arrange_assignments(text: str) -> str:
    """The same lines, ended as phones want it, with an empty one at the end."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "".join(f"{line}\r\n" for line in (*lines, ""))
