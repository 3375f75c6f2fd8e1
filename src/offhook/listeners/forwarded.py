"""Who really asks, when a proxy asks for them: `X-Forwarded-For`, believed only from proxies that an admin trusts.

Every proxy appends the address that it was asked from, so the right end was written by the nearest one. Whatever a client
wrote itself stands further left and is never looked at: from the right, the first address that is no trusted proxy counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from offhook.provisioning.guard.networks import is_inside, read_address


def client_address(remote: str, forwarded: Sequence[str], trusted: tuple[str, ...]) -> str:
    """The client's address. `remote` is who asked us, `forwarded` each `X-Forwarded-For` header, `trusted` networks.

    What is no address is whoever wrote it: the proxy that passed it on counts then.
    """
    nearest = remote
    for said in reversed([part.strip() for header in forwarded for part in header.split(",")]):
        if not is_inside(nearest, trusted):
            break
        address = read_address(said)
        if address is None:
            break
        nearest = str(address)
    return nearest
