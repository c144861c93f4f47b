"""Putting deliveries into the outbox, and taking out those that may no longer go."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Connection, bindparam, func, select, text, update

from pinlabs_mailer.db.among import one_of_some
from pinlabs_mailer.db.insert import insert_new, unless_there
from pinlabs_mailer.db.tables import delivery, folded, issue_return, renewal
from pinlabs_mailer.db.types import Utc
from pinlabs_mailer.db.words import DeliveryKind, Returned
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.outbox.eligible import why_not
from pinlabs_mailer.outbox.states import MOVES, WAITING, Move
from pinlabs_mailer.outbox.where import PLANNED

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Not before this: a clock that is set back must not hold up what was never tried."""


_PLAN = {
    "sqlite": """
        INSERT INTO delivery (kind, dedupe_key, subscriber_id, issue_id, edition_id, status,
                              created_at, not_before)
        SELECT 'digest', printf('digest:%d:%010x', :issue_id, CAST(key AS INTEGER)),
               CAST(key AS INTEGER), :issue_id, value, 'planned', :now, :at_once
        FROM json_each(:some) WHERE true ON CONFLICT (dedupe_key) DO NOTHING""",
    "postgresql": """
        INSERT INTO delivery (kind, dedupe_key, subscriber_id, issue_id, edition_id, status,
                              created_at, not_before)
        SELECT 'digest',
               'digest:' || :issue_id || ':' || lpad(to_hex(CAST(key AS BIGINT)), 10, '0'),
               CAST(key AS BIGINT), :issue_id, CAST(value AS BIGINT), 'planned', :now, :at_once
        FROM json_each_text(CAST(:some AS JSON)) ON CONFLICT (dedupe_key) DO NOTHING""",
}


def plan(
    connection: Connection, issue_id: int, places: Sequence[tuple[int, int]], now: datetime
) -> None:
    """Add the digests of an issue, in one statement. Planning the same again adds nothing.

    A place is the id of a subscriber and that of their edition.
    """
    statement = text(_PLAN[connection.dialect.name]).bindparams(
        bindparam("now", type_=Utc()),
        bindparam("at_once", type_=Utc()),
        bindparam("issue_id", type_=BigInteger()),
    )
    some = json.dumps(dict(places))
    values = {"issue_id": issue_id, "now": now, "at_once": AT_ONCE, "some": some}
    connection.execute(statement, values)


def weigh(connection: Connection) -> None:
    """Let PostgreSQL count what was planned. Its own look comes a minute later, and until then it
    would search people from end to end for each mail."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE delivery, edition_topic, subscriber, subscription"))


def enqueue_confirmation(
    connection: Connection, opt_in_id: int, subscriber_id: int, now: datetime
) -> int:
    """Add the confirmation mail of an opt-in request; return the delivery's id."""
    return _enqueue(
        connection, DeliveryKind.CONFIRM, delivery.c.opt_in_id, opt_in_id, subscriber_id, now
    )


def enqueue_already(
    connection: Connection, opt_in_id: int, subscriber_id: int, now: datetime
) -> int:
    """Add the mail that says they are in already; return the delivery's id."""
    return _enqueue(
        connection, DeliveryKind.ALREADY, delivery.c.opt_in_id, opt_in_id, subscriber_id, now
    )


def enqueue_wish(
    connection: Connection, kind: DeliveryKind, wish_id: int, subscriber_id: int, now: datetime
) -> int:
    """Add the mail that a wish of the person causes; return the delivery's id."""
    return _enqueue(connection, kind, delivery.c.wish_id, wish_id, subscriber_id, now)


def enqueue_welcome(
    connection: Connection, opt_in_id: int, edition_id: int, subscriber_id: int, now: datetime
) -> int:
    """Add the welcome mail after a request was confirmed; return the delivery's id."""
    return _enqueue(
        connection,
        DeliveryKind.WELCOME,
        delivery.c.opt_in_id,
        opt_in_id,
        subscriber_id,
        now,
        edition_id=edition_id,
    )


class Reminding(NamedTuple):
    """One reminder that consent ends."""

    subscriber_id: int
    number: int
    contact_at: datetime
    term_ends: datetime
    ends_at: datetime
    topics: tuple[int, ...]
    again: int = 0

    @property
    def key(self) -> str:
        """Person, end and number, and which of that number: no reminder goes out twice."""
        of = f"{DeliveryKind.RENEWAL}:{self.subscriber_id}:{self.term_ends:%Y-%m-%d}"
        return f"{of}:{self.number}:{self.again}" if self.again else f"{of}:{self.number}"


def enqueue_renewals(connection: Connection, some: Sequence[Reminding], now: datetime) -> None:
    """Add reminders that consent ends. Those that are there already stay as they are."""
    if not some:
        return
    connection.execute(
        unless_there(connection, delivery, delivery.c.dedupe_key),
        [
            {
                "kind": DeliveryKind.RENEWAL,
                "dedupe_key": one.key,
                "subscriber_id": one.subscriber_id,
                "status": Status.PLANNED,
                "created_at": now,
                "not_before": AT_ONCE,
            }
            for one in some
        ],
    )
    by_key = {one.key: one for one in some}
    there = connection.execute(
        select(delivery.c.id, delivery.c.dedupe_key).where(delivery.c.dedupe_key.in_(by_key))
    ).all()
    connection.execute(
        unless_there(connection, renewal, renewal.c.delivery_id),
        [
            {
                "delivery_id": made.id,
                **{name: getattr(by_key[made.dedupe_key], name) for name in _TOLD},
            }
            for made in there
        ],
    )


