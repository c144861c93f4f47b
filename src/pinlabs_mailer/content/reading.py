"""Posts out of a location, whatever form they have there: the form shows in the content.

To add a form, copy a module of `sources/` and name it in `_SOURCES`.
"""

from typing import Protocol

from pinlabs_mailer.content import urls
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.fetch import fetch
from pinlabs_mailer.content.found import Reading
from pinlabs_mailer.content.sources import feed, jsonfeed, page
from pinlabs_mailer.errors import BadInput


class Source(Protocol):
    """What a module in `sources/` offers."""

    def recognises(self, text: str) -> bool:
        """Say whether this text is of its form, or tries to be."""

    def read(self, body: bytes, base_url: str | None) -> Reading:
        """Return the posts; BadInput speaks of the document as "It"."""


_SOURCES: tuple[Source, ...] = (jsonfeed, feed, page)  # the first that recognises it reads it


def read_posts(
    location: str, *, base_url: str | None = None, allow_private: bool = False
) -> Reading:
    """Fetch a path or URL and return the posts in it.

    Relative links are resolved against what the document says itself, else the address it came
    from, else `base_url`. Nothing is stored.
    """
    if base_url is not None:
        _require_web_address(base_url)
    fetched = fetch(location, allow_private=allow_private)
    try:
        return read_body(fetched.body, fetched.url or base_url)
    except BadInput as error:
        raise BadInput(f"{location}: {error.what}", error.next_step) from error


def read_body(body: bytes, base_url: str | None) -> Reading:
    """Return the posts in a document that is already here."""
    text = decode(body).lstrip()
    if not text:
        raise BadInput("It is empty.", _FORMS)
    for source in _SOURCES:
        if source.recognises(text):
            return source.read(body, base_url)
    raise BadInput("It is neither a feed nor a web page.", _FORMS)


_FORMS = "Give a JSON Feed, an RSS or Atom feed, or an HTML page that lists posts."


def _require_web_address(base_url: str) -> None:
    try:
        urls.parse(base_url)
    except BadInput as error:
        raise BadInput(
            f"--base {error.what}: {base_url}", "Write it like https://example.org/"
        ) from error
