"""D8 and H1 to H5: the pages can be reached, and one click leaves without a detour."""

import secrets
import string
from collections.abc import Iterator
from urllib.parse import urlsplit

from pinlabs_mailer.doctor.expiry import expiry
from pinlabs_mailer.doctor.finding import Finding, Topic, listed, quoted
from pinlabs_mailer.doctor.subject import Subject, addresses_of, is_inside
from pinlabs_mailer.doctor.visit import NoPage, Page, Place, ask
from pinlabs_mailer.settings import IPAddress
from pinlabs_mailer.settings.values import is_loopback
from pinlabs_mailer.tokens import TOKEN_LENGTH, Purpose

ADDRESS = Topic("pages.address", "D8, M15")
SECURED = Topic("pages.tls", "D8")
CERTIFICATE = Topic("pages.certificate", "D8")
READY = Topic("pages.ready", "D8")
ONE_CLICK = Topic("pages.one_click", "D8, H1, H3, RFC 8058 section 3.1")
UNIFORM = Topic("pages.uniform", "H5")
HEADERS = Topic("pages.headers", "H2, H10")

_MOST_ADDRESSES = 3
_SAFE_URL = 35
_FORM = b"List-Unsubscribe=One-Click"
_THROUGH = "Have the proxy pass it on to `pinlabs-mailer serve`, see docs/operations.md."


def check(subject: Subject) -> Iterator[Finding]:
    """Visit the pages at every address that their name has."""
    url = subject.base_url
    host = urlsplit(url).hostname or ""
    addresses = found_at(subject, host)
    if not addresses:
        yield ADDRESS.error(f"{host} has no address, so no link works.", "Publish A or AAAA.")
        return
    yield _address(url, host, addresses)
    for address in addresses[:_MOST_ADDRESSES]:
        yield from _at(subject, Place(url, address))


def found_at(subject: Subject, host: str) -> list[IPAddress]:
    """Return the addresses of the pages, as DNS has them; this machine's for a loopback name."""
    name = "127.0.0.1" if is_loopback(host) and not host.startswith(("127", ":")) else host
    return list(addresses_of(subject.dns, name))


def _address(url: str, host: str, addresses: list[IPAddress]) -> Finding:
    inside = [address for address in addresses if is_inside(address)]
    if is_loopback(host):
        return ADDRESS.error(
            f"The links in mails lead to {host}, which only this machine can open.",
            "Set PINLABS_BASE_URL to the https address at which readers reach the pages.",
        )
    if inside:
        return ADDRESS.warning(
            f"{host} leads to {listed(inside)}, which only your own network can open.",
            "Publish the address that the world reaches, or ask a name server outside "
            "(PINLABS_DNS_SERVER).",
        )
    if len(url) > _SAFE_URL:
        return ADDRESS.warning(
            f"{url} is longer than {_SAFE_URL} characters; some programs break longer links.",
            "Choose a shorter name.",
        )
    return ADDRESS.ok(f"{host} is at {listed(addresses)}")


def _at(subject: Subject, place: Place) -> Iterator[Finding]:
    try:
        ready = ask(place, "GET", "/readyz")
    except NoPage as error:
        yield READY.error(
            f"{place.host} at {place.address}, port {place.port}: {quoted(str(error), 200)}.",
            "Start `pinlabs-mailer serve` and the proxy before it, and look at its certificate.",
        )
        return
    if place.secured:
        yield SECURED.ok(f"{ready.tls}, and the certificate is valid for {place.host}")
        yield expiry(CERTIFICATE, place.host, ready.certificate_ends, subject.now)
    if ready.status != 200 or ready.body.strip() != b"ok":
        yield READY.error(f"/readyz at {place.address} answers {ready.status}.", _THROUGH)
    else:
        yield READY.ok(f"The pages at {place.address} are ready")
    try:
        yield from _one_click(place)
    except NoPage as error:
        yield ONE_CLICK.error(f"POST of one click: {quoted(str(error), 200)}.", _THROUGH)


def _one_click(place: Place) -> Iterator[Finding]:
    """Post for nobody, in two ways that the answer may not tell apart."""
    first = ask(place, "POST", f"/u/{_forged(TOKEN_LENGTH)}", _FORM)
    other = ask(place, "POST", f"/u/{_forged(TOKEN_LENGTH - 9)}", _FORM)
    if 300 <= first.status < 400:
        yield ONE_CLICK.error(
            f"POST of one click is redirected ({first.status}) to "
            f"{quoted(first.headers.get('location', 'nowhere'), 60)}; providers do not follow.",
            "Have the proxy answer at this very address, without a redirect.",
        )
    elif first.status != 404:
        yield ONE_CLICK.error(
            f"POST of one click for nobody answers {first.status}, not our 404.", _THROUGH
        )
    else:
        yield ONE_CLICK.ok("One click arrives by POST, without a redirect")
        different = (first.status, first.body) != (other.status, other.body)
        yield UNIFORM.judged(
            "Two links that are nobody's get different answers." if different else "",
            "Links that are nobody's get one answer",
            "Let no proxy judge tokens.",
        )
        yield _headers(first)


def _headers(page: Page) -> Finding:
    if "set-cookie" in page.headers:
        return HEADERS.warning("A cookie is set with the answer.", "Have the proxy set none.")
    kept = page.headers.get("cache-control") == "no-store" and "referrer-policy" in page.headers
    return HEADERS.judged(
        "" if kept else "The headers that forbid caching and referring do not get through.",
        "No cookie, no caching",
        "Have the proxy keep Cache-Control and Referrer-Policy as they are.",
    )


def _forged(length: int) -> str:
    """Return what looks like an unsubscribe token and is nobody's."""
    signs = string.ascii_letters + string.digits
    random = "".join(secrets.choice(signs) for _ in range(length - 3))
    return f"--{Purpose.UNSUBSCRIBE}{random}"
