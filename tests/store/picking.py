"""Items and people straight on the tables, for tests of who gets what."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from pinlabs_mailer.app import App
from pinlabs_mailer.community import searches, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Event, Job, details_json
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, edition, item, subscriber
from pinlabs_mailer.db.words import ItemKind

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)
ADA, BOB, CEM = "ada@example.org", "bob@example.org", "cem@example.org"
ALL = ("projects", "events", "jobs")


def put(app: App, item_id: int, kind: ItemKind = ItemKind.POST, **given: Any) -> None:
    """Store an item: post, event or job, in the topic of its kind unless another is given."""
    details = given.pop("details", None)
    if details is None and kind is ItemKind.EVENT:
        details = Event(app.clock() + timedelta(days=30))
    elif details is None and kind is ItemKind.JOB:
        details = Job()
    row = {
        "id": item_id,
        "topic_id": [*ItemKind].index(kind) + 1,
        "url_key": f"{item_id:064}",
        "url": f"https://pinlabs.example/{item_id}",
        "title": f"Item {item_id}",
        "first_seen_at": app.clock() - timedelta(minutes=item_id),
        "kind": kind,
        "details": details_json(details),
        **given,
    }
    with writing(app.engine) as connection:
        connection.execute(insert(item).values(row))


def look_for(app: App, email: str, wanted: Search) -> None:
    """Save a search for somebody."""
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(email))
        searches.save_search(connection, person.id, wanted, app.clock())


def drafted(app: App, at: datetime) -> dict[str, tuple[int, ...]]:
    """Return what everybody would get at a moment."""
    drawn = app.draft(at)
    with reading(app.engine) as connection:
        found = connection.execute(select(subscriber.c.id, subscriber.c.email))
        emails = {row.id: row.email for row in found}
    return {emails[who]: drawn.editions[which].items for who, which in drawn.places()}


def planned(app: App, issue_id: int) -> dict[str, list[int]]:
    """Return what was planned for everybody in an issue."""
    with reading(app.engine) as connection:
        found = connection.execute(
            select(subscriber.c.email, edition.c.item_ids)
            .select_from(delivery.join(subscriber).join(edition))
            .where(delivery.c.issue_id == issue_id)
        )
        return {row.email: row.item_ids for row in found}


def end(app: App, status: str = "accepted", **which: Any) -> None:
    """Let deliveries end, as if the relay had said so."""
    with writing(app.engine) as connection:
        statement = delivery.update().values(status=status, finished_at=app.clock())
        for name, value in which.items():
            statement = statement.where(delivery.c[name] == value)
        connection.execute(statement)


def as_json(wanted: Search) -> dict[str, list[str]]:
    """Return a search as commands print it."""
    return {name: list(values) for name, values in asdict(wanted).items()}


def issued(app: App, at: datetime) -> dict[str, list[int]]:
    """Open the issue of a moment and return what was planned."""
    app.clock.now = at  # type: ignore[attr-defined]
    opened = app.open_due(at)
    assert opened is not None
    return planned(app, opened.id)
