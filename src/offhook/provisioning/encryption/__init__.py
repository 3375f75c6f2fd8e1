"""Encryption of whole config files, in the forms that phones decrypt: one module a form, all by name in `formats`.

Only forms whose every byte is public are here. Everything is pure: randomness comes in as an argument.
"""
