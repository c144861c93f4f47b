"""The checklist for a message's bytes: items M1-M15, M17-M19, M26-M30 of the deliverability page.

Each item is a function over the raw message that asserts. `CHECKS` has them all by name, `check`
runs those that apply; `as_sent` undoes what a relay and a Maildir do to a message on its way.
A message that people subscribed to is held to more than one of the system's own.
"""

import email
import email.policy
import email.utils
import quopri
import re
import unicodedata
from base64 import b64decode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser


@dataclass(frozen=True)
class Expected:
    """What a message is measured against."""

    recipient: str
    """The address in the envelope."""
    from_name: str
    domain: str
    """Ours: that of From and Message-ID."""
    base_url: str
    at: datetime
    """About when it was sent."""
    postal_address: str
    others: Collection[str] = ()
    """Addresses of other people, which must be nowhere in the bytes."""
    list_mail: bool = True
    """A mail that people subscribed to, as against a confirmation."""

    @property
    def loopback(self) -> bool:
        """Say whether http and ports are allowed."""
        return _is_loopback(self.base_url)


Check = Callable[[bytes, Expected], None]
CHECKS: dict[str, Check] = {}
LIST_MAIL_ONLY = frozenset({"m13", "m14", "m15", "m17", "m18"})


def check(raw: bytes, expected: Expected) -> None:
    """Assert every item that applies; tell all that do not hold."""
    faults = []
    for name, one in CHECKS.items():
        if expected.list_mail or name not in LIST_MAIL_ONLY:
            try:
                one(raw, expected)
            except (AssertionError, ValueError) as error:
                faults.append(f"{name}: {error}")
    assert not faults, "\n".join(faults)


def as_sent(delivered: bytes) -> bytes:
    """Return a message from a mailbox as it was handed over.

    Takes off the fields that relays put on top, and gives lines their CRLF back.
    """
    text = re.sub(rb"\r?\n", b"\r\n", delivered)
    added = re.compile(
        rb"(?:Return-Path|X-Original-To|Delivered-To|Received):.*\r\n(?:[ \t].*\r\n)*",
        re.IGNORECASE,
    )
    while match := added.match(text):
        text = text[match.end() :]
    return text


def _item(one: Check) -> Check:
    CHECKS[one.__name__] = one
    return one


# Reading


def head(raw: bytes) -> bytes:
    """Return the header block, with the line end of its last field."""
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n"


def fields(raw: bytes) -> list[tuple[str, str]]:
    """Return the header fields in order: name, and value as it stands, folds included."""
    found = re.findall(r"(?s)([!-9;-~]+):(.*?)\r\n(?![ \t])", head(raw).decode("utf-8"))
    return [(name, value) for name, value in found]


def values(raw: bytes, name: str) -> list[str]:
    """Return the unfolded values of the fields of that name."""
    wanted = name.lower()
    return [
        value.replace("\r\n", "").strip() for key, value in fields(raw) if key.lower() == wanted
    ]


def value(raw: bytes, name: str) -> str:
    """Return the one value of a field."""
    found = values(raw, name)
    assert len(found) == 1, f"{name} stands {len(found)} times"
    return found[0]


def parse(raw: bytes) -> EmailMessage:
    """Return the message as the standard library reads it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def encoded_parts(raw: bytes) -> list[tuple[bytes, bytes]]:
    """Return (header, encoded body) of each part, cut by hand at the boundary."""
    (boundary,) = re.findall(rb'boundary="([^"]+)"', head(raw))
    body = raw.partition(b"\r\n\r\n")[2]
    sections = (b"\r\n" + body).split(b"\r\n--" + boundary)
    assert sections[0] == b"", "there is text before the first part"
    assert sections[-1] == b"--\r\n", "the last boundary is not closed"
    parts = []
    for section in sections[1:-1]:
        part_head, _, part_body = section.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        parts.append((part_head, part_body))
    return parts


def decoded(raw: bytes) -> tuple[str, str]:
    """Return text and HTML, decoded, with plain line feeds."""
    text, html = (
        quopri.decodestring(body).decode("utf-8").replace("\r\n", "\n")
        for _, body in encoded_parts(raw)
    )
    return text, html


def unsubscribe_uris(raw: bytes) -> list[str]:
    """Return the URIs of List-Unsubscribe."""
    return re.findall(r"<([^>]*)>", value(raw, "List-Unsubscribe"))


def _mailbox(raw: bytes, name: str) -> tuple[str, str]:
    """Return (display name, address) of a field that must have exactly one."""
    unfolded = value(raw, name)
    ((_, address),) = email.utils.getaddresses([unfolded])
    phrase = unfolded.removesuffix(f"<{address}>").strip() if "<" in unfolded else ""
    return email.utils.unquote(_words(phrase)), address


def _words(text: str) -> str:
    """Return text with its encoded-words decoded (RFC 2047, base64 and utf-8 only)."""
    joined = re.sub(r"(\?=)\s+(=\?)", r"\1\2", text)
    return re.sub(r"=\?utf-8\?b\?([^?]*)\?=", lambda m: b64decode(m[1]).decode("utf-8"), joined)


def subject(raw: bytes) -> str:
    """Return the subject as it is read."""
    return _words(value(raw, "Subject"))


def display_name(raw: bytes, name: str) -> str:
    """Return the display name in From, To or Reply-To."""
    return _mailbox(raw, name)[0]


def _is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1")


# Structure


@_item
def m01(raw: bytes, expected: Expected) -> None:
    """Each field that must stand once stands once, and no other twice."""
    names = [name.lower() for name, _ in fields(raw)]
    for name in ("from", "date", "message-id", "subject", "to", "mime-version", "content-type"):
        assert names.count(name) == 1, f"{name} stands {names.count(name)} times"
    for name in ("sender", "reply-to", "cc", "list-id", "list-unsubscribe"):
        assert names.count(name) <= 1, f"{name} stands {names.count(name)} times"
    for name in ("list-unsubscribe-post", "feedback-id", "precedence", "auto-submitted"):
        assert names.count(name) <= 1, f"{name} stands {names.count(name)} times"


@_item
def m02(raw: bytes, expected: Expected) -> None:
    """From is one mailbox in our domain, which is nobody's free mail."""
    _, address = _mailbox(raw, "From")
    domain = address.rpartition("@")[2]
    assert domain == expected.domain, f"From is in {domain}"
    assert domain not in ("gmail.com", "googlemail.com")


