"""The login: one device's own HTTP credentials, as it is told them."""

from __future__ import annotations

import msgspec

from offhook.model.secret import Secret


class Login(msgspec.Struct, frozen=True):
    """A user name and its password."""

    user_name: str
    """The device's MAC: 12 lower-case hexadecimal digits."""
    password: Secret
