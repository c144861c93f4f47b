"""What every page says beside its text, and what no page may contain."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.installations import confirmed
from tests.support.relay import Relay
from tests.support.site import Answer, Site
from tests.web.people import ADA, asked

ALLOWED = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.fixture
def pages(site: Site, relay: Relay) -> dict[str, Answer]:
    """One of every page there is."""
    confirmed(site.app, "one@example.org", "projects", "jobs")
    confirmed(site.app, "two@example.org", "projects", "jobs")
    one, two = site.leave_path("one@example.org"), site.leave_path("two@example.org")
    confirm = asked(site, relay.messages)
    return {
        "join": site.get("/join"),
        "join refused": site.post("/join", {"email": "x", "name": "<script>"}),
        "check mail": site.post("/join", {"email": ADA, "topic": "projects"}),
        "confirm": site.get(confirm),
        "welcome": site.post(confirm),
        "already": site.get(confirm),
        "leave": site.get(one),
        "saved": site.post(one, {"only": "ticked", "topic": "jobs"}),
        "nothing ticked": site.post(one, {"only": "ticked"}),
        "goodbye": site.post(two),
        "not subscribed": site.get(two),
        "bad link": site.get("/u/rubbish"),
        "bad confirm link": site.post("/confirm/rubbish"),
        "nothing here": site.get("/nothing"),
        "not that way": site.request("DELETE", "/join"),
    }


def test_h10_every_page_forbids_caching_referring_and_indexing(
    site: Site, pages: dict[str, Answer]
) -> None:
    others = [site.get("/healthz"), site.get("/"), site.request("HEAD", "/join")]
    too_large = site.post("/join", b"x" * 100_000)
    for answer in [*pages.values(), *others, too_large]:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"].split("; ")
        assert dict(one.split(" ", 1) for one in policy) == ALLOWED
        assert "set-cookie" not in answer.headers
        assert "server" not in answer.headers


def test_h10_no_page_has_a_script_or_anything_from_elsewhere(pages: dict[str, Answer]) -> None:
    for name, answer in pages.items():
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = LexborHTMLParser(answer.text)
        forbidden = (
            "script, iframe, object, embed, style, base, meta[http-equiv], img, video, audio"
        )
        assert [node.html for node in page.css(forbidden)] == [], name
        for node in page.css("*"):
            for attribute, value in node.attributes.items():
                assert not attribute.startswith("on"), (name, attribute)
                assert attribute not in ("style", "srcset", "ping", "formaction"), name
                if attribute in ("href", "src", "action"):
                    assert (value or "").startswith(("/", "#", "data:,")), (name, value)
                    assert not (value or "").startswith("//"), (name, value)
        assert len(page.css("html[lang=en]")) == 1, name
        assert [title.text().strip() for title in page.css("title")] != [""], name
        assert len(page.css("h1")) == 1, name


def test_pages_that_name_a_person_do_not_show_who_it_is(pages: dict[str, Answer]) -> None:
    for name in ("leave", "saved", "goodbye", "not subscribed", "confirm", "welcome", "already"):
        assert "example.org" not in pages[name].text, name


def test_the_style_sheet_is_ours_and_may_be_kept(site: Site) -> None:
    answer = site.get("/static/site.css")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "max-age=3600"
    assert answer.headers["content-type"].startswith("text/css")
    assert b"url(" not in answer.body
    assert b"@import" not in answer.body
    for path in ("/static/", "/static/join.html", "/static/../join.html", "/static/..%2Fjoin.html"):
        assert site.get(path).status == 404
