"""The items that are known. Every function takes a connection and never commits.

An item is known by its address, not by where it came from: the same post from a feed, from a
page and typed by hand is one row, and so two imports never make a reader see it twice. What its
source calls it counts before the address: a job whose page moves is the same job.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)

from pinlabs_mailer.content import sightings
from pinlabs_mailer.content.found import FoundItem
from pinlabs_mailer.content.items import Item, details_of
from pinlabs_mailer.content.merging import columns, news
from pinlabs_mailer.db.tables import folded, issue_item, item, topic
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.errors import NotFound

_moment = func.coalesce(item.c.published_at, item.c.first_seen_at)
"""When an item counts as new: its own date, or when it was first seen."""


@dataclass(frozen=True)
class Saved:
    """How many items were new, were known and differ now, and were known as they are."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Saved") -> "Saved":
        return Saved(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
        )


NOTHING = Saved()


def save(
    connection: Connection,
    topic_id: int,
    found: Iterable[FoundItem],
    now: datetime,
    source_id: int | None = None,
    *,
    by_hand: bool = False,
) -> Saved:
    """Store what is new and take over what was edited; of two with one address the first counts.

    A known item keeps its topic and when it was first seen. What `found` leaves open (summary,
    picture, date) does not erase what is known. Who finds a closed item opens it again, if it
    has the say (`content.merging`). What is off already is not stored.
    """
    by_key: dict[str, FoundItem] = {}
    for one in found:
        by_key.setdefault(one.url_key, one)
    _wait_for_other_writers(connection)
    rows = _rows_of(connection, by_key, source_id)
    says = sightings.says(connection, [row["id"] for row in rows.values()], source_id)
    new: list[dict[str, Any]] = []
    changed = 0
    for key, one in by_key.items():
        row = rows.get(key)
        if row is None:
            if not one.closed:
                by = {"edited_at": now if by_hand else None}
                new.append(columns(one) | by | {"topic_id": topic_id, "first_seen_at": now})
            continue
        has_say = by_hand or says.get(row["id"], source_id) == source_id
        changes = news(row, one, has_say=has_say) | (_typed(one, now) if by_hand else {})
        if has_say and one.closed != bool(row["closed_at"]):
            changes["closed_at"] = now if one.closed else None
        if changes:
            connection.execute(update(item).where(item.c.id == row["id"]).values(changes))
            changed += 1
    if new:
        connection.execute(insert(item), new)
    if source_id is not None:
        ids = {key: row["id"] for key, row in rows.items()}
        ids |= {key: row["id"] for key, row in _known(connection, [one["url_key"] for one in new])}
        seen = {one.sighting_key: ids[key] for key, one in by_key.items() if key in ids}
        sightings.record(connection, source_id, seen, now)
    return Saved(len(new), changed, len(by_key) - len(new) - changed)


def _typed(found: FoundItem, now: datetime) -> dict[str, Any]:
    """Return the words of somebody at the keyboard: they take the place of earlier ones."""
    summary = {"summary": found.summary} if found.summary else {}
    return {"title": found.title, "edited_at": now} | summary


def list_posts(connection: Connection, limit: int = 100) -> list[Item]:
    """Return the newest posts first."""
    return _posts(connection, _select().limit(limit))


def find(connection: Connection, post_id: int) -> Item:
    """Return one post, or raise NotFound."""
    if 0 < post_id < 2**63:  # what fits into an id; a driver fails on anything bigger
        for post in _posts(connection, _select().where(item.c.id == post_id)):
            return post
    raise NotFound(f"There is no post {post_id}.", "List them: pinlabs-mailer post list")


def circumstances(connection: Connection, item_id: int) -> dict[str, Any]:
    """Return what is to be known of an item beside itself: since when it is closed, skipped or in
    the editor's words, and the sources that have it."""
    stands = select(item.c.closed_at, item.c.skipped_at, item.c.edited_at)
    row = connection.execute(stands.where(item.c.id == item_id)).mappings().one()
    return {**row, "sources": sightings.sources(connection, item_id)}


def candidates(connection: Connection, since: datetime, until: datetime) -> list[Item]:
    """Return the items of all kinds dated after `since` and not after `until`, newest first.

    An event or a job is told for as long as it is ahead or open: for them `since` is about when
    they were first seen, because many are months old when their source is added. What is over or
    closed by `until`, what the editor took out and what is of a retired topic is no news any more.
    What was in an issue whose deliveries were folded is left out: nobody knows any more who was
    sent it. The date is that of publication, or of first sight where there is none. Items of one
    moment stand in the order in which they were stored, which is that of their source.
    """
    return _posts(connection, _select().where(_is_recent(since), *_conditions(until).values()))


