"""The guard: who gets a phone's secrets, by how sure we are who is asking. Knows no sockets; time and randomness are given.

`assurance` has the ladder, `enrolment` the states of one device, `tokens` what stands in its URL, `sources` who is banned,
and `guard` joins them. What must last is handed to a keeper; what is decided here is never decided anywhere else.
"""
