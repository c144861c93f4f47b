"""What feeds in the wild do, and what must come of it."""

from datetime import UTC, datetime

import pytest

from pinlabs_mailer.content.found import Document, FoundItem
from pinlabs_mailer.content.sources import feed

from .samples import rss


def only(body: bytes) -> FoundItem:
    (post,) = feed.read(Document(body, "https://labs.example/blog/")).items
    return post


def item(title: str = "A title", more: str = "") -> bytes:
    return rss(f"<item><title>{title}</title><link>https://labs.example/a</link>{more}</item>")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("Using &lt;div&gt; well", "Using <div> well"),
        ("A &lt;b&gt;bold&lt;/b&gt; step", "A bold step"),
        ("<![CDATA[Fish &amp; chips]]>", "Fish & chips"),
        ("1 &lt; 2", "1 < 2"),
        ("Hello&lt;script&gt;x()&lt;/script&gt; you", "Hello you"),
        ("caf&eacute;&nbsp;au lait", "café au lait"),
        ("AT&amp;amp;amp;T", "AT&amp;T"),
    ],
)
def test_a_title_is_plain_text_with_entities_read_once(written: str, read: str) -> None:
    assert only(item(written)).title == read


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("iso-8859-1", "iso-8859-1"),
        ("utf-8", "us-ascii"),
        ("windows-1252", "utf-8"),
        ("utf-8", "no-such-encoding"),
        ("shift_jis", "Shift_JIS"),
        ("utf-16", "utf-16"),
    ],
)
def test_a_wrong_or_rare_encoding_is_no_reason_to_refuse(encoding: str, declared: str) -> None:
    title = "日本語" if encoding == "shift_jis" else "Café"
    prolog = f'<?xml version="1.0" encoding="{declared}"?>'
    body = rss(f"<item><title>{title}</title><link>https://x.example/</link></item>", prolog)
    assert only(body.decode().encode(encoding)).title == title


def test_what_is_forgiven() -> None:
    doctype = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
        '"http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    )
    body = rss(
        "<item><title>Bell\x07s\x00</title><link> https://x.example/ </link></item>", "\n" + doctype
    )
    assert only(body).title == "Bells"


@pytest.mark.parametrize(
    "date",
    ["Mon, 01 Jan 0001 00:00:00 GMT", "9999-12-31T23:59:59-05:00", "soon", "", "1" * 100_000],
)
def test_a_date_that_is_nonsense_counts_as_none(date: str) -> None:
    assert only(item(more=f"<pubDate>{date}</pubDate>")).published_at is None


def test_a_date_is_a_moment_in_utc() -> None:
    post = only(item(more="<pubDate>Tue, 24 Nov 2026 09:00:00 -0500</pubDate>"))
    assert post.published_at == datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize("order", [1, -1])
def test_the_words_on_a_picture_are_not_the_summary(order: int) -> None:
    parts = [
        '<media:content xmlns:media="http://search.yahoo.com/mrss/" medium="image" '
        'url="pic.png"><media:description>a map</media:description></media:content>',
        "<description>The story.</description>",
    ]
    post = only(item(more="".join(parts[::order])))
    assert (post.summary, post.image_alt) == ("The story.", "a map")
    assert post.image_url == "https://labs.example/blog/pic.png"


@pytest.mark.parametrize(
    "more",
    [
        '<enclosure url="talk.mp3" type="audio/mpeg" length="1"/>',
        '<enclosure url="javascript:alert(1)" type="image/png" length="1"/>',
        '<m:content xmlns:m="http://search.yahoo.com/mrss/" url="film.mp4" type="video/mp4"/>',
    ],
)
def test_what_is_no_picture_is_left_out(more: str) -> None:
    assert only(item(more=more)).image_url == ""


def test_an_enclosed_picture_is_taken() -> None:
    post = only(item(more='<enclosure url="a.jpg" type="image/jpeg" length="1"/>'))
    assert post.image_url == "https://labs.example/blog/a.jpg"


def test_long_texts_are_cut() -> None:
    post = only(item("t" * 400, f"<description>{'word ' * 1000}</description>"))
    assert len(post.title) == 300
    assert len(post.summary) <= 2000
    assert post.summary.endswith(" word…")
