"""What the editor decides about an item: at the top, not at all, in other words."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from pinlabs_mailer.content import posts, text
from pinlabs_mailer.content.vetting import MAX_SUMMARY, MAX_TITLE
from pinlabs_mailer.db.tables import item
from pinlabs_mailer.errors import BadInput


def pin(connection: Connection, item_id: int, place: int | None = None) -> None:
    """Pin an item to the top, at a place from 1 or below what is pinned; also to move it."""
    posts.find(connection, item_id)
    order = [one for one in _pinned(connection) if one != item_id]
    order.insert(len(order) if place is None else max(place, 1) - 1, item_id)
    _set_order(connection, order)


def unpin(connection: Connection, item_id: int) -> None:
    """Let an item stand where it belongs."""
    posts.find(connection, item_id)
    order = [one for one in _pinned(connection) if one != item_id]
    connection.execute(update(item).where(item.c.id == item_id).values(pinned=None))
    _set_order(connection, order)


def skip(connection: Connection, item_id: int, now: datetime) -> None:
    """Take an item out of every issue to come, for good."""
    posts.find(connection, item_id)
    first = (item.c.id == item_id) & item.c.skipped_at.is_(None)
    connection.execute(update(item).where(first).values(skipped_at=now))


def unskip(connection: Connection, item_id: int) -> None:
    """Let an item be told again."""
    posts.find(connection, item_id)
    connection.execute(update(item).where(item.c.id == item_id).values(skipped_at=None))


def edit(
    connection: Connection,
    item_id: int,
    now: datetime,
    *,
    title: str | None = None,
    summary: str | None = None,
) -> None:
    """Put an item into other words. They stay, whatever its source says from now on."""
    posts.find(connection, item_id)
    words = {}
    if title is not None:
        words["title"] = text.cut(text.plain(title), MAX_TITLE)
        if not words["title"]:
            raise BadInput("A title cannot be empty.", "Write one line.")
    if summary is not None:
        words["summary"] = text.cut(text.plain(summary), MAX_SUMMARY)
    if not words:
        raise BadInput("There is nothing to change.", "Give --title or --summary.")
    changes = words | {"edited_at": now}
    connection.execute(update(item).where(item.c.id == item_id).values(changes))


def _pinned(connection: Connection) -> list[int]:
    query = select(item.c.id).where(item.c.pinned.is_not(None)).order_by(item.c.pinned, item.c.id)
    return list(connection.execute(query).scalars())


def _set_order(connection: Connection, order: list[int]) -> None:
    for place, item_id in enumerate(order, start=1):
        connection.execute(update(item).where(item.c.id == item_id).values(pinned=place))
