"""The sample posts, with their pictures, and the sample people."""

import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pinlabs_mailer.content.found import FoundItem

_FOLDER = Path(__file__).parent
PICTURES = _FOLDER / "images"
TOPIC = "projects"


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
    """Return the posts as they are written in `posts.json`, by slug."""
    listed = json.loads((_FOLDER / "posts.json").read_text(encoding="utf-8"))
    return {post["slug"]: post for post in listed["posts"]}


def posts(now: datetime, site: str) -> list[FoundItem]:
    """Return the posts as a source would: their stories and pictures are pages of `site`."""
    return [
        FoundItem(
            url=f"{site}/stories/{slug}",
            title=story["title"],
            summary=story["summary"],
            image_url=f"{site}/pictures/{Path(story['image']).name}",
            image_alt=story["image_alt"],
            published_at=now - timedelta(days=story["days_ago"]),
        )
        for slug, story in stories().items()
    ]
