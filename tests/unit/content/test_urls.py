"""Web addresses: which are taken, and which are the same."""

import pytest

from pinlabs_mailer.content.urls import BaseMissing, key, web_link
from pinlabs_mailer.errors import BadInput

BASE = "https://labs.example/blog/index.html"


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("https://labs.example/a", "https://labs.example/a"),
        (" HTTPS://Labs.Example/a ", "https://labs.example/a"),
        ("a", "https://labs.example/blog/a"),
        ("/a?b=c#d", "https://labs.example/a?b=c#d"),
        ("//other.example/a", "https://other.example/a"),
        ("/a b/ü", "https://labs.example/a%20b/%C3%BC"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ('/"><img>', "https://labs.example/%22%3E%3Cimg%3E"),
    ],
)
def test_a_link_becomes_an_absolute_address_in_ascii(link: str, absolute: str) -> None:
    assert web_link(link, BASE) == absolute


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "mailto:a@b.example",
        "ftp://labs.example/",
        "https://",
        "https:///a",
        "https://exa mple/",
        "https://[::1/",
        "//[",
        "https://you@labs.example/",
        "https://labs.example:99999/",
        "https://good.example\\@evil.example/",
        "/a\r\nBcc: x",
        "/\ud800",
        "/\u202e",
        "/" + "a" * 2_000,
    ],
)
def test_what_is_no_web_address_is_refused(link: str) -> None:
    with pytest.raises(BadInput) as caught:
        web_link(link, BASE)
    assert not isinstance(caught.value, BaseMissing)


@pytest.mark.parametrize("link", ["a", "/a", "//labs.example/a", "?a"])
def test_a_relative_link_with_nothing_to_count_from_asks_for_it(link: str) -> None:
    with pytest.raises(BaseMissing, match="--base"):
        web_link(link, None)


@pytest.mark.parametrize(
    "same",
    [
        "http://labs.example/a/b?x=1",
        "https://LABS.example:443/a/b?x=1",
        "http://labs.example:80/a/b/?x=1",
        "https://labs.example./a/b?x=1#part",
        "https://labs.example/a/./c/../b?x=1",
        "https://labs.example/%61/b?x=1",
        "https://labs.example/a/b?utm_source=rss&x=1&UTM_Medium=mail&fbclid=z",
    ],
)
def test_spellings_of_one_address_have_one_key(same: str) -> None:
    assert key(same) == key("https://labs.example/a/b?x=1")
    assert len(key(same)) == 64


@pytest.mark.parametrize(
    "other",
    [
        "https://labs.example/a/B?x=1",
        "https://labs.example/a/b?x=2",
        "https://labs.example/a/b",
        "https://labs.example:8443/a/b?x=1",
        "https://www.labs.example/a/b?x=1",
        "https://labs.example/a%2Fb?x=1",
    ],
)
def test_other_addresses_have_other_keys(other: str) -> None:
    assert key(other) != key("https://labs.example/a/b?x=1")


def test_escapes_are_one_spelling_in_either_case() -> None:
    assert key("https://labs.example/%c3%bc") == key("https://labs.example/ü")
    assert key("https://labs.example") == key("https://labs.example/?utm_source=x")
