"""A boot request's way: request → identify → admit → resolve → render → answer. Pure: no sockets, no clock, no store.

Vendors are data: `firmware-profiles/<vendor>.toml` and `templates/<vendor>/`; no module here knows one by name.
"""
