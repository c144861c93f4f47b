"""Every page, as a browser shows it: axe-core finds nothing, and nothing sticks out at 320 pixels.

H10: at a phone's and a desktop's width, light and dark, in every language.
"""

from collections.abc import Iterator

import pytest

from pinlabs_mailer import languages
from pinlabs_mailer.app import App
from pinlabs_mailer.languages import Language
from tests.support import axe, gallery
from tests.support.browser import Browser
from tests.support.site import Server

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
LANGUAGES = languages.every()
REACHED = (
    "a, button, select, input:not([type=hidden], [type=radio], [tabindex]),"
    " input:checked[type=radio]"
)
MARKED = """(() => {
    const one = document.activeElement, row = one.closest('.choice') || one;
    one.seen = true;
    return getComputedStyle(row).outlineStyle === 'solid' ? 'yes' : one.outerHTML;
})()"""
ALL_MARKED = f"[...document.querySelectorAll({REACHED!r})].every(one => one.seen)"
MOST_STOPS = 40
NAMES = list(gallery.pages("Pin Labs", LANGUAGES[0]))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def shown(app: App, server: Server) -> Iterator[str]:
    with server.showing(app, gallery.routes(app)):
        yield f"http://localhost:{server.port}/gallery"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_h10_axe_finds_nothing(browser: Browser, shown: str, language: Language) -> None:
    for name in NAMES:
        browser.open(f"{shown}/{name}?lang={language.code}")
        axe.load(browser)
        for width in gallery.WIDTHS:
            for dark in (False, True):
                browser.look(width, dark=dark)
                assert axe.violations(browser) == [], (name, width, dark)


def test_axe_would_find_a_fault(browser: Browser, shown: str) -> None:
    browser.look(1280)
    browser.open(f"{shown}/join")
    axe.load(browser)
    browser.evaluate("document.querySelector('label[for=email]').remove()")
    browser.evaluate("document.querySelector('.lede').style.color = '#999'")
    assert {one.rule for one in axe.violations(browser)} == {"label", "color-contrast"}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_nothing_sticks_out_at_320_pixels(browser: Browser, shown: str, language: Language) -> None:
    browser.look(320)
    for name in NAMES:
        browser.open(f"{shown}/{name}?lang={language.code}")
        assert browser.evaluate("document.documentElement.scrollWidth") == 320, name


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, shown: str
) -> None:
    browser.look(1280)
    for name in NAMES:
        browser.open(f"{shown}/{name}")
        for _ in range(MOST_STOPS):
            browser.press_tab()
            assert browser.evaluate(MARKED) == "yes", name
            if browser.evaluate(ALL_MARKED):
                break
        assert browser.evaluate(ALL_MARKED), name


def test_the_gallery_has_every_page(app: App) -> None:
    demo, parts = {"inbox", "inbox_mail", "story"}, {"base", "form", "join_snippet"}
    templates = {path.stem for path in gallery.TEMPLATES.glob("*.html")}
    shown = {template for template, _ in gallery.pages("Pin Labs", LANGUAGES[0]).values()}
    assert shown == templates - demo - parts
