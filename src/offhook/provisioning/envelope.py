"""The envelope of a config file: which of a phone's files go out encrypted, with which key, and what there is to say of it.

A phone's own files do once a layer sets `config_key` and its vendor's profile names a form of encryption (`[encryption]`).
Files that many phones share hold no secret and are never encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from offhook.model.secret import Secret

from .encryption.fault import KeyRefused
from .encryption.formats import FORMATS, Format
from .layers import Resolved
from .profile import Profile
from .profile_file import EncryptionRule, FileRule


class Envelope(msgspec.Struct, frozen=True):
    """How one file is encrypted."""

    format: Format
    key: Secret
    origin: str
    """The layer that set the key, such as `account default`."""

    def close(self, content: bytes) -> bytes:
        """The file as it goes out; raises `KeyRefused`."""
        try:
            return self.format.encrypt(content, self.key)
        except KeyRefused as error:
            raise KeyRefused(f"config_key of {self.origin}: {error}") from None


def envelope_of(profile: Profile, rule: FileRule, layers: Resolved) -> Envelope | None:
    """How a file of a phone is encrypted; None: it goes out in clear."""
    form = format_of(profile, rule)
    key = layers.settings.config_key
    return Envelope(form, key, layers.origins["config_key"]) if form is not None and key is not None else None


def format_of(profile: Profile, rule: FileRule) -> Format | None:
    """The form in which phones take a file once they have a key; None: in clear."""
    encryption = profile.file.encryption
    return FORMATS[encryption.format] if encryption is not None and rule.name in encryption.files else None


def key_problem(profile: Profile, key: Secret) -> str | None:
    """Why a vendor's phones cannot use a key, and what to do instead; None: they can."""
    encryption = profile.file.encryption
    if encryption is None:
        return (
            f"no form of encrypted config that {profile.file.name} phones decrypt is known:"
            " leave it out, and let them ask over HTTPS"
        )
    try:
        FORMATS[encryption.format].encrypt(b"", key)
    except KeyRefused as error:
        return str(error)
    return None


def encryption_faults(profile: Profile, layers: Resolved) -> Iterator[str]:
    """Why a phone is refused the files that are to be encrypted."""
    encryption, key = profile.file.encryption, layers.settings.config_key
    if encryption is not None and key is not None and (problem := key_problem(profile, key)):
        yield f"{_named(encryption)} is refused to the phone, as {_whose(layers)} does not fit: {problem}"


def encryption_notes(profile: Profile, layers: Resolved) -> Iterator[str]:
    """What becomes of a key that a phone's layers set, and that is not refused."""
    encryption, key = profile.file.encryption, layers.settings.config_key
    if key is None:
        return
    problem = key_problem(profile, key)
    if encryption is None:
        yield f"{_whose(layers)} is not used and the files go out in clear: {problem}"
    elif problem is None:
        yield f"{_named(encryption)} goes out encrypted ({encryption.format}) with {_whose(layers)}"


def _named(encryption: EncryptionRule) -> str:
    return f"the phone's own file ({', '.join(encryption.files)})"


def _whose(layers: Resolved) -> str:
    return f"the config_key of {layers.origins['config_key']}"
