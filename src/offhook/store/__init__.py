"""Where documents last: `base` is the contract, `tinydb` the embedded store.

A store keeps bytes and revisions and decides who was first; it knows nothing of phones, and every query is the
directory's. The embedded store is a few rooms: `tinydb` (the asynchronous face), `engine` (the documents and the order
of commits), `journal` and `dbfile` (the two files), `live` (TinyDB's query language), `lock`, and `disk` (the few calls
that make bytes last).
"""
