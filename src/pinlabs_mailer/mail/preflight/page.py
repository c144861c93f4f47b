"""The HTML of a mail, parsed once for all rules.

A parser can be made to spend minutes on a few hundred kB: on elements that nest a hundred thousand
deep, on one with as many attributes. What has so many is not parsed, and `too_much` says so.
"""

import re
from functools import cached_property
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pinlabs_mailer.mail.preflight import sheets, styles
from pinlabs_mailer.mail.preflight.sheets import Sheet
from pinlabs_mailer.mail.preflight.styles import Words

_TAGS, _LONGEST, _SMALL, _DISTINCT = 5_000, 150_000, 30_000, 5_000
_TAG = re.compile(r"<[A-Za-z]")
_WORD = re.compile(r"[^\s\"'<>/=]+")


class Link(NamedTuple):
    """One link."""

    url: str
    words: str
    """What is read on it, the alt text of a picture included."""
    place: str
    """How to find it."""


class Page:
    """The HTML, and what is read out of it."""

    def __init__(self, html: str) -> None:
        self.too_much = _is_too_much(html)
        self.tree = LexborHTMLParser("" if self.too_much else html)

    @cached_property
    def elements(self) -> list[LexborNode]:
        """Every element, in order."""
        root = self.tree.root
        return [node for node in root.traverse() if node.is_element_node] if root else []

    @cached_property
    def links(self) -> list[Link]:
        """Every link, in order."""
        return [
            Link((node.attributes.get("href") or "").strip(), _words(node), styles.described(node))
            for node in self.elements
            if node.tag in ("a", "area") and "href" in node.attributes
        ]

    @cached_property
    def images(self) -> list[LexborNode]:
        """Every picture."""
        return [node for node in self.elements if node.tag == "img"]

    @cached_property
    def sheets(self) -> list[Sheet]:
        """The stylesheets that stand in it."""
        return sheets.sheets(self.elements)

    @cached_property
    def words(self) -> list[Words]:
        """Every run of words, as it looks in light mode."""
        return list(styles.words(self.tree, self.sheets, dark=False))

    @cached_property
    def dark_words(self) -> list[Words]:
        """The same in dark mode; nothing if the mail has no colours of its own for that."""
        if not any(block.dark for sheet in self.sheets for block in sheet.blocks):
            return []
        return list(styles.words(self.tree, self.sheets, dark=True))

    @cached_property
    def visible_text(self) -> str:
        """The words that are seen, on one line."""
        seen = (one.text for one in self.words if not one.style.hidden)
        return " ".join(" ".join(seen).split())


def _is_too_much(html: str) -> bool:
    if len(html) > _LONGEST or len(_TAG.findall(html)) > _TAGS:
        return True
    return len(html) > _SMALL and len(set(_WORD.findall(html))) > _DISTINCT


def _words(node: LexborNode) -> str:
    alts = [image.attributes.get("alt") or "" for image in node.traverse() if image.tag == "img"]
    read = " ".join(" ".join([node.text(), *alts]).split())
    return read or (node.attributes.get("aria-label") or node.attributes.get("alt") or "").strip()
