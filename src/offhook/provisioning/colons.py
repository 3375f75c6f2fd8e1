"""A family of config syntax: `name: value` lines, with blanks in their names.

    sip line1 screen name: Marie Tremblay
    ^prgkey1 value: "*32#"    # a remark

A `#` begins a remark wherever it stands, unless in quotation marks. Before a name, `^` makes a phone forget what its user
has set there, and `!` keeps its user from setting it.
"""

from __future__ import annotations

import re
from typing import Final

from .markup import Parameters, SyntaxProblem, check_name, one_line, text_lines

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _.|\[\]-]*[A-Za-z0-9_])?")
_VALUE: Final = re.compile(r'"(?P<quoted>[^"]*)"\s*(?:#.*)?|(?P<bare>[^"#][^#]*)?(?:#.*)?')


def colon_line(name: str, value: str) -> str:
    """One parameter; in quotation marks where its value would else begin a remark."""
    check_name(_NAME, name, "words of letters, digits and `_ . | - [ ]`")
    text = colon_clean(value)
    return f'{name}: "{text}"\n' if "#" in text else f"{name}: {text}".rstrip() + "\n"


def colon_clean(value: str) -> str:
    """What a phone reads back of a value: quotation marks cannot stand in quotation marks, and become apostrophes."""
    text = one_line(value)
    return text.replace('"', "'") if "#" in text or text.startswith('"') else text


def read_colons(body: bytes) -> Parameters:
    """The parameters of a file, with or without a sign before their names."""
    parameters: Parameters = []
    for number, line in text_lines(body):
        if line.startswith("#"):
            continue
        name, colon, value = (part.strip() for part in line.removeprefix("^").removeprefix("!").partition(":"))
        if not colon or not _NAME.fullmatch(name):
            raise SyntaxProblem(f"line {number}: no `name: value`: {line[:60]!r}")
        matched = _VALUE.fullmatch(value)
        if matched is None:
            raise SyntaxProblem(f"line {number}: the quotation marks of {name} do not end with its value")
        parameters.append((name, (matched["quoted"] or matched["bare"] or "").strip()))
    return parameters
