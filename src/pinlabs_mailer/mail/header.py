"""Header fields as bytes: folded, encoded where they must be, refused where they can't be safe.

The standard library's serialiser turns long List-Unsubscribe fields into encoded-words and joins
adjacent ones (CPython issues seen in 3.11 to 3.14), so every field is written here.
"""

import base64
import re
from datetime import datetime, tzinfo
from email.utils import format_datetime
from functools import lru_cache

from pinlabs_mailer.errors import BadInput
from pinlabs_mailer.settings import Mailbox

_LINE = 78
_ENCODED_WORD = 66  # at most 75 (RFC 2047 section 2); the first fits beside any name of ours
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322 section 3.2.3
_ATOMS = re.compile(rf"{_ATEXT}(?: {_ATEXT})*")
_PRINTABLE = re.compile(r"[ -~]*")
_PLAIN = re.compile(r"(?:[A-Za-z0-9]+ )*<[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+>")
"""A mailbox that stands in a field as it is: most do."""
_URI = re.compile(r"[!-+\--;=?-~]+")
_NEXT_URI = ">,\r\n <"
_URIS = re.compile(rf"{_URI.pattern}(?:{_NEXT_URI}{_URI.pattern})*")
_NO_ADDRESS = re.compile(r"[\s<>,;]")


def raw(name: str, value: str) -> bytes:
    """A field whose value is ASCII already and must not be folded or encoded.

    Raises BadInput for a control character or a character beyond ASCII: neither may reach a
    header from outside (RFC 5322 section 2.2).
    """
    if not _PRINTABLE.fullmatch(value):
        raise BadInput(f"The header {name} cannot carry {value!r}.", "Use plain ASCII text.")
    return f"{name}: {value}\r\n".encode("ascii")


def text(name: str, value: str) -> bytes:
    """An unstructured field such as Subject, folded at spaces, encoded if it is not ASCII."""
    if _UNSAFE.search(value):
        raise BadInput(f"The header {name} cannot carry {value!r}.", "Remove the line breaks.")
    words = [value] if value.isascii() and not _looks_encoded(value) else _encoded_words(value)
    return _fold(name, " ".join(words))


def mailbox(name: str, value: Mailbox) -> bytes:
    """A field with one mailbox. The address is never encoded: beyond ASCII it goes as UTF-8.

    That is legal only in a message sent with SMTPUTF8 (RFC 6532), which the sender asks for
    when the address needs it.
    """
    plain = f"{value.name} <{value.address}>" if value.name else f"<{value.address}>"
    if len(plain) < 60 and _PLAIN.fullmatch(plain):
        return f"{name}: {plain if value.name else value.address}\r\n".encode("ascii")
    if (
        _UNSAFE.search(value.name)
        or _UNSAFE.search(value.address)
        or _NO_ADDRESS.search(value.address)
    ):
        raise BadInput(f"The header {name} cannot carry {tuple(value)!r}.", "Mend the address.")
    if not value.name:
        return f"{name}: {value.address}\r\n".encode()
    if value.name.isascii() and not _looks_encoded(value.name):
        phrase = value.name if _ATOMS.fullmatch(value.name) else _quoted(value.name)
    else:
        phrase = " ".join(_encoded_words(value.name))
    return _fold(name, f"{phrase} <{value.address}>")


def uris(name: str, *values: str) -> bytes:
    """A List-* field: URIs in angle brackets, a line each, the preferred first (RFC 2369)."""
    joined = _NEXT_URI.join(values)
    if not _URIS.fullmatch(joined) or joined.count(",") != len(values) - 1:
        raise BadInput(f"The header {name} cannot carry the URIs {values!r}.", "Escape them.")
    return f"{name}: <{joined}>\r\n".encode("ascii")


def date(moment: datetime) -> bytes:
    """The Date field, with a numeric zone (RFC 5322 section 3.3)."""
    return _date(int(moment.timestamp()), moment.tzinfo)


@lru_cache(maxsize=8)
def _date(second: int, zone: tzinfo | None) -> bytes:
    return f"Date: {format_datetime(datetime.fromtimestamp(second, zone))}\r\n".encode("ascii")


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _looks_encoded(value: str) -> bool:
    return "=?" in value


def _encoded_words(value: str) -> list[str]:
    """RFC 2047 words; no character is split across two."""
    room = (_ENCODED_WORD - len("=?utf-8?b??=")) // 4 * 3
    chunks: list[bytes] = [b""]
    for character in value:
        piece = character.encode("utf-8", "replace")
        if len(chunks[-1]) + len(piece) > room:
            chunks.append(b"")
        chunks[-1] += piece
    return [f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in chunks]


def _fold(name: str, value: str) -> bytes:
    """Break before a space wherever the next word would pass column 78 (RFC 5322 2.2.3)."""
    lines = [f"{name}:"]
    for word in value.split(" "):
        fits = len(lines[-1]) + 1 + len(word) <= _LINE
        if fits or not word or lines == [f"{name}:"]:
            lines[-1] += " " + word
        else:
            lines.append(" " + word)
    folded = "\r\n".join(lines).encode()
    if max(map(len, folded.split(b"\r\n"))) > 998:
        raise BadInput(f"The header {name} has a word of over 998 characters.", "Shorten it.")
    return folded + b"\r\n"
