"""Keys: what each programmable key of a phone dials or watches, with names turned into numbers by the directory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from offhook.directory import Directory
from offhook.extension_lines import extensions_of_user
from offhook.integrity import is_dialable
from offhook.model.account import Account
from offhook.model.device import Device, Key
from offhook.model.group import Group
from offhook.model.mode import Mode
from offhook.model.settings import Settings
from offhook.model.user import User

from .lines import one_line
from .phone import PhoneKey, PhoneLine
from .profile_file import KeyRules, Model


class Keys(msgspec.Struct, frozen=True):
    """A device's keys."""

    keys: tuple[PhoneKey, ...]
    """Ascending by module and position."""
    notes: tuple[str, ...]
    """What could not be done, in words for the admin."""


class Meaning(msgspec.Struct, frozen=True):
    """What a key's value stands for."""

    number: str
    label: str


class CannotDo(Exception):
    """Why a key is left out."""


def resolve_keys(
    directory: Directory,
    account: Account,
    device: Device,
    settings: Settings,
    lines: Sequence[PhoneLine],
    rules: KeyRules,
    model: Model | None,
) -> Keys:
    """The keys of a device; explicit ones first, lines on what is left when the vendor wants a key for each."""
    keys: dict[tuple[int, int], PhoneKey] = {}
    kept_free: set[tuple[int, int]] = set()
    notes: list[str] = []
    for key in device.keys:
        try:
            position = _position(key, rules, model)
            if (key.module, position) in keys or (key.module, position) in kept_free:
                raise CannotDo("another one is at its place")
            if rules.lines_lead and not key.module and position <= len(lines):
                raise CannotDo(f"the phone shows its line {position} there")
            resolved = _resolved(directory, account, settings, lines, rules, key, position)
        except CannotDo as error:
            module = f" of module {key.module}" if key.module else ""
            notes.append(f"key {key.position}{module} ({key.type}) is left out: {error}")
            continue
        if resolved is not None:
            keys[key.module, position] = resolved
        else:
            kept_free.add((key.module, position))
    if rules.lines_take_keys and model is not None and model.keys:
        for line in _lines_without_key(lines, keys.values()):
            free = next((at for at in range(1, model.keys + 1) if (0, at) not in keys.keys() | kept_free), None)
            if free is None:
                notes.append(f"line {line.number} ({line.label}) has no key: all {model.keys} are taken")
                continue
            keys[0, free] = PhoneKey(
                position=free,
                module=0,
                type="line",
                code=rules.types["line"],
                value="",
                label=line.label,
                line=line.number,
            )
    return Keys(tuple(key for _, key in sorted(keys.items())), tuple(notes))


def _lines_without_key(lines: Sequence[PhoneLine], keys: Iterable[PhoneKey]) -> list[PhoneLine]:
    taken = {key.line for key in keys if key.type == "line"}
    return [line for line in lines if line.number not in taken]


def _position(key: Key, rules: KeyRules, model: Model | None) -> int:
    """The key's place counted through all pages."""
    position = key.position
    if key.page > 1:
        if not rules.keys_a_page:
            raise CannotDo("this vendor's keys are counted through all pages: give the position without a page")
        position += (key.page - 1) * rules.keys_a_page
    if model is None:
        return position
    if key.module:
        expansion = model.expansion
        if expansion is None or key.module > expansion.modules:
            raise CannotDo(f"the model takes {expansion.modules if expansion else 'no'} expansion module(s)")
        if position > expansion.keys:
            raise CannotDo(f"the module has {expansion.keys} keys")
    elif position > model.keys:
        raise CannotDo(f"the model has {model.keys} programmable keys")
    return position


def _resolved(
    directory: Directory,
    account: Account,
    settings: Settings,
    lines: Sequence[PhoneLine],
    rules: KeyRules,
    key: Key,
    position: int,
) -> PhoneKey | None:
    if key.type == "none":
        return None
    if key.type not in rules.types:
        raise CannotDo(f"this vendor's phones have no key of type {key.type}")
    number = key.line or (1 if key.type != "line" else position)
    line = next((line for line in lines if line.number == number), None)
    if line is None:
        raise CannotDo(f"the device has no line {number}")
    meaning = _meaning(directory, account, settings, line, key)
    return PhoneKey(
        position=position,
        module=key.module,
        type=key.type,
        code=rules.types[key.type],
        value=one_line(meaning.number),
        label=one_line(key.label if key.label is not None else meaning.label),
        line=number,
    )


def _meaning(directory: Directory, account: Account, settings: Settings, line: PhoneLine, key: Key) -> Meaning:
    """Number and label of a key by its type."""
    if key.type == "line":
        return Meaning("", line.label)
    if key.type == "voicemail":
        if key.value is None and line.voicemail_number is None:
            raise CannotDo("the line has no mailbox")
        return Meaning(key.value or line.voicemail_number or "", "")
    if key.type == "park":
        if key.value is None and settings.park_number is None:
            raise CannotDo("neither the key nor settings.park_number says where to park")
        return Meaning(key.value or settings.park_number or "", "")
    if key.type == "mode":
        return _mode(directory, account, key.value or "")
    if key.type in ("blf", "speed_dial", "intercom", "pickup", "transfer") and key.value is not None:
        return named(directory, account, key.value)
    return Meaning(key.value or "", "")


def named(directory: Directory, account: Account, value: str) -> Meaning:
    """What a user's, group's or mode's id stands for; a number stands for itself."""
    user = directory.find(User, account.id, value)
    if user is not None:
        extensions = extensions_of_user(directory, user)
        if not extensions:
            raise CannotDo(f"user {value} has no extension: no callflow rings them first")
        return Meaning(extensions[0].number, user.name)
    group = directory.find(Group, account.id, value)
    if group is not None:
        numbers = directory.extensions(account.id, "groups", value)
        if not numbers:
            raise CannotDo(f"group {value} has no number: no callflow with an internal number rings it first")
        return Meaning(numbers[0].number, group.name or group.id)
    if directory.find(Mode, account.id, value) is not None:
        return _mode(directory, account, value)
    if not is_dialable(value):
        raise CannotDo(f"{value!r} is no number, and there is no user, group or mode of that name any more")
    return Meaning(value, value)


def _mode(directory: Directory, account: Account, value: str) -> Meaning:
    mode = directory.find(Mode, account.id, value)
    numbers = directory.feature_numbers("switches_mode", (account.id, value))
    if mode is None or not numbers:
        raise CannotDo(f"no callflow with an internal number switches mode {value}")
    return Meaning(numbers[0].number, mode.name or mode.id)
