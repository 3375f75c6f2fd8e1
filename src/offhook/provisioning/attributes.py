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
_PARAMETER_DEPTH: Final = 2


class Attributes(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's words."""

    element: str
    name: str
    """The attribute that holds a parameter's name."""
    value: str
    further: str | None = None
    """An attribute that every parameter has, too, and that is always `true`."""
    around: tuple[str, ...] = ()
    """Elements at any depth that hold parameters, or other things than those; none: parameters stand below the root."""

    def line(self, name: str, value: str) -> str:
        """One parameter."""
        check_name(_NAME, name, "letters, digits and `_ . -`, a letter first")
        further = f' {self.further}="true"' if self.further else ""
        return f'  <{self.element} {self.name}="{name}" {self.value}="{xml_attribute(value)}"{further}/>\n'

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
            if not _NAME.fullmatch(given[self.name]) or element.text.strip():
                raise SyntaxProblem(f"line {element.line}: {given[self.name]!r} is no parameter, or has a text")
            parameters.append((given[self.name], given[self.value]))
        return parameters
