"""A feed as RSS 2.0 (rssboard.org/rss-specification), with the link to itself that readers want."""

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

_ATOM = "http://www.w3.org/2005/Atom"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0 section 2.2: such a character makes the whole feed unreadable."""
register_namespace("atom", _ATOM)


class Entry(NamedTuple):
    """One thing in the feed."""

    title: str
    link: str
    published: datetime
    """In UTC."""
    summary: str


def rss(title: str, page: str, entries: Iterable[Entry]) -> bytes:
    """Return the feed; `page` is what it is the feed of, and `page`.xml its own address."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    _say(channel, "title", title)
    _say(channel, "link", page)
    _say(channel, "description", title)
    SubElement(
        channel,
        f"{{{_ATOM}}}link",
        {"rel": "self", "href": f"{page}.xml", "type": "application/rss+xml"},
    )
    for entry in entries:
        item = SubElement(channel, "item")
        _say(item, "title", entry.title)
        _say(item, "link", entry.link)
        _say(item, "guid", entry.link)
        _say(item, "pubDate", format_datetime(entry.published, usegmt=True))
        _say(item, "description", entry.summary)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _NOT_IN_XML.sub("", text)
