"""Forms that nobody fills in by hand: each gets the form again, and changes nothing."""

import time

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.installations import confirmed
from tests.support.site import Site, snapshot
from tests.web.people import ADA, JOINING, without_token

XSS = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
KNOWN = "confirmed@example.org"
BAD_ADDRESSES = [
    "",
    " ",
    "ada",
    "ada@",
    "@example.org",
    "ada@example",
    "ada@localhost",
    "ada@[127.0.0.1]",
    "ada@exa mple.org",
    "ada@example.org, eve@example.org",
    "Ada <ada@example.org>",
    "ada@example.org\r\nBcc: eve@example.org",
    "ada\r\n@example.org",
    "ada@example.org\n",
    "ada@example.org\0",
    "ad\0a@example.org",
    "ada\u2028@example.org",
    "ada\x1b@example.org",
    "a" * 65 + "@example.org",
    "a@" + "b" * 250 + ".org",
    "a" * 10_000,
    "a" * 5_000 + "@" + "b." * 2_500 + "org",
    "ada@" + "xn--" * 2_000 + ".org",
    "ada@" + "\u0661" * 3_000 + ".org",
    "\u0390" * 32 + "@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + ".org",
    XSS,
    XSS + "@example.org",
    '"ada"@example.org',
    "ada@example.org" + " " * 9_000 + "x",
]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("email", BAD_ADDRESSES)
def test_a5_a_bad_address_is_sent_back_and_changes_nothing(site: Site, email: str) -> None:
    before, began = snapshot(site.app.engine), time.monotonic()
    answer = site.post("/join", {**JOINING, "email": email})
    assert time.monotonic() - began < 2
    assert answer.status == 400
    assert "Enter an email address" in answer.text
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("backend", ["postgresql"])
def test_no_bad_address_troubles_a_strict_database(site: Site) -> None:
    before = snapshot(site.app.engine)
    for email in BAD_ADDRESSES:
        assert (email, site.post("/join", {**JOINING, "email": email}).status) == (email, 400)
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: eve@example.org",
        "Ada\nLovelace",
        "Ada\0",
        "Ada\x7f",
        "Ada\u2029",
        "Win http://spam.example now",
        "www.spam.example",
        "spam.example/offer",
        "Ada <ada@example.org>",
        "x" * 61,
        "x" * 10_000,
        XSS,
    ],
)
def test_a11_a12_a_bad_name_is_sent_back_and_changes_nothing(site: Site, name: str) -> None:
    before = snapshot(site.app.engine)
    answer = site.post("/join", {**JOINING, "name": name})
    assert answer.status == 400
    assert LexborHTMLParser(answer.text).css_first("#name-error") is not None
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "topics", [[], [""], ["no-such"], ["projects", "no-such"], ["Projects"], ["projects\0"], ["1"]]
)
def test_a_topic_that_there_is_not_changes_nothing(site: Site, topics: list[str]) -> None:
    before = snapshot(site.app.engine)
    answer = site.post("/join", {"email": ADA, "topic": topics})
    assert answer.status == 400
    assert LexborHTMLParser(answer.text).css_first("#topic-error") is not None
    assert snapshot(site.app.engine) == before


ESCAPE = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\\8\r\n--b--\r\n'
"""What Python warns of when it reads it as `unicode_escape`."""


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", b""),
        ("application/json", b'{"email": "ada@example.org", "topic": "projects"}'),
        ("text/plain", b"email=ada@example.org&topic=projects"),
        ("multipart/form-data", b"email=ada@example.org&topic=projects"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n\r\n--b--"),
        ("multipart/form-data; boundary=b; charset=undefined", None),
        ("multipart/form-data; boundary=b; charset=idna", None),
        ("multipart/form-data; boundary=b; charset=punycode", None),
        ("multipart/form-data; boundary=b; charset=unicode_escape", None),
        ("multipart/form-data; boundary=b; charset=raw_unicode_escape", None),
        ("multipart/form-data; boundary=b; charset=utf-7", None),
        ("multipart/form-data; boundary=b; charset=utf-16", None),
        ('Multipart/form-data; boundary=b; charset="unicode_escape"', ESCAPE),
        ("multipart/form-data; boundary=b; charset*=utf-8''unicode%5Fescape", ESCAPE),
    ],
)
def test_what_is_no_form_is_refused(site: Site, kind: str, body: bytes | None) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="email"'
    hostile = head + b"\r\n\r\n\\ud800\\udfff+2AA-\xff@example.org\r\n--b--\r\n"
    before = snapshot(site.app.engine)
    answer = site.post("/join", hostile if body is None else body, Content_Type=kind)
    assert answer.status == 400
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_in_place_of_a_field_is_refused(site: Site) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="email"; filename="x"\r\n\r\n'
    body = head + b"ada@example.org\r\n--b--\r\n"
    assert site.post("/join", body, Content_Type="multipart/form-data; boundary=b").status == 400


def test_what_was_typed_is_shown_again_as_text(site: Site) -> None:
    answer = site.post("/join", {"email": XSS, "name": XSS, "topic": [XSS, "jobs"]})
    page = LexborHTMLParser(answer.text)
    assert page.css("#email")[0].attributes["value"] == XSS
    assert page.css("#name")[0].attributes["value"] == XSS
    assert page.css("script, img") == []
    assert not any("onerror" in node.attributes for node in page.css("*"))
    assert "49" not in answer.text
    ticked = [box for box in page.css("input[type=checkbox]") if "checked" in box.attributes]
    assert [box.attributes["value"] for box in ticked] == ["jobs"]


def test_a_bad_form_is_the_same_for_an_address_that_is_known(site: Site) -> None:
    confirmed(site.app, KNOWN)
    texts = {
        without_token(site.post("/join", {"email": email, "topic": "no-such"})).replace(email, "")
        for email in (KNOWN, "new@example.org")
    }
    assert len(texts) == 1
