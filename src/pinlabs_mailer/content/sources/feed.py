"""RSS (2.0 and its elders) and Atom. feedparser knows the dialects; the XML is vetted before.

A source of this kind may also be a JSON Feed.
"""

import io
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import feedparser

from pinlabs_mailer.content import dates, fetched, pictures, safe_xml, text
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.markup import outermost
from pinlabs_mailer.content.pictures import Picture
from pinlabs_mailer.content.sources import jsonfeed
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.errors import BadInput

TOPIC = "projects"
MAX_BYTES = fetched.MAX_BYTES

_ROOTS = ("rss", "feed", "rdf")
_CHECK = "Check that this is the address of a feed."


def recognises(text: str) -> bool:
    """Say whether this is a feed, or XML of any kind but a web page."""
    root = outermost(text)
    return root in _ROOTS or (text.startswith("<?xml") and root != "html")


def address(location: str) -> str:
    """Return the address of the feed."""
    return location


def read(document: Document) -> Reading:
    """Return the posts of a feed."""
    source = decode(document.body).lstrip()
    if jsonfeed.recognises(source):
        return jsonfeed.read(document)
    if outermost(source) == "html":
        raise BadInput("It is a web page, and no feed: perhaps one to log in.", _CHECK)
    root = safe_xml.parse(source)
    found = pictures.lift(root)
    parsed = feedparser.parse(
        # A stream, because feedparser takes bytes and texts for file names and addresses. What
        # it gets is written anew, so it has no encoding to guess and no DTD to read.
        io.BytesIO(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)),
        sanitize_html=False,  # `text.plain` leaves no markup at all
        resolve_relative_uris=False,  # those inside of markup; nothing of it is kept
    )
    if parsed.bozo:
        raise BadInput(f"It is a broken feed: {parsed.bozo_exception}.", _CHECK)
    if not parsed.version:
        raise BadInput(f"It is XML, but no feed (<{root.tag.rpartition('}')[2]}>).", _CHECK)
    if len(parsed.entries) != len(found):
        raise BadInput("It has items inside of items.", _CHECK)
    return vet(_drafts(parsed.entries, found), document.url)


def _drafts(entries: list[Any], found: list[Picture]) -> Iterator[Draft]:
    for entry, picture in zip(entries, found, strict=True):
        yield Draft(
            link=_link(entry),
            title=_words(entry.get("title_detail")),
            summary=_words(entry.get("summary_detail")),
            body=_words(next(iter(entry.get("content", [])), None)),
            image=picture.link,
            image_alt=text.guess(picture.alt),
            published_at=_published(entry),
        )


def _link(entry: Any) -> str:
    link = entry.get("link", "")
    if not isinstance(link, str):
        return ""
    # RSS says a guid is an address unless it says otherwise. Many forget to say otherwise, so
    # without a <link> it counts only if it looks like one.
    if entry.get("guidislink") and not link.startswith(("https://", "http://")):
        return ""
    return link


def _published(entry: Any) -> Any:
    # feedparser answers for a missing `updated_parsed` with the other one and a warning; `in`
    # does not.
    for name in ("published_parsed", "updated_parsed"):
        if name in entry and (moment := dates.from_utc(entry[name])):
            return moment
    return None


def _words(detail: Any) -> str:
    """Return a text construct; what is called plain text is often HTML all the same."""
    value = detail["value"] if detail else None
    if not isinstance(value, str):
        return ""
    is_markup = detail.get("type", "").endswith(("html", "xml"))
    return text.Markup(value) if is_markup else text.guess(value)
