"""Sockets to values and back: each listener turns what a phone sends into a `BootRequest` and an answer into bytes."""
