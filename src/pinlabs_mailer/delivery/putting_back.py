"""Putting deliveries back that ended without arriving: the operator's decision, and only theirs.

A digest that failed or expired may be put back while its issue is the latest one: the next issue
tells its readers what they have missed, and nobody is told an item twice. What is held counts as
sent for every later issue, and so it may be put back at any time. A mail of another kind answers
somebody, who asks again; the guard looks at whatever is put back as it looks at everything.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, exists, insert, or_, select, update

from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import attempt, delivery
from pinlabs_mailer.db.words import DeliveryKind, IssueStatus
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.digest import issues
from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.outbox import lookup
from pinlabs_mailer.outbox.rows import AT_ONCE
from pinlabs_mailer.outbox.states import MOVES, Move

NOT_ARRIVED, _PLANNED = MOVES[Move.PUT_BACK]
_CHUNK = 2_000


def put_back(connection: Connection, delivery_id: int, now: datetime) -> None:
    """Let one delivery be tried again, with a full term. Raises UsageError if that may not be."""
    found = lookup.one(connection, delivery_id)
    if found["kind"] != DeliveryKind.DIGEST:
        raise UsageError(
            f"The delivery {delivery_id} is no digest.",
            "Such a mail answers a request, or comes again by itself: let it be asked for anew.",
        )
    if found["status"] not in NOT_ARRIVED:
        raise UsageError(
            f"The delivery {delivery_id} is {found['status']}: it cannot be tried again.",
            f"That is possible only while it is {' or '.join(sorted(NOT_ARRIVED))}.",
        )
    issue_id = connection.execute(
        select(delivery.c.issue_id).where(delivery.c.id == delivery_id)
    ).scalar_one()
    wanted = _allowed(connection, issue_id, NOT_ARRIVED)
    if not _move(connection, issue_id, [delivery_id], wanted, now):
        raise UsageError(
            f"The delivery {delivery_id} is {found['status']}, and a later issue is out.",
            "Leave it: later mails tell people what they have missed.",
        )


def put_back_of(engine: Engine, name: str, some: Collection[Status], now: datetime) -> int:
    """Do so for all of an issue that are in these states and may be put back; return how many."""
    with reading(engine) as connection:
        found = issues.find(connection, name)
    wanted = NOT_ARRIVED & frozenset(some)
    number, last = 0, 0
    while True:
        with writing(engine) as connection:
            allowed = _allowed(connection, found.id, wanted)
            ids = list(
                connection.execute(
                    select(delivery.c.id)
                    .where(delivery.c.issue_id == found.id, delivery.c.id > last, allowed)
                    .order_by(delivery.c.id)
                    .limit(_CHUNK)
                ).scalars()
            )
            if not ids:
                return number
            number += _move(connection, found.id, ids, allowed, now)
            last = ids[-1]


def _allowed(
    connection: Connection, issue_id: int, some: Collection[Status]
) -> ColumnElement[bool]:
    """Return which deliveries of an issue that are in these states may be put back.

    Its row stays locked: nobody closes the issue, or opens the next one, before this is done.
    """
    found = issues.lock(connection, issue_id)
    if found.status is IssueStatus.CANCELLED:
        raise UsageError(
            f"The issue {found.key} is cancelled: nothing of it is sent any more.",
            "Its items are free for the next issue.",
        )
    latest = issues.is_latest(connection, issue_id)
    held = delivery.c.status == Status.HELD
    other = delivery.alias()
    welcomed = exists().where(
        other.c.subscriber_id == delivery.c.subscriber_id,
        other.c.kind == DeliveryKind.WELCOME,
        other.c.id > delivery.c.id,
    )
    return delivery.c.status.in_(some) & (or_(held, ~welcomed) if latest else held)


def _move(
    connection: Connection,
    issue_id: int,
    ids: Collection[int],
    allowed: ColumnElement[bool],
    now: datetime,
) -> int:
    moved = list(
        connection.execute(
            update(delivery)
            .where(is_among(delivery.c.id, ids), allowed)
            .values(
                status=_PLANNED,
                reason="",
                bounce=None,
                created_at=now,
                not_before=AT_ONCE,
                finished_at=None,
            )
            .returning(delivery.c.id)
        ).scalars()
    )
    if moved:
        note = {"at": now, "outcome": _PLANNED, "reply": "put back by the operator"}
        connection.execute(insert(attempt), [{"delivery_id": one, **note} for one in moved])
        issues.reopen(connection, issue_id)
    return len(moved)
