"""A family of config syntax: XML in which each section lists its parameters, with an index and further attributes.

    <settings>
      <phone-settings e="2">
        <user_name idx="1" perm="RW">marie</user_name>
      </phone-settings>
      <functionKeys e="2">
        <fkey idx="0" context="1" label="Josh" perm="RW">blf 102</fkey>

Those are the parameters `user_name[1]`, `functionKeys/fkey[0]`, `functionKeys/fkey[0]@context` and
`functionKeys/fkey[0]@label`: section, name, index in brackets, attribute. One section need not be named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from .markup import Element, Parameters, SyntaxProblem, check_name, elements, xml_attribute, xml_escape

_WORD: Final = r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*"
_NAME: Final = re.compile(rf"(?:({_WORD})/)?({_WORD})(?:\[(\d{{1,5}})\])?(?:@({_WORD}))?", re.ASCII)
_SECTION_DEPTH: Final = 2
_PARAMETER_DEPTH: Final = 3


class Sections(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's words for sections and attributes."""

    home: str
    """The section of a parameter whose name gives none."""
    index: str
    """The attribute that tells parameters of one name apart."""
    always: tuple[str, str]
    """Name and value of an attribute that every parameter has, and that is none itself."""
    begin: str
    """What begins a section: format string over section."""

    def line(self, name: str, value: str) -> str:
        """One parameter in a section and an element of its own; `arrange` joins them with the others."""
        section, tag, index, attribute = self._parts(name)
        text, attributes = (value, []) if attribute is None else ("", [(attribute, value)])
        return f"<{section}>{self._element(tag, index, attributes, text)}</{section}>\n"

    def read(self, body: bytes) -> Parameters:
        """Each element's text, then its attributes; an element that is there for its attributes has no text."""
        parameters: Parameters = []
        section = ""
        for element in elements(body):
            if element.depth == _SECTION_DEPTH:
                section = element.tag
                if not element.parent and element.text.strip():
                    raise SyntaxProblem(f"line {element.line}: <{element.tag}> stands in no section")
            elif element.depth == _PARAMETER_DEPTH:
                parameters += self._parameters(section, element)
        return parameters

    def arrange(self, text: str) -> str:
        """The same document with every section and element once, where it stands first; comments are left out."""
        body = text.encode()
        root = next(iter(elements(body))).tag
        sections: dict[str, dict[tuple[str, str | None], list[tuple[str | None, str]]]] = {}
        for name, value in self.read(body):
            section, tag, index, attribute = self._parts(name)
            sections.setdefault(section, {}).setdefault((tag, index), []).append((attribute, value))
        lines = "".join(self._section(section, entries) for section, entries in sections.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n{lines}</{root}>\n'

    def _section(self, section: str, entries: dict[tuple[str, str | None], list[tuple[str | None, str]]]) -> str:
        lines = [f"  {self.begin.format(section=section)}\n"]
        for (tag, index), parts in entries.items():
            attributes = [(attribute, value) for attribute, value in parts if attribute is not None]
            text = "".join(value for attribute, value in parts if attribute is None)
            lines.append(f"    {self._element(tag, index, attributes, text)}\n")
        return "".join((*lines, f"  </{section}>\n"))

    def _element(self, tag: str, index: str | None, attributes: list[tuple[str, str]], text: str) -> str:
        numbered = [] if index is None else [(self.index, index)]
        written = "".join(f' {name}="{xml_attribute(value)}"' for name, value in (*numbered, *attributes, self.always))
        return f"<{tag}{written}>{xml_escape(text)}</{tag}>"

    def _parts(self, name: str) -> tuple[str, str, str | None, str | None]:
        """Section, element, index and attribute of a parameter's name."""
        check_name(_NAME, name, "`name`, `name[1]`, `section/name[1]` or one of them and `@attribute`")
        matched = _NAME.fullmatch(name)
        assert matched is not None
        section, tag, index, attribute = matched.groups()
        if section == self.home:
            raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: {section} is not written")
        if attribute in (self.index, self.always[0]):
            raise SyntaxProblem(
                f"{name!r} cannot be the name of a parameter here: every element has its own {attribute}"
            )
        return section or self.home, tag, index, attribute

    def _parameters(self, section: str, element: Element) -> Iterator[tuple[str, str]]:
        place = "" if section == self.home else f"{section}/"
        index = element.attributes.get(self.index)
        name = f"{place}{element.tag}" if index is None else f"{place}{element.tag}[{index}]"
        if not _NAME.fullmatch(name):
            raise SyntaxProblem(f"line {element.line}: {name!r} is no parameter")
        attributes = [
            (f"{name}@{attribute}", value)
            for attribute, value in element.attributes.items()
            if attribute not in (self.index, self.always[0])
        ]
        if element.value or not attributes:
            yield name, element.text
        yield from attributes
