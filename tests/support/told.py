"""An event and two jobs as rows, beside the posts that tests write."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert

from pinlabs_mailer import topics
from pinlabs_mailer.content import urls
from pinlabs_mailer.content.items import Event, Job, details_json
from pinlabs_mailer.db.tables import item
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace


def store_event(connection: Connection, now: datetime, title: str = "Open lab night") -> int:
    """Store an event in a week, told in the zone of Berlin; return its id."""
    starts = now + timedelta(days=7)
    event = Event(
        starts, "Europe/Berlin", place="Pin Labs, Berlin", online_url="https://m.example/1"
    )
    return _store(
        connection,
        "events",
        now,
        title,
        kind=ItemKind.EVENT,
        details=details_json(event),
        ends_at=starts + timedelta(hours=2),
    )


def store_job(connection: Connection, now: datetime, title: str, department: str = "") -> int:
    """Store an open job; return its id."""
    job = Job(
        department,
        locations=("Berlin, Germany",),
        workplace=Workplace.HYBRID,
        employment=Employment.FULL_TIME,
    )
    return _store(connection, "jobs", now, title, kind=ItemKind.JOB, details=details_json(job))


def _store(connection: Connection, topic: str, now: datetime, title: str, **columns: object) -> int:
    [chosen] = topics.named(connection, [topic])
    url = f"https://pinlabs.example/{topic}/{title.replace(' ', '-')}"
    made: int = connection.execute(
        insert(item)
        .values(
            topic_id=chosen.id,
            url_key=urls.key(url),
            url=url,
            title=title,
            summary=f"What {title} is about.",
            first_seen_at=now,
            **columns,
        )
        .returning(item.c.id)
    ).scalar_one()
    return made
