"""The SQL of delivering: claim, start, record, recover. Each is one step inside a transaction.

    claim    planned -> leased     so that two senders never hold the same row
    start    leased -> sending     looks again at consent, suppression and the issue
    record   sending -> ...        what the relay said
    recover  leases and sends of processes that died

The statements themselves keep senders apart, on SQLite by its one writer and on PostgreSQL by
SKIP LOCKED; nothing depends on who else runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update

from pinlabs_mailer.community import suppression
from pinlabs_mailer.db.tables import attempt, delivery, subscriber, subscription
from pinlabs_mailer.db.words import Consent, DeliveryKind, SuppressionReason
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.outbox.eligible import why_not
from pinlabs_mailer.outbox.states import MOVES, Move, after

LEASE = timedelta(seconds=60)


class Outgoing(NamedTuple):
    """A delivery whose turn it is, with all that differs between recipients."""

    id: int
    kind: DeliveryKind
    edition_id: int | None
    opt_in_id: int | None
    attempts: int
    created_at: datetime
    subscriber_id: int
    reference: str
    email: str
    name: str
    since: datetime | None


@dataclass(frozen=True)
class Result:
    """What one try came to."""

    delivery_id: int
    move: Move
    reason: str
    code: int | None
    reply: str
    not_before: datetime | None = None
    """When to try again, for a deferral."""
    suppress: bool = False


def claim(connection: Connection, owner: str, now: datetime, most: int) -> list[int]:
    """Lease up to `most` deliveries that are due; return their ids in order of due time."""
    due = (
        select(delivery.c.id)
        .where(delivery.c.status == Status.PLANNED, delivery.c.not_before <= now)
        .order_by(delivery.c.not_before, delivery.c.id)
        .limit(most)
    )
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    ids = list(connection.execute(due).scalars())
    if ids:
        connection.execute(
            update(delivery)
            .where(delivery.c.id.in_(ids))
            .values(status=Status.LEASED, leased_by=owner, leased_until=now + LEASE)
        )
    return ids


def start(connection: Connection, owner: str, ids: Sequence[int], now: datetime) -> list[Outgoing]:
    """Move leased deliveries to `sending`, those that may still go; skip the others.

    Whoever withdrew, was suppressed or lost the lease before this moment is not mailed.
    """
    if not ids:
        return []
    ours = (
        delivery.c.id.in_(ids),
        delivery.c.status == Status.LEASED,
        delivery.c.leased_by == owner,
    )
    connection.execute(
        update(delivery)
        .where(*ours, why_not.is_not(None))
        .values(
            status=MOVES[Move.DROP][1],
            reason=why_not,
            finished_at=now,
            leased_by=None,
            leased_until=None,
        )
    )
    started = list(
        connection.execute(
            update(delivery)
            .where(*ours)
            .values(status=Status.SENDING, started_at=now, leased_until=now + LEASE)
            .returning(delivery.c.id)
        ).scalars()
    )
    return _outgoing(connection, started)


def _outgoing(connection: Connection, ids: Sequence[int]) -> list[Outgoing]:
    since = (
        select(func.min(subscription.c.confirmed_at))
        .where(subscription.c.subscriber_id == delivery.c.subscriber_id)
        .where(subscription.c.status == Consent.CONFIRMED)
        .scalar_subquery()
        .label("since")
    )
    found = connection.execute(
        select(
            delivery.c.id,
            delivery.c.kind,
            delivery.c.edition_id,
            delivery.c.opt_in_id,
            delivery.c.attempts,
            delivery.c.created_at,
            subscriber.c.id.label("subscriber_id"),
            subscriber.c.reference,
            subscriber.c.email,
            subscriber.c.name,
            since,
        )
        .join(subscriber)
        .where(delivery.c.id.in_(ids))
        .order_by(delivery.c.id)
    )
    return [Outgoing(*row) for row in found]


def record(connection: Connection, results: Sequence[Result], now: datetime) -> None:
    """Write down what became of deliveries that were `sending`.

    A try that did not end in acceptance leaves an attempt behind; an acceptance is the
    delivery's own last word.
    """
    for move in {result.move for result in results}:
        some = [result for result in results if result.move is move]
        target = after(Status.SENDING, move)
        changes: dict[str, Any] = {
            "status": target,
            "reason": bindparam("b_reason"),
            "reply": bindparam("b_reply"),
            "leased_by": None,
            "leased_until": None,
        }
        if move is not Move.RELEASE:
            changes["attempts"] = delivery.c.attempts + 1
        if move is Move.DEFER:
            changes["not_before"] = bindparam("b_not_before")
        elif move is not Move.RELEASE:
            changes["finished_at"] = now
        connection.execute(
            update(delivery)
            .where(delivery.c.id == bindparam("b_id"), delivery.c.status == Status.SENDING)
            .values(changes),
            [
                {
                    "b_id": result.delivery_id,
                    "b_reason": result.reason,
                    "b_reply": result.reply,
                    **({"b_not_before": result.not_before} if move is Move.DEFER else {}),
                }
                for result in some
            ],
        )
        if move not in (Move.ACCEPT, Move.RELEASE):
            connection.execute(
                insert(attempt),
                [
                    {
                        "delivery_id": result.delivery_id,
                        "at": now,
                        "outcome": target,
                        "code": result.code,
                        "reply": result.reply,
                    }
                    for result in some
                ],
            )
    for result in results:
        if result.suppress:
            _suppress(connection, result, now)


def _suppress(connection: Connection, result: Result, now: datetime) -> None:
    key = connection.execute(
        select(subscriber.c.email_key).join(delivery).where(delivery.c.id == result.delivery_id)
    ).scalar_one()
    note = f"{result.reason}: {result.reply}"
    suppression.suppress(connection, key, SuppressionReason.BOUNCE, now, note)


def anything_due(connection: Connection, now: datetime) -> bool:
    """Say whether a claim would find something."""
    due = select(delivery.c.id).where(
        delivery.c.status == Status.PLANNED, delivery.c.not_before <= now
    )
    return connection.execute(due.limit(1)).first() is not None


def recover(connection: Connection, now: datetime) -> None:
    """Take up what dead processes left: leases go back, what was on the wire is in doubt."""
    over = delivery.c.leased_until < now
    connection.execute(
        update(delivery)
        .where(delivery.c.status == Status.LEASED, over)
        .values(status=MOVES[Move.RELEASE][1], leased_by=None, leased_until=None)
    )
    connection.execute(
        update(delivery)
        .where(delivery.c.status == Status.SENDING, over)
        .values(
            status=MOVES[Move.LOSE][1],
            reason="the process ended while it was on the wire",
            attempts=delivery.c.attempts + 1,
            leased_by=None,
            leased_until=None,
        )
    )


def release(connection: Connection, owner: str) -> int:
    """Give back what this process has leased and not started; return how many."""
    given = connection.execute(
        update(delivery)
        .where(delivery.c.status == Status.LEASED, delivery.c.leased_by == owner)
        .values(status=Status.PLANNED, leased_by=None, leased_until=None)
    )
    return given.rowcount
