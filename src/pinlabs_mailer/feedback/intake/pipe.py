"""A pipe: a mail server starts the program with one mail on its standard input.

The mail is the server's until the program ends, so what was not understood is first written to a
Maildir aside, whole; then the server may forget it.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from pinlabs_mailer.feedback.intake import maildir
from pinlabs_mailer.feedback.taking import LARGEST, REST, Mail, Taken, Taker

_CHUNK = 1 << 20


def take(
    taker: Taker, stream: BinaryIO, to: str, aside: Callable[[], Path]
) -> tuple[Taken, Path | None]:
    """Take the mail; return what was done about it, and where it lies if it was put aside.

    All of the stream is read: a pipe that nobody empties is an error to a mail server.
    """
    piped = [stream.read(LARGEST)]

    def rest() -> bytes:
        piped.append(stream.read(REST))
        return piped[-1]

    (taken,) = taker.take([Mail(piped[0], to, rest)])
    unread = iter(lambda: stream.read(_CHUNK), b"")
    if any(act.aside for act in taken) and piped[0].strip():
        return taken, maildir.put(aside(), chain(piped, unread))
    _drain(unread)
    return taken, None


def _drain(rest: Iterator[bytes]) -> None:
    for _ in rest:
        pass
