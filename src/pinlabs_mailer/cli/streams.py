"""The words of the call and the standard streams, whatever surroundings the program is started in.

Cron closes streams, disks are full, readers leave (`| head -1`), and arguments are bytes.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pinlabs_mailer.errors import MailerError, UsageError


def open_closed() -> None:
    """Give a standard stream that is closed to nobody, before a file gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))
    # A terminal that cannot show a character must not end the program half-way.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def arguments() -> list[str]:
    """Return the arguments as text; what is no UTF-8 can be no name, address or title."""
    words = sys.argv[1:]
    try:
        return [
            os.fsencode(word).decode("utf-8") if _has_surrogates(word) else word for word in words
        ]
    except UnicodeDecodeError as error:
        raise UsageError(
            f"The argument {ascii(error.object)[1:80]} is not UTF-8.", "Write it in UTF-8."
        ) from error


@contextmanager
def printing() -> Iterator[None]:
    """Print results inside; raise MailerError if that does not work.

    That the reader has left (`| head -1`) goes through: Typer ends the program then.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        mute()
        raise
    except OSError as error:
        mute()
        raise MailerError(
            f"The output cannot be written: {error.strerror}.",
            "What the command does is done; only its report is missing.",
        ) from error


def mute() -> None:
    """Drop what is still to be printed: the interpreter would try it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _has_surrogates(word: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in word)
