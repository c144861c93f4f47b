"""Gets the bytes of a file or of a web address, and no more of them than is reasonable.

Nothing is understood here. Every error names the location and the next step: BadInput for what
will not work by itself later, Unavailable for what may.
"""

import re
from pathlib import Path

from pinlabs_mailer.content.errand import Errand
from pinlabs_mailer.content.fetched import MAX_BYTES, NO_MARK, Fetched, Mark, too_big
from pinlabs_mailer.errors import BadInput

__all__ = ["Fetched", "fetch"]

MAX_SECONDS = 30.0

_WEB = re.compile(r"https?://", re.IGNORECASE)
_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def fetch(
    location: str,
    *,
    allow_private: bool = False,
    max_bytes: int = MAX_BYTES,
    max_seconds: float = MAX_SECONDS,
    known: Mark = NO_MARK,
) -> Fetched:
    """Return what a path or an http(s) URL holds.

    `max_seconds` is for all of it, redirects included; only the look-up of a name keeps to the
    limits of the system's resolver. `allow_private` lets in addresses that are not public. A web
    server that still has the `known` version may say only that.
    """
    if _WEB.match(location):
        return Errand(location, allow_private, max_bytes, max_seconds, known).run()
    if _ANY_SCHEME.match(location):
        raise BadInput(
            f"{location}: only http and https addresses are fetched.",
            "Give a file, or an address that begins with https://",
        )
    return Fetched(_read_file(location, max_bytes), None, "")


def _read_file(location: str, max_bytes: int) -> bytes:
    try:
        with Path(location).open("rb") as file:
            body = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise BadInput(
            f"{location}: there is no such file.",
            "Check the path; a web address begins with https://",
        ) from error
    except IsADirectoryError as error:
        raise BadInput(f"{location} is a folder.", "Name a file in it.") from error
    except PermissionError as error:
        raise BadInput(
            f"{location}: this user may not read it.", "Change its permissions, or the user."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{location} cannot be read: {reason}.", "Check the path.") from error
    if len(body) > max_bytes:
        raise too_big(location, max_bytes)
    return body
