"""The text of a file: which encoding it is in, and that all of it is. Knows nothing of tables.

The whole file is decoded once before anything is taken from it, so that a wrong encoding is told
with its line while nothing has been changed.
"""

import codecs
import os
import stat
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import NamedTuple

from pinlabs_mailer.errors import BadInput

_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Text(NamedTuple):
    """A file that has been found to be text."""

    file: BufferedReader
    encoding: str
    lines: int
    """How many lines it has, for showing progress."""

    def blocks(self) -> Iterator[str]:
        """Yield the text from its beginning, in pieces that end anywhere; a line ends with \\n."""
        self.file.seek(0)
        text = TextIOWrapper(self.file, self.encoding, newline=None)
        try:
            while block := text.read(_BLOCK):
                yield block
        except UnicodeError as error:
            raise BadInput(
                f"{self.file.name} was changed while it was read.", "Run the command again."
            ) from error
        finally:
            text.detach()


def open_text(path: Path, encoding: str | None = None) -> Text:
    """Open a file and check that all of it is text in that encoding, or in the one it shows.

    Raises BadInput, which names the first line that does not fit.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read: {error.strerror}.", "Name a file that this user may read."
        ) from error
    try:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BadInput(f"{path} is no plain file.", "Write what it gives into a file first.")
        chosen = _known(encoding) if encoding else _marked(file)
        return Text(file, chosen, _count_lines(file, chosen, encoding is None))
    except BaseException:
        file.close()
        raise


def _known(encoding: str) -> str:
    try:
        b"text".decode(encoding, "ignore")
    except (LookupError, UnicodeError) as error:
        raise BadInput(
            f"{encoding[:40]!a} is no encoding of text.", "Write one such as windows-1252."
        ) from error
    return encoding


def _marked(file: BufferedReader) -> str:
    start = file.read(4)
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")


def _count_lines(file: BufferedReader, encoding: str, guessed: bool) -> int:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    block = b"-"
    while block:
        block = file.read(_BLOCK)
        try:
            lines += decoder.decode(block, final=not block).count("\n")
        except UnicodeError as error:
            raise _misfit(file.name, encoding, guessed, lines + _lines_before(error)) from error
    return lines


def _lines_before(error: UnicodeError) -> int:
    if not isinstance(error, UnicodeDecodeError):
        return 0
    return error.object[: error.start].count(b"\n")


def _misfit(name: str, encoding: str, guessed: bool, line: int) -> BadInput:
    called = encoding.removesuffix("-sig").upper()
    told = "Save it as UTF-8, or say what it is in, such as --encoding windows-1252."
    other = "Name the encoding that it is in, or save it as UTF-8."
    return BadInput(
        f"{name} is not in {called}: line {line} is not. Nothing was imported.",
        told if guessed else other,
    )
