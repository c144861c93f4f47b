"""The parts of a mail, looked at within bounds. Pure.

The standard parser reads whatever it is given, however deep and long. This one looks at the first
half megabyte, four levels and forty parts, and never unpacks an attachment: a report says what it
has to say near its beginning, and what comes from outside may be made to waste time.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header

from pinlabs_mailer.content.decoding import named

LOOK = 1 << 19
"""Bytes of a mail that are looked at."""
_MAILS = ("message/rfc822", "message/global")
_HEADERS = (
    "text/rfc822-headers",
    "text/rfc822",
    "message/rfc822-headers",
    "message/global-headers",
    "message/partial",
)
_DEPTH = 4
_PARTS = 40
HEADER = 1 << 16
"""Bytes of a header that are looked at."""
_VALUE = 4_000
_TEXT = 1 << 16
_LONGEST_SIGN = 4
_FIELD = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_BADLY_FOLDED = re.compile(rb";[ \t]*\n(?=(?:boundary|charset|report-type|type)=)", re.IGNORECASE)
_END_OF_HEADER = re.compile(rb"\n[ \t]*\n|\A[ \t]*\n")
_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_ANY_ENCODED = re.compile(r"=\?")


def parameter(value: str, name: str) -> str:
    """Return a parameter of a Content-Type, "" if it has none."""
    found = re.search(rf';\s*{name}\s*=\s*(?:"([^"]*)"|([^\s;]+))', value, re.IGNORECASE)
    return (found[1] or found[2] or "").strip() if found else ""


class Fields:
    """Header fields: by name in any case, unfolded, cut where they are endless."""

    def __init__(self, block: bytes) -> None:
        self._all: list[tuple[str, str]] = []
        for name, value in _FIELD.findall(_BADLY_FOLDED.sub(b"; ", block[:HEADER])):
            flat = b" ".join(value.split())[:_VALUE]
            self._all.append((name.decode("ascii").lower(), _text(flat, "utf-8")))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._all)

    def __contains__(self, name: str) -> bool:
        return any(name == one for one, _ in self._all)

    def get(self, name: str) -> str:
        """Return the first field of that name (in lower case), "" if there is none."""
        return next((value for one, value in self._all if one == name), "")

    def every(self, name: str) -> list[str]:
        """Return all fields of that name."""
        return [value for one, value in self._all if one == name]

    def words(self, name: str) -> str:
        """Return a field with its encoded-words read."""
        return decoded(self.get(name))


@dataclass
class Part:
    """One part of a mail, or the mail itself."""

    fields: Fields
    type: str
    body: bytes
    """As it came; `text` decodes it."""
    parts: list["Part"] = field(default_factory=list)

    def text(self) -> str:
        """Return the body as text, whatever it claims to be written in."""
        raw = self.body[:_TEXT]
        encoding = self.fields.get("content-transfer-encoding").lower()
        if "quoted-printable" in encoding:
            raw = quopri.decodestring(raw)
        elif "base64" in encoding:
            raw = _from_base64(raw)
        charset = parameter(self.fields.get("content-type"), "charset") or "utf-8"
        return _text(raw, charset).replace("\0", "")

    def own(self) -> Iterator["Part"]:
        """Go through the parts of this mail, but not into mails that are enclosed in it."""
        yield self
        if not self.type.startswith("message/"):
            for part in self.parts:
                yield from part.own()

    def enclosed(self) -> Iterator["Part"]:
        """Go through the mails, or their headers, that are enclosed in this one."""
        for part in self.own():
            if part.type in _MAILS:
                yield from part.parts
            elif part.type in _HEADERS:
                yield Part(Fields(part.text().encode()), part.type, b"")


def parse(raw: bytes) -> Part:
    """Return the parts of a mail. Never fails: what cannot be read is a part without any."""
    mail = raw[:LOOK].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    if mail.startswith((b"From ", b">From ")):  # the mbox line that some pipes put first
        mail = mail.partition(b"\n")[2]
    return _part(mail, 0, [_PARTS])


def decoded(value: str) -> str:
    """Return a header value with its encoded-words read, as far as they can be."""
    if not _ANY_ENCODED.search(value):
        return value
    try:
        return " ".join(str(make_header(decode_header(value))).split())
    except (MessageError, LookupError, ValueError):  # base64, character set or bytes are broken
        return value


def _part(raw: bytes, depth: int, left: list[int], otherwise: str = "text/plain") -> Part:
    left[0] -= 1
    end = _END_OF_HEADER.search(raw[:HEADER])
    if end is None:
        block, body = (raw, b"") if _FIELD.match(raw) else (b"", raw)
    else:
        block, body = raw[: end.start() + 1], raw[end.end() :]
    fields = Fields(block)
    content = fields.get("content-type")
    named_type = _TYPE.match(content)
    part = Part(fields, named_type[1].lower() if named_type else otherwise, body)
    if depth < _DEPTH:
        part.parts = list(_inside(part, parameter(content, "boundary"), depth + 1, left))
    return part


def _inside(part: Part, boundary: str, depth: int, left: list[int]) -> Iterator[Part]:
    if part.type in _MAILS:
        encoding = part.fields.get("content-transfer-encoding").lower()
        raw = part.text().encode() if "base64" in encoding or "quoted" in encoding else part.body
        yield _part(raw.lstrip(b"\n"), depth, left)
    elif part.type.startswith("multipart/") and boundary:
        digest = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for piece in _pieces(part.body, boundary.encode()):
            if left[0] <= 0:
                return
            yield _part(piece, depth, left, digest)


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Cut a body at its boundary lines; the last piece may lack one."""
    line = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*$", re.MULTILINE)
    start = None
    for found in line.finditer(body):
        if start is not None:
            yield body[start : max(start, found.start() - 1)]
        start = found.end() + 1
        if found[1]:
            return
    if start is not None:
        yield body[start:]


def _from_base64(raw: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    return binascii.a2b_base64(letters[: len(letters) // 4 * 4])


def _text(raw: bytes, charset: str) -> str:
    for encoding in (named(charset), "utf-8"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as broken:
            if broken.start > len(raw) - _LONGEST_SIGN:  # cut by us, in the middle of a sign
                return raw[: broken.start].decode(encoding, "replace")
        except LookupError:
            continue
    return raw.decode("windows-1252", "replace")
