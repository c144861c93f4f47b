"""Which words are seen, and in which colours.

Attributes and simple rules of <style> (an element, a class, an id) are applied in their order;
a rule that is more involved is left aside. That is enough for a mail, whose styles stand in
attributes, and it cannot be made to take long.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import tinycss2
from selectolax.lexbor import LexborHTMLParser, LexborNode
from tinycss2 import ast, color4

from pinlabs_mailer.mail.preflight.printable import shown
from pinlabs_mailer.mail.preflight.sheets import Declaration, Sheet, declarations

_UNSEEN = frozenset({"head", "style", "script", "title", "template", "noscript"})
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?(?:([.#])([A-Za-z0-9_-]+))?")
_LENGTH = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0}
_BOLD_TAGS = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_BOLD = 700
_LINK = (0.0, 0.0, 238 / 255)

Colour = tuple[float, float, float]
WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


class Style(NamedTuple):
    """How words look. A colour that is not known is None."""

    color: Colour | None
    ground: Colour | None
    size: float
    """In pixels."""
    bold: bool
    hidden: bool


class Words(NamedTuple):
    """Words, where they stand, and how they look."""

    text: str
    place: str
    block: str
    """What hides them, if something does."""
    style: Style


def hides(style: str) -> bool:
    """Say whether a style attribute hides its element."""
    return _changed(Style(BLACK, WHITE, 16, False, False), declarations(style)).hidden


def words(tree: LexborHTMLParser, some: list[Sheet], *, dark: bool) -> Iterator[Words]:
    """Yield every run of words in order; the alt text of a picture stands for it."""
    root = tree.root
    if root is None:
        return
    applied = _applied(some, dark)
    base = Style(WHITE if dark else BLACK, BLACK if dark else WHITE, 16, False, False)
    known: dict[int, tuple[Style, str]] = {}
    for node in root.traverse(include_text=True):
        parent = node.parent
        style, block = known.get(parent.mem_id, (base, "")) if parent else (base, "")
        if node.is_text_node:
            text = node.text()
            if parent and parent.tag not in _UNSEEN and text.strip():
                yield Words(text, described(parent), block, style)
        elif node.is_element_node:
            was_hidden = style.hidden
            style = _styled(node, style, applied, dark)
            if style.hidden and not was_hidden:
                block = str(node.mem_id)
            known[node.mem_id] = style, block
            alt = (node.attributes.get("alt") or "") if node.tag == "img" else ""
            if alt.strip():
                yield Words(alt, described(node), block, style)


def described(node: LexborNode) -> str:
    """Return how to find an element: its tag, and where it leads or what it is called."""
    given = node.attributes
    told = given.get("href") or given.get("src") or given.get("class") or ""
    return shown(f"<{node.tag} {told}>" if told else f"<{node.tag}>", 90)


Applied = Mapping[str, list[Declaration]]


def _applied(some: list[Sheet], dark: bool) -> Applied:
    """Return what the simple rules declare, by their selector."""
    found: dict[str, list[Declaration]] = {}
    for sheet in some:
        for block in sheet.blocks:
            if block.plain or (dark and block.dark):
                for selector in block.selectors.split(",")[:50]:
                    selector = selector.strip()
                    if _SIMPLE.fullmatch(selector):
                        found.setdefault(selector, []).extend(block.declarations)
    return found


def _styled(node: LexborNode, style: Style, applied: Applied, dark: bool) -> Style:
    given, tag = node.attributes, node.tag or ""
    if tag in _UNSEEN or "hidden" in given:
        return style._replace(hidden=True)
    if tag in _BOLD_TAGS:
        style = style._replace(bold=True)
    if tag == "a" and "href" in given and not dark:
        style = style._replace(color=_LINK)
    if given.get("bgcolor"):
        style = style._replace(ground=_colour_of(given["bgcolor"] or ""))
    names = [tag]
    for name in (given.get("class") or "").split()[:20]:
        names += [f".{name}", f"{tag}.{name}"]
    if given.get("id"):
        names += [f"#{given['id']}", f"{tag}#{given['id']}"]
    ruled = [one for name in names for one in applied.get(name, ())]
    own = declarations(given.get("style") or "")
    ordered = [one for one in ruled if not one.important]
    ordered += [one for one in own if not one.important]
    ordered += [one for one in (*ruled, *own) if one.important]
    return _changed(style, ordered)


def _changed(style: Style, some: list[Declaration] | tuple[Declaration, ...]) -> Style:
    for one in some:
        if one.name == "color":
            style = style._replace(color=_colour(one, style.color))
        elif one.name in ("background", "background-color"):
            style = style._replace(ground=_ground(one, style.ground))
        elif one.name in ("font-size", "font"):
            style = style._replace(size=_size(one, style.size), bold=_bold(one, style.bold))
        elif one.name == "font-weight":
            style = style._replace(bold=_bold(one, style.bold))
        elif (one.name == "display" and "none" in one.words) or (
            one.name == "visibility" and "hidden" in one.words
        ) or (one.name == "opacity" and _number(one) == 0):  # fmt: skip
            style = style._replace(hidden=True)
    return style


def _colour(one: Declaration, inherited: Colour | None) -> Colour | None:
    if one.words & {"inherit", "currentcolor"}:
        return inherited
    return next((found for found in map(_parsed, one.tokens) if found is not None), None)


def _ground(one: Declaration, inherited: Colour | None) -> Colour | None:
    """A ground with a picture or a gradient in it is not known."""
    if one.words & {"url", "linear-gradient", "radial-gradient"}:
        return None
    if one.words & {"transparent", "none", "inherit", "initial"}:
        return inherited
    return next((found for found in map(_parsed, one.tokens) if found is not None), inherited)


def _parsed(token: ast.Node) -> Colour | None:
    if token.type not in ("hash", "ident", "function"):
        return None
    parsed = color4.parse_color(token)
    if not isinstance(parsed, color4.Color) or parsed.alpha != 1 or parsed.space != "srgb":
        return None
    red, green, blue = (min(1.0, max(0.0, float(part or 0))) for part in parsed.coordinates)
    return red, green, blue


def _colour_of(raw: str) -> Colour | None:
    token = tinycss2.parse_one_component_value(raw[:40])
    return _parsed(token)


def _size(one: Declaration, inherited: float) -> float:
    for token in one.tokens:
        if token.type == "dimension" and token.lower_unit in _LENGTH:
            return float(token.value) * _LENGTH[token.lower_unit]
        if token.type == "percentage":
            return inherited * float(token.value) / 100
        if token.type == "number" and token.value == 0:
            return 0.0
    return inherited


def _bold(one: Declaration, inherited: bool) -> bool:
    if one.words & {"bold", "bolder"}:
        return True
    if "normal" in one.words:
        return False
    weights = [token.value for token in one.tokens if token.type == "number" and token.value >= 100]
    return weights[0] >= _BOLD if weights else inherited


def _number(one: Declaration) -> float | None:
    return next((float(token.value) for token in one.tokens if token.type == "number"), None)
