"""Slots: the places in a rendered mail where each recipient's own values stand.

A template is rendered once with slots for `recipient.*` and `links.unsubscribe`. The result is
encoded once and cut at the slots; a message is then a join of bytes. A slot is its name between
two Unicode noncharacters, which Unicode keeps for such inside use (section 23.7 of the standard):
`unmarked` removes them from what is rendered, `clean` from the values.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from markupsafe import escape

_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_SLOT = re.compile(f"{_OPEN}([a-z_.]+){_CLOSE}".encode())
_UNSAFE = re.compile(f"[\x00-\x1f\x7f\x85\u2028\u2029{_OPEN}{_CLOSE}\ud800-\udfff]")
_SOFT_BREAK = b"=\r\n"
_LINE = 75  # and one more for the "=" of a soft break: 76 by RFC 2045 section 6.7
_SPACES = re.compile(rb"  +")
_BEYOND = re.compile(rb"[^ -~]+")
_PLAIN = re.compile(rf"(?!\.|From )(?=.{{1,{_LINE}}}$) ?[!-<>-~]+(?: [!-<>-~]+)*")
"""Text that is its own quoted-printable: most values are."""
_PLAIN_HTML = re.compile(rf"(?!\.|From )(?=.{{1,{_LINE}}}$) ?[!#-%(-;?-~]+(?: [!#-%(-;?-~]+)*")
"""Text of one line that is its own HTML, too."""


def slot(name: str) -> str:
    """Return the mark that stands for a value in a rendering."""
    return f"{_OPEN}{name}{_CLOSE}"


def unmarked(value: str) -> str:
    """Return text from outside without the marks, so that it cannot pass for a slot."""
    return re.sub(f"[{_OPEN}{_CLOSE}]", "", value)


def clean(value: str) -> str:
    """Return a value that is safe to stand in a slot: one line, no marks, no controls."""
    return _UNSAFE.sub("", value)


Encoded = tuple[bytes, bytes]
"""A value as it stands in a text part and in an HTML part. A plain tuple: it is made often."""
TEXT, HTML = 0, 1


def encode(value: str) -> Encoded:
    """Return a value ready for its slots, once for all of them. Most need nothing done."""
    if _PLAIN_HTML.fullmatch(value):
        as_it_is = value.encode("ascii") + _SOFT_BREAK
        return as_it_is, as_it_is
    safe = clean(value)
    return quoted_printable(safe) + _SOFT_BREAK, quoted_printable(str(escape(safe))) + _SOFT_BREAK


class Pieces(NamedTuple):
    """A body part, encoded as quoted-printable and cut at its slots."""

    fixed: tuple[bytes, ...]
    """One more than there are slots."""
    slots: tuple[str, ...]


class Body(NamedTuple):
    """Parts one after the other, laid out so that filling them in is all that is left."""

    layout: tuple[bytes, ...]
    """What is fixed, with a gap between each two for a value."""
    gaps: tuple[tuple[int, str, int], ...]
    """Place in the layout, name of the slot, TEXT or HTML."""

    def filled(self, values: Mapping[str, Encoded]) -> list[bytes]:
        """Return the bytes for one recipient, in order."""
        filled = list(self.layout)
        for place, name, form in self.gaps:
            filled[place] = values[name][form]
        return filled


def body(*parts: tuple[Pieces, int]) -> Body:
    """Lay out parts, each with its form: TEXT or HTML."""
    layout: list[bytes] = []
    gaps = []
    for pieces, form in parts:
        for fixed, name in zip(pieces.fixed, (*pieces.slots, None), strict=True):
            layout.append(fixed)
            if name is not None:
                gaps.append((len(layout), name, form))
                layout.append(b"")
    return Body(tuple(layout), tuple(gaps))


def cut(rendered: str) -> Pieces:
    """Encode a rendering and cut it at its slots.

    A value always begins and ends a line of the encoded form (soft breaks round it), so that its
    length moves nothing else and no line passes 76 characters (RFC 2045 section 6.7).
    """
    parts = _SLOT.split(_written(rendered))
    literals, names = parts[0::2], [name.decode("ascii") for name in parts[1::2]]
    encoded = [_printable(literal) for literal in literals]
    for index in range(len(names)):
        if encoded[index] and not encoded[index].endswith(b"\r\n"):
            encoded[index] += _SOFT_BREAK
    return Pieces(tuple(encoded), tuple(names))


def quoted_printable(value: str) -> bytes:
    """Return text as quoted-printable, so that no relay has a reason to touch it.

    Of white space only single spaces inside a line stay as they are: so the body is its own
    relaxed form (RFC 6376 section 3.4.4), and to sign it is to hash it. Lines have at most 75
    characters, so that a soft break may follow. Not `binascii.b2a_qp`: it ends the soft breaks of
    a single line by a bare LF, and goes beyond 76 where a line that ends in white space is full.
    """
    return value.encode("ascii") if _PLAIN.fullmatch(value) else _printable(_written(value))


def _written(value: str) -> bytes:
    return value.encode("utf-8", "replace")


def _printable(written: bytes) -> bytes:
    lines = written.splitlines()  # of bytes: at CR, LF and CRLF, and nowhere else
    if written.endswith((b"\r", b"\n")):
        lines.append(b"")
    return b"\r\n".join(map(_encoded_line, lines))


@lru_cache(maxsize=4096)  # the frame and the items are the same from edition to edition
def _encoded_line(line: bytes) -> bytes:
    text = _SPACES.sub(_apart, line.replace(b"=", b"=3D"))
    text = _BEYOND.sub(_in_hex, text)
    if text.endswith(b" "):
        text = text[:-1] + b"=20"
    return _broken(text)


def _apart(spaces: re.Match[bytes]) -> bytes:
    return b" " + b"=20" * (len(spaces[0]) - 1)


def _in_hex(beyond: re.Match[bytes]) -> bytes:
    return b"".join([b"=%02X" % byte for byte in beyond[0]])


def _broken(line: bytes) -> bytes:
    """Break an encoded line into several if it is long.

    A dot or a "From " that begins one is encoded: relays have been seen to lose the one and to
    write ">" before the other (RFC 2049 section 3).
    """
    if len(line) <= _LINE and not line.startswith((b".", b"From ")):
        return line
    done: list[bytes] = []
    while True:
        if line.startswith((b".", b"From ")):
            line = b"=%02X" % line[0] + line[1:]
        if len(line) <= _LINE:
            return _SOFT_BREAK.join([*done, line])
        end = line.rfind(b"=", _LINE - 2, _LINE)
        if end < 0:
            end = _LINE
        done.append(line[:end])
        line = line[end:]
