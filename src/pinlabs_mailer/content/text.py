"""Foreign text made plain: no markup, no control characters, one line, of a bounded length.

The result is text, not HTML: whoever puts it into a page or a mail escapes it there.
"""

import html.entities
import re

from selectolax.lexbor import LexborHTMLParser

MAX_LOOKED_AT = 50_000
"""Characters that are looked at. The time of a parser of markup grows with the square of the
nesting, and no summary is longer."""

_BLOCKS = (
    "address, article, aside, blockquote, br, dd, div, dl, dt, figcaption, figure, footer, h1, h2, "
    "h3, h4, h5, h6, header, hr, img, li, main, nav, ol, p, pre, section, table, td, th, tr, ul"
)
_SILENT = (
    "script, style, noscript, template, iframe, object, embed, svg, math, "
    "textarea, select, button, title, head"
)
# Control characters that are no white space, the direction overrides and isolates that can make a
# title read as another one, byte order marks, and halves of surrogate pairs, which no encoding
# can store.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_CLOSING_TAG = re.compile(r"</[a-z][a-z0-9]*\s*>|<(?:br|hr|img)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|([A-Za-z][A-Za-z0-9]*));")


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def guess(value: str) -> str:
    """Return `value` as Markup if it looks like HTML, for formats that do not say.

    A lone tag is not enough: `Using <div> well` is a title about HTML.
    """
    seen = value[:MAX_LOOKED_AT]
    if _CLOSING_TAG.search(seen) or any(map(_is_entity, _ENTITY.finditer(seen))):
        return Markup(value)
    return value


def plain(value: str) -> str:
    """Return `value` as one line of plain text; entities in Markup are read exactly once."""
    if isinstance(value, Markup):
        value = _without_tags(value)
    return " ".join(_UNWANTED.sub("", value[:MAX_LOOKED_AT]).split())


def carries_script(value: str) -> bool:
    """Say whether `value` is Markup with a script in it."""
    if not isinstance(value, Markup) or "<script" not in value.lower():
        return False
    return LexborHTMLParser(value[:MAX_LOOKED_AT]).css_first("script") is not None


def cut(value: str, limit: int) -> str:
    """Return `value`, or its beginning up to a word and an ellipsis: at most `limit` characters."""
    if len(value) <= limit:
        return value
    start = value[: limit - 1]
    at_word = start if value[limit - 1] == " " else start.rpartition(" ")[0]
    return (at_word or start).rstrip() + "…"


def _is_entity(match: re.Match[str]) -> bool:
    return match[1] is None or f"{match[1]};" in html.entities.html5


def _without_tags(markup: str) -> str:
    tree = LexborHTMLParser(_UNWANTED.sub("", markup)[:MAX_LOOKED_AT])
    body = tree.body
    if body is None:
        return ""
    for node in body.css(_SILENT):
        node.decompose()
    for node in body.css(_BLOCKS):
        node.insert_before(" ")
        node.insert_after(" ")
    return body.text()
