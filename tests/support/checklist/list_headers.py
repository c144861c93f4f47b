"""Items M13 to M19: the header fields of mailing lists."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.checklist.items import Expected, item
from tests.support.checklist.reading import (
    fields,
    head,
    unsubscribe_uris,
    value,
    values,
)


@item
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


@item
def m14(raw: bytes, expected: Expected) -> None:
    """The one-click field, to the letter."""
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head(raw)


@item
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


@item
def m17(raw: bytes, expected: Expected) -> None:
    """List-Id is a name and a dot-atom."""
    list_id = value(raw, "List-Id")
    assert len(list_id) <= 255
    assert re.fullmatch(r"([^<>]+ )?<[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+>", list_id), list_id


@item
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


@item
def m19(raw: bytes, expected: Expected) -> None:
    """Subscribed mail is bulk; what the system sends is auto-generated."""
    wanted = {"Precedence": "bulk", "X-Auto-Response-Suppress": "All"}
    if not expected.list_mail:
        wanted = {"Auto-Submitted": "auto-generated"}
    for name, content in wanted.items():
        assert values(raw, name) == [content]