_TOLD = ("number", "contact_at", "term_ends", "ends_at", "topics")


def _enqueue(
    connection: Connection,
    kind: DeliveryKind,
    about: Column[int],
    about_id: int,
    subscriber_id: int,
    now: datetime,
    **more: int,
) -> int:
    key = f"{kind}:{about_id}"
    insert_new(
        connection,
        delivery,
        {
            "kind": kind,
            "dedupe_key": key,
            "subscriber_id": subscriber_id,
            about.name: about_id,
            "status": Status.PLANNED,
            "created_at": now,
            "not_before": AT_ONCE,
            **more,
        },
        delivery.c.dedupe_key,
    )
    found: int = connection.execute(
        select(delivery.c.id).where(delivery.c.dedupe_key == key)
    ).scalar_one()
    return found


def drop(connection: Connection, subscriber_id: int, now: datetime) -> int:
    """Skip what waits for a person and may no longer go; return how many.

    The same transaction that withdraws a consent calls this, so whatever is not on the wire
    when the answer goes out is never mailed.
    """
    return drop_of(connection, [subscriber_id], now)


def drop_of(connection: Connection, subscriber_ids: Collection[int], now: datetime) -> int:
    """The same for several people at once."""
    return connection.execute(_drop, {"some": subscriber_ids, "now": now}).rowcount


_drop = (
    update(delivery)
    .where(one_of_some(delivery.c.subscriber_id))
    .where(PLANNED)
    .where(why_not.is_not(None))
    .values(status=MOVES[Move.DROP][1], reason=why_not, finished_at=bindparam("now", type_=Utc()))
)


def drop_requests(connection: Connection, subscriber_id: int, now: datetime, reason: str) -> int:
    """Skip the mails that answer sign-ups of a person, whatever the reason."""
    dropped = connection.execute(
        update(delivery)
        .where(delivery.c.subscriber_id == subscriber_id, PLANNED)
        .where(delivery.c.kind.in_([DeliveryKind.CONFIRM, DeliveryKind.ALREADY]))
        .values(status=MOVES[Move.DROP][1], reason=reason, finished_at=now)
    )
    return dropped.rowcount


def drop_all(connection: Connection, subscriber_id: int, now: datetime, reason: str) -> int:
    """Skip all that waits for a person, whatever it is; return how many."""
    dropped = connection.execute(
        update(delivery)
        .where(delivery.c.subscriber_id == subscriber_id, PLANNED)
        .values(status=MOVES[Move.DROP][1], reason=reason, finished_at=now)
    )
    return dropped.rowcount


def drop_issue(connection: Connection, issue_id: int, now: datetime, most: int) -> int:
    """Skip up to `most` of what waits of an issue that was cancelled; return how many."""
    some = select(delivery.c.id).where(delivery.c.issue_id == issue_id, PLANNED).limit(most)
    dropped = connection.execute(
        update(delivery)
        .where(delivery.c.id.in_(some), PLANNED)
        .values(status=MOVES[Move.DROP][1], reason="issue cancelled", finished_at=now)
    )
    return dropped.rowcount


def counts(connection: Connection, issue_id: int) -> dict[str, int]:
    """Return how many deliveries of an issue are in each state, with `total` and `waiting`.

    Those whose rows are gone (`folding`) count as what they were.

    total = waiting + accepted + failed + skipped + expired + in_doubt + held, always.
    """
    found = {
        Status(status): number
        for status, number in connection.execute(
            select(delivery.c.status, func.count())
            .where(delivery.c.issue_id == issue_id)
            .group_by(delivery.c.status)
        )
    }
    for status, number in connection.execute(
        select(folded.c.status, folded.c.number).where(folded.c.issue_id == issue_id)
    ):
        found[Status(status)] = found.get(Status(status), 0) + number
    waiting = sum(found.get(status, 0) for status in WAITING)
    ended = {s.value: found.get(s, 0) for s in Status if s not in WAITING}
    return {"total": sum(found.values()), "waiting": waiting, **ended}


def returned(connection: Connection, issue_id: int) -> dict[str, int]:
    """Return how many mails of an issue bounced or were complained of after the relay had taken
    them, and how many were refused because of us, at once or later."""
    found = {
        row.what: row.number
        for row in connection.execute(
            select(issue_return.c.what, issue_return.c.number).where(
                issue_return.c.issue_id == issue_id
            )
        )
    }
    return {
        "bounced": found.get(Returned.BOUNCED, 0),
        "complained": found.get(Returned.COMPLAINED, 0),
        "refused_us": found.get(Returned.SENDER, 0),
    }
