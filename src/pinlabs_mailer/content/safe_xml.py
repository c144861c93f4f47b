"""XML from strangers: looked over before anything is built from it.

Refused: entities and default attributes (a few lines of them unfold to gigabytes), nesting and
counts that no feed has, and what is not well-formed, because a file that was cut off must not count
as a short one.
Forgiven: HTML's named characters, and control characters that XML does not allow.
"""

import html.entities
import re
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from pinlabs_mailer.errors import BadInput

MAX_DEPTH = 100
MAX_ELEMENTS = 200_000
MAX_NAMESPACES = 1_000
"""feedparser's time grows with the square of them; a feed of many modules has twenty."""

_CUT_OFF = {
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
}
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_OF_XML = set("<>&\"'")
_WHOLE = "Fetch it again, or ask for a whole one where it comes from."


def parse(text: str) -> ElementTree.Element:
    """Return the root element, or raise BadInput with what is wrong and where."""
    text = _NAMED.sub(_character, _CONTROLS.sub("", text.lstrip()))
    _look_over(text)
    try:
        return ElementTree.fromstring(text)  # noqa: S314  # looked over the line before
    except ElementTree.ParseError as error:
        raise BadInput(f"It is broken: {error}.", _WHOLE) from error


def _character(match: re.Match[str]) -> str:
    """Return what `&nbsp;` and its like stand for: many feeds use them undeclared."""
    value = html.entities.html5.get(f"{match[1]};", "")
    return match[0] if not value or _OF_XML.intersection(value) else value


def _look_over(text: str) -> None:
    depth = elements = 0
    namespaces: set[str] = set()

    def start(_name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        namespaces.update(uri for name, uri in attributes.items() if name.startswith("xmlns"))
        if len(namespaces) > MAX_NAMESPACES:
            raise BadInput(
                f"It has more than {MAX_NAMESPACES:,} namespaces: no feed does.",
                "Check that this is the address of a feed.",
            )
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise BadInput(
                f"It nests deeper than {MAX_DEPTH} or has more than {MAX_ELEMENTS:,} elements: "
                "no feed does.",
                "Check that this is the address of a feed.",
            )

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = _refuse_entity
    parser.AttlistDeclHandler = _refuse_default
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        what = "cut off" if error.code in _CUT_OFF else "broken"
        raise BadInput(f"It is {what}: {error}.", _WHOLE) from error


def _refuse_entity(name: str, *_rest: object) -> NoReturn:
    raise BadInput(
        f"It declares an entity ({name}), which can blow up to any size. That is not read.",
        "Ask for the feed without a DTD where it comes from.",
    )


def _refuse_default(_element: str, name: str, _type: str, default: str | None, _must: bool) -> None:
    if default is not None:
        raise BadInput(
            f"It declares what an attribute ({name}) is everywhere, which can blow up to any size. "
            "That is not read.",
            "Ask for the feed without a DTD where it comes from.",
        )
