"""CSS as it stands in a mail: what attributes declare, and the rules of <style>.

Only so much of it is read as a mail can need, and in one pass.
"""

from functools import lru_cache
from typing import NamedTuple

import tinycss2
from selectolax.lexbor import LexborNode
from tinycss2 import ast

_LONGEST = 20_000
_RULES = 500


class Declaration(NamedTuple):
    """One declaration of CSS."""

    name: str
    tokens: tuple[ast.Node, ...]
    important: bool

    @property
    def words(self) -> frozenset[str]:
        """The words and functions of its value, in lower case."""
        found = set()
        for token in self.tokens:
            if token.type in ("ident", "function"):
                found.add(
                    str(getattr(token, "lower_value", "") or getattr(token, "lower_name", ""))
                )
            elif token.type == "url":
                found.add("url")
        return frozenset(found)


class Block(NamedTuple):
    """A rule of a stylesheet."""

    selectors: str
    declarations: tuple[Declaration, ...]
    dark: bool
    """It is for dark mode."""
    plain: bool
    """It holds on every screen."""


class Sheet(NamedTuple):
    """A <style>."""

    blocks: tuple[Block, ...]
    at_rules: frozenset[str]


@lru_cache(maxsize=2_048)
def declarations(style: str) -> tuple[Declaration, ...]:
    """Return what a style attribute declares."""
    parsed = tinycss2.parse_blocks_contents(
        style[:_LONGEST], skip_comments=True, skip_whitespace=True
    )
    return _declarations(parsed)


def _declarations(parsed: list[ast.Node]) -> tuple[Declaration, ...]:
    return tuple(
        Declaration(one.lower_name, tuple(one.value), one.important)
        for one in parsed
        if isinstance(one, ast.Declaration)
    )


def sheets(elements: list[LexborNode]) -> list[Sheet]:
    """Return the stylesheets that stand in the HTML."""
    return [_sheet(node.text()) for node in elements if node.tag == "style"][:20]


@lru_cache(maxsize=16)
def _sheet(css: str) -> Sheet:
    blocks: list[Block] = []
    at_rules: set[str] = set()
    pending = [(rule, False, True) for rule in _rules(css[:_LONGEST])]
    while pending and len(blocks) < _RULES:
        rule, dark, plain = pending.pop(0)
        if isinstance(rule, ast.QualifiedRule):
            inner = tinycss2.parse_blocks_contents(rule.content, True, True)
            blocks.append(Block(_written(rule.prelude), _declarations(inner), dark, plain))
        elif isinstance(rule, ast.AtRule):
            at_rules.add(rule.lower_at_keyword)
            if rule.lower_at_keyword == "media" and rule.content is not None and plain:
                query = _written(rule.prelude)
                now_dark = "prefers-color-scheme" in query and "dark" in query
                pending += [(one, now_dark, False) for one in _rules(rule.content)]
    return Sheet(tuple(blocks), frozenset(at_rules))


def _rules(css: str | list[ast.Node]) -> list[ast.Node]:
    parsed: list[ast.Node] = tinycss2.parse_rule_list(css, skip_comments=True, skip_whitespace=True)
    return parsed[:_RULES]


def _written(prelude: list[ast.Node]) -> str:
    """Return the words of a prelude; deep nesting is left out, as is what is in it."""
    parts = []
    for token in prelude[:400]:
        if token.type == "() block":
            parts += [_token(inner) for inner in token.content[:40]]
        else:
            parts.append(_token(token))
    return "".join(parts).strip()


def _token(token: ast.Node) -> str:
    if token.type == "hash":
        return f"#{token.value}"
    if token.type == "whitespace":
        return " "
    return str(getattr(token, "value", "?")) if token.type in ("ident", "literal") else "?"
