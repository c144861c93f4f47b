"""What follows for known people when a file has been taken in: details, suppressions, mails."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from pinlabs_mailer.community import limits
from pinlabs_mailer.community.limits import Limits
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.bulk import insert_rows
from pinlabs_mailer.db.tables import delivery, opt_in, subscriber, suppression
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.outbox.where import PLANNED
from pinlabs_mailer.tokens import new_reference
from pinlabs_mailer.transfer.person import Person

_FOR_GOOD = (SuppressionReason.COMPLAINT, SuppressionReason.MANUAL)


def suppress(connection: Connection, people: Sequence[Person], now: datetime) -> None:
    """Suppress the addresses of these people, for the reason each of them states.

    The first reason stays, but a complaint or an order weighs more than a bounce.
    """
    insert_rows(
        connection,
        suppression,
        ("email_key", "reason", "note", "since"),
        [
            (one.address.key, str(one.suppressed), one.note, one.withdrawn_at or now)
            for one in people
        ],
        unless_there=True,
    )
    for reason in _FOR_GOOD:
        keys = [one.address.key for one in people if one.suppressed == reason]
        connection.execute(
            update(suppression)
            .where(is_among(suppression.c.email_key, keys))
            .where(suppression.c.reason.not_in(_FOR_GOOD))
            .values(reason=reason)
        )
    known = select(subscriber.c.id).where(
        is_among(subscriber.c.email_key, [one.address.key for one in people])
    )
    drop_waiting(connection, list(connection.execute(known).scalars()), now)


def drop_waiting(connection: Connection, subscriber_ids: Collection[int], now: datetime) -> None:
    """Take out of the outbox what may no longer go to these people."""
    waiting = connection.execute(
        select(delivery.c.subscriber_id)
        .where(is_among(delivery.c.subscriber_id, subscriber_ids), PLANNED)
        .distinct()
    )
    rows.drop_of(connection, waiting.scalars().all(), now)


def fill_in(connection: Connection, field: str, values: Mapping[int, str]) -> None:
    """Put a name or a time zone where there is none yet."""
    if values:
        column = subscriber.c[field]
        connection.execute(
            update(subscriber)
            .where(subscriber.c.id == bindparam("of"), column == "")
            .values({column: bindparam("value")}),
            [{"of": of, "value": value} for of, value in values.items()],
        )


def ask_to_confirm(
    connection: Connection, wanted: Mapping[int, Collection[int]], caps: Limits, now: datetime
) -> int:
    """Queue a confirmation mail for the topics that each of these people has yet to confirm.

    Whoever has been asked before is not asked again, nor who wants no such mail. Returns how many
    mails there are.
    """
    asked = connection.execute(
        select(opt_in.c.subscriber_id).where(is_among(opt_in.c.subscriber_id, wanted.keys()))
    )
    left = wanted.keys() - set(asked.scalars())
    known = select(subscriber.c.id, subscriber.c.email_key).where(is_among(subscriber.c.id, left))
    key_of = {row.id: row.email_key for row in connection.execute(known)}
    stopped = limits.stopped_among(connection, caps, key_of.values())
    left = {one for one in left if key_of[one] not in stopped}
    if not left:
        return 0
    requests = [
        {
            "reference": new_reference(),
            "subscriber_id": subscriber_id,
            "topics": sorted(wanted[subscriber_id]),
            "requested_at": now,
        }
        for subscriber_id in sorted(left)
    ]
    connection.execute(insert(opt_in), requests)
    made = connection.execute(
        select(opt_in.c.id, opt_in.c.subscriber_id).where(is_among(opt_in.c.subscriber_id, left))
    )
    for opt_in_id, subscriber_id in made.all():
        rows.enqueue_confirmation(connection, opt_in_id, subscriber_id, now)
    return len(requests)
