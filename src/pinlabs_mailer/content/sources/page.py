"""A web page that lists posts as cards: a picture, a heading, a paragraph and "Read more".

The link makes the card. A box with a picture and a heading whose link says something else
("Join", "Sign up") is no post. A page that is made in another way is told by CSS selectors what
its cards are, and where in a card is what.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urldefrag

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from pinlabs_mailer.content import dates, fetched, text
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.markup import outermost, tree
from pinlabs_mailer.content.urls import BaseMissing, web_link
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.errors import BadInput

TOPIC = "projects"
MAX_BYTES = fetched.MAX_BYTES

PARTS = {
    "card": "",
    "title": "h1, h2, h3, h4, h5, h6",
    "link": "a[href]",
    "summary": "p",
    "image": "img",
    "date": "time",
}
"""What a selector can be given for, and where it is looked for otherwise."""

_LEVELS = 20
_HEADING = PARTS["title"]
_READ_MORE = re.compile(r"(?:read more|continue reading)\b", re.IGNORECASE)
_ADDRESS = "Give the address of the page that lists the posts."


def recognises(text: str) -> bool:
    """Say whether this is HTML: begun with a tag, with the head left out if need be."""
    return bool(outermost(text))


def address(location: str) -> str:
    """Return the address of the page."""
    return location


def read(document: Document) -> Reading:
    """Return the posts of the page's cards, in the order of the page."""
    page = tree(decode(document.body), _ADDRESS)
    chosen = dict(document.selectors)
    if chosen:
        link = chosen.get("link", PARTS["link"])  # a card may be a link as a whole
        cards = [(card, card.css_first(link) or card) for card in page.css(chosen["card"])]
    else:
        cards = list(_cards(page))
    if not cards:
        what = f"that matches {chosen['card']}" if chosen else "that says “Read more”"
        raise BadInput(f"It is a web page without a card {what}.", _hint(page))
    where = PARTS | chosen
    return vet((_draft(card, link, where) for card, link in cards), _base(page, document.url))


def require_selectors(selectors: Mapping[str, str]) -> None:
    """Raise BadInput unless every part is known and has a selector that can be read."""
    unknown = sorted(selectors.keys() - PARTS.keys())
    if unknown or (selectors and "card" not in selectors):
        raise BadInput(
            f"There is no part {unknown[0]!r} of a card." if unknown else "No card is selected.",
            f"The parts are {', '.join(PARTS)}; card must be among them: --select card=article",
        )
    for part, selector in selectors.items():
        try:
            LexborHTMLParser("<p></p>").css(selector)
        except SelectolaxError as error:
            raise BadInput(
                f"{selector[:80]!r} is no CSS selector for the {part}.",
                "Write one like div.news > article",
            ) from error


def _cards(page: LexborHTMLParser) -> Iterator[tuple[LexborNode, LexborNode]]:
    """Yield each "Read more" link with what surrounds it, up to a heading or to the next link."""
    links = [link for link in page.css("a[href]") if _READ_MORE.match(_text(link))]
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


def _draft(card: LexborNode, link: LexborNode, where: Mapping[str, str]) -> Draft:
    image = card.css_first(where["image"])
    moment = card.css_first(where["date"])
    return Draft(
        link=_attribute(link, "href"),
        title=_text(card.css_first(where["title"])),
        summary=next(filter(None, map(_text, card.css(where["summary"]))), ""),
        image=_source(image) if image else "",
        image_alt=_attribute(image, "alt"),
        published_at=dates.from_iso(_attribute(moment, "datetime") or _text(moment)),
    )


def _source(image: LexborNode) -> str:
    """Return where the picture is; pages that load it late put a placeholder into `src`."""
    source = _attribute(image, "src")
    return _attribute(image, "data-src") if not source or source.startswith("data:") else source


def _base(page: LexborHTMLParser, base_url: str | None) -> str | None:
    """Return what relative links count from: the page's own <base>, if it names one."""
    base = page.css_first("base[href]")
    if base is None:
        return base_url
    try:
        return web_link(_attribute(base, "href"), base_url)
    except BaseMissing:
        raise
    except BadInput:
        return base_url


def _hint(page: LexborHTMLParser) -> str:
    for link in page.css("link[rel~=alternate][href]"):
        if _attribute(link, "type").endswith(("rss+xml", "atom+xml", "feed+json")):
            return f"The page names a feed; import that: {urldefrag(_attribute(link, 'href')).url}"
    return _ADDRESS


def _text(node: LexborNode | None) -> str:
    """Return the text of a node; Markup, because words in blocks of their own are kept apart."""
    return text.plain(text.Markup(node.inner_html or "")) if node else ""


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node else ""
