"""What can be subscribed to."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from pinlabs_mailer.db.tables import topic
from pinlabs_mailer.errors import BadInput, NotFound, UsageError
from pinlabs_mailer.languages import Language


class Topic(NamedTuple):
    """One topic; people see its title, commands use its slug."""

    id: int
    slug: str
    title: str
    description: str
    retired_at: datetime | None = None
    """Since when nobody can join it; who is in stays in, and can leave."""


def every(connection: Connection) -> list[Topic]:
    """Return all topics in the order they were made."""
    return [Topic(*row) for row in connection.execute(_every)]


def offered(connection: Connection) -> list[Topic]:
    """Return the topics that somebody can join: those that are not retired."""
    return [one for one in every(connection) if one.retired_at is None]


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


def joinable(connection: Connection, slugs: Iterable[str]) -> list[Topic]:
    """Return them as `named` does; raise UsageError if one is retired: nothing is added to it."""
    found = named(connection, slugs)
    for one in found:
        if one.retired_at is not None:
            raise UsageError(
                f"The topic {one.slug!r} is retired.",
                f"Name another, or bring it back: pinlabs-mailer topic retire {one.slug} --undo",
            )
    return found


def add(connection: Connection, slug: str, title: str, description: str = "") -> Topic:
    """Make a topic; a slug is what scripts and forms use, so it is short and plain."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", slug):
        raise BadInput(
            f"{slug[:80]!r} cannot name a topic.",
            "Use up to 40 small letters, digits and hyphens, such as open-source.",
        )
    _require_words(title, description)
    if connection.execute(select(topic.c.id).where(topic.c.slug == slug)).first():
        raise BadInput(f"There is a topic {slug!r} already.", "Choose another slug.")
    connection.execute(insert(topic).values(slug=slug, title=title, description=description[:300]))
    return named(connection, [slug])[0]


def edit(
    connection: Connection, slug: str, *, title: str | None = None, description: str | None = None
) -> Topic:
    """Put a topic into other words; what is None stays. Its slug stays for good."""
    [one] = named(connection, [slug])
    title = one.title if title is None else title
    description = one.description if description is None else description[:300]
    _require_words(title, description)
    connection.execute(
        update(topic).where(topic.c.id == one.id).values(title=title, description=description)
    )
    return one._replace(title=title, description=description)


def retire(connection: Connection, slug: str, now: datetime) -> Topic:
    """Offer a topic to nobody any more. Doing it twice does it once."""
    [one] = named(connection, [slug])
    if one.retired_at is None:
        connection.execute(update(topic).where(topic.c.id == one.id).values(retired_at=now))
    return named(connection, [slug])[0]


def bring_back(connection: Connection, slug: str) -> Topic:
    """Offer a topic again that was retired."""
    [one] = named(connection, [slug])
    connection.execute(update(topic).where(topic.c.id == one.id).values(retired_at=None))
    return one._replace(retired_at=None)


def _require_words(title: str, description: str) -> None:
    if not title.strip() or len(title) > 100 or re.search(r"[\x00-\x1f\x7f]", title + description):
        raise BadInput(f"{title[:80]!r} cannot be a title.", "Write one line of up to 100 signs.")


_every = select(*(topic.c[name] for name in Topic._fields)).order_by(topic.c.id)
