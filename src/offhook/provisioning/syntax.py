"""Families of config syntax: how one parameter is written so that no value breaks out of it, and how a file is read.

The same few families serve all vendors; a profile names the one of each file. A family that is not here yet is one more
entry of `SYNTAXES`: how a line is written, what its values cannot carry, and how it is read back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from .assignments import arrange_assignments, assignment_clean, assignment_line, read_assignments
from .attributes import Attributes, ascii_document
from .branches import Branches
from .colons import colon_clean, colon_line, read_colons
from .ini import arrange_ini, ini_line, read_ini
from .leaves import Leaves
from .markup import (
    Parameters,
    SyntaxProblem,
    check_name,
    elements,
    one_line,
    text_lines,
    xml_escape,
    xml_text,
)
from .named import arrange_named, named_line, read_named
from .objects import arrange_objects, object_line, read_objects
from .records import arrange_records, read_records, record_line
from .sections import Sections
from .statements import Statements

__all__ = ["SYNTAXES", "Parameters", "Syntax", "SyntaxProblem"]


class Syntax(msgspec.Struct, frozen=True):
    """One family."""

    name: str
    """What profiles call it."""
    line: Callable[[str, str], str]
    """One parameter written, name and value, with the line's end; raises `SyntaxProblem` for a name that cannot be."""
    escape: Callable[[str], str]
    """A value as it may stand in a template by itself, also in a comment."""
    clean: Callable[[str], str]
    """What a phone reads back of a value: no family can carry every character."""
    read: Callable[[bytes], Parameters]
    """The parameters of a file; strict, raises `SyntaxProblem`."""
    arrange: Callable[[str], str] | None = None
    """A rendered file with what belongs to one section put together, for families in which a parameter stands at its
    place in a tree, whatever wrote it; raises `SyntaxProblem`."""


# --- `name = value`, `#` begins a comment -----------------------------------------------------------------------------

_KEY: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")
_INCLUDE: Final = re.compile(r"(?:\[\w+\])?include:\w+\s*[<\"][^<>\"]+[>\"]")
"""Names another file to read, for all phones or those of one model; holds no parameter."""


def _key_value_line(name: str, value: str) -> str:
    check_name(_KEY, name, "letters, digits and `_ . : -`")
    return f"{name} = {one_line(value)}\n"


def _read_key_value(body: bytes) -> Parameters:
    parameters = []
    for number, line in text_lines(body):
        if line.startswith("#") or _INCLUDE.fullmatch(line):
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not _KEY.fullmatch(name):
            raise SyntaxProblem(f"line {number}: no `name = value`: {line[:60]!r}")
        parameters.append((name, value))
    return parameters


# --- XML 1.0 ----------------------------------------------------------------------------------------------------------

