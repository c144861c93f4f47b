"""Items M26 to M30: what the parts say and how much."""

import re
import unicodedata
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from tests.support.checklist.items import Expected, item
from tests.support.checklist.reading import (
    decoded,
    is_loopback,
    mailbox,
    unsubscribe_uris,
)


@item
def m26(raw: bytes, expected: Expected) -> None:
    """Both parts say why, from where and how to leave; nothing long is hidden."""
    text, html = decoded(raw)
    tree = LexborHTMLParser(html)
    hidden = tree.css("[style*='display:none'], [style*='display: none'], [hidden]")
    assert len(hidden) <= 1
    assert all(len(node.text()) <= 250 for node in hidden), "long hidden text"
    for node in hidden:
        node.decompose()
    visible = " ".join((tree.body.text() if tree.body else "").split())
    for part in (" ".join(text.split()), visible):
        assert " ".join(expected.postal_address.split()) in part, "no postal address"
        why = "You get this because" if expected.list_mail else "asked on"
        assert why in part, "not said why"
        assert not expected.list_mail or expected.recipient in part
    if expected.list_mail:
        link = unsubscribe_uris(raw)[0]
        assert f"\n{link}\n" in text
        (shown,) = [a.text() for a in tree.css("a") if a.attributes["href"] == link]
        assert "unsubscribe" in shown.lower()


@item
def m27(raw: bytes, expected: Expected) -> None:
    """Gmail shows the HTML whole."""
    html = decoded(raw)[1].encode()
    assert len(html) <= 100_000
    if expected.list_mail:
        assert 0 < html.find(unsubscribe_uris(raw)[0].encode()) < 100_000


@item
def m28(raw: bytes, expected: Expected) -> None:
    """The message is light."""
    assert len(raw) < 500_000


_SHORTENERS = ("bit.ly", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "is.gd", "buff.ly", "lnkd.in")


@item
def m29(raw: bytes, expected: Expected) -> None:
    """Nothing that mail programs refuse; every picture has its words, every link is plain."""
    html = decoded(raw)[1]
    tree = LexborHTMLParser(html)
    assert tree.root is not None
    assert tree.root.attributes.get("lang")
    banned = "form, script, iframe, object, embed, link, base, video, audio, input, button"
    assert not tree.css(banned)
    assert not re.search(r"@import|url\(|javascript:", html, re.IGNORECASE)
    for image in tree.css("img"):
        assert {"alt", "width", "height"} <= image.attributes.keys()
    links = [a.attributes.get("href") for a in tree.css("a, area")]
    for link in links + [image.attributes.get("src") for image in tree.css("img")]:
        assert link is not None
        parts = urlsplit(link)
        if expected.loopback and is_loopback(link):
            continue
        assert parts.scheme == "https", link
        assert parts.hostname
        assert parts.port is None, link
        assert not re.fullmatch(r"[\d.]+|.*:.*", parts.hostname), link
        assert parts.hostname not in _SHORTENERS


_TOGETHER: tuple[frozenset[str], ...] = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
"""What UTS #39 section 5.2 lets stand together in a "highly restrictive" name."""


@item
def m30(raw: bytes, expected: Expected) -> None:
    """No name of a host mixes scripts."""
    text, html = decoded(raw)
    hosts = [mailbox(raw, "From")[1].rpartition("@")[2]]
    hosts += [
        urlsplit(url).hostname or "" for url in re.findall(r"https?://[^\s\"'<>]+", text + html)
    ]
    for host in hosts:
        for label in host.split("."):
            name = label.encode("ascii").decode("idna") if label.startswith("xn--") else label
            scripts = {unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()}
            single = len(scripts) <= 1
            assert single or any(scripts <= allowed for allowed in _TOGETHER), f"{name} in {host}"
