"""Old deliveries become numbers: their rows go, and the counts of their issue stay.

An issue is folded when nobody can be told its items again: none is young enough to be picked, and
`content.posts.candidates` leaves out what was in a folded issue, whatever the settings say later.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, select

from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.insert import insert_or_update
from pinlabs_mailer.db.tables import (
    attempt,
    delivery,
    folded,
    issue,
    issue_item,
    item,
    renewal,
    report,
)
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.db.words import IssueStatus
from pinlabs_mailer.outbox.states import WAITING

UNFINISHED = WAITING | {Status.IN_DOUBT}
_DONE = tuple(sorted(set(Status) - UNFINISHED))


def issues(connection: Connection, until: datetime, oldest_item: datetime) -> list[int]:
    """Return the issues opened until then that can be folded.

    `oldest_item` is the moment after which an item may still be picked.
    """
    young = (
        exists()
        .where(issue_item.c.issue_id == issue.c.id, item.c.id == issue_item.c.item_id)
        .where(func.coalesce(item.c.published_at, item.c.first_seen_at) > oldest_item)
    )
    found = connection.execute(
        select(issue.c.id)
        .where(issue.c.opened_at <= until, issue.c.as_of <= until, ~young)
        .where(issue.c.status.not_in([IssueStatus.PLANNING, IssueStatus.PAUSED]))
        .order_by(issue.c.id)
    )
    return list(found.scalars())


def foldable(connection: Connection, issue_id: int, until: datetime) -> int:
    """Return how many deliveries of an issue `fold` would fold."""
    return connection.execute(
        select(func.count()).select_from(_done(until).where(_of(issue_id)).subquery())
    ).scalar_one()


def fold(connection: Connection, issue_id: int, until: datetime, most: int) -> int:
    """Fold up to `most` deliveries that were done by then; return how many."""
    some = _done(until).where(_of(issue_id)).limit(most)
    if connection.dialect.name == "postgresql":
        some = some.with_for_update(skip_locked=True)
    gone = connection.execute(some).all()
    numbers: dict[str, int] = {}
    for one in gone:
        numbers[one.status] = numbers.get(one.status, 0) + 1
    if numbers:
        key = (folded.c.issue_id, folded.c.status)
        statement = insert_or_update(connection, folded, key, ("number",))
        kept = _numbers(connection, issue_id)
        connection.execute(
            statement,
            [
                {"issue_id": issue_id, "status": status, "number": number + kept.get(status, 0)}
                for status, number in numbers.items()
            ],
        )
        _remove(connection, [one.id for one in gone])
    return len(gone)


def single(
    connection: Connection, after: int, until: datetime, most: int
) -> tuple[list[int], int | None]:
    """Return which of the next `most` single mails were done by then, and where to go on.

    Ids grow with time, so the first that is younger ends it: then there is nowhere to go on.
    """
    some = connection.execute(
        select(delivery.c.id, delivery.c.status, delivery.c.created_at, delivery.c.finished_at)
        .where(delivery.c.issue_id.is_(None), delivery.c.id > after)
        .order_by(delivery.c.id)
        .limit(most)
    ).all()
    done = [
        one.id
        for one in some
        if one.status in _DONE and one.finished_at is not None and one.finished_at <= until
    ]
    more = len(some) == most and some[-1].created_at <= until
    return done, some[-1].id if more else None


def remove_single(connection: Connection, ids: Sequence[int]) -> None:
    """Remove single mails, which no issue counts."""
    _remove(connection, ids)


def _of(issue_id: int) -> ColumnElement[bool]:
    return delivery.c.issue_id == issue_id


def _done(until: datetime) -> Select[int, str]:
    return select(delivery.c.id, delivery.c.status).where(
        delivery.c.status.in_(_DONE), delivery.c.finished_at <= until
    )


def _numbers(connection: Connection, issue_id: int) -> dict[str, int]:
    kept = select(folded.c.status, folded.c.number).where(folded.c.issue_id == issue_id)
    return {row.status: row.number for row in connection.execute(kept)}


def _remove(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(delete(attempt).where(is_among(attempt.c.delivery_id, ids)))
    connection.execute(delete(renewal).where(is_among(renewal.c.delivery_id, ids)))
    connection.execute(delete(report).where(is_among(report.c.delivery_id, ids)))
    connection.execute(delete(delivery).where(is_among(delivery.c.id, ids)))