@_item
def m03(raw: bytes, expected: Expected) -> None:
    """Message-ID is a dot-atom in our domain."""
    atom = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    message_id = value(raw, "Message-ID")
    match = re.fullmatch(rf"<{atom}(?:\.{atom})*@([A-Za-z0-9.-]+)>", message_id)
    assert match is not None, f"{message_id!r} is no Message-ID"
    assert match[1] == expected.domain
    assert len(message_id) <= 500


@_item
def m04(raw: bytes, expected: Expected) -> None:
    """Date has a numeric zone and is within a day of now."""
    date = value(raw, "Date")
    form = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
    assert re.fullmatch(form, date), f"{date!r} is no RFC 5322 date"
    assert abs(email.utils.parsedate_to_datetime(date) - expected.at) <= timedelta(days=1)


@_item
def m05(raw: bytes, expected: Expected) -> None:
    """Lines end by CRLF and are short; no NUL, no fold of white space alone."""
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"), "a bare CR or LF"
    assert b"\0" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    for line in head(raw).split(b"\r\n")[:-1]:
        assert line.strip(), "a line of white space in the header"
        foldable = re.sub(rb"^[!-9;-~]+: |^[ \t]", b"", line).strip().count(b" ")
        assert len(line) <= 78 or not foldable, f"{line!r} could be folded"


@_item
def m06(raw: bytes, expected: Expected) -> None:
    """The header block is ASCII; so is all, since the parts are quoted-printable."""
    assert raw.isascii()


@_item
def m07(raw: bytes, expected: Expected) -> None:
    """Encoded-words stand only where they may, whole, short and apart."""
    for name, content in fields(raw):
        if name.lower() in ("from", "to", "reply-to"):
            assert "=?" not in _mailbox(raw, name)[1]
        elif name.lower() != "subject":
            assert "=?" not in content, f"an encoded-word in {name}"
        assert content.count("=?") == len(
            re.findall(r"(?<=\s)=\?[^\s?]+\?b\?[^\s?]*\?=(?=\s|$)", content)
        )
        for word in re.findall(r"=\?\S+\?=", content):
            assert len(word) <= 75
            b64decode(word.split("?")[3], validate=True).decode("utf-8")


@_item
def m08(raw: bytes, expected: Expected) -> None:
    """The header is small."""
    assert len(head(raw)) < 8_000
    assert len(fields(raw)) < 100


@_item
def m09(raw: bytes, expected: Expected) -> None:
    """Two alternatives, text first, as short quoted-printable lines."""
    (boundary,) = re.findall(rb'boundary="([^"]+)"', head(raw))
    assert len(boundary) <= 70
    assert value(raw, "Content-Type").startswith("multipart/alternative;")
    parts = encoded_parts(raw)
    assert len(parts) == 2
    for (part_head, body), kind in zip(parts, (b"plain", b"html"), strict=True):
        assert b"Content-Type: text/" + kind + b"; charset=utf-8" in part_head
        assert b"Content-Transfer-Encoding: quoted-printable" in part_head
        assert boundary not in body
        assert max(map(len, body.split(b"\r\n"))) <= 76
        assert not re.search(rb"[ \t]\r\n", body), "white space at the end of a line"
        assert not re.search(rb"(?:^|\r\n)(?:\.|From )", body), "a line that relays change"
    assert all(part.strip() for part in decoded(raw))
    again = [part.get_content().replace("\r\n", "\n") for part in parse(raw).iter_parts()]
    assert again == list(decoded(raw))


