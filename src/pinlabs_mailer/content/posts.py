"""The posts that are known. Every function takes a connection and never commits.

A post is known by its address, not by where it came from: the same post from a feed, from a
page and typed by hand is one row, and so two imports never make a reader see it twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, insert, or_, select, text, update

from pinlabs_mailer.content import urls
from pinlabs_mailer.content.found import FoundPost
from pinlabs_mailer.content.items import Item, details_of
from pinlabs_mailer.db.tables import folded, issue_item, item, topic
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.errors import NotFound

_AT_ONCE = 500  # keys in one question to the database

_moment = func.coalesce(item.c.published_at, item.c.first_seen_at)
"""When a post counts as new: its own date, or when it was first seen."""


@dataclass(frozen=True)
class Saved:
    """How many posts were new, were known and differ now, and were known as they are."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def save(connection: Connection, topic_id: int, found: Iterable[FoundPost], now: datetime) -> Saved:
    """Store what is new and take over what was edited; of two with one address the first counts.

    A known post keeps its topic and when it was first seen. What `found` leaves open (summary,
    picture, date) does not erase what is known.
    """
    by_key: dict[str, FoundPost] = {}
    for post in found:
        by_key.setdefault(urls.key(post.url), post)
    _wait_for_other_writers(connection)
    known = _known(connection, list(by_key))
    added = changed = 0
    for key, post in by_key.items():
        row = known.get(key)
        if row is None:
            values = _columns(post) | {"url_key": key, "topic_id": topic_id, "first_seen_at": now}
            connection.execute(insert(item).values(values))
            added += 1
        elif news := _news(row, post):
            connection.execute(update(item).where(item.c.id == row["id"]).values(news))
            changed += 1
    return Saved(added, changed, len(by_key) - added - changed)


def list_posts(connection: Connection, limit: int = 100) -> list[Item]:
    """Return the newest posts first."""
    return _posts(connection, _select().limit(limit))


def find(connection: Connection, post_id: int) -> Item:
    """Return one post, or raise NotFound."""
    if 0 < post_id < 2**63:  # what fits into an id; a driver fails on anything bigger
        for post in _posts(connection, _select().where(item.c.id == post_id)):
            return post
    raise NotFound(f"There is no post {post_id}.", "List them: pinlabs-mailer post list")


def candidates(connection: Connection, since: datetime, until: datetime) -> list[Item]:
    """Return the items dated after `since` and not after `until`, newest first.

    What is over or closed by `until`, and what the editor took out, is no news any more.
    What was in an issue whose deliveries were folded is left out: nobody knows any more who was
    sent it. The date is that of publication, or of first sight where there is none. Posts of one
    moment stand in the order in which they were stored, which is that of their source.
    """
    forgotten = exists().where(
        issue_item.c.item_id == item.c.id, folded.c.issue_id == issue_item.c.issue_id
    )
    return _posts(
        connection,
        _select().where(
            _moment > since,
            _moment <= until,
            ~forgotten,
            or_(item.c.ends_at.is_(None), item.c.ends_at > until),
            or_(item.c.closed_at.is_(None), item.c.closed_at > until),
            item.c.skipped_at.is_(None),
        ),
    )


def open_jobs(connection: Connection, now: datetime) -> list[Item]:
    """Return every job that can be applied for."""
    return _posts(
        connection,
        _select().where(
            item.c.kind == ItemKind.JOB,
            or_(item.c.ends_at.is_(None), item.c.ends_at > now),
            item.c.closed_at.is_(None),
            item.c.skipped_at.is_(None),
        ),
    )


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


def _known(connection: Connection, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for start in range(0, len(keys), _AT_ONCE):
        query = select(item).where(item.c.url_key.in_(keys[start : start + _AT_ONCE]))
        rows |= {row["url_key"]: dict(row) for row in connection.execute(query).mappings()}
    return rows


def _columns(post: FoundPost) -> dict[str, Any]:
    return {
        "url": post.url,
        "title": post.title,
        "summary": post.summary,
        "image_url": post.image_url,
        "image_alt": post.image_alt,
        "published_at": post.published_at,
    }


def _news(row: Mapping[str, Any], post: FoundPost) -> dict[str, Any]:
    """Return the columns that differ, once what `post` leaves open is filled with what is known."""
    latest = _columns(post)
    if row["url"].startswith("https:") or post.url.startswith("http:"):
        latest["url"] = row["url"]  # spellings of one address; only a safer one is worth a change
    if not post.summary:
        latest["summary"] = row["summary"]
    if post.image_url in ("", row["image_url"]):
        latest["image_url"] = row["image_url"]
        latest["image_alt"] = post.image_alt or row["image_alt"]
    if row["published_at"] and post.published_at:
        # Some feeds only tell when a post was last edited. An edit must not make it news again.
        latest["published_at"] = min(row["published_at"], post.published_at)
    elif row["published_at"]:
        latest["published_at"] = row["published_at"]
    return {name: value for name, value in latest.items() if value != row[name]}
