"""Items out of a location: by the kind of a source, or by the form that shows in the content.

To add a kind, copy a module of `sources/` and name it in `KINDS`.
"""

from typing import Protocol

from pinlabs_mailer.content import urls
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.fetch import fetch
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.sources import (
    ashby,
    feed,
    files,
    greenhouse,
    ical,
    jsonfeed,
    jsonld,
    lever,
    page,
    smartrecruiters,
)
from pinlabs_mailer.db.words import SourceKind
from pinlabs_mailer.errors import BadInput


class Kind(Protocol):
    """What a module in `sources/` offers."""

    TOPIC: str
    """Where its items belong unless the operator says otherwise."""
    MAX_BYTES: int
    """The most that one of its documents may have."""

    def address(self, location: str) -> str:
        """Return what to fetch first."""

    def read(self, document: Document) -> Reading:
        """Return the items; BadInput speaks of the document as "It"."""


class Form(Protocol):
    """What can be told by its content."""

    def recognises(self, text: str) -> bool:
        """Say whether this text is of its form, or tries to be."""

    def read(self, document: Document) -> Reading:
        """Return the items; BadInput speaks of the document as "It"."""


KINDS: dict[SourceKind, Kind] = {
    SourceKind.FEED: feed,
    SourceKind.PAGE: page,
    SourceKind.JSONLD: jsonld,
    SourceKind.FILES: files,
    SourceKind.ICAL: ical,
    SourceKind.GREENHOUSE: greenhouse,
    SourceKind.LEVER: lever,
    SourceKind.ASHBY: ashby,
    SourceKind.SMARTRECRUITERS: smartrecruiters,
}

_FORMS: tuple[Form, ...] = (jsonfeed, feed, page)  # the first that recognises it reads it


def read_posts(
    location: str, *, base_url: str | None = None, allow_private: bool = False
) -> Reading:
    """Fetch a path or URL and return the posts in it.

    Relative links are resolved against what the document says itself, else the address it came
    from, else `base_url`. Nothing is stored.
    """
    if base_url is not None:
        urls.require(base_url, "--base")
    fetched = fetch(location, allow_private=allow_private)
    try:
        return read_body(fetched.body, fetched.url or base_url)
    except BadInput as error:
        raise BadInput(f"{location}: {error.what}", error.next_step) from error


def read_body(body: bytes, base_url: str | None) -> Reading:
    """Return the posts in a document that is already here."""
    text = decode(body).lstrip()
    if not text:
        raise BadInput("It is empty.", _WHAT_IS_READ)
    for form in _FORMS:
        if form.recognises(text):
            return form.read(Document(body, base_url))
    raise BadInput("It is neither a feed nor a web page.", _WHAT_IS_READ)


_WHAT_IS_READ = "Give a JSON Feed, an RSS or Atom feed, or an HTML page that lists posts."
