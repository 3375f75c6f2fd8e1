"""Backup and restore: all that a server knows in one file that is of no use without its key file."""
