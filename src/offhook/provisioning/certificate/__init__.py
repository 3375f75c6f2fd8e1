"""Certificates that phones are born with: whose they are and what they prove. Pure: bytes and the time are arguments.

`rule` has what a vendor's profile says of its certificates' form, `bearer` reads by it whose phone a certificate is,
`path` finds the imported authority that vouches for it, and `proof` joins them. A certificate that proves nothing is none.
"""