_ELEMENT: Final = re.compile(r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*")
_ITEM: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_PARAMETER_DEPTH: Final = 3
"""Parameters stand in a section of the root element: `<root><section><P47>…`."""


def _xml_element_line(name: str, value: str) -> str:
    check_name(_ELEMENT, name, "an XML name")
    return f"<{name}>{xml_escape(value)}</{name}>\n"


def _xml_item_line(name: str, value: str) -> str:
    check_name(_ITEM, name, "printable ASCII")
    return f'<item name="{xml_escape(name)}">{xml_escape(value)}</item>\n'


def _read_xml_elements(body: bytes) -> Parameters:
    return [(element.tag, element.value) for element in elements(body) if element.depth == _PARAMETER_DEPTH]


def _read_xml_items(body: bytes) -> Parameters:
    parameters = []
    for element in elements(body):
        if element.tag == "item":
            name = element.attributes.get("name", "")
            if not _ITEM.fullmatch(name):
                raise SyntaxProblem(f"line {element.line}: an <item> needs a name of printable ASCII, not {name!r}")
            parameters.append((name, element.value))
    return parameters


# --- XML 1.0, parameters at any depth: `sip/line[1]/PhoneNumber` is their path below the root -------------------------

_TAG: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
"""Also one that begins with the letters XML, which its standard reserves and phones use."""
_STEP: Final = re.compile(rf"{_TAG.pattern}(?:\[[A-Za-z0-9_.-]+\])?")


class _Tree(msgspec.Struct, frozen=True):
    """How the entries of a list are told apart: by an attribute such as `index`, or by a first child `<ID>`."""

    entry: str
    """What begins an entry: format string over tag and key."""
    named_by_child: bool
    attribute: str = "index"

    def line(self, name: str, value: str) -> str:
        """One parameter in sections of its own; `arrange` joins them with the others."""
        *sections, leaf = name.split("/")
        check_name(_TAG, leaf, "a path of XML names")
        for section in sections:
            check_name(_STEP, section, "a path of XML names")
        if self.named_by_child and any(step.partition("[")[0] == "ID" for step in name.split("/")):
            raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: <ID> names the entry that it is in")
        opened = "".join(self._begin(section) for section in sections)
        closed = "".join(f"</{section.partition('[')[0]}>" for section in reversed(sections))
        return f"{opened}<{leaf}>{xml_escape(value)}</{leaf}>{closed}\n"

    def read(self, body: bytes) -> Parameters:
        """Every element without children, by its path."""
        parameters: Parameters = []
        steps: list[str] = []
        above = 0
        for element in elements(body):
            first, above = element.depth == above + 1, element.depth
            if element.depth == 1:
                continue
            del steps[element.depth - 2 :]
            if element.attributes.keys() - (set() if self.named_by_child else {self.attribute}):
                raise SyntaxProblem(f"line {element.line}: <{element.tag}> has an attribute that phones do not read")
            named = self.named_by_child and element.tag == "ID" and bool(steps)
            if named and not first:
                raise SyntaxProblem(f"line {element.line}: <ID> stands after what it names")
            key = element.value if named else element.attributes.get(self.attribute)
            tag = steps.pop() if named else element.tag
            steps.append(tag if key is None else f"{tag}[{key}]")
            if not _STEP.fullmatch(steps[-1]):
                raise SyntaxProblem(f"line {element.line}: {steps[-1]!r} is no entry of a list")
            if not element.parent and not named:
                parameters.append(("/".join(steps), element.text))
        return parameters

    def arrange(self, text: str) -> str:
        """The same document with every section once, where its first parameter stands; comments are left out."""
        body = text.encode()
        root = next(iter(elements(body))).tag
        rows = [(name.split("/"), value) for name, value in self.read(body)]
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n{"".join(self._grouped(rows, 1))}</{root}>\n'

    def _grouped(self, rows: list[tuple[list[str], str]], depth: int) -> Iterator[str]:
        indent = "  " * depth
        sections: dict[str, list[tuple[list[str], str]]] = {}
        for (step, *below), value in rows:
            sections.setdefault(step, []).append((below, value))
        for step, inside in sections.items():
            tag = step.partition("[")[0]
            yield from (f"{indent}<{tag}>{xml_escape(value)}</{tag}>\n" for below, value in inside if not below)
            if deeper := [row for row in inside if row[0]]:
                yield f"{indent}{self._begin(step)}\n"
                yield from self._grouped(deeper, depth + 1)
                yield f"{indent}</{tag}>\n"

    def _begin(self, section: str) -> str:
        tag, _, key = section.rstrip("]").partition("[")
        return self.entry.format(tag=tag, key=key) if key else f"<{tag}>"


_BY_INDEX: Final = _Tree('<{tag} index="{key}">', named_by_child=False)
_BY_AT: Final = _Tree('<{tag} At="{key}">', named_by_child=False, attribute="At")
_BY_ID: Final = _Tree("<{tag}><ID>{key}</ID>", named_by_child=True)

# ----------------------------------------------------------------------------------------------------------------------

_SETTINGS: Final = Sections(home="phone-settings", index="idx", always=("perm", "RW"), begin='<{section} e="2">')
_QUOTED: Final = Statements(verb="SET ", quoted=True)
_WORDS: Final = Statements(quoted=False, longest=79)
_SETTING: Final = Attributes(element="setting", name="id", value="value")
_PARAM: Final = Attributes(element="param", name="name", value="value", around=("nvm", "oper", "firmware", "file"))
_SETTING_KEPT: Final = Attributes(element="setting", name="id", value="value", further="override")
_SYMBOL: Final = Attributes(
    element="SYMB_ITEM", name="ID", value="value", further="class", further_value="symb_item", indexed=True,
    around=("Provider", "MAC_ADDRESS", "PROFILE_NAME", "S_SPECIAL_DATA_SRV_IWU"),
    quoted=r"\.auc(?!I_|KdsPin|(?:Available|Activated)Netdirs|NetdirSel)\w+(?:\[[0-9%]+\])?$|Password$|\.NetCode",
)  # fmt: skip
_BRANCHES: Final = Branches(
    home="setting",
    value="value",
    keys={
        "setting": "id", "account": "index", "permission": "id", "contacts": "id", "contact": "id", "action": "id",
        "blf_item": "", "behavior": "phone_state", "indicator": "target_status", "codec": "id", "firmware": "",
        "public_firmware": "", "alert": "alert_info", "tone": "id", "appconfig": "id", "application": "id",
        "number": "",
    },
)  # fmt: skip
_LEAVES: Final = Leaves(
    keys={"member": "priority", "ntp": "", "line": "button", "addOnModule": "idx", "phoneService": "", "capf": ""}
)


SYNTAXES: Final[Mapping[str, Syntax]] = {
    syntax.name: syntax
    for syntax in (
        Syntax("key-value", _key_value_line, one_line, one_line, _read_key_value),
        Syntax("xml-elements", _xml_element_line, xml_escape, xml_text, _read_xml_elements),
        Syntax("xml-items", _xml_item_line, xml_escape, xml_text, _read_xml_items),
        Syntax("xml-by-index", _BY_INDEX.line, xml_escape, xml_text, _BY_INDEX.read, _BY_INDEX.arrange),
        Syntax("xml-by-at", _BY_AT.line, xml_escape, xml_text, _BY_AT.read, _BY_AT.arrange),
        Syntax("xml-by-id", _BY_ID.line, xml_escape, xml_text, _BY_ID.read, _BY_ID.arrange),
        Syntax("xml-sections", _SETTINGS.line, xml_escape, xml_text, _SETTINGS.read, _SETTINGS.arrange),
        Syntax("set-statements", _QUOTED.line, _QUOTED.clean, _QUOTED.clean, _QUOTED.read),
        Syntax("words", _WORDS.line, _WORDS.clean, _WORDS.clean, _WORDS.read),
        Syntax("xml-settings", _SETTING.line, xml_escape, xml_text, _SETTING.read),
        Syntax("xml-settings-override", _SETTING_KEPT.line, xml_escape, xml_text, _SETTING_KEPT.read),
        Syntax("xml-params", _PARAM.line, xml_escape, xml_text, _PARAM.read),
        Syntax("xml-symbols", _SYMBOL.line, xml_escape, xml_text, _SYMBOL.read, ascii_document),
        Syntax("ini", ini_line, one_line, one_line, read_ini, arrange_ini),
        Syntax("colons", colon_line, one_line, colon_clean, read_colons),
        Syntax("xml-records", record_line, xml_escape, xml_text, read_records, arrange_records),
        Syntax("xml-branches", _BRANCHES.line, xml_escape, xml_text, _BRANCHES.read, _BRANCHES.arrange),
        Syntax("xml-leaves", _LEAVES.line, xml_escape, xml_text, _LEAVES.read, _LEAVES.arrange),
        Syntax("assignments", assignment_line, one_line, assignment_clean, read_assignments, arrange_assignments),
        Syntax("xml-named", named_line, xml_escape, xml_text, read_named, arrange_named),
        Syntax("xml-objects", object_line, xml_escape, xml_text, read_objects, arrange_objects),
    )
}
"""Every family by its name in profiles."""
