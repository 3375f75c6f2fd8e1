"""A family of config syntax: XML that names the objects of a data model (TR-106), and below each its parameters.

    <ParameterList>
      <Object>
        <Name>DeviceInfo.Time.</Name>
        <ParameterValueStruct>
          <Name>NTPServer1</Name>
          <Value>pool.ntp.org</Value>

is the parameter `DeviceInfo.Time.NTPServer1`. Phones that write such a file themselves say O, N, P and V.
"""

from __future__ import annotations

import re
from typing import Final

from .markup import Parameters, SyntaxProblem, check_name, elements, xml_escape

_NAME: Final = re.compile(r"(?P<object>(?:[A-Za-z0-9_-]+\.)+)(?P<parameter>[A-Za-z0-9_-]+)")
_WORDS: Final = {"O": "Object", "N": "Name", "P": "ParameterValueStruct", "V": "Value"}
_OBJECT_DEPTH: Final = 2
_PARAMETER_DEPTH: Final = 3


def object_line(name: str, value: str) -> str:
    """One parameter in an object of its own; `arrange_objects` joins it with the others."""
    check_name(_NAME, name, "`Object.Parameter`: letters, digits, `_ -` and dots")
    matched = _NAME.fullmatch(name)
    assert matched is not None
    return _object(matched["object"], {matched["parameter"]: value}, "")


def read_objects(body: bytes) -> Parameters:
    """Every parameter by its full name; an object and a parameter begin with their names."""
    parameters: Parameters = []
    place, parameter = "", ""
    for element in elements(body):
        word = _WORDS.get(element.tag, element.tag)
        if element.depth > 1 and element.attributes:
            raise SyntaxProblem(f"line {element.line}: <{element.tag}> has an attribute")
        if element.depth == _OBJECT_DEPTH and word == "Object":
            place = ""
        elif element.depth == _PARAMETER_DEPTH and word == "Name":
            place = element.value
        elif element.depth == _PARAMETER_DEPTH and word == "ParameterValueStruct" and place:
            parameter = ""
        elif element.depth == _PARAMETER_DEPTH + 1 and word == "Name" and place and not parameter:
            parameter = f"{place}{element.value}"
            if not _NAME.fullmatch(parameter):
                raise SyntaxProblem(f"line {element.line}: {parameter!r} is no parameter")
        elif element.depth == _PARAMETER_DEPTH + 1 and word == "Value" and parameter:
            parameters.append((parameter, element.value))
        elif element.depth > 1:
            raise SyntaxProblem(f"line {element.line}: <{element.tag}> stands where no {word} can be")
    return parameters


def arrange_objects(text: str) -> str:
    """The same document with every object once, where its first parameter stands; remarks are left out."""
    body = text.encode()
    root = next(iter(elements(body))).tag
    objects: dict[str, dict[str, str]] = {}
    for name, value in read_objects(body):
        place, _, parameter = name.rpartition(".")
        objects.setdefault(f"{place}.", {})[parameter] = value
    lines = "".join(_object(place, parameters, "  ") for place, parameters in objects.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n{lines}</{root}>\n'


def _object(place: str, parameters: dict[str, str], indent: str) -> str:
    inside = "".join(
        f"{indent}  <ParameterValueStruct><Name>{name}</Name><Value>{xml_escape(value)}</Value></ParameterValueStruct>\n"
        for name, value in parameters.items()
    )
    return f"{indent}<Object>\n{indent}  <Name>{place}</Name>\n{inside}{indent}</Object>\n"
