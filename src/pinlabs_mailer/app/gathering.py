"""Fetching from the sources: all at once, within a time, and each for itself.

Reading and network are outside of any transaction; what came of them is written in short ones. A
source that fails is recorded and told; it stops no other, and nothing closes because of it.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pinlabs_mailer.content import posts, roster, sightings
from pinlabs_mailer.content.found import FoundItem, Noted, Reading, Refused
from pinlabs_mailer.content.posts import NOTHING, Saved
from pinlabs_mailer.content.roster import Source
from pinlabs_mailer.content.visiting import Means, Visit, visit
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.errors import MailerError

log = logging.getLogger("pinlabs_mailer.sources")

SECONDS = 60.0
"""For all sources together; what is under way then is a failure."""

_AT_A_TIME = 8
_IN_ONE_WRITE = 500
_FRESH = timedelta(minutes=10)
"""An issue that cannot open is tried again and again; the sources are not asked each time."""


@dataclass(frozen=True)
class Outcome:
    """What became of looking at one source."""

    source: Source
    saved: Saved = NOTHING
    closed: int = 0
    """Jobs that it had and that nobody has any more."""
    unchanged: bool = False
    """It says that it is as it was at the last reading."""
    refused: tuple[Refused, ...] = ()
    noted: tuple[Noted, ...] = ()
    failure: MailerError | None = None

    @property
    def status(self) -> str:
        """One word for it."""
        return "failed" if self.failure else "unchanged" if self.unchanged else "fetched"


@dataclass(frozen=True)
class Gatherer:
    """Fetches from sources and keeps what they have."""

    engine: Engine
    clock: Callable[[], datetime]
    zone: ZoneInfo
    allow_private: bool

    def gather(self, sources: Sequence[Source], seconds: float = SECONDS) -> list[Outcome]:
        """Look at these sources and return what became of each, in their order."""
        means = Means(self.clock(), self.zone, self.allow_private, time.monotonic() + seconds)
        with ThreadPoolExecutor(_AT_A_TIME, "source") as pool:
            visits = [(one, pool.submit(_visit, one, means)) for one in sources]
            return [self._keep(one, visited.result()) for one, visited in visits]

    def refresh(self) -> None:
        """Look at every source that was not looked at just now; failures go into the log."""
        with reading(self.engine) as connection:
            known = roster.every(connection)
        recently = self.clock() - _FRESH
        for outcome in self.gather([one for one in known if not _looked_at(one, recently)]):
            if outcome.failure:
                # Not why: the address of a source may be a secret.
                log.warning(
                    "Source %s could not be read. See why: pinlabs-mailer source list",
                    outcome.source.name,
                )

    def _keep(self, source: Source, visited: Visit | MailerError) -> Outcome:
        """Write down what a source had, or that it failed."""
        if isinstance(visited, MailerError):
            with writing(self.engine) as connection:
                roster.failed(connection, source.id, visited.what, self.clock())
            return Outcome(source, failure=visited)
        now = self.clock()
        found = visited.reading
        items: dict[str, FoundItem] = {}
        for one in found.items:
            items.setdefault(one.url_key, one)
        saved = NOTHING
        closed = 0
        for start in range(0, len(items), _IN_ONE_WRITE):
            some = list(items.values())[start : start + _IN_ONE_WRITE]
            with writing(self.engine) as connection:
                if roster.still_there(connection, source.id):
                    saved += posts.save(connection, source.topic_id, some, now, source.id)
        with writing(self.engine) as connection:
            if roster.still_there(connection, source.id):
                if visited.unchanged:
                    closed = sightings.confirm(connection, source.id, now)
                elif _is_whole(found):
                    closed = sightings.settle(connection, source.id, _named(found), now)
                roster.succeeded(connection, source.id, visited.mark, now)
        return Outcome(source, saved, closed, visited.unchanged, found.refused, found.noted)


def _visit(source: Source, means: Means) -> Visit | MailerError:
    try:
        return visit(source, means)
    except MailerError as error:
        return error
    except Exception as error:  # what a stranger can make a parser do is not all foreseen
        return MailerError(f"{source.location} cannot be read: {type(error).__name__}.")


def _looked_at(source: Source, since: datetime) -> bool:
    return any(moment and moment > since for moment in (source.fetched_at, source.failed_at))


def _is_whole(found: Reading) -> bool:
    """Say whether all that a source has is known by what it calls it."""
    return found.complete and all(one.sighting_key for one in found.refused)


def _named(found: Reading) -> set[str]:
    return {one.sighting_key for one in found.items} | {one.sighting_key for one in found.refused}
