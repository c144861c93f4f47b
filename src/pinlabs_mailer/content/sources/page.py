"""A web page that lists posts as cards: a picture, a heading, a paragraph and "Read more".

The link makes the card. A box with a picture and a heading whose link says something else
("Join", "Sign up") is no post.
"""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urldefrag

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pinlabs_mailer.content import dates, text
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.found import Reading
from pinlabs_mailer.content.markup import outermost
from pinlabs_mailer.content.urls import BaseMissing, web_link
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.errors import BadInput

MAX_TAGS = 50_000
"""The parser's time grows with the square of the nesting; a big page has 5,000 tags."""

_LEVELS = 20
_HEADING = "h1, h2, h3, h4, h5, h6"
_READ_MORE = re.compile(r"(?:read more|continue reading)\b", re.IGNORECASE)
_ADDRESS = "Give the address of the page that lists the posts."


def recognises(text: str) -> bool:
    """Say whether this is HTML: begun with a tag, with the head left out if need be."""
    return bool(outermost(text))


def read(body: bytes, base_url: str | None) -> Reading:
    """Return the posts of the page's cards, in the order of the page."""
    source = decode(body)
    if source.count("<") > MAX_TAGS:
        raise BadInput(f"It is a web page of more than {MAX_TAGS:,} tags.", _ADDRESS)
    tree = LexborHTMLParser(source)
    cards = list(_cards(tree))
    if not cards:
        raise BadInput("It is a web page without a card that says “Read more”.", _hint(tree))
    return vet((_draft(card, link) for card, link in cards), _base(tree, base_url))


def _cards(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, LexborNode]]:
    """Yield each "Read more" link with what surrounds it, up to a heading or to the next link."""
    links = [link for link in tree.css("a[href]") if _READ_MORE.match(_text(link))]
    links_within = Counter(node.mem_id for link in links for node in _around(link))
    for link in links:
        card = link
        for node in _around(link):
            if links_within[node.mem_id] > 1:
                break  # a list of cards
            card = node
            if card.css_first(_HEADING):
                break
        yield card, link


def _around(link: LexborNode) -> Iterator[LexborNode]:
    """Yield the elements that a link is in, from the inside out, as far as a card may reach."""
    node = link.parent
    for _ in range(_LEVELS):
        if node is None or not node.is_element_node:
            return
        yield node
        node = node.parent


def _draft(card: LexborNode, link: LexborNode) -> Draft:
    image = card.css_first("img")
    moment = card.css_first("time[datetime]")
    return Draft(
        link=_attribute(link, "href"),
        title=_text(card.css_first(_HEADING)),
        summary=next(filter(None, map(_text, card.css("p"))), ""),
        image=_source(image) if image else "",
        image_alt=_attribute(image, "alt") if image else "",
        published_at=dates.from_iso(_attribute(moment, "datetime")) if moment else None,
    )


def _source(image: LexborNode) -> str:
    """Return where the picture is; pages that load it late put a placeholder into `src`."""
    source = _attribute(image, "src")
    return _attribute(image, "data-src") if not source or source.startswith("data:") else source


def _base(tree: LexborHTMLParser, base_url: str | None) -> str | None:
    """Return what relative links count from: the page's own <base>, if it names one."""
    base = tree.css_first("base[href]")
    if base is None:
        return base_url
    try:
        return web_link(_attribute(base, "href"), base_url)
    except BaseMissing:
        raise
    except BadInput:
        return base_url


def _hint(tree: LexborHTMLParser) -> str:
    for link in tree.css("link[rel~=alternate][href]"):
        if _attribute(link, "type").endswith(("rss+xml", "atom+xml", "feed+json")):
            return f"The page names a feed; import that: {urldefrag(_attribute(link, 'href')).url}"
    return _ADDRESS


def _text(node: LexborNode | None) -> str:
    """Return the text of a node; Markup, because words in blocks of their own are kept apart."""
    return text.plain(text.Markup(node.inner_html or "")) if node else ""


def _attribute(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""
