"""axe-core, the judge of accessibility, on the page that a browser shows.

Its script comes from a package that carries it, and goes in over the DevTools protocol: the pages'
own policy would let in none.
"""

import json
from importlib import resources
from typing import NamedTuple

from tests.support.browser import Browser

_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
_FOUND = """
    axe.run(document, OPTIONS).then(found => found.violations.flatMap(rule =>
        rule.nodes.map(node => [rule.id, node.target.join(' '), node.failureSummary])))
"""


class Violation(NamedTuple):
    """One rule that one element breaks."""

    rule: str
    element: str
    why: str


def load(browser: Browser) -> None:
    """Put the judge into the page that is open."""
    script = resources.files("axe_playwright_python").joinpath("axe.min.js")
    browser.evaluate(script.read_text(encoding="utf-8") + "; true")


def violations(browser: Browser) -> list[Violation]:
    """Return what is wrong with the page as it is seen now."""
    found = browser.evaluate(_FOUND.replace("OPTIONS", json.dumps(_OPTIONS)))
    return [Violation(*one) for one in found]
