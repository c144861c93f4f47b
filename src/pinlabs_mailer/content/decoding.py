"""Bytes of a document turned into text, whatever encoding it has or claims to have.

A wrong claim is common and no reason to refuse a feed, so this never fails: byte order mark,
then the document's own word, then UTF-8, then Windows-1252, which fits any byte.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_LOOK_AT = 1_024
_DECLARED = re.compile(
    rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([\w.-]+)|<meta\b[^>]*?\bcharset\s*=\s*["']?([\w.-]+)""",
    re.IGNORECASE,
)
# Python has codecs that are no character sets of the web (idna, punycode, unicode_escape).
_OF_THE_WEB = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-\d+|latin-?1|windows-\d+|cp\d+|koi8-[ru]|macintosh"
    r"|gb2312|gbk|gb18030|big5(-hkscs)?|euc-(jp|kr)|shift[_-]jis|iso-2022-jp",
    re.IGNORECASE,
)


def decode(body: bytes) -> str:
    """Return the text of an XML, HTML or JSON document, without a byte order mark."""
    for mark, marked in _MARKS:
        if body.startswith(mark):
            return body.decode(marked, "replace").removeprefix("\ufeff")
    for encoding in (_declared(body) or "utf-8", "utf-8"):
        try:
            return body.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("windows-1252", "replace")


def named(charset: str) -> str:
    """Return the name of a character set if it is one that texts are written in, else UTF-8."""
    return charset if _OF_THE_WEB.fullmatch(charset) else "utf-8"


def _declared(body: bytes) -> str | None:
    head = body[:_LOOK_AT]
    if not head.lstrip().startswith(b"<"):
        return None  # JSON is UTF-8, whatever the texts in it speak of
    found = _DECLARED.search(head)
    if found is None:
        return None
    name = (found[1] or found[2]).decode("ascii", "replace")
    return name if _OF_THE_WEB.fullmatch(name) else None
