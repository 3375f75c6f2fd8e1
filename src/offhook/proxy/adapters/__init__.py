"""Other SIP servers than Kamailio: what each asks, as our own questions, and our answers as each reads them.

Every adapter is a pair of pure functions, `fields → question` and `plan → text`, that share the one plan of `written`;
`door` puts them behind HTTP, `agi_door` behind a TCP socket. No adapter decides anything about a call.
"""
