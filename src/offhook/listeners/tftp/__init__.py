"""TFTP: `packet` reads and writes it, `transfer` is the pure machine of one file, `server` the thin shell of sockets."""
