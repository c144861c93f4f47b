"""What a source yields: posts as they were found, before the database knows them.

Plain values. Everything in a `FoundPost` has been vetted: text without markup, links that are
http or https. Only `content.vetting` should make one from foreign input.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FoundPost:
    """A post that a source names. An empty text stands for "not given"."""

    url: str
    title: str
    summary: str = ""
    image_url: str = ""
    image_alt: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """A post that was left out, and why; both are sentences for the operator."""

    what: str
    why: str


@dataclass(frozen=True)
class Reading:
    """What one look at a source gave, in the order of the source."""

    posts: tuple[FoundPost, ...] = ()
    refused: tuple[Refused, ...] = ()
