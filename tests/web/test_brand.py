"""An operator's own name, colour, logo and templates."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from pinlabs_mailer.errors import ConfigurationError
from tests.support.installations import Clock, make_app
from tests.support.relay import Relay
from tests.support.site import Server, Site
from tests.web.people import ask, confirm_path

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9H0z"/></svg>'

Branded = Callable[..., Site]


@pytest.fixture
def branded(database_url: str, relay: Relay, clock: Clock, server: Server) -> Iterator[Branded]:
    """Serve an installation with those settings."""
    with ExitStack() as stack:

        def serve(**given: str) -> Site:
            app = stack.enter_context(closing(make_app(database_url, relay.port, clock, **given)))
            return stack.enter_context(server.showing(app))

        yield serve


def test_the_name_stands_on_pages_and_in_the_words_of_consent(branded: Branded) -> None:
    page = LexborHTMLParser(branded(brand_name="Söhne & <Co>").get("/join").text)
    assert "Söhne & <Co>" in page.css(".wordmark")[0].text()
    assert "Söhne & <Co>" in page.css(".wording")[0].text()
    assert page.css("co") == []


def test_the_colour_is_in_a_style_sheet_of_our_own(branded: Branded) -> None:
    answer = branded(brand_color="#FF0").get("/static/brand.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "max-age=3600"
    assert "#ffff00" in answer.text.partition("@media")[2]  # legible on dark grounds as it is
    assert "#ffff00" not in answer.text.partition("@media")[0]


def test_without_a_logo_there_is_none(branded: Branded) -> None:
    site = branded()
    assert site.get("/static/logo").status == 404
    assert "<img" not in site.get("/join").text


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("logo.png", PNG, "image/png"),
        ("logo.svg", SVG, "image/svg+xml"),
        ("LOGO.SVG", b'\xef\xbb\xbf<?xml version="1.0"?>\n' + SVG, "image/svg+xml"),
        ("logo.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
    ],
)
def test_the_logo_is_served_from_here_with_its_type(
    branded: Branded, tmp_path: Path, name: str, content: bytes, media_type: str
) -> None:
    (tmp_path / name).write_bytes(content)
    site = branded(brand_logo=str(tmp_path / name), brand_name="Labs")
    (image,) = LexborHTMLParser(site.get("/join").text).css("img")
    assert (image.attributes["src"], image.attributes["alt"]) == ("/static/logo", "Labs")
    answer = site.get("/static/logo")
    assert (answer.body, answer.headers["content-type"].partition(";")[0]) == (content, media_type)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("logo.png", b"<script>alert(1)</script>", "is no image/png picture"),
        ("logo.svg", b"<html><script>alert(1)</script></html>", "is no image/svg"),
        ("logo.png", PNG + b"\0" * 600_000, "up to 500 kB"),
        ("logo.png", None, "cannot be read"),
    ],
)
def test_a_logo_that_is_none_is_refused_before_anything_is_served(
    branded: Branded, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigurationError, match=said):
        branded(brand_logo=str(tmp_path / name))


def test_a_page_of_the_operators_takes_the_place_of_ours(branded: Branded, tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    (web / "join.html").write_text(
        '{% extends "original/join.html" %}{% block title %}Tea{% endblock %}'
    )
    (web / "error.html").write_text("<h1>{{ brand.name }}: {{ status }}</h1>")
    (web / "site.css").write_text("body { color: green }")
    site = branded(templates=str(tmp_path))
    page = LexborHTMLParser(site.get("/join").text)
    assert page.css("title")[0].text() == "Tea · Pin Labs"
    assert len(page.css("#email")) == 1
    assert site.get("/nothing").text == "<h1>Pin Labs: 404</h1>"
    assert site.get("/static/site.css").text == "body { color: green }"
    assert "This link does not work" in site.get("/u/x").text


@pytest.mark.parametrize("text", ["{% block %}", "{{ name", "{% extends %}"])
def test_a_fault_in_a_page_of_theirs_is_told_before_anything_is_served(
    branded: Branded, tmp_path: Path, text: str
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "join.html").write_text("<p>\n" + text)
    with pytest.raises(ConfigurationError, match=r"page template join\.html, line 2"):
        branded(templates=str(tmp_path))


def test_a_folder_that_is_not_there_is_told(branded: Branded, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="which is no folder"):
        branded(templates=str(tmp_path / "nowhere"))


def test_a_mail_of_the_operators_takes_the_place_of_ours_file_by_file(
    branded: Branded, tmp_path: Path, relay: Relay
) -> None:
    own = tmp_path / "email" / "confirm"
    own.mkdir(parents=True)
    (own / "subject.txt").write_text("Tea?")
    site = branded(templates=str(tmp_path))
    ask(site)
    site.app.pump.run()
    (mail,) = relay.messages
    assert b"\r\nSubject: Tea?\r\n" in mail.data
    assert site.get(confirm_path(mail)).status == 200
