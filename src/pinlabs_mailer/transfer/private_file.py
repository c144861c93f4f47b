"""A file with people's addresses in it: readable by its owner only, and whole or not there."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from pinlabs_mailer.errors import MailerError, UsageError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Yield a text file that takes the place of `path` when the block ends well.

    Until then it has another name beside it, which goes if the block does not end well.
    """
    beside = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}")
    with _told(path):
        number = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with _told(path), os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _told(path):
            beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritten(
            f"{path} cannot be written",
            error,
            "Name a place with room where this user may write.",
        ) from error


def unwritten(what: str, error: OSError, next_step: str) -> MailerError:
    """Return the error for what could not be written: the caller has named a wrong place, unless
    there is only no room in it."""
    kind = MailerError if error.errno in _NO_ROOM else UsageError
    return kind(f"{what}: {error.strerror}.", next_step)
