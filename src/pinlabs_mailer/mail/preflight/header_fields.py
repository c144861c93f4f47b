"""Reading a header as it stands: fields, mailboxes, encoded-words. Takes anything, raises nothing.

Not by the standard library: its parsers repair what is to be found here, and some input makes
them recurse without end.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import NamedTuple

_NAME = re.compile(r"([!-9;-~]+)[ \t]*:")
_LONGEST = 4_000
"""Signs of a value that are looked into. Nothing of ours is as long."""
_MAILBOX = re.compile(r'"(?:\\.|[^"\\])*"|<[^<>]*>|\([^()]*\)|,|[^",<(]+|.', re.DOTALL)
ENCODED_WORD = re.compile(r"=\?([^?\s]*)\?([^?\s])\?([^?\s]*)\?=")


class Field(NamedTuple):
    """One header field."""

    name: str
    raw: str
    """The value as it stands, folds included."""

    @property
    def value(self) -> str:
        """The value on one line."""
        return self.raw.replace("\r\n", "").replace("\n", "").strip()


class Header(NamedTuple):
    """The fields in order, and the lines that are none."""

    fields: tuple[Field, ...]
    strays: tuple[str, ...]

    def values(self, name: str) -> list[str]:
        """Return the values of the fields of that name."""
        wanted = name.lower()
        return [one.value for one in self.fields if one.name.lower() == wanted]

    def value(self, name: str) -> str:
        """Return the first value of that name, or ""."""
        return next(iter(self.values(name)), "")


def header(block: bytes) -> Header:
    """Read a header block."""
    fields: list[tuple[str, list[str]]] = []
    strays: list[str] = []
    for line in re.split(r"\r?\n", block.decode("utf-8", "replace")):
        match = _NAME.match(line)
        if line[:1] in (" ", "\t") and fields:
            fields[-1][1].append(line)
        elif match is not None:
            fields.append((match[1], [line[match.end() :]]))
        elif line:
            strays.append(line)
    return Header(tuple(Field(name, "\r\n".join(lines)) for name, lines in fields), tuple(strays))


class Mailbox(NamedTuple):
    """A display name, decoded, and an address as it stands."""

    name: str
    address: str


def mailboxes(value: str) -> list[Mailbox]:
    """Return the mailboxes of a field such as From."""
    found: list[list[str]] = [[]]
    for piece in _MAILBOX.findall(value[:_LONGEST]):
        if piece == ",":
            found.append([])
        elif not piece.startswith("("):
            found[-1].append(piece)
    return [_mailbox(pieces) for pieces in found if "".join(pieces).strip()]


def _mailbox(pieces: list[str]) -> Mailbox:
    angled = [piece for piece in pieces if piece.startswith("<")]
    if not angled:
        return Mailbox("", "".join(pieces).strip())
    words = "".join(_unquoted(piece) for piece in pieces if not piece.startswith("<"))
    return Mailbox(decoded(words.strip()), angled[-1].strip("<>").strip())


def _unquoted(piece: str) -> str:
    if len(piece) > 1 and piece.startswith('"') and piece.endswith('"'):
        return re.sub(r"\\(.)", r"\1", piece[1:-1])
    return piece


def decoded(value: str) -> str:
    """Return a value with its encoded-words read (RFC 2047); what cannot be read stays."""
    joined = re.sub(r"(\?=)[ \t\r\n]{1,80}(?==\?)", r"\1", value[:_LONGEST])
    return ENCODED_WORD.sub(lambda match: word(match) or match[0], joined)


def word(match: re.Match[str]) -> str | None:
    """Return what an encoded-word says, None if it is not whole."""
    charset, form, text = match[1].partition("*")[0], match[2].lower(), match[3]
    try:
        if form == "b":
            raw = b64decode(text, validate=True)
        elif form == "q":
            raw = binascii.a2b_qp(text.encode("ascii"), header=True)
        else:
            return None
        return raw.decode(known_charset(charset) or "ascii")
    except (ValueError, UnicodeError):
        return None


_CHARSET = re.compile(
    r"utf-?8|utf-16(?:[bl]e)?|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|windows-\d{3,4}|cp\d{3,4}"
    r"|koi8-[ru]|gb2312|gbk|gb18030|big5|euc-(?:jp|kr)|shift_jis|iso-2022-jp|macintosh",
    re.IGNORECASE,
)


def known_charset(name: str) -> str | None:
    """Return the name if it is that of a character set, not of one of Python's other codecs."""
    if not _CHARSET.fullmatch(name):
        return None
    try:
        "".encode(name)
    except LookupError:
        return None
    return name


def parameters(value: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a field such as Content-Type: name in lower case, and value."""
    form = re.compile(r';\s{0,80}([\w*-]{1,60})=(?:"([^"]*)"|([^\s;"]*))')
    for match in form.finditer(value[:_LONGEST]):
        yield match[1].lower(), match[2] if match[2] is not None else match[3]
