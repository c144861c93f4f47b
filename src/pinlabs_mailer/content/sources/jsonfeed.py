"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), and 1.0, which differs elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

from pinlabs_mailer.content import dates, text
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.found import Reading
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.errors import BadInput

_VERSIONS = ("https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1")
_CHECK = "Check that this is the address of a JSON Feed."


def recognises(text: str) -> bool:
    """Say whether this begins as JSON does."""
    return text.startswith(("{", "["))


def read(body: bytes, base_url: str | None) -> Reading:
    """Return the posts of a JSON Feed."""
    try:
        feed = json.loads(decode(body))
    except json.JSONDecodeError as error:
        raise BadInput(
            f"It is JSON that is cut off or broken: {error}.",
            "Fetch it again, or ask for a whole one where it comes from.",
        ) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; deep nesting
        raise BadInput("It is JSON too deep or with numbers too long to read.", _CHECK) from error
    if not isinstance(feed, dict) or not _text(feed, "version").startswith(_VERSIONS):
        raise BadInput("It is JSON, but no JSON Feed: it names no jsonfeed.org version.", _CHECK)
    items = feed.get("items")
    if not isinstance(items, list):
        raise BadInput("It is a JSON Feed without a list of items.", _CHECK)
    return vet(_drafts(items), base_url)


def _drafts(items: list[Any]) -> Iterator[Draft]:
    for found in items:
        item = found if isinstance(found, dict) else {}
        html = text.Markup(_text(item, "content_html"))
        yield Draft(
            link=_text(item, "url") or _link_in_id(item) or _text(item, "external_url"),
            title=text.guess(_text(item, "title")),
            summary=text.guess(_text(item, "summary")),
            body=text.guess(_text(item, "content_text")) or html,
            image=_text(item, "image") or _text(item, "banner_image"),
            image_alt=_text(item, "_image_alt"),
            published_at=dates.from_iso(item.get("date_published"))
            or dates.from_iso(item.get("date_modified")),
        )


def _link_in_id(item: dict[str, Any]) -> str:
    """Return the id if it is an address; the format recommends that, it does not ask for it."""
    value = _text(item, "id")
    return value if value.startswith(("https://", "http://")) else ""


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""
