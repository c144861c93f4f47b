"""Who is asking: the client's network address, and what it says of itself.

Anybody can write X-Forwarded-For. It is believed only from `PINLABS_TRUSTED_PROXIES`, and read from
the right, where the nearest of them has written, up to the first address that is not one of them.
"""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.requests import Request

from pinlabs_mailer.settings import Network

_MOST_HOPS = 20


def address(request: Request, trusted: Collection[Network]) -> str:
    """Return the client's address; that of the peer where the header is not to be believed."""
    peer = request.client.host if request.client else ""
    given = _parse(peer)
    if given is None or not _is_in(given, trusted):
        return peer
    hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    for hop in reversed(hops[-_MOST_HOPS:]):
        found = _parse(hop.strip())
        if found is None:
            return peer
        if not _is_in(found, trusted):
            return str(found)
    return peer


def user_agent(request: Request) -> str:
    """Return what the client says it is, without what a log or a database would stumble over."""
    said = request.headers.get("user-agent", "")
    return "".join(c for c in said if c.isprintable())[:300]


def is_foreign(request: Request, base_url: str) -> bool:
    """Say whether a form came from a page of somebody else, as far as the browser tells.

    Sec-Fetch-Site is asked first: our pages send no referrer, and then `Origin` is `null`.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    return origin not in ("null", base_url) and origin.partition("://")[2] != request.headers.get(
        "host"
    )


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return None
        return found.ipv4_mapped or found
    return found


def _is_in(given: IPv4Address | IPv6Address, networks: Collection[Network]) -> bool:
    return any(given in network for network in networks)
