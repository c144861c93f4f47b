"""The SQL of delivering: start and record. Each is one step inside a transaction.

    start    planned -> sending    claims a row that nobody has, and looks again at consent,
                                   suppression and the issue, in the same statement
    record   sending -> ...        what the relay said

The statements themselves keep senders apart, on SQLite by its one writer and on PostgreSQL by
SKIP LOCKED; nothing depends on who else runs.
"""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from pinlabs_mailer.community import undelivered
from pinlabs_mailer.community.undelivered import Failure
from pinlabs_mailer.db import plain
from pinlabs_mailer.db.tables import attempt, delivery, issue, subscriber, subscription
from pinlabs_mailer.db.types import Utc, epoch
from pinlabs_mailer.db.words import Bounce, Consent, IssueStatus
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.digest import brake
from pinlabs_mailer.outbox.eligible import why_not
from pinlabs_mailer.outbox.states import MOVES, Move, after
from pinlabs_mailer.outbox.where import ONE_OF_SOME, PLANNED, in_state, word

LEASE = timedelta(seconds=60)
SENDABLE = (IssueStatus.PLANNING, IssueStatus.SENDING)
FREE = {"held_by": None, "held_until": None}


class Outgoing(NamedTuple):
    """A delivery whose turn it is, with all that differs between recipients."""

    id: int
    kind: str
    edition_id: int | None
    opt_in_id: int | None
    attempts: int
    created_at: int
    """Seconds since 1970, as all times here."""
    reference: str
    email: str
    name: str
    since: int | None
    wish_id: int | None = None


class Result(NamedTuple):
    """What one try came to."""

    delivery_id: int
    move: Move
    reason: str = ""
    code: int | None = None
    reply: str = ""
    not_before: datetime | None = None
    """When to try again; for a doubt, when to settle it."""
    bounce: Bounce | None = None
    """Why it did not arrive, if that is the end of it."""


def start(
    connection: Connection, owner: str, now: datetime, most: int, *, issues: bool = True
) -> tuple[list[Outgoing], bool]:
    """Move up to `most` deliveries that are due to `sending`, single mails first.

    Without `issues` only the single mails, such as confirmations.

    Whoever withdrew or was suppressed before this moment is skipped instead. Returns what was
    started, and whether anything was due at all.
    """
    ids = plain.rows(connection.execute(_due_single, {"now": now, "most": most}))
    if issues:
        for (issue_id,) in plain.rows(connection.execute(_sendable)):
            if len(ids) < most:
                wanted = {"issue": issue_id, "now": now, "most": most - len(ids)}
                ids += plain.rows(connection.execute(_due_of_issue, wanted))
    if not ids:
        return [], False
    some = {"some": [one for (one,) in ids]}
    until = now + LEASE
    started = connection.execute(_start, {**some, "now": now, "owner": owner, "until": until})
    if started.rowcount < len(ids):
        connection.execute(_drop, {**some, "now": now})
    rows = plain.rows(connection.execute(_started, {**some, "owner": owner}))
    new = tuple.__new__  # the class itself takes three times as long, for each row
    return [new(Outgoing, row) for row in rows], True


def _due(which: ColumnElement[bool]) -> Select[int]:
    due = (
        select(delivery.c.id)
        .where(which)
        .where(PLANNED, delivery.c.not_before <= bindparam("now", type_=Utc()))
        .order_by(delivery.c.not_before, delivery.c.id)
        .limit(bindparam("most", type_=Integer()))
    )
    # two senders on PostgreSQL pass each other by; on SQLite there is one writer
    return due.with_for_update(skip_locked=True)


# Built once: building a statement takes longer than starting fifty deliveries.
_sendable = select(issue.c.id).where(issue.c.status.in_(SENDABLE)).order_by(issue.c.id)
_due_single = _due(delivery.c.issue_id.is_(None))
_due_of_issue = _due(delivery.c.issue_id == bindparam("issue", type_=BigInteger()))
_now = bindparam("now", type_=Utc())
_start = (
    update(delivery)
    .where(ONE_OF_SOME, PLANNED, why_not.is_(None))
    .values(
        status=Status.SENDING,
        started_at=_now,
        held_by=bindparam("owner"),
        held_until=bindparam("until", type_=Utc()),
    )
)
_drop = (
    update(delivery)
    .where(ONE_OF_SOME, PLANNED, why_not.is_not(None))
    .values(status=MOVES[Move.DROP][1], reason=why_not, finished_at=_now)
)
_since = (
    select(func.min(epoch(subscription.c.confirmed_at)))
    .where(subscription.c.subscriber_id == delivery.c.subscriber_id)
    .where(subscription.c.status == word(Consent.CONFIRMED))
    .scalar_subquery()
)
_started = (
    select(
        delivery.c.id,
        delivery.c.kind,
        delivery.c.edition_id,
        delivery.c.opt_in_id,
        delivery.c.attempts,
        epoch(delivery.c.created_at),
        subscriber.c.reference,
        subscriber.c.email,
        subscriber.c.name,
        _since,
        delivery.c.wish_id,
    )
    .join(subscriber)
    .where(ONE_OF_SOME, in_state(Status.SENDING), delivery.c.held_by == bindparam("owner"))
    .order_by(delivery.c.id)
)


