"""The sample posts with their pictures, events, jobs, and people."""

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.db.words import Employment, Workplace

_FOLDER = Path(__file__).parent
PICTURES = _FOLDER / "images"
TOPICS = ("projects", "events", "jobs")


class Person(NamedTuple):
    """Somebody who joins."""

    name: str
    email: str


PEOPLE = (
    Person("Ada", "ada@example.org"),
    Person("Grace", "grace@example.org"),
    Person("Émilie", "emilie@example.org"),
)


@cache
def stories() -> dict[str, dict[str, Any]]:
    """Return all that has a page of its own, as it is written in the JSON files, by slug."""
    return {one["slug"]: one for one in (*_written("posts"), *_written("events", "jobs"))}


def _written(*names: str) -> list[dict[str, Any]]:
    file = "posts.json" if names == ("posts",) else "told.json"
    listed = json.loads((_FOLDER / file).read_text(encoding="utf-8"))
    return [one for name in names for one in listed[name]]


def posts(now: datetime, site: str) -> list[FoundItem]:
    """Return the posts as a source would: their stories and pictures are pages of `site`."""
    return [
        FoundItem(
            url=f"{site}/stories/{story['slug']}",
            title=story["title"],
            summary=story["summary"],
            image_url=f"{site}/pictures/{Path(story['image']).name}",
            image_alt=story["image_alt"],
            published_at=now - timedelta(days=story["days_ago"]),
        )
        for story in _written("posts")
    ]


def events(now: datetime, site: str) -> list[FoundItem]:
    """Return the events: in the days to come, at an hour of their own zone."""
    found = []
    for event in _written("events"):
        day = now.astimezone(ZoneInfo(event["zone"])) + timedelta(days=event["in_days"])
        starts = day.replace(hour=event["hour"], minute=0, second=0, microsecond=0)
        url = f"{site}/stories/{event['slug']}"
        details = Event(
            starts_at=starts,
            zone=event["zone"],
            place=event["place"],
            online_url=url if event["online"] else "",
        )
        found.append(
            FoundItem(
                url=url,
                title=event["title"],
                summary=event["summary"],
                published_at=now - timedelta(days=1),
                details=details,
                ends_at=starts + timedelta(hours=event["hours"]),
            )
        )
    return found


def jobs(now: datetime, site: str) -> list[FoundItem]:
    """Return the jobs that are open."""
    return [
        FoundItem(
            url=f"{site}/stories/{job['slug']}",
            title=job["title"],
            summary=job["summary"],
            published_at=now - timedelta(days=number),
            details=Job(
                department=job["department"],
                locations=tuple(job["locations"]),
                workplace=Workplace(job["workplace"]),
                employment=Employment(job["employment"]),
            ),
        )
        for number, job in enumerate(_written("jobs"), start=1)
    ]
