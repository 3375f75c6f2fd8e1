"""The nodes that decide: by time, mode, caller, number or variable, and what each of their cases says."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .document import Slug, Struct
from .node import BranchName, Node, Pattern


class Hours(Node, frozen=True, kw_only=True, tag="hours"):
    """Branch by a schedule's period."""

    BRANCHES = None
    schedule: Slug


class ModeNode(Node, frozen=True, kw_only=True, tag="mode"):
    """Branch by a mode's state."""

    BRANCHES = None
    mode: Slug


class CallerCase(Struct, frozen=True, kw_only=True):
    """A sort of callers: everything that is set must hold."""

    name: BranchName
    """The branch that it leads to."""
    device: Slug | None = None
    user: Slug | None = None
    group: Slug | None = None
    """A member of it, also through groups in it."""
    numbers: tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...] | None = None
    """One of these, however it is written."""
    patterns: tuple[Pattern, ...] | None = None
    """All of the number, as it is or in its public form, matches one of these."""
    anonymous: bool | None = None
    """True: the caller hides its number."""
    inside: bool | None = None
    """True: a registered device of the account."""


class ValueCase(Struct, frozen=True, kw_only=True):
    """A sort of values: one that is listed, or all of which matches a pattern."""

    name: BranchName
    """The branch that it leads to."""
    values: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()


class CallerIs(Node, frozen=True, kw_only=True, tag="caller_is"):
    """Branch by who calls."""

    BRANCHES = None
    cases: tuple[CallerCase, ...] = ()
    """The first that holds counts."""


class NumberIs(Node, frozen=True, kw_only=True, tag="number_is"):
    """Branch by what was dialled."""

    BRANCHES = None
    capture: str = "called"
    """`called`, or a capture of the matched pattern: `1` by position, or its name."""
    cases: tuple[ValueCase, ...] = ()
    """The first that holds counts."""


class VariableIs(Node, frozen=True, kw_only=True, tag="variable_is"):
    """Branch by a variable of the call, caller's device, user or account."""

    BRANCHES = None
    variable: str
    """`vars.<name>`, `call.<field>`, or `device.<field>`, `user.<field>`, `account.<field>` of the caller."""
    cases: tuple[ValueCase, ...] = ()
    """The first that holds counts."""
