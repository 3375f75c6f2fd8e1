"""Secrets at rest: the vault and its key file, tokens, and the private files that hold them.

Everything cryptographic comes from `cryptography` and the standard library. Nothing here prints or logs a secret: texts
travel as `Secret`, keys in fields that no `repr` shows.
"""
