"""Reading a raw message: by hand where the bytes matter, by the standard library elsewhere."""

import email
import email.policy
import email.utils
import quopri
import re
from base64 import b64decode
from email.message import EmailMessage
from urllib.parse import urlsplit


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


def mailbox(raw: bytes, name: str) -> tuple[str, str]:
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
    return mailbox(raw, name)[0]


def is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in ("localhost", "127.0.0.1", "::1")
