"""What the big mail programs do not show: a table of our own, each row with its source.

It has what breaks a mail where it is missing. What only decorates, such as round corners, may be
used: nobody misses it. A program that does a thing only in part counts as one that does not.
"""

from enum import StrEnum
from typing import NamedTuple


class Client(StrEnum):
    """The programs that most readers have."""

    APPLE = "Apple Mail"
    GMAIL = "Gmail"
    OUTLOOK = "Outlook for Windows"
    OUTLOOK_COM = "Outlook.com"
    YAHOO = "Yahoo"


_CAN_I_EMAIL = "https://www.caniemail.com/features"
_WORD = "https://learn.microsoft.com/en-us/previous-versions/office/developer/office-2007/aa338201(v=office.12)"


class Unsupported(NamedTuple):
    """One thing, and where it is not to be had."""

    what: str
    clients: tuple[Client, ...]
    instead: str
    source: str


class Declared(NamedTuple):
    """A declaration of CSS."""

    names: frozenset[str]
    """Of properties; one that ends in "-" is the beginning of names."""
    words: frozenset[str]
    """One of which is in the value; none: any value."""
    row: Unsupported


def _declared(names: str, words: str, row: Unsupported) -> Declared:
    return Declared(frozenset(names.split()), frozenset(words.split()), row)


_ALL_BUT_APPLE = (Client.GMAIL, Client.OUTLOOK, Client.OUTLOOK_COM, Client.YAHOO)

DECLARATIONS = (
    _declared(
        "display",
        "flex inline-flex",
        Unsupported(
            "display: flex", (Client.OUTLOOK,), "Use a table.", f"{_CAN_I_EMAIL}/css-display-flex/"
        ),
    ),
    _declared(
        "display",
        "grid inline-grid",
        Unsupported(
            "display: grid",
            (Client.GMAIL, Client.OUTLOOK, Client.YAHOO),
            "Use a table.",
            f"{_CAN_I_EMAIL}/css-display-grid/",
        ),
    ),
    _declared(
        "position",
        "absolute relative fixed sticky",
        Unsupported(
            "position",
            _ALL_BUT_APPLE,
            "Use a table and padding.",
            f"{_CAN_I_EMAIL}/css-position/",
        ),
    ),
    _declared(
        "float",
        "left right",
        Unsupported(
            "float", (Client.OUTLOOK,), "Use the align of a table.", f"{_CAN_I_EMAIL}/css-float/"
        ),
    ),
    _declared(
        "background background-image",
        "url",
        Unsupported(
            "a background picture",
            (Client.OUTLOOK,),
            "Use an <img>, or a plain colour.",
            f"{_CAN_I_EMAIL}/css-background-image/",
        ),
    ),
    _declared(
        "--",
        "",
        Unsupported(
            "a variable of CSS",
            _ALL_BUT_APPLE,
            "Write the value itself.",
            f"{_CAN_I_EMAIL}/css-variables/",
        ),
    ),
    _declared(
        "transform",
        "",
        Unsupported("transform", _ALL_BUT_APPLE, "Do without.", f"{_CAN_I_EMAIL}/css-transform/"),
    ),
    _declared(
        "opacity",
        "",
        Unsupported(
            "opacity",
            (Client.OUTLOOK, Client.YAHOO),
            "Mix the colour yourself.",
            f"{_CAN_I_EMAIL}/css-opacity/",
        ),
    ),
    _declared(
        "animation animation-",
        "",
        Unsupported("animation", _ALL_BUT_APPLE, "Do without.", f"{_CAN_I_EMAIL}/css-animation/"),
    ),
)
"""By declaration, in an attribute or a block."""

VARIABLE = next(one.row for one in DECLARATIONS if "--" in one.names)
"""Also where a value has var()."""

AT_RULES = {
    "font-face": Unsupported(
        "@font-face",
        _ALL_BUT_APPLE,
        "Name fonts that readers have.",
        f"{_CAN_I_EMAIL}/css-at-font-face/",
    ),
    "import": Unsupported(
        "@import",
        (Client.GMAIL, Client.OUTLOOK_COM, Client.YAHOO),
        "Write the rules into attributes.",
        f"{_CAN_I_EMAIL}/css-at-import/",
    ),
}
"""By the name behind @."""

ELEMENTS = {
    "svg": Unsupported(
        "<svg>", _ALL_BUT_APPLE, "Use a PNG in an <img>.", f"{_CAN_I_EMAIL}/html-svg/"
    ),
    "video": Unsupported(
        "<video>", _ALL_BUT_APPLE, "Link to it from a picture.", f"{_CAN_I_EMAIL}/html-video/"
    ),
    "form": Unsupported(
        "<form>", (Client.OUTLOOK,), "Link to a page with the form.", f"{_CAN_I_EMAIL}/html-form/"
    ),
    "iframe": Unsupported("<iframe>", (Client.OUTLOOK,), "Link to the page.", _WORD),
    "object": Unsupported("<object>", (Client.OUTLOOK,), "Link to it.", _WORD),
}
"""By tag. The last three are also errors of M29."""

STYLESHEET = Unsupported(
    "an outside stylesheet",
    (Client.GMAIL, Client.OUTLOOK_COM, Client.YAHOO),
    "Write the rules into attributes.",
    f"{_CAN_I_EMAIL}/html-link/",
)
STYLE_IN_BODY = Unsupported(
    "<style> inside <body>",
    (Client.GMAIL, Client.OUTLOOK),
    "Move it into <head>.",
    f"{_CAN_I_EMAIL}/html-style/",
)


def rows() -> list[Unsupported]:
    """Return the whole table."""
    found = [one.row for one in DECLARATIONS]
    return [*found, *AT_RULES.values(), *ELEMENTS.values(), STYLESHEET, STYLE_IN_BODY]
