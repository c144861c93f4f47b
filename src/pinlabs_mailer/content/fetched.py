"""What a fetch gives back, and how much of it there may be: for files and for the web alike."""

from dataclasses import dataclass
from typing import NamedTuple

from pinlabs_mailer.errors import BadInput

MAX_BYTES = 10_000_000


class Mark(NamedTuple):
    """What a web server calls the version of a document that it gave (RFC 9110, 8.8)."""

    etag: str = ""
    last_modified: str = ""


NO_MARK = Mark()


@dataclass(frozen=True)
class Fetched:
    """What was there: the bytes, the address that gave them in the end, and its media type."""

    body: bytes
    url: str | None
    media_type: str
    mark: Mark = NO_MARK
    unchanged: bool = False
    """It is still the version that was asked about; then there are no bytes."""


def too_big(place: str, max_bytes: int) -> BadInput:
    """Return the error for a document of more than `max_bytes`."""
    return BadInput(
        f"{place} is bigger than {max_bytes / 1_000_000:g} MB.",
        "Give a shorter one: a feed of the latest posts is enough.",
    )
