"""The pictures of a feed's items, lifted out of the tree before feedparser sees it.

feedparser has no place for a picture's alternative text: it takes `media:description` for the
item's own description, and puts it in front of the real one if it comes first (6.0.14). So the
elements of Media RSS (https://www.rssboard.org/media-rss) are read here and taken away.
"""

from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from pinlabs_mailer.content.urls import join

_MEDIA = ("{http://search.yahoo.com/mrss/}", "{http://search.yahoo.com/mrss}")
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ITEMS = ("item", "entry")
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")


@dataclass(frozen=True)
class Picture:
    """Where a picture is, and what it shows for who does not see it."""

    link: str = ""
    alt: str = ""


def lift(root: Element) -> list[Picture]:
    """Return one picture for each item, empty where it has none, and strip the tree of them."""
    feed_base = root.get(_XML_BASE, "")
    pictures = []
    for item in [element for element in root.iter() if _name(element) in _ITEMS]:
        found = _media(item) or _enclosure(item) or Picture()
        for base in (item.get(_XML_BASE, ""), feed_base):
            found = replace(found, link=join(base, found.link))
        pictures.append(found)
        _strip(item)
    return pictures


def _media(item: Element) -> Picture | None:
    pieces = [element for element in item.iter() if _is_media(element)]
    own_words = _description(item)
    for element in pieces:
        if _name(element) == "content" and _is_image(element, element.get("medium", "")):
            return Picture(element.get("url", ""), _description(element) or own_words)
    for element in pieces:
        if _name(element) == "thumbnail" and element.get("url"):
            return Picture(element.get("url", ""), own_words)
    return None


def _enclosure(item: Element) -> Picture | None:
    for element in item:
        if element.tag == "enclosure" and _is_image(element):
            return Picture(element.get("url", ""))
        if element.tag == _ATOM_LINK and element.get("rel") == "enclosure":
            link = element.get("href", "")
            if element.get("type", "").startswith("image/"):
                return Picture(link, element.get("title", ""))
    return None


def _is_image(element: Element, medium: str = "") -> bool:
    link = element.get("url", "")
    kind = medium or element.get("type", "").partition("/")[0]
    return bool(link) and (kind == "image" or (not kind and link.lower().endswith(_ENDINGS)))


def _description(element: Element) -> str:
    """Return the media:description that stands directly in an item, a group or a content."""
    for child in element:
        if _is_media(child) and _name(child) == "description":
            return "".join(child.itertext())
        if _is_media(child) and _name(child) == "group" and (words := _description(child)):
            return words
    return ""


def _strip(item: Element) -> None:
    for child in list(item):
        if _is_media(child):
            item.remove(child)


def _is_media(element: Element) -> bool:
    return element.tag.startswith(_MEDIA)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
