"""Web addresses found in sources: made absolute, checked, and brought to one key.

Nothing is fetched here.
"""

import hashlib
import re
from urllib.parse import quote, unquote_to_bytes, urljoin

import httpx

from pinlabs_mailer.errors import BadInput

MAX_LENGTH = 2_000

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PARAMETERS_OF_TRACKERS = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid"
    r"|_hsenc|_hsmi|mkt_tok|ref_src",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_DEFAULT_PORTS = (None, 80, 443)


class BaseMissing(BadInput):
    """A relative address in something that has no address of its own."""


def web_link(link: str, base_url: str | None) -> str:
    """Return `link` as an absolute http or https URL in ASCII.

    BadInput says what is wrong with it in words that fit behind "its link"; BaseMissing is for
    the whole source, because every other relative link would fail the same way.
    """
    link = link.strip()
    if not link:
        raise BadInput("is missing")
    if "\\" in link or not link.isprintable():
        # Browsers drop line breaks inside a link and read \ as /, so what a check sees would
        # not be what a reader opens.
        raise BadInput("holds a backslash, a line break or a control character")
    scheme = _SCHEME.match(link)
    if scheme is None:
        if base_url is None:
            raise BaseMissing(
                f"It has relative links ({link}) and does not say where it was published.",
                "Say it: --base https://example.org/",
            )
        link = join(base_url, link)
    elif scheme[1].lower() not in ("http", "https"):
        raise BadInput(f"is no web address ({scheme[1].lower()}:)")
    absolute = str(parse(link))
    if len(absolute) > MAX_LENGTH:
        raise BadInput(f"is longer than {MAX_LENGTH:,} characters")
    return absolute


def join(base_url: str, link: str) -> str:
    """Return `link` as seen from `base_url`; an empty link stays empty."""
    try:
        return urljoin(base_url, link) if link else ""
    except ValueError:  # half an IPv6 address in brackets
        return link


def parse(link: str) -> httpx.URL:
    """Return an absolute http or https URL, or raise BadInput in words that fit behind "its link".

    A name or a password in front of the host is refused: it would be printed, or hide the host.
    """
    try:
        url = httpx.URL(link)
        host = url.host
    except (httpx.InvalidURL, UnicodeError) as error:
        raise BadInput("is no web address") from error
    if url.scheme not in ("http", "https"):
        raise BadInput(f"is no web address ({url.scheme or 'no http'}:)")
    if not host or re.search(r"[\s%<>\"]", host):
        raise BadInput("names no host")
    if url.userinfo:
        raise BadInput("has a user name or a password in it")
    if url.port is not None and not 0 < url.port < 65_536:
        raise BadInput("names a port that does not exist")
    return url


def require(link: str, what: str) -> httpx.URL:
    """Return an absolute http or https URL that somebody typed; BadInput names it as `what`."""
    try:
        return parse(link)
    except BadInput as error:
        shown = "" if "@" in link else f": {link[:200]}"
        raise BadInput(
            f"{what} {error.what}{shown}", "Write it like https://example.org/"
        ) from error


def key(link: str, apart: str = "") -> str:
    """Return what is equal for all spellings of one address: 64 hex characters.

    Not told apart: http and https, case of the host, default ports, escapes of harmless
    characters, a slash at the end, the fragment, and parameters that only count visits.
    `apart` tells several things at one address from each other.
    """
    url = httpx.URL(link)
    host = url.raw_host.decode().lower().rstrip(".")
    port = "" if url.port in _DEFAULT_PORTS else f":{url.port}"
    path, _, query = url.raw_path.decode().partition("?")
    kept = [
        part
        for part in query.split("&")
        if part and not _PARAMETERS_OF_TRACKERS.fullmatch(part.partition("=")[0])
    ]
    spelled = _one_spelling(path).rstrip("/") + (
        "?" + _one_spelling("&".join(kept)) if kept else ""
    )
    return digest(f"{host}{port}{spelled}{f'#{apart}' if apart else ''}")


def digest(text: str) -> str:
    """Return 64 hex characters that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _one_spelling(text: str) -> str:
    """Undo the escapes that mean nothing and write the others in one way (RFC 3986, 6.2.2)."""
    return _ESCAPE.sub(lambda match: quote(unquote_to_bytes(match[0]), safe=""), text)
