"""What of a known item changes when it is found again. Pure: a row, what was found, and who found.

An item has one text, however many sources have it. The first that brought it and still has it
*has the say*; any other only fills in what is open. What the editor has written stays. Nothing
of this makes an item new.
"""

from collections.abc import Mapping
from typing import Any

from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import details_json
from pinlabs_mailer.db.words import ItemKind


def columns(found: FoundItem) -> dict[str, Any]:
    """Return what of a found item is stored as it is."""
    return {
        "url_key": found.url_key,
        "url": found.url,
        "title": found.title,
        "summary": found.summary,
        "image_url": found.image_url,
        "image_alt": found.image_alt,
        "published_at": found.published_at,
        "kind": found.kind,
        "details": details_json(found.details),
        "ends_at": found.ends_at,
    }


def news(row: Mapping[str, Any], found: FoundItem, *, has_say: bool) -> dict[str, Any]:
    """Return the columns of a known item that change."""
    latest = _with_say(row, found) if has_say else _filled_in(row, found)
    if row["published_at"] and found.published_at:
        # Some feeds only tell when a post was last edited. An edit must not make it news again.
        latest["published_at"] = min(row["published_at"], found.published_at)
    else:
        latest["published_at"] = row["published_at"] or found.published_at
    return {name: value for name, value in latest.items() if value != row[name]}


def _with_say(row: Mapping[str, Any], found: FoundItem) -> dict[str, Any]:
    """Return what is found, and what is known where that leaves something open."""
    latest = columns(found)
    same_address = row["url_key"] == found.url_key
    if same_address and (row["url"].startswith("https:") or found.url.startswith("http:")):
        latest["url"] = row["url"]  # spellings of one address; only a safer one is worth a change
    if not found.summary:
        latest["summary"] = row["summary"]
    if found.image_url in ("", row["image_url"]):
        latest["image_url"] = row["image_url"]
        latest["image_alt"] = found.image_alt or row["image_alt"]
    if found.details is None or row["kind"] not in (ItemKind.POST, found.kind):
        latest |= {name: row[name] for name in _OF_KIND}
    if row["edited_at"]:
        latest |= {name: row[name] for name in ("title", "summary")}
    return latest


def _filled_in(row: Mapping[str, Any], found: FoundItem) -> dict[str, Any]:
    """Return what is open and has been found: a post in a feed may turn out to be an event."""
    stated = columns(found)
    filled = {}
    if not row["summary"] and not row["edited_at"]:
        filled["summary"] = stated["summary"]
    if not row["image_url"]:
        filled |= {name: stated[name] for name in ("image_url", "image_alt")}
    if row["details"] is None and found.details is not None:
        filled |= {name: stated[name] for name in _OF_KIND}
    return filled


_OF_KIND = ("kind", "details", "ends_at")
