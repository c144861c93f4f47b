"""Taking up what was left behind, by a process that died or by this one.

What was `sending` may be with the relay: it is in doubt, and it is
settled by policy once the doubt is old enough: sent once more with the same Message-ID, or held
for the operator. A second doubt is always held.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Interval,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from pinlabs_mailer.db.tables import attempt, delivery, issue
from pinlabs_mailer.db.types import Utc
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.db.words import IssueStatus
from pinlabs_mailer.delivery.ledger import FREE, LEASE
from pinlabs_mailer.delivery.owner import Owner, is_dead
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.outbox.states import MOVES, Move
from pinlabs_mailer.outbox.where import IN_DOUBT, ON_ITS_WAY, PLANNED, SENDING

_DROPPED_AT_ONCE = 2_000


class DoubtPolicy(NamedTuple):
    """What becomes of a message that the relay may or may not have."""

    resend: bool
    after: timedelta


def recover(connection: Connection, here: Owner, policy: DoubtPolicy, now: datetime) -> int:
    """Take up what dead processes left; return how many deliveries that put in doubt."""
    owners = connection.execute(select(delivery.c.held_by).where(SENDING).distinct()).scalars()
    found = [owner for owner in owners if owner]
    dead = [owner for owner in found if is_dead(owner, here)]
    elsewhere = [owner for owner in found if not owner.startswith(f"{here.host}/")]
    if not dead and not elsewhere:
        return 0
    gone = or_(
        delivery.c.held_by.in_(dead),
        and_(
            delivery.c.held_by.in_(elsewhere),
            delivery.c.held_until < _in(connection, now, timedelta(0)),
        ),
    )
    return _abandon(connection, gone, policy, now)


def begin(connection: Connection, owner: str, policy: DoubtPolicy, now: datetime) -> None:
    """Take up what an earlier run of this same process could not finish."""
    _abandon(connection, delivery.c.held_by == owner, policy, now)


def _in(connection: Connection, now: datetime, later: timedelta) -> ColumnElement[datetime]:
    """Return a moment by the clock that leases go by: the database's own, where it has one."""
    if connection.dialect.name == "postgresql":
        return func.now() + literal(later, Interval())
    return literal(now + later, Utc())


def _abandon(
    connection: Connection, gone: ColumnElement[bool], policy: DoubtPolicy, now: datetime
) -> int:
    lost = list(
        connection.execute(
            update(delivery)
            .where(SENDING, gone)
            .values(
                status=MOVES[Move.LOSE][1],
                reason="the process ended while it was on the wire",
                attempts=delivery.c.attempts + 1,
                doubts=delivery.c.doubts + 1,
                not_before=now + policy.after,
                **FREE,
            )
            .returning(delivery.c.id)
        ).scalars()
    )
    if lost:
        connection.execute(
            insert(attempt),
            [{"delivery_id": one, "at": now, "outcome": Status.IN_DOUBT} for one in lost],
        )
    return len(lost)


def settle(connection: Connection, policy: DoubtPolicy, now: datetime) -> None:
    """Decide on the doubts that are old enough. Of a cancelled issue nothing is sent again."""
    old = (IN_DOUBT, delivery.c.not_before <= now)
    if policy.resend:
        again = delivery.c.issue_id.is_(None) | delivery.c.issue_id.not_in(_cancelled)
        connection.execute(
            update(delivery)
            .where(*old, delivery.c.doubts < 2, again)
            .values(status=MOVES[Move.RESEND][1])
        )
    connection.execute(
        update(delivery)
        .where(*old)
        .values(
            status=MOVES[Move.HOLD][1],
            reason="the relay may have it; nobody can tell",
            finished_at=now,
        )
    )


_cancelled = select(issue.c.id).where(issue.c.status == IssueStatus.CANCELLED)


def drop_cancelled(connection: Connection, now: datetime) -> None:
    """Skip what has come back from the wire to an issue that was cancelled meanwhile."""
    for issue_id in connection.execute(_cancelled).scalars().all():
        rows.drop_issue(connection, issue_id, now, _DROPPED_AT_ONCE)


def give_back(connection: Connection, owner: str) -> None:
    """Release what this process still holds though it has nothing on the wire: the database took
    note that it was started, and the answer was lost.
    """
    connection.execute(
        update(delivery)
        .where(SENDING, delivery.c.held_by == owner)
        .values(status=MOVES[Move.RELEASE][1], **FREE)
    )


def keep_alive(connection: Connection, owner: str, now: datetime) -> None:
    """Renew the leases of this process."""
    connection.execute(
        update(delivery)
        .where(SENDING, delivery.c.held_by == owner)
        .values(held_until=_in(connection, now, LEASE))
    )


def close_finished(connection: Connection) -> None:
    """Mark the issues of which nothing waits and nothing is in doubt any more."""
    # The lock first: whoever puts something back has it, and the next statement sees what they did.
    sending = select(issue.c.id).where(issue.c.status == IssueStatus.SENDING)
    some = connection.execute(sending.order_by(issue.c.id).with_for_update()).scalars().all()
    waits = exists().where(delivery.c.issue_id == issue.c.id, PLANNED)
    moves = exists().where(delivery.c.issue_id == issue.c.id, ON_ITS_WAY)
    connection.execute(
        update(issue).where(issue.c.id.in_(some), ~waits, ~moves).values(status=IssueStatus.SENT)
    )
