"""Families of config syntax: statements, one a line, in which a name and its value follow one another.

    ## What begins with two signs is a remark, what begins with one is a place to go on at.
    SET SIPDOMAIN "bureau.example"
    GET 46xxsettings.txt

is the parameter `SIPDOMAIN` and the name of another file to read; `IF $MODEL4 SEQ J179 GOTO place` and `GOTO place` skip
lines. The plainer family has no verb, no quotation marks and no places: `SIP_DOMAIN1 bureau.example`, and `#` begins a
remark.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from .markup import Parameters, SyntaxProblem, check_name, one_line, text_lines

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_STEP: Final = re.compile(r"GET \S+|GOTO \S+|IF \$?\S+ SEQ \S+ GOTO \S+")
"""Where to read on; holds no parameter."""


class Statements(msgspec.Struct, frozen=True, kw_only=True):
    """One dialect."""

    verb: str = ""
    """What stands before a name, with a blank behind it; lines without it can only be steps and remarks."""
    quoted: bool
    """Whether values stand in quotation marks: those cannot hold one, and become apostrophes."""
    longest: int | None = None
    """Characters of the longest line that phones read."""

    def line(self, name: str, value: str) -> str:
        """One statement; raises `SyntaxProblem` also for one that is too long, as half a password would be none."""
        check_name(_NAME, name, "letters, digits and `_`")
        written = f'{self.verb}{name} "{self.clean(value)}"' if self.quoted else f"{name} {self.clean(value)}".rstrip()
        if self.longest is not None and len(written) > self.longest:
            raise SyntaxProblem(
                f"{name}: the line would have {len(written)} characters and phones read {self.longest}: shorten the value"
            )
        return f"{written}\n"

    def clean(self, value: str) -> str:
        """What a phone reads back of a value."""
        return one_line(value).replace('"', "'") if self.quoted else one_line(value)

    def read(self, body: bytes) -> Parameters:
        """The parameters of a file, in its order; whatever a jump would skip is there too."""
        parameters = []
        for number, line in text_lines(body):
            if line.startswith("#") or (self.verb and _STEP.fullmatch(line)):
                continue
            name, _, value = line.removeprefix(self.verb).partition(" ")
            if not line.startswith(self.verb) or not _NAME.fullmatch(name):
                raise SyntaxProblem(f"line {number}: no `{self.verb}NAME value`: {line[:60]!r}")
            if self.longest is not None and len(line) > self.longest:
                raise SyntaxProblem(f"line {number}: {len(line)} characters, and phones read {self.longest}")
            if self.quoted:
                if not re.fullmatch('"[^"]*"', value):
                    raise SyntaxProblem(f"line {number}: the value of {name} does not stand in quotation marks")
                value = value[1:-1]
            parameters.append((name, value))
        return parameters
