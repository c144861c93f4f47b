"""Which source has which item: since when, and whether it still does. What closes a job is here.

A feed is a window through which old posts leave; a job board is the whole of what is open. So
a job that a complete reading lacks is taken down, and posts and events are not. Boards answer
with an empty list by mistake: so a reading that lacks all jobs or more than half of them counts
only when the next one agrees.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, select, update

from pinlabs_mailer.db.tables import item, sighting, source
from pinlabs_mailer.db.words import ItemKind

AT_ONCE = 500
"""Keys in one question to the database."""


def item_ids(connection: Connection, source_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Return the items that a source has called so before."""
    columns = sighting.c.key, sighting.c.item_id
    found: dict[str, int] = {}
    for some in portions(keys):
        mine = and_(sighting.c.source_id == source_id, sighting.c.key.in_(some))
        found |= dict(connection.execute(select(*columns).where(mine)).all())
    return found


def says(connection: Connection, ids: Sequence[int], source_id: int | None) -> dict[int, int]:
    """Return which source has the say in these items: the first of those that have it, or that
    had it and has just found it again."""
    has_it = sighting.c.missing_since.is_(None) | (sighting.c.source_id == source_id)
    columns = sighting.c.item_id, sighting.c.source_id
    order = sighting.c.first_seen_at.desc(), sighting.c.source_id.desc()
    found: dict[int, int] = {}
    for some in portions(ids):
        query = select(*columns).where(sighting.c.item_id.in_(some), has_it).order_by(*order)
        found |= dict(connection.execute(query).all())  # the last one counts
    return found


def sources(connection: Connection, item_id: int) -> list[str]:
    """Return the names of the sources that have an item, the one that has the say first."""
    has_it = (sighting.c.item_id == item_id) & sighting.c.missing_since.is_(None)
    query = select(source.c.name).join_from(sighting, source).where(has_it)
    order = sighting.c.first_seen_at, sighting.c.source_id
    return list(connection.execute(query.order_by(*order)).scalars())


def record(connection: Connection, source_id: int, seen: Mapping[str, int], now: datetime) -> None:
    """Keep that a source has these items, by what it calls them."""
    known = item_ids(connection, source_id, list(seen))
    for some in portions(list(known)):
        mine = and_(sighting.c.source_id == source_id, sighting.c.key.in_(some))
        connection.execute(update(sighting).where(mine).values(seen_at=now, missing_since=None))
    new = [
        {
            "source_id": source_id,
            "key": key,
            "item_id": item_id,
            "first_seen_at": now,
            "seen_at": now,
        }
        for key, item_id in seen.items()
        if key not in known
    ]
    if new:
        connection.execute(insert(sighting), new)


def confirm(connection: Connection, source_id: int, now: datetime) -> int:
    """Take it that a source still has what it had, and still lacks what it lacked; return how
    many jobs close by that."""
    has = and_(sighting.c.source_id == source_id, sighting.c.missing_since.is_(None))
    connection.execute(update(sighting).where(has).values(seen_at=now))
    gone = [one.item_id for one in _jobs(connection, source_id) if one.missing_since]
    return _close(connection, gone, now)


def settle(connection: Connection, source_id: int, seen: Collection[str], now: datetime) -> int:
    """Close the jobs that a complete reading lacks, and that no other source has; return how many.

    `seen` are the keys of all that the source named.
    """
    jobs = _jobs(connection, source_id)
    had = [one for one in jobs if one.missing_since is None]
    lost = [one for one in had if one.key not in seen]
    gone = [one for one in jobs if one.missing_since and one.key not in seen]
    for some in portions([one.key for one in lost]):
        mine = and_(sighting.c.source_id == source_id, sighting.c.key.in_(some))
        connection.execute(update(sighting).where(mine).values(missing_since=now))
    if 2 * len(lost) <= len(had):
        gone += lost
    return _close(connection, [one.item_id for one in gone], now)


def forget(connection: Connection, source_id: int, now: datetime) -> int:
    """Forget what a source had; its jobs close unless another source has them. Return how many."""
    jobs = [one.item_id for one in _jobs(connection, source_id)]
    connection.execute(delete(sighting).where(sighting.c.source_id == source_id))
    return _close(connection, jobs, now)


def portions(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Return the values in lists that are short enough for one question."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def _jobs(connection: Connection, source_id: int) -> Sequence[Any]:
    """Return (key, item_id, missing_since) of the jobs that a source has or had."""
    return connection.execute(
        select(sighting.c.key, sighting.c.item_id, sighting.c.missing_since)
        .join_from(sighting, item)
        .where(sighting.c.source_id == source_id, item.c.kind == ItemKind.JOB)
    ).all()


def _close(connection: Connection, ids: Sequence[int], now: datetime) -> int:
    still_there = exists().where(
        sighting.c.item_id == item.c.id, sighting.c.missing_since.is_(None)
    )
    closed = 0
    for some in portions(ids):
        open_ones = and_(item.c.id.in_(some), item.c.closed_at.is_(None), ~still_there)
        closed += connection.execute(update(item).where(open_ones).values(closed_at=now)).rowcount
    return closed
