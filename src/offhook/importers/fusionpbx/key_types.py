"""What a key does, for the types that FusionPBX's list of vendor functions knows.

Some vendors' types are numbers and others' are words; a number means something else with each vendor.
"""

from __future__ import annotations

import re
from typing import Final

_YEALINK: Final = {
    "0": "none", "1": "conference", "2": "forward", "3": "transfer", "5": "dnd", "6": "redial", "9": "pickup", "10": "park",
    "11": "dtmf", "12": "voicemail", "13": "speed_dial", "14": "intercom", "15": "line", "16": "blf", "17": "url",
    "25": "record", "29": "directory", "43": "directory",
}  # fmt: skip
_HTEK: Final = {
    "0": "none", "1": "line", "2": "speed_dial", "3": "blf", "5": "voicemail", "6": "pickup", "8": "park", "9": "intercom",
    "10": "dtmf", "17": "conference", "18": "forward", "19": "transfer", "21": "dnd", "22": "redial", "25": "record",
    "35": "url",
}  # fmt: skip
_NUMBERED: Final = {
    "yealink": _YEALINK, "flyingvoice": _YEALINK, "htek": _HTEK, "sangoma": _HTEK,
    "fanvil": {"1": "line", "2": "voicemail", "3": "none", "i": "intercom", "c": "park", "a": "forward", "f": "speed_dial",
               "bc": "blf", "bcv": "blf", "bb": "blf", "ba": "blf", "bf": "blf", "m": "voicemail"},
    "mitel": {"0": "none", "1": "speed_dial", "6": "line", "15": "directory", "16": "forward", "17": "dnd", "27": "blf"},
}  # fmt: skip
_WORDS: Final = {
    "none": "none", "na": "none", "null": "none", "empty": "none", "disabled": "none", "notprogrammed": "none",
    "line": "line", "primary": "line", "callappearance": "line", "linemonitor": "line",
    "blf": "blf", "blfxfer": "blf", "busylampfield": "blf", "dest": "blf", "extension": "blf", "normal": "blf",
    "automata": "blf", "presence": "blf", "presencewatcher": "blf", "presencemonitor": "blf", "speeddialblf": "blf",
    "speeddial": "speed_dial", "speeddialactive": "speed_dial", "speed": "speed_dial", "speeddialxfer": "speed_dial",
    "autodial": "speed_dial", "park": "park", "callpark": "park", "monitoredcallpark": "park", "callparkmonitor": "park",
    "orbit": "park", "pickup": "pickup", "callpickup": "pickup", "directpickup": "pickup", "intercom": "intercom",
    "icom": "intercom", "autoanswerintercom": "intercom", "transfer": "transfer", "xfer": "transfer",
    "blindtransfer": "transfer", "forward": "forward", "callforward": "forward", "callfwd": "forward",
    "redirect": "forward", "dnd": "dnd", "donotdisturb": "dnd", "voicemail": "voicemail", "messages": "voicemail",
    "messagestatus": "voicemail", "conference": "conference", "conf": "conference", "record": "record",
    "recorder": "record", "redial": "redial", "directory": "directory", "phonebook": "directory", "ldap": "directory",
    "url": "url", "actionurl": "url", "dtmf": "dtmf", "dialdtmf": "dtmf",
}  # fmt: skip


def key_type(vendor: str, said: str) -> str | None:
    """Our type of a key for what its row says; None when it is none of ours."""
    word = re.sub(r"[^a-z0-9]", "", said.lower())
    return _NUMBERED.get(vendor.lower(), {}).get(said.strip().lower()) or _WORDS.get(word)
