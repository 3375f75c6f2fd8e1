"""A family of config syntax: XML at any depth that has no texts at all, each parameter being an attribute.

    <config>
      <setting id="time_zone" value="Europe/Paris"/>
      <accounts>
        <account index="0" username="marie">
          <host_primary server="bureau.example"/>
        </account>
      </accounts>
      <blf_items>
        <blf_item location="main"/>

Those are the parameters `time_zone`, `accounts/account[0]@username`, `accounts/account[0]/host_primary@server` and
`blf_items/blf_item[1]@location`: the entries of a list are told apart by one of their attributes, or counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from .markup import Element, Parameters, SyntaxProblem, check_name, elements, xml_attribute

_WORD: Final = r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*"
_KEY: Final = r"[A-Za-z0-9_./-]+"
_STEP: Final = re.compile(rf"({_WORD})(?:\[({_KEY})\])?", re.ASCII)
_PATH: Final = re.compile(rf"(?P<steps>{_STEP.pattern}(?:/{_STEP.pattern})*)@(?P<attribute>{_WORD})", re.ASCII)
_HOME: Final = re.compile(_KEY, re.ASCII)
_PLACE: Final = re.compile(r"[1-9]\d{0,2}")

_Step = tuple[str, str | None]
"""An element's tag, and what tells it apart from others of that tag."""


class _Branch:
    """An element of a file that is being put together."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}
        self.below: dict[_Step, _Branch] = {}


class Branches(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's words."""

    home: str
    """The element below the root whose parameters go by their keys alone."""
    value: str
    """The attribute that holds the value of such a parameter."""
    keys: Mapping[str, str]
    """What tells the entries of a list apart: element → attribute; none: they are counted from 1."""

    def line(self, name: str, value: str) -> str:
        """One parameter in elements of its own; `arrange` joins them with the others."""
        steps, attribute = self._parts(name)
        root = _Branch()
        _grow(root, steps).attributes[attribute] = value
        return "".join(self._written(root, ""))

    def read(self, body: bytes) -> Parameters:
        """Every attribute but those that tell entries apart; raises `SyntaxProblem` also where there is any text."""
        parameters: Parameters = []
        steps: list[_Step] = []
        counted: list[Counter[str]] = [Counter()]
        for element in elements(body):
            if element.text.strip():
                raise SyntaxProblem(f"line {element.line}: <{element.tag}> has a text")
            if element.depth == 1:
                if element.attributes:
                    raise SyntaxProblem(f"line {element.line}: <{element.tag}> has an attribute")
                continue
            del steps[element.depth - 2 :], counted[element.depth - 1 :]
            counted[-1][element.tag] += 1
            steps.append((element.tag, self._key(element, counted[-1][element.tag])))
            counted.append(Counter())
            for attribute, value in element.attributes.items():
                if attribute != self.keys.get(element.tag):
                    parameters.append((self._name(element, steps, attribute), value))
        return parameters

    def arrange(self, text: str) -> str:
        """The same document with every element once, where its first parameter stands; remarks are left out."""
        body = text.encode()
        tag = next(iter(elements(body))).tag
        root = _Branch()
        for name, value in self.read(body):
            steps, attribute = self._parts(name)
            _grow(root, steps).attributes[attribute] = value
        lines = "".join(self._written(root, "  "))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag}>\n{lines}</{tag}>\n'

    def _parts(self, name: str) -> tuple[list[_Step], str]:
        """The elements that lead to a parameter, and its attribute."""
        if "@" not in name:
            check_name(_HOME, name, f"the key of a <{self.home}>, or `list/entry[1]@attribute`")
            return [(self.home, name)], self.value
        check_name(_PATH, name, "`list/entry[1]@attribute`")
        matched = _PATH.fullmatch(name)
        assert matched is not None
        steps = [(step[1], step[2]) for step in _STEP.finditer(matched["steps"])]
        attribute = matched["attribute"]
        for tag, key in steps:
            if (key is None) == (tag in self.keys):
                raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: {self._entry(tag)}")
            if self.keys.get(tag) == "" and not _PLACE.fullmatch(key or ""):
                raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: <{tag}> is counted from 1")
        if attribute == self.keys.get(steps[-1][0]):
            raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: {attribute} stands in the brackets")
        if [tag for tag, _ in steps] == [self.home] and attribute == self.value:
            raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: write {steps[0][1]}")
        return steps, attribute

    def _entry(self, tag: str) -> str:
        if tag not in self.keys:
            return f"there is one <{tag}> only, without brackets"
        return f"which <{tag}> it is stands in brackets"

    def _key(self, element: Element, place: int) -> str | None:
        """What tells an element apart that is being read."""
        by = self.keys.get(element.tag)
        if by is None:
            return None
        key = str(place) if by == "" else element.attributes.get(by, "")
        if not _HOME.fullmatch(key):
            raise SyntaxProblem(f"line {element.line}: <{element.tag}> needs {by} to tell it apart, not {key!r}")
        return key

    def _name(self, element: Element, steps: list[_Step], attribute: str) -> str:
        if len(steps) == 1 and steps[0][0] == self.home and attribute == self.value:
            return steps[0][1] or ""
        path = "/".join(tag if key is None else f"{tag}[{key}]" for tag, key in steps)
        name = f"{path}@{attribute}"
        if not _PATH.fullmatch(name) or any(self.keys.get(tag) == "" and len(key or "") > 3 for tag, key in steps):
            raise SyntaxProblem(f"line {element.line}: {name!r} is no parameter")
        return name

    def _written(self, branch: _Branch, indent: str) -> Iterator[str]:
        """What stands in an element; entries that are counted follow their numbers, and empty ones fill the gaps."""
        done: set[str] = set()
        for (tag, key), child in branch.below.items():
            if self.keys.get(tag) != "":
                yield from self._element(tag, key, child, indent)
            elif tag not in done:
                done.add(tag)
                entries = {int(at or 0): entry for (name, at), entry in branch.below.items() if name == tag}
                for at in range(1, max(entries) + 1):
                    yield from self._element(tag, None, entries.get(at, _Branch()), indent)

    def _element(self, tag: str, key: str | None, branch: _Branch, indent: str) -> Iterator[str]:
        named = [(self.keys[tag], key)] if key is not None else []
        given = "".join(f' {name}="{xml_attribute(value)}"' for name, value in (*named, *branch.attributes.items()))
        if not branch.below:
            yield f"{indent}<{tag}{given}/>\n"
            return
        yield f"{indent}<{tag}{given}>\n"
        yield from self._written(branch, indent + "  ")
        yield f"{indent}</{tag}>\n"


def _grow(root: _Branch, steps: list[_Step]) -> _Branch:
    """The element that some steps lead to; made where there is none yet."""
    branch = root
    for step in steps:
        branch = branch.below.setdefault(step, _Branch())
    return branch
