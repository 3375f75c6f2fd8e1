"""A family of config syntax: XML at any depth whose parameters are texts, the entries of a list told apart by an attribute.

    <device>
      <sipProfile>
        <sipLines>
          <line button="1" lineIndex="1">
            <authName>marie-desk</authName>
      <phoneServices useHTTPS="false">
        <phoneService type="1">

Those are the parameters `sipProfile/sipLines/line[1]@lineIndex`, `sipProfile/sipLines/line[1]/authName`,
`phoneServices@useHTTPS` and `phoneServices/phoneService[1]@type`: what tells the entries of a list apart stands in brackets,
or their place does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from .markup import Element, Parameters, SyntaxProblem, check_name, elements, xml_attribute, xml_escape

_WORD: Final = r"(?![Xx][Mm][Ll])[A-Za-z_][A-Za-z0-9_.-]*"
_KEY: Final = r"[A-Za-z0-9_.-]+"
_STEP: Final = re.compile(rf"({_WORD})(?:\[({_KEY})\])?", re.ASCII)
_PATH: Final = re.compile(rf"(?P<steps>{_STEP.pattern}(?:/{_STEP.pattern})*)(?:@(?P<attribute>{_WORD}))?", re.ASCII)
_PLACE: Final = re.compile(r"[1-9]\d?")

_Step = tuple[str, str | None]
"""An element's tag, and what tells it apart from others of that tag."""


class _Node:
    """An element of a file that is being put together."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.attributes: dict[str, str] = {}
        self.below: dict[_Step, _Node] = {}


class Leaves(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor's lists."""

    keys: Mapping[str, str]
    """What tells the entries of a list apart: element → attribute; none: they are counted from 1. An entry has no text."""

    def line(self, name: str, value: str) -> str:
        """One parameter in elements of its own; `arrange` joins them with the others."""
        root = _Node()
        self._put(root, name, value)
        return "".join(self._written(root, ""))

    def read(self, body: bytes) -> Parameters:
        """Every text and every attribute but those that tell entries apart, an element's attributes first.

        An element that is there for its attributes has no text.
        """
        parameters: Parameters = []
        steps: list[_Step] = []
        counted: list[Counter[str]] = [Counter()]
        for element in elements(body):
            if element.depth == 1:
                if element.attributes:
                    raise SyntaxProblem(f"line {element.line}: <{element.tag}> has an attribute")
                continue
            del steps[element.depth - 2 :], counted[element.depth - 1 :]
            counted[-1][element.tag] += 1
            steps.append((element.tag, self._key(element, counted[-1][element.tag])))
            counted.append(Counter())
            named = self.keys.get(element.tag)
            own = [(attribute, value) for attribute, value in element.attributes.items() if attribute != named]
            for attribute, value in own:
                parameters.append((self._name(element, steps, attribute), value))
            if element.parent:
                continue
            if named is not None and element.text.strip():
                raise SyntaxProblem(f"line {element.line}: <{element.tag}> is an entry of a list and has a text")
            if named is None and (element.text or not own):
                parameters.append((self._name(element, steps, None), element.text))
        return parameters

    def arrange(self, text: str) -> str:
        """The same document with every element once, where its first parameter stands; remarks are left out."""
        body = text.encode()
        tag = next(iter(elements(body))).tag
        root = _Node()
        for name, value in self.read(body):
            self._put(root, name, value)
        lines = "".join(self._written(root, "  "))
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag}>\n{lines}</{tag}>\n'

    def _put(self, root: _Node, name: str, value: str) -> None:
        """Grow the elements that lead to a parameter, and set it."""
        check_name(_PATH, name, "`section/name`, `list/entry[1]/name` or one of them and `@attribute`")
        matched = _PATH.fullmatch(name)
        assert matched is not None
        attribute = matched["attribute"]
        node, tag = root, ""
        for step in _STEP.finditer(matched["steps"]):
            tag, key = step[1], step[2]
            if (key is None) == (tag in self.keys):
                raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: {self._entry(tag)}")
            if self.keys.get(tag) == "" and not _PLACE.fullmatch(key or ""):
                raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: <{tag}> is counted from 1 to 99")
            node = node.below.setdefault((tag, key), _Node())
        if attribute is not None and attribute == self.keys.get(tag):
            raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: {attribute} stands in the brackets")
        if attribute is not None:
            node.attributes[attribute] = value
        elif tag in self.keys:
            raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: an entry of a list has no text")
        else:
            node.text = value

    def _entry(self, tag: str) -> str:
        if tag in self.keys:
            return f"which <{tag}> it is stands in brackets"
        return f"there is one <{tag}> only, without brackets"

    def _key(self, element: Element, place: int) -> str | None:
        """What tells an element apart that is being read."""
        by = self.keys.get(element.tag)
        if by is None:
            return None
        key = str(place) if by == "" else element.attributes.get(by, "")
        if not re.fullmatch(_KEY, key, re.ASCII):
            raise SyntaxProblem(f"line {element.line}: <{element.tag}> needs {by} to tell it apart, not {key!r}")
        return key

    def _name(self, element: Element, steps: list[_Step], attribute: str | None) -> str:
        path = "/".join(tag if key is None else f"{tag}[{key}]" for tag, key in steps)
        name = path if attribute is None else f"{path}@{attribute}"
        if not _PATH.fullmatch(name):
            raise SyntaxProblem(f"line {element.line}: {name!r} is no parameter")
        return name

    def _written(self, node: _Node, indent: str) -> Iterator[str]:
        """What stands in an element; entries that are counted follow their numbers, and empty ones fill the gaps."""
        done: set[str] = set()
        for (tag, key), child in node.below.items():
            if self.keys.get(tag) != "":
                yield from self._element(tag, key, child, indent)
            elif tag not in done:
                done.add(tag)
                entries = {int(at or 0): entry for (name, at), entry in node.below.items() if name == tag}
                for at in range(1, max(entries) + 1):
                    yield from self._element(tag, None, entries.get(at, _Node()), indent)

    def _element(self, tag: str, key: str | None, node: _Node, indent: str) -> Iterator[str]:
        named = [(self.keys[tag], key)] if key is not None else []
        given = "".join(f' {name}="{xml_attribute(value)}"' for name, value in (*named, *node.attributes.items()))
        if not node.below:
            yield f"{indent}<{tag}{given}>{xml_escape(node.text or '')}</{tag}>\n"
            return
        if node.text:
            raise SyntaxProblem(f"<{tag}> cannot hold both a text and further elements")
        yield f"{indent}<{tag}{given}>\n"
        yield from self._written(node, indent + "  ")
        yield f"{indent}</{tag}>\n"
