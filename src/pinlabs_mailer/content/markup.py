"""Tagged text: what kind it is, told from how it begins, and a web page as a tree."""

import re

from selectolax.lexbor import LexborHTMLParser

from pinlabs_mailer.errors import BadInput

MAX_TAGS = 50_000
"""The parser's time grows with the square of the nesting; a big page has 5,000 tags."""

_PROLOG = re.compile(
    r"\s*(?:<\?.*?\?>|<!--.*?-->|<!doctype\b(?:[^\[>]*\[.*?\]\s*>|[^\[>]*>))",
    re.DOTALL | re.IGNORECASE,
)
_FIRST_TAG = re.compile(r"\s*<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")


def outermost(text: str) -> str:
    """Return the name of the first element in lower case, without its prefix; "" if none."""
    position = 0
    while prolog := _PROLOG.match(text, position):
        position = prolog.end()
    tag = _FIRST_TAG.match(text, position)
    return tag[1].lower() if tag else ""


def tree(source: str, next_step: str) -> LexborHTMLParser:
    """Return a web page as a tree, or raise BadInput if it has more tags than any page."""
    if source.count("<") > MAX_TAGS:
        raise BadInput(f"It is a web page of more than {MAX_TAGS:,} tags.", next_step)
    return LexborHTMLParser(source)
