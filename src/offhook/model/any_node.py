"""Any node of a callflow: the closed set of their types."""

from __future__ import annotations

from .decision import CallerIs, Hours, ModeNode, NumberIs, VariableIs
from .node import (
    Announce,
    Ask,
    Conference,
    DialOut,
    DirectoryNode,
    End,
    Flow,
    Handoff,
    Menu,
    Notify,
    Page,
    Park,
    Pickup,
    Ring,
    Set,
    SetCaller,
    Setting,
    Voicemail,
    VoicemailCheck,
    Wait,
)

AnyNode = (
    Ring | DialOut | Voicemail | VoicemailCheck | Menu | Announce | Wait | Hours | ModeNode | CallerIs | NumberIs
    | VariableIs | Flow | SetCaller | Set | Setting | DirectoryNode | Conference | Page | Park | Pickup | Notify | Ask
    | Handoff | End
)  # fmt: skip
