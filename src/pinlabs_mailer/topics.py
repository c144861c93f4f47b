"""What can be subscribed to."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from pinlabs_mailer.db.tables import topic
from pinlabs_mailer.errors import BadInput, NotFound
from pinlabs_mailer.languages import Language


class Topic(NamedTuple):
    """One topic; people see its title, commands use its slug."""

    id: int
    slug: str
    title: str
    description: str


def every(connection: Connection) -> list[Topic]:
    """Return all topics in the order they were made."""
    return [Topic(*row) for row in connection.execute(_every)]


def spoken(some: Iterable[Topic], language: Language) -> list[Topic]:
    """Return topics as this language has them: those we came with are translated."""
    return [
        one._replace(title=language.known(one.title), description=language.known(one.description))
        for one in some
    ]


def named(connection: Connection, slugs: Iterable[str]) -> list[Topic]:
    """Return the topics with these slugs, in the order of `every`, each once."""
    wanted = set(slugs)
    found = [one for one in every(connection) if one.slug in wanted]
    missing = sorted(wanted - {one.slug for one in found})
    if missing:
        known = ", ".join(one.slug for one in every(connection))
        raise NotFound(f"There is no topic {missing[0][:80]!r}.", f"The topics are: {known}.")
    return found


def add(connection: Connection, slug: str, title: str, description: str = "") -> Topic:
    """Make a topic; a slug is what scripts and forms use, so it is short and plain."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", slug):
        raise BadInput(
            f"{slug[:80]!r} cannot name a topic.",
            "Use up to 40 small letters, digits and hyphens, such as open-source.",
        )
    if not title.strip() or len(title) > 100 or re.search(r"[\x00-\x1f\x7f]", title + description):
        raise BadInput(f"{title[:80]!r} cannot be a title.", "Write one line of up to 100 signs.")
    if connection.execute(select(topic.c.id).where(topic.c.slug == slug)).first():
        raise BadInput(f"There is a topic {slug!r} already.", "Choose another slug.")
    connection.execute(insert(topic).values(slug=slug, title=title, description=description[:300]))
    return named(connection, [slug])[0]


_every = select(topic.c.id, topic.c.slug, topic.c.title, topic.c.description).order_by(topic.c.id)
