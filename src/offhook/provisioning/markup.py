"""XML 1.0 as configs use it: what text it can hold, how that is escaped, and the elements of a document.

And what all families of config syntax share: parameters, lines of plain text, and the error of a file that a phone would
refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

Parameters = list[tuple[str, str]]
"""(name, value) in file order; a name that stands twice is there twice."""


class SyntaxProblem(ValueError):
    """A file that a phone would refuse, or a name that a family cannot write; the message says the line and why."""


# What some parser takes for the end of a line, or cannot be shown: C0 and C1 controls (U+0085 is a new line), the line
# and paragraph separators, and surrogates, which UTF-8 has no bytes for.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_CONTROL_IN_A_LINE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(text: str) -> str:
    """What a line of a plain text can hold of a text."""
    return _CONTROL.sub(" ", text).strip()


def text_lines(body: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a plain text that are not empty, without blanks around them, with their numbers from 1.

    Raises `SyntaxProblem` at what is no UTF-8 or holds a control character.
    """
    for number, raw in enumerate(body.split(b"\n"), start=1):
        try:
            line = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise SyntaxProblem(f"line {number}: byte {raw[error.start]:#04x} is not UTF-8") from None
        if control := _CONTROL_IN_A_LINE.search(line):
            raise SyntaxProblem(f"line {number}: control character U+{ord(control[0]):04X}")
        if line := line.strip():
            yield number, line


# §2.2, the characters that a document may hold, and §2.11, one sign for the end of a line.
_NOT_XML: Final = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")
_XML_LINE_END: Final = re.compile(r"\r\n?")
# Two hyphens would end a comment.
_XML_SPECIAL: Final = re.compile(r"[&<>\"']|(?<=-)-")
_XML_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "-": "&#45;"}


def xml_text(text: str) -> str:
    """What a document can hold of a text."""
    return _NOT_XML.sub("", _XML_LINE_END.sub("\n", text))


def xml_escape(text: str) -> str:
    """A text as it may stand in an element, an attribute or a comment."""
    return _XML_SPECIAL.sub(lambda special: _XML_ESCAPES[special[0]], xml_text(text))


def xml_attribute(text: str) -> str:
    """A text as it may stand in an attribute and stay what it is: a parser makes a blank of any other (§3.3.3)."""
    return xml_escape(text).replace("\t", "&#9;").replace("\n", "&#10;")


class Element:
    """One element of a document that is being read."""

    def __init__(self, tag: str, attributes: dict[str, str], line: int, depth: int) -> None:
        self.tag: Final = tag
        self.attributes: Final = attributes
        self.line: Final = line
        self.depth: Final = depth  # the root's is 1
        self.text = ""
        self.parent = False

    @property
    def value(self) -> str:
        """The text of a parameter; raises `SyntaxProblem` when it holds elements."""
        if self.parent:
            raise SyntaxProblem(f"line {self.line}: the parameter <{self.tag}> holds elements")
        return self.text


def elements(body: bytes) -> Iterator[Element]:
    """The elements of a well-formed document in file order; it has no DTD, which no config has any need of."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    found: list[Element] = []
    open_elements: list[Element] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if open_elements:
            open_elements[-1].parent = True
        found.append(Element(tag, attributes, parser.CurrentLineNumber, len(open_elements) + 1))
        open_elements.append(found[-1])

    def end(tag: str) -> None:
        open_elements.pop()

    def text(text: str) -> None:
        open_elements[-1].text += text

    def document_type(*declaration: object) -> None:
        raise SyntaxProblem(f"line {parser.CurrentLineNumber}: a document type, which phones do not read")

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = document_type
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise SyntaxProblem(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    for element in found:
        if element.parent and element.text.strip():
            raise SyntaxProblem(f"line {element.line}: <{element.tag}> has text beside its elements")
        yield element


def check_name(allowed: re.Pattern[str], name: str, what: str) -> None:
    """Raise `SyntaxProblem` unless a parameter may have this name; `what` says what to write."""
    if not allowed.fullmatch(name):
        raise SyntaxProblem(f"{name!r} cannot be the name of a parameter here: write {what}")
