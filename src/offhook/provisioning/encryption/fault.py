"""Faults: what goes wrong when a config file is encrypted or decrypted."""

from __future__ import annotations


class KeyRefused(ValueError):
    """A key that the form of encryption cannot use; the message says what to write, and never shows the key."""


class NotDecrypted(ValueError):
    """A file that was not encrypted in this form, or with another key."""
