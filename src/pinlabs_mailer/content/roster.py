"""The sources that are known, and how their last reading went. Nothing is fetched here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, insert, select, update

from pinlabs_mailer import topics
from pinlabs_mailer.content import reading, sightings, text, urls
from pinlabs_mailer.content.fetched import Mark
from pinlabs_mailer.content.sources import page
from pinlabs_mailer.db.tables import source, topic
from pinlabs_mailer.db.words import SourceKind
from pinlabs_mailer.errors import BadInput, NotFound

MAX_FAILURE = 500


@dataclass(frozen=True)
class Source:
    """Where items come from."""

    id: int
    kind: SourceKind
    name: str
    location: str
    topic_id: int
    topic: str
    base_url: str
    selectors: tuple[tuple[str, str], ...]
    mark: Mark
    fetched_at: datetime | None
    failed_at: datetime | None
    failure: str


def add(
    connection: Connection,
    kind: SourceKind,
    location: str,
    now: datetime,
    *,
    topic_slug: str | None = None,
    name: str | None = None,
    base_url: str | None = None,
    selectors: Mapping[str, str] | None = None,
) -> Source:
    """Take up a source. A path is kept in full, for it is read from wherever we run."""
    module = reading.KINDS[kind]
    first = module.address(location)
    if base_url is not None:
        urls.require(base_url, "--base")
    if selectors and kind is not SourceKind.PAGE:
        raise BadInput("Only a page has selectors.", "Leave --select out.")
    page.require_selectors(selectors or {})
    if "://" in first:
        urls.require(first, "The location")
    elif first == location:
        location = str(Path(location).absolute())
    _require_new(connection, kind, location, dict(selectors or {}))
    [chosen] = topics.joinable(connection, [topic_slug or module.TOPIC])
    taken = set(connection.execute(select(source.c.name)).scalars())
    if name is not None and name in taken:
        raise BadInput(f"There is a source {name[:80]!r} already.", "Choose another name.")
    if name is not None and not (name == text.plain(name) and 0 < len(name) <= 100):
        raise BadInput(f"{name[:80]!a} cannot name a source.", "Use one line of up to 100 signs.")
    values = {
        "kind": kind,
        "name": name or _free_name(kind, location, taken),
        "location": location,
        "options": {"base": base_url or "", "select": dict(selectors or {})},
        "topic_id": chosen.id,
        "added_at": now,
    }
    connection.execute(insert(source).values(values))
    return find(connection, str(values["name"]))


def _require_new(
    connection: Connection, kind: SourceKind, location: str, selectors: dict[str, str]
) -> None:
    """Raise BadInput if it is there already. A page may be read twice, for different cards."""
    for one in every(connection):
        if (one.kind, one.location, dict(one.selectors)) == (kind, location, selectors):
            raise BadInput(
                f"That location is there already: source {one.id}, {one.name}.",
                "See: pinlabs-mailer source list",
            )


def every(connection: Connection) -> list[Source]:
    """Return all sources in the order they were added."""
    query = (
        select(source, topic.c.slug.label("topic")).join_from(source, topic).order_by(source.c.id)
    )
    return [_source(row) for row in connection.execute(query).mappings()]


def find(connection: Connection, name: str) -> Source:
    """Return one source, or raise NotFound."""
    for one in every(connection):
        if one.name == name:
            return one
    raise NotFound(f"There is no source {name[:80]!r}.", "List them: pinlabs-mailer source list")


def remove(connection: Connection, name: str, now: datetime) -> int:
    """Let go of a source: its jobs close unless another source has them. Return how many did.

    Its posts and events stay, and so does what was sent of them.
    """
    found = find(connection, name)
    still_there(connection, found.id)  # first of all, as a reading does that is being written
    closed = sightings.forget(connection, found.id, now)
    connection.execute(delete(source).where(source.c.id == found.id))
    return closed


def still_there(connection: Connection, source_id: int) -> bool:
    """Say whether a source has not been removed, and keep it from that until the commit."""
    query = select(source.c.id).where(source.c.id == source_id).with_for_update()
    return connection.execute(query).first() is not None


def succeeded(connection: Connection, source_id: int, mark: Mark, now: datetime) -> None:
    """Record that a source has been read."""
    values = {"fetched_at": now, "failed_at": None, "failure": "", **mark._asdict()}
    connection.execute(update(source).where(source.c.id == source_id).values(values))


def failed(connection: Connection, source_id: int, failure: str, now: datetime) -> None:
    """Record that a source could not be read, and why."""
    values = {"failed_at": now, "failure": text.cut(text.plain(failure), MAX_FAILURE)}
    connection.execute(update(source).where(source.c.id == source_id).values(values))


def _source(row: Mapping[Any, Any]) -> Source:
    options = row["options"] or {}
    return Source(
        id=row["id"],
        kind=SourceKind(row["kind"]),
        name=row["name"],
        location=row["location"],
        topic_id=row["topic_id"],
        topic=row["topic"],
        base_url=options.get("base", ""),
        selectors=tuple(options.get("select", {}).items()),
        mark=Mark(row["etag"], row["last_modified"]),
        fetched_at=row["fetched_at"],
        failed_at=row["failed_at"],
        failure=row["failure"],
    )


def _free_name(kind: SourceKind, location: str, taken: set[str]) -> str:
    """Return a name that says where it is: the host of an address, or the last of a path."""
    short = urlsplit(location).hostname or Path(location).name or kind
    named = text.cut(text.plain(f"{kind}-{short}".replace(" ", "-")), 90)
    number = 1
    while (name := named if number == 1 else f"{named}-{number}") in taken:
        number += 1
    return name
