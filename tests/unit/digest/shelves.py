"""Items for tests of picking, with no more said than a test needs."""

from datetime import UTC, datetime, timedelta

from pinlabs_mailer.content.items import Event, Item, Job
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PROJECTS, EVENTS, JOBS = 1, 2, 3


def post(
    item_id: int, topic: int = PROJECTS, title: str = "A post", pinned: int | None = None
) -> Item:
    return _item(item_id, topic, ItemKind.POST, title, "", None, pinned)


def event(
    item_id: int,
    days: int = 7,
    place: str = "",
    topic: int = EVENTS,
    pinned: int | None = None,
    online: str = "",
) -> Item:
    details = Event(NOW + timedelta(days=days), place=place, online_url=online)
    return _item(item_id, topic, ItemKind.EVENT, "An event", "", details, pinned)


def job(
    item_id: int,
    title: str = "A job",
    *locations: str,
    department: str = "",
    team: str = "",
    workplace: Workplace = Workplace.UNKNOWN,
    employment: Employment = Employment.UNKNOWN,
    summary: str = "",
    topic: int = JOBS,
    pinned: int | None = None,
) -> Item:
    details = Job(department, team, locations, workplace, employment)
    return _item(item_id, topic, ItemKind.JOB, title, summary, details, pinned)


def _item(
    item_id: int,
    topic: int,
    kind: ItemKind,
    title: str,
    summary: str,
    details: Event | Job | None,
    pinned: int | None,
) -> Item:
    return Item(
        id=item_id,
        topic_id=topic,
        topic=f"topic {topic}",
        url=f"https://pinlabs.example/{item_id}",
        title=title,
        summary=summary,
        image_url="",
        image_alt="",
        published_at=None,
        first_seen_at=NOW,
        kind=kind,
        details=details,
        pinned=pinned,
    )
