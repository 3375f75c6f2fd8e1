"""TFTP from datagrams to files (RFC 1350): the cores are pure, only `sockets` and `server` touch the network.

`packet` reads and writes datagrams, `terms` agrees on options, `blocks` cuts a file into DATA packets, `transfer` is the
machine that sends one file, `wheel` says whose time is up; `sockets` are the server's sockets and `server` joins all.
"""