def record(connection: Connection, results: Sequence[Result], now: datetime) -> list[str]:
    """Write down what became of deliveries that were `sending`, and carry out what follows.

    A try that did not end in acceptance leaves an attempt behind; an acceptance is the
    delivery's own last word. Returns what the operator is to be told: which issues paused.
    """
    alike: dict[tuple[Move, bool], list[Result]] = {}
    for result in results:
        alike.setdefault((result.move, result.not_before is not None), []).append(result)
    counts: undelivered.Counts = Counter()
    for (move, _), some in alike.items():
        if move is Move.ACCEPT:
            _record_accepted(connection, some, now)
            continue
        open_ = _record(connection, move, some, now)
        for result in some:
            if result.bounce and result.delivery_id in open_:
                note = f"{result.reason}: {result.reply}"
                failure = Failure(result.delivery_id, result.bounce, note)
                undelivered.take(connection, failure, now, counts)
    undelivered.add_counts(connection, counts)
    return brake.look(connection) if results else []


_ACCEPT = {
    "sqlite": """
        UPDATE delivery SET status = 'accepted', reason = '', reply = done.reply,
            attempts = attempts + 1, finished_at = :now, held_by = NULL, held_until = NULL
        FROM (SELECT CAST(key AS INTEGER) AS id, value AS reply FROM json_each(:some)) AS done
        WHERE delivery.id = done.id AND delivery.status = 'sending'""",
    "postgresql": """
        UPDATE delivery SET status = 'accepted', reason = '', reply = done.reply,
            attempts = attempts + 1, finished_at = :now, held_by = NULL, held_until = NULL
        FROM (SELECT CAST(key AS BIGINT) AS id, value AS reply
              FROM json_each_text(CAST(:some AS JSON))) AS done
        WHERE delivery.id = done.id AND delivery.status = 'sending'""",
}
"""Most results are acceptances, so they go in one statement, whatever their number."""


def _record_accepted(connection: Connection, some: Sequence[Result], now: datetime) -> None:
    statement = text(_ACCEPT[connection.dialect.name]).bindparams(bindparam("now", type_=Utc()))
    rows = json.dumps({result.delivery_id: result.reply for result in some})
    connection.execute(statement, {"some": rows, "now": now})


def _record(connection: Connection, move: Move, some: Sequence[Result], now: datetime) -> set[int]:
    """Record results that are no acceptances; return whose: not of what was recorded already."""
    target = after(Status.SENDING, move)
    changes: dict[str, Any] = {
        "status": target,
        "reason": bindparam("b_reason"),
        "reply": bindparam("b_reply"),
        **FREE,
    }
    if move is not Move.RELEASE:
        changes["attempts"] = delivery.c.attempts + 1
    if some[0].not_before is not None:
        changes["not_before"] = bindparam("b_not_before")
    elif move is not Move.RELEASE:
        changes["finished_at"] = now
    if move is Move.LOSE:
        changes["doubts"] = delivery.c.doubts + 1
    rows = []
    for result in some:
        row: dict[str, Any] = {
            "b_id": result.delivery_id,
            "b_reason": result.reason,
            "b_reply": result.reply,
        }
        if "not_before" in changes:
            row["b_not_before"] = result.not_before
        rows.append(row)
    open_ = set() if move is Move.RELEASE else _open(connection, some)
    statement = (
        update(delivery)
        .where(delivery.c.id == bindparam("b_id"), in_state(Status.SENDING))
        .values(changes)
    )
    connection.execute(statement, rows)
    if tries := [_try(result, target, now) for result in some if result.delivery_id in open_]:
        connection.execute(insert(attempt), tries)
    return open_


def _open(connection: Connection, some: Sequence[Result]) -> set[int]:
    waiting = select(delivery.c.id).where(ONE_OF_SOME, in_state(Status.SENDING))
    ids = [result.delivery_id for result in some]
    return set(connection.execute(waiting, {"some": ids}).scalars())


def _try(result: Result, outcome: Status, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": result.delivery_id,
        "at": now,
        "outcome": outcome,
        "code": result.code,
        "reply": result.reply,
    }


def due(connection: Connection, now: datetime, *, issues: bool = True) -> int:
    """Return how many deliveries `start` would find."""
    wanted: ColumnElement[bool] = delivery.c.issue_id.is_(None)
    if issues:
        sendable = select(issue.c.id).where(issue.c.status.in_(SENDABLE))
        wanted = wanted | delivery.c.issue_id.in_(sendable)
    counted = select(func.count()).where(PLANNED, delivery.c.not_before <= now, wanted)
    return connection.execute(counted).scalar_one()
