"""A family of config syntax: XML in which each parameter is an attribute, and the elements mean nothing.

<config>
  <reg reg.1.address="101" reg.1.label="101"/>
</config>

The same attribute twice in one element is not well-formed (XML 1.0 §3.1), and the phone refuses the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .markup import Parameters, SyntaxProblem, check_name, elements, xml_attribute

_NAME: Final = re.compile(r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")


def named_line(name: str, value: str) -> str:
    """One parameter in an element of its own; `arrange_named` joins those that begin alike."""
    check_name(_NAME, name, "letters, digits and `_ -` parted by dots, a letter first")
    return f'<{name.partition(".")[0]} {name}="{xml_attribute(value)}"/>\n'


def read_named(body: bytes) -> Parameters:
    """The attributes of every element, in file order."""
    parameters: Parameters = []
    for element in elements(body):
        if element.text.strip():
            raise SyntaxProblem(f"line {element.line}: <{element.tag}> holds a text: values are attributes here")
        for name, value in element.attributes.items():
            if not _NAME.fullmatch(name):
                raise SyntaxProblem(f"line {element.line}: {name!r} is no parameter")
            parameters.append((name, value))
    return parameters


def arrange_named(text: str) -> str:
    """The same document with the parameters that begin alike in one element, a line each."""
    body = text.encode()
    root = next(iter(elements(body))).tag
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, value in read_named(body):
        groups.setdefault(name.partition(".")[0], []).append((name, value))
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<{root}>\n{"".join(_elements(groups))}</{root}>\n'


def _elements(groups: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    for tag, parameters in groups.items():
        attributes = "".join(f'\n    {name}="{xml_attribute(value)}"' for name, value in parameters)
        yield f"  <{tag}{attributes}/>\n"
