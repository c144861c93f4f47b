"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), and 1.0, which differs elsewhere."""

from collections.abc import Iterator
from typing import Any

from pinlabs_mailer.content import dates, loose_json, text
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.errors import BadInput

_VERSIONS = ("https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1")
_CHECK = "Check that this is the address of a JSON Feed."


def recognises(text: str) -> bool:
    """Say whether this begins as JSON does."""
    return text.startswith(("{", "["))


def read(document: Document) -> Reading:
    """Return the posts of a JSON Feed."""
    feed = loose_json.parse(document.body, "feed")
    if not loose_json.text(feed, "version").startswith(_VERSIONS):
        raise BadInput("It is JSON, but no JSON Feed: it names no jsonfeed.org version.", _CHECK)
    if not isinstance(feed.get("items"), list):
        raise BadInput("It is a JSON Feed without a list of items.", _CHECK)
    return vet(map(_draft, feed["items"]), document.url)


def _draft(item: Any) -> Draft:
    html = text.Markup(loose_json.text(item, "content_html"))
    return Draft(
        link=_first(item, "url") or _link_in_id(item) or _first(item, "external_url"),
        title=text.guess(loose_json.text(item, "title")),
        summary=text.guess(loose_json.text(item, "summary")),
        body=text.guess(loose_json.text(item, "content_text")) or html,
        image=_first(item, "image", "banner_image"),
        image_alt=loose_json.text(item, "_image_alt"),
        published_at=next(_moments(item), None),
    )


def _moments(item: Any) -> Iterator[Any]:
    for name in ("date_published", "date_modified"):
        if moment := dates.from_iso(loose_json.text(item, name)):
            yield moment


def _link_in_id(item: Any) -> str:
    """Return the id if it is an address; the format recommends that, it does not ask for it."""
    value = loose_json.text(item, "id")
    return value if value.startswith(("https://", "http://")) else ""


def _first(item: Any, *names: str) -> str:
    return next(filter(None, (loose_json.text(item, name) for name in names)), "")
