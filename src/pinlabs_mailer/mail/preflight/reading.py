"""Reading a mail's bytes into what the rules look at. Takes anything, raises nothing.

Whatever it gets, it takes less than a second: parts nest four deep at most, lines and values are
looked at once, and `page` refuses HTML that a parser would spend long on.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from pinlabs_mailer.mail.preflight import header_fields
from pinlabs_mailer.mail.preflight.header_fields import Header, known_charset
from pinlabs_mailer.mail.preflight.page import Page

LIMIT = 1_000_000
"""Bytes that are looked into; a digest has at most half as many (M28)."""
_DEPTH, _PARTS = 4, 50
_HEADER_END = re.compile(rb"\r?\n\r?\n")


class Part(NamedTuple):
    """A part that has no parts."""

    kind: str
    """The media type, in lower case."""
    header: Header
    body: bytes
    """As it stands, encoded."""

    @property
    def charset(self) -> str:
        """The character set that it names, in lower case, or ""."""
        given = dict(header_fields.parameters(self.header.value("Content-Type")))
        return given.get("charset", "").lower()

    @property
    def encoding(self) -> str:
        """The transfer encoding, in lower case."""
        return self.header.value("Content-Transfer-Encoding").lower() or "7bit"

    def text(self) -> str:
        """Return it decoded, with plain line feeds."""
        raw = self.body
        if self.encoding == "quoted-printable":
            raw = binascii.a2b_qp(raw)
        elif self.encoding == "base64":
            raw = _from_base64(raw)
        charset = known_charset(self.charset) or "utf-8"
        return raw.decode(charset, "replace").replace("\r\n", "\n").replace("\r", "\n")


def _from_base64(raw: bytes) -> bytes:
    signs = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    return binascii.a2b_base64(signs[: len(signs) // 4 * 4] + b"=" * 4)


@dataclass(frozen=True, eq=False)
class Mail:
    """A mail, read."""

    raw: bytes
    subscribed: bool
    """Whether it is for a list."""
    head: bytes
    """The header block without the empty line."""
    body: bytes
    header: Header
    parts: tuple[Part, ...]
    boundaries: tuple[str, ...]

    @cached_property
    def subject(self) -> str:
        """The subject as it is read."""
        return header_fields.decoded(self.header.value("Subject"))

    @cached_property
    def recipient(self) -> str:
        """The address in To."""
        return next((one.address for one in self._mailboxes("To")), "")

    @cached_property
    def sender_domain(self) -> str:
        """The domain of From, in lower case."""
        address = next((one.address for one in self._mailboxes("From")), "")
        return address.rpartition("@")[2].lower()

    def _mailboxes(self, name: str) -> list[header_fields.Mailbox]:
        return header_fields.mailboxes(self.header.value(name))

    @cached_property
    def unsubscribe_uris(self) -> list[str]:
        """What stands in angle brackets in List-Unsubscribe."""
        return re.findall(r"<([^<>]*)>", self.header.value("List-Unsubscribe")[:4_000])

    @cached_property
    def one_click(self) -> str:
        """The web address in List-Unsubscribe, or ""."""
        schemes = ("https:", "http:")
        return next((uri for uri in self.unsubscribe_uris if uri.lower().startswith(schemes)), "")

    @cached_property
    def text_part(self) -> Part | None:
        """The first text part."""
        return next((one for one in self.parts if one.kind == "text/plain"), None)

    @cached_property
    def html_part(self) -> Part | None:
        """The first HTML part."""
        return next((one for one in self.parts if one.kind == "text/html"), None)

    @cached_property
    def text(self) -> str:
        """What the text part says, or ""."""
        return self.text_part.text() if self.text_part else ""

    @cached_property
    def html(self) -> str:
        """The HTML, decoded, or ""."""
        return self.html_part.text() if self.html_part else ""

    @cached_property
    def page(self) -> Page:
        """The HTML, parsed."""
        return Page(self.html)


def read(raw: bytes, subscribed: bool | None = None) -> Mail:
    """Read a mail. What is over LIMIT is left out.

    Without `subscribed` its header says whether it is for a list.
    """
    raw = raw[:LIMIT]
    head, body = _cut(raw)
    parsed = header_fields.header(head)
    if subscribed is None:
        subscribed = _is_for_a_list(parsed)
    boundaries: list[str] = []
    parts = tuple(_parts(parsed, body, boundaries, _DEPTH))[:_PARTS]
    return Mail(raw, subscribed, head, body, parsed, parts, tuple(boundaries))


def _is_for_a_list(parsed: Header) -> bool:
    """All mail is, but for what says that a system sends it to one person."""
    listed = parsed.values("List-Unsubscribe") or parsed.values("List-Id")
    return bool(listed) or not parsed.value("Auto-Submitted").lower().startswith("auto-")


def _cut(raw: bytes) -> tuple[bytes, bytes]:
    if raw.startswith((b"\r\n", b"\n")):
        return b"", raw
    end = _HEADER_END.search(raw)
    return (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])


def _parts(header: Header, body: bytes, boundaries: list[str], deeper: int) -> Iterator[Part]:
    declared = header.value("Content-Type")
    kind = declared.partition(";")[0].strip().lower() or "text/plain"
    boundary = dict(header_fields.parameters(declared)).get("boundary", "")
    if not kind.startswith("multipart/") or not boundary or not deeper:
        yield Part(kind, header, body)
        return
    boundaries.append(boundary)
    for section in _sections(body, boundary):
        head, inner = _cut(section)
        yield from _parts(header_fields.header(head), inner, boundaries, deeper - 1)


def _sections(body: bytes, boundary: str) -> list[bytes]:
    """Cut at the lines that begin with the boundary (RFC 2046 section 5.1.1)."""
    line = re.compile(
        rb"(?:^|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]{0,80}(?=\r?\n|$)"
    )
    found = [match for _, match in zip(range(_PARTS + 1), line.finditer(body), strict=False)]
    sections = []
    ends = [*(match.start() for match in found[1:]), len(body)]
    for this, end in zip(found, ends, strict=False):
        if this[1]:
            break
        sections.append(re.sub(rb"^\r?\n", b"", body[this.end() : end], count=1))
    return sections
