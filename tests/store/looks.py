"""What the tests of sightings share: items as sources name them, and looks at a source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from pinlabs_mailer.content import posts, roster, sightings
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.content.posts import Saved
from pinlabs_mailer.content.roster import Source
from pinlabs_mailer.db import tables
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import SourceKind

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def job(number: int, **more: Any) -> FoundItem:
    """Return a job as a board names it."""
    found = FoundItem(
        url=f"https://jobs.example/{number}",
        title=f"Job {number}",
        details=Job(department="Lab", locations=("Oslo",)),
        source_key=str(number),
    )
    return replace(found, **more)


def event(name: str, **more: Any) -> FoundItem:
    """Return an event that is over tomorrow."""
    found = FoundItem(
        url=f"https://labs.example/{name}",
        title=name,
        details=Event(NOW + DAY, "Europe/Oslo"),
        ends_at=NOW + DAY + HOUR,
    )
    return replace(found, **more)


def board(engine: Engine, name: str = "acme") -> Source:
    """Take up a source of jobs."""
    with writing(engine) as connection:
        return roster.add(connection, SourceKind.LEVER, name, NOW, name=name)


def look(engine: Engine, source: Source, *found: FoundItem, now: datetime = NOW) -> Saved:
    """Keep a complete reading."""
    with writing(engine) as connection:
        saved = posts.save(connection, source.topic_id, found, now, source.id)
        seen = {one.sighting_key for one in found}
        sightings.settle(connection, source.id, seen, now)
        return saved


def rows(engine: Engine) -> dict[str, Any]:
    """Return the rows of all items, by title."""
    with reading(engine) as connection:
        found = connection.execute(select(tables.item).order_by(tables.item.c.id)).all()
    return {row.title: row for row in found}


def opened(engine: Engine) -> list[str]:
    """Return the titles of what is not closed."""
    return [title for title, row in rows(engine).items() if row.closed_at is None]


def news(engine: Engine, now: datetime = NOW + DAY) -> list[str]:
    """Return the titles of the candidates of a moment."""
    with reading(engine) as connection:
        return [one.title for one in posts.candidates(connection, now - 90 * DAY, now)]