@_item
def m10(raw: bytes, expected: Expected) -> None:
    """To is the one real recipient, and nobody else is named."""
    assert _mailbox(raw, "To")[1] == expected.recipient
    assert not values(raw, "Cc") + values(raw, "Bcc")
    everything = "\n".join([head(raw).decode("utf-8"), *decoded(raw)])
    for other in expected.others:
        assert other not in everything


@_item
def m11(raw: bytes, expected: Expected) -> None:
    """The subject is no pretended reply, the sender's name is the stream's."""
    assert not re.match(r"(re|fwd?|aw|wg)\s*:", subject(raw), re.IGNORECASE)
    assert display_name(raw, "From") == expected.from_name
    assert not re.search("[✓✔✅☑]", expected.from_name)


@_item
def m12(raw: bytes, expected: Expected) -> None:
    """Nothing that only relays may write."""
    names = {name.lower() for name, _ in fields(raw)}
    assert not names & {"return-path", "received", "bcc", "authentication-results"}


# List headers


@_item
def m13(raw: bytes, expected: Expected) -> None:
    """One https URI, then one mailto URI, raw."""
    (content,) = [content for name, content in fields(raw) if name == "List-Unsubscribe"]
    match = re.fullmatch(r" <([!-~]+)>,\s+<([!-~]+)>", content)
    assert match is not None, f"{content!r} is no pair of URIs"
    schemes = [urlsplit(uri).scheme for uri in match.groups()]
    assert schemes in (["https", "mailto"], ["http", "mailto"] if expected.loopback else [])
    address, _, query = match[2].removeprefix("mailto:").partition("?")
    assert unquote(address).rpartition("@")[2]
    assert parse_qs(query)["subject"] == [f"unsubscribe {match[1].rpartition('/')[2]}"]


@_item
def m14(raw: bytes, expected: Expected) -> None:
    """The one-click field, to the letter."""
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head(raw)


@_item
def m15(raw: bytes, expected: Expected) -> None:
    """The one-click address is ours, short, and says nothing about the person."""
    uri = unsubscribe_uris(raw)[0]
    parts = urlsplit(uri)
    assert uri.startswith(f"{expected.base_url}/u/")
    assert parts.port is None or expected.loopback
    assert "#" not in uri
    assert "?" not in uri
    assert re.fullmatch(r"/u/[A-Za-z0-9_-]{1,48}", parts.path), f"{parts.path} has no opaque token"
    assert len(uri) <= 75
    for piece in (expected.recipient, expected.recipient.partition("@")[0]):
        assert piece not in parts.path


@_item
def m17(raw: bytes, expected: Expected) -> None:
    """List-Id is a name and a dot-atom."""
    list_id = value(raw, "List-Id")
    assert len(list_id) <= 255
    assert re.fullmatch(r"([^<>]+ )?<[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+>", list_id), list_id


@_item
def m18(raw: bytes, expected: Expected) -> None:
    """Feedback-ID has up to four different fields, none of them about this message."""
    parts = value(raw, "Feedback-ID").split(":")
    assert 2 <= len(parts) <= 4
    assert all(parts)
    assert 5 <= len(parts[-1]) <= 15
    assert len(set(parts)) == len(parts)
    token = unsubscribe_uris(raw)[0].rpartition("/")[2]
    message_id = value(raw, "Message-ID")
    assert not any(part in (token, expected.recipient) or part in message_id for part in parts[:-1])


@_item
def m19(raw: bytes, expected: Expected) -> None:
    """Subscribed mail is bulk; what the system sends is auto-generated."""
    wanted = {"Precedence": "bulk", "X-Auto-Response-Suppress": "All"}
    if not expected.list_mail:
        wanted = {"Auto-Submitted": "auto-generated"}
    for name, content in wanted.items():
        assert values(raw, name) == [content]


# The body


@_item
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


@_item
def m27(raw: bytes, expected: Expected) -> None:
    """Gmail shows the HTML whole."""
    html = decoded(raw)[1].encode()
    assert len(html) <= 100_000
    if expected.list_mail:
        assert 0 < html.find(unsubscribe_uris(raw)[0].encode()) < 100_000


@_item
def m28(raw: bytes, expected: Expected) -> None:
    """The message is light."""
    assert len(raw) < 500_000


_SHORTENERS = ("bit.ly", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "is.gd", "buff.ly", "lnkd.in")


@_item
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
        if expected.loopback and _is_loopback(link):
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


@_item
def m30(raw: bytes, expected: Expected) -> None:
    """No name of a host mixes scripts."""
    text, html = decoded(raw)
    hosts = [_mailbox(raw, "From")[1].rpartition("@")[2]]
    hosts += [
        urlsplit(url).hostname or "" for url in re.findall(r"https?://[^\s\"'<>]+", text + html)
    ]
    for host in hosts:
        for label in host.split("."):
            name = label.encode("ascii").decode("idna") if label.startswith("xn--") else label
            scripts = {unicodedata.name(c, "?").split()[0] for c in name if c.isalpha()}
            single = len(scripts) <= 1
            assert single or any(scripts <= allowed for allowed in _TOGETHER), f"{name} in {host}"