def set_aside(connection: Connection, since: datetime, until: datetime) -> list[tuple[Item, str]]:
    """Return the items dated after `since` that are no candidates all the same, and why not."""
    why_not = case(*((~met, literal(why)) for why, met in _conditions(until).items()))
    query = _select().add_columns(why_not.label("why_not"))
    found = connection.execute(query.where(_is_recent(since), why_not.is_not(None))).mappings()
    return [(_item(row), row["why_not"]) for row in found]


def open_jobs(connection: Connection, now: datetime) -> list[Item]:
    """Return every job that can be applied for."""
    is_job = item.c.kind == ItemKind.JOB
    return _posts(connection, _select().where(is_job, *_can_be_told(now).values()))


def _is_recent(since: datetime) -> ColumnElement[bool]:
    return case((item.c.kind == ItemKind.POST, _moment), else_=item.c.first_seen_at) > since


def _conditions(until: datetime) -> dict[str, ColumnElement[bool]]:
    """Return what a candidate fulfils, by what is said where an item does not."""
    forgotten = exists().where(
        issue_item.c.item_id == item.c.id, folded.c.issue_id == issue_item.c.issue_id
    )
    return {
        "its date is still to come": _moment <= until,
        "it was in an issue whose deliveries are only a number now": ~forgotten,
        **_can_be_told(until),
    }


def _can_be_told(moment: datetime) -> dict[str, ColumnElement[bool]]:
    """The same for what may be shown at a moment, whenever it is from."""
    return {
        "it is over, or takes no more applications": or_(
            item.c.ends_at.is_(None), item.c.ends_at > moment
        ),
        "it was taken down or called off": or_(
            item.c.closed_at.is_(None), item.c.closed_at > moment
        ),
        "the editor took it out": item.c.skipped_at.is_(None),
        "its topic is retired": topic.c.retired_at.is_(None),
    }


def _select() -> Select[Any]:
    return (
        select(item, topic.c.slug.label("topic"))
        .join_from(item, topic)
        .order_by(_moment.desc(), item.c.id)
    )


def _posts(connection: Connection, query: Select[Any]) -> list[Item]:
    return [_item(row) for row in connection.execute(query).mappings()]


def _item(row: Mapping[Any, Any]) -> Item:
    kind = ItemKind(row["kind"])
    values = {name: row[name] for name in _AS_STORED}
    return Item(**values | {"kind": kind, "details": details_of(kind, row["details"])})


_AS_STORED = tuple(one.name for one in fields(Item) if one.name not in ("kind", "details"))


def _wait_for_other_writers(connection: Connection) -> None:
    """Let one import write at a time, so that two never store the same post.

    On SQLite a writing transaction is alone anyway. Readers are not held up by this lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE item IN SHARE ROW EXCLUSIVE MODE"))


def _rows_of(
    connection: Connection, by_key: Mapping[str, FoundItem], source_id: int | None
) -> dict[str, dict[str, Any]]:
    """Return the rows of the items that are known, by the key of the address they are found at.

    An address that is known is that item. Else it is what the source has called so before, and
    each row is one item at most: some sources call everything the same.
    """
    rows = dict(_known(connection, list(by_key)))
    if source_id is None:
        return rows
    moved = {key: one for key, one in by_key.items() if one.source_key and key not in rows}
    keys = [one.sighting_key for one in moved.values()]
    ids = sightings.item_ids(connection, source_id, keys)
    before = {row["id"]: row for row in _by_id(connection, list(ids.values()))}
    for row in rows.values():
        before.pop(row["id"], None)
    for key, one in moved.items():
        item_id = ids.get(one.sighting_key)
        if item_id in before:
            rows[key] = before.pop(item_id)
    return rows


def _known(connection: Connection, keys: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for some in sightings.portions(keys):
        query = select(item).where(item.c.url_key.in_(some))
        yield from ((row["url_key"], dict(row)) for row in connection.execute(query).mappings())


def _by_id(connection: Connection, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    for some in sightings.portions(ids):
        query = select(item).where(item.c.id.in_(some))
        yield from (dict(row) for row in connection.execute(query).mappings())
