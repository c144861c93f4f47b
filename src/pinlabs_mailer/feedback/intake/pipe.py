"""A pipe: a mail server starts the program with one mail on its standard input.

The mail is the server's until the program ends, so what was not understood is first written to a
Maildir aside, whole; then the server may forget it.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pinlabs_mailer.feedback.intake import maildir
from pinlabs_mailer.feedback.taking import LARGEST, Mail, Taken, Taker

_CHUNK = 1 << 20


def take(
    taker: Taker, stream: BinaryIO, to: str, aside: Callable[[], Path]
) -> tuple[Taken, Path | None]:
    """Take the mail; return what was done about it, and where it lies if it was put aside.

    All of the stream is read: a pipe that nobody empties is an error to a mail server.
    """
    raw = stream.read(LARGEST)
    (taken,) = taker.take([Mail(raw, to)])
    rest = iter(lambda: stream.read(_CHUNK), b"")
    if any(act.outcome in ("unknown", "unmatched") for act in taken) and raw.strip():
        return taken, maildir.put(aside(), chain([raw], rest))
    _drain(rest)
    return taken, None


def _drain(rest: Iterator[bytes]) -> None:
    for _ in rest:
        pass
