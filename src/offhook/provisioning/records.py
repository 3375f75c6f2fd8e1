"""A family of config syntax: XML whose parameters are elements, and whose lists hold entries written as attributes.

    <settings>
      <sntp>pool.ntp.org</sntp>
      <users>
        <user id="101" password="secret"></user>
        <user id="151"></user>

Those are the parameters `sntp`, `users/user[1]@id`, `users/user[1]@password` and `users/user[2]@id`: an entry's number is
its place in its list.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from .markup import Element, Parameters, SyntaxProblem, check_name, elements, xml_attribute, xml_escape

_WORD: Final = r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*"
_NAME: Final = re.compile(rf"({_WORD})|({_WORD})/({_WORD})\[([1-9]\d?)\]@({_WORD})", re.ASCII)
_LIST_DEPTH: Final = 2
_ENTRY_DEPTH: Final = 3

_Entries = dict[tuple[str, int], dict[str, str]]
"""The attributes of each entry of a list, by its tag and number."""


def record_line(name: str, value: str) -> str:
    """One parameter; one of an entry in a list of its own, which `arrange_records` joins with the others."""
    check_name(_NAME, name, "`name` or `list/entry[1]@attribute`")
    matched = _NAME.fullmatch(name)
    assert matched is not None
    if matched[1]:
        return f"<{name}>{xml_escape(value)}</{name}>\n"
    return _list(matched[2], {(matched[3], int(matched[4])): {matched[5]: value}}, indent="") + "\n"


def read_records(body: bytes) -> Parameters:
    """Each element's text, and each entry's attributes; an entry without any only counts."""
    parameters: Parameters = []
    section, counted = "", Counter[str]()
    for element in elements(body):
        if element.depth == _LIST_DEPTH:
            section, counted = element.tag, Counter()
            if element.attributes:
                raise SyntaxProblem(f"line {element.line}: <{element.tag}> has an attribute")
            if not element.parent:
                parameters.append((_known(element, element.tag), element.text))
        elif element.depth == _ENTRY_DEPTH:
            counted[element.tag] += 1
            if element.value.strip():
                raise SyntaxProblem(f"line {element.line}: the entry <{element.tag}> has a text")
            entry = f"{section}/{element.tag}[{counted[element.tag]}]"
            for attribute, value in element.attributes.items():
                parameters.append((_known(element, f"{entry}@{attribute}"), value))
    return parameters


def arrange_records(text: str) -> str:
    """The same document with every list once, where its first entry stands; remarks are left out."""
    body = text.encode()
    root = next(iter(elements(body)))
    plain: list[tuple[str, str] | str] = []
    lists: dict[str, _Entries] = {}
    for name, value in read_records(body):
        matched = _NAME.fullmatch(name)
        assert matched is not None
        if matched[1]:
            plain.append((name, value))
            continue
        if matched[2] not in lists:
            plain.append(matched[2])
        entry = lists.setdefault(matched[2], {}).setdefault((matched[3], int(matched[4])), {})
        entry[matched[5]] = value
    attributes = "".join(f' {name}="{xml_attribute(value)}"' for name, value in root.attributes.items())
    lines = [
        f"  {_list(part, lists[part], indent='  ')}\n"
        if isinstance(part, str)
        else f"  <{part[0]}>{xml_escape(part[1])}</{part[0]}>\n"
        for part in plain
    ]
    return f"<{root.tag}{attributes}>\n{''.join(lines)}</{root.tag}>\n"


def _list(section: str, entries: _Entries, indent: str) -> str:
    """A list; entries that have no attribute stand in it all the same, so that the others keep their numbers."""
    lines = []
    for tag in dict.fromkeys(tag for tag, _ in entries):
        for number in range(1, max(known for one, known in entries if one == tag) + 1):
            given = entries.get((tag, number), {})
            written = "".join(f' {name}="{xml_attribute(value)}"' for name, value in given.items())
            lines.append(f"{indent}  <{tag}{written}></{tag}>\n")
    return f"<{section}>\n{''.join(lines)}{indent}</{section}>"


def _known(element: Element, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SyntaxProblem(f"line {element.line}: {name!r} is no parameter")
    return name
