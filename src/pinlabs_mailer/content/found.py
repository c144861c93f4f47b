"""What a source yields: items as they were found, before the database knows them.

Plain values. Everything in a `FoundItem` has been vetted: text without markup, links that are
http or https, moments of our time. Only `content.vetting` should make one from foreign input.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pinlabs_mailer.content import urls
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.db.words import ItemKind

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Document:
    """One document of a source, and what reading it needs to know beside it."""

    body: bytes
    url: str | None = None
    """Where it was, for its relative links."""
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """A series of events is told by its next date, counted from here."""
    zone: ZoneInfo = _UTC
    """That of the schedule: for times that do not name a known one."""
    page: str = ""
    """Where an item leads that has no page of its own, if the operator says."""
    selectors: tuple[tuple[str, str], ...] = ()
    """Pairs of a part of a card and a CSS selector, for a page."""


@dataclass(frozen=True)
class FoundItem:
    """An item that a source names. An empty text stands for "not given"."""

    url: str
    title: str
    summary: str = ""
    image_url: str = ""
    image_alt: str = ""
    published_at: datetime | None = None
    details: Event | Job | None = None
    ends_at: datetime | None = None
    closed: bool = False
    """The source says that it is off: an event that was cancelled."""
    source_key: str = ""
    """What its source calls it, if that outlives a change of address."""
    apart: str = ""
    """Tells it from others at the same address: events of a calendar have no page of their own."""

    @property
    def kind(self) -> ItemKind:
        """What sort of thing it is."""
        match self.details:
            case Event():
                return ItemKind.EVENT
            case Job():
                return ItemKind.JOB
        return ItemKind.POST

    @property
    def url_key(self) -> str:
        """What is equal for the same item, whichever source names it."""
        return urls.key(self.url, self.apart)

    @property
    def sighting_key(self) -> str:
        """What is equal for the same item whenever its source names it."""
        return urls.digest(self.source_key) if self.source_key else self.url_key


@dataclass(frozen=True)
class Refused:
    """An item that was left out, and why; both are sentences for the operator."""

    what: str
    why: str
    sighting_key: str = ""
    """What its source calls it: it was there, so it is not missing."""


@dataclass(frozen=True)
class Noted:
    """An item that was taken though something of it could not be, and what."""

    what: str
    why: str


@dataclass(frozen=True)
class Reading:
    """What one look at a source gave, in the order of the source."""

    items: tuple[FoundItem, ...] = ()
    refused: tuple[Refused, ...] = ()
    noted: tuple[Noted, ...] = ()
    complete: bool = True
    """Nothing was left unread. Only then is a job that is not there a job that was taken down."""
    following: str = ""
    """The address of the next page, if there is one."""
    lasting: bool = True
    """The same document says the same tomorrow. One that does not is read again, changed or not."""
