"""A family of config syntax: XML in which each parameter is an empty element, its name and its value two attributes.

<settings>
  <setting id="Account1Label" value="101"/>
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from .markup import Parameters, SyntaxProblem, check_name, elements, xml_attribute

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_INDEXED: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9_.]|\[(?:[0-9]+|%)\])*")
_IN_QUOTES: Final = re.compile(r'".*"', re.DOTALL)
_PARAMETER_DEPTH: Final = 2


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's words."""

    element: str
    name: str
    """The attribute that holds a parameter's name."""
    value: str
    further: str | None = None
    """An attribute that every parameter has, too, and that is always the same."""
    further_value: str = "true"
    """What that attribute is."""
    indexed: bool = False
    """Whether names are those of a program's variables, `accounts[0].name[%]`; `%` stands for all."""
    quoted: str | None = None
    """Regular expression of the names whose values are texts and stand in double quotes; None: no value does."""
    around: tuple[str, ...] = ()
    """Elements at any depth that hold parameters, or other things than those; none: parameters stand below the root."""

    def line(self, name: str, value: str) -> str:
        """One parameter."""
        check_name(self._names, name, "letters, digits and `_ . -`, or `[0]` in an index, a letter first")
        further = f' {self.further}="{self.further_value}"' if self.further else ""
        written = xml_attribute(value)
        written = f"""'"{written}"'""" if self._is_quoted(name) else f'"{written}"'
        return f'  <{self.element} {self.name}="{name}" {self.value}={written}{further}/>\n'

    def read(self, body: bytes) -> Parameters:
        """Every element below the root; one that is no parameter is refused."""
        parameters: Parameters = []
        known = {self.name, self.value, self.further or self.name}
        for element in elements(body):
            if element.depth < _PARAMETER_DEPTH or element.tag in self.around:
                continue
            given = element.attributes
            if (
                element.tag != self.element
                or given.keys() != known
                or (element.depth > _PARAMETER_DEPTH and not self.around)
            ):
                raise SyntaxProblem(
                    f"line {element.line}: no <{self.element}> with nothing but {' and '.join(sorted(known))}"
                )
            name, value = given[self.name], given[self.value]
            if not self._names.fullmatch(name) or element.text.strip():
                raise SyntaxProblem(f"line {element.line}: {name!r} is no parameter, or has a text")
            if self._is_quoted(name):
                if not _IN_QUOTES.fullmatch(value):
                    raise SyntaxProblem(f"line {element.line}: {name} is a text and stands in double quotes")
                value = value[1:-1]
            parameters.append((name, value))
        return parameters

    @property
    def _names(self) -> re.Pattern[str]:
        return _INDEXED if self.indexed else _NAME

    def _is_quoted(self, name: str) -> bool:
        return self.quoted is not None and re.search(self.quoted, name) is not None


def ascii_document(text: str) -> str:
    """The same document in ASCII, every other sign by its number: right in whichever encoding its first line names."""
    return text.encode("ascii", "xmlcharrefreplace").decode()
