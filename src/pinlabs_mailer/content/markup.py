"""What kind of tagged text something is, told from how it begins."""

import re

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
