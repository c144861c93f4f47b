"""Addresses that must get nothing, whatever was consented to. Unsubscribing is not one."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from pinlabs_mailer.community.address import Address
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import subscriber, suppression
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.outbox import rows

_FOR_GOOD = (SuppressionReason.COMPLAINT, SuppressionReason.MANUAL)


def suppress(
    connection: Connection, key: str, reason: SuppressionReason, now: datetime, note: str = ""
) -> None:
    """Suppress the address with this key and drop what waits for it.

    The first reason stays, but a complaint or an order weighs more than a bounce.
    """
    row = {"email_key": key, "reason": reason, "since": now, "note": note}
    new = insert_new(connection, suppression, row, suppression.c.email_key)
    if not new and reason in _FOR_GOOD:
        connection.execute(
            update(suppression)
            .where(suppression.c.email_key == key, suppression.c.reason.not_in(_FOR_GOOD))
            .values(row)
        )
    for (subscriber_id,) in connection.execute(
        select(subscriber.c.id).where(subscriber.c.email_key == key)
    ):
        rows.drop(connection, subscriber_id, now)


def lift(connection: Connection, address: Address) -> bool:
    """Take an address off the list; say whether it was on it."""
    gone = connection.execute(delete(suppression).where(suppression.c.email_key == address.key))
    return gone.rowcount > 0


def lift_by_own_act(connection: Connection, subscriber_id: int) -> None:
    """Take a person off the list who has just confirmed from that very address.

    Mail evidently arrives there again. A complaint or an order stays: it is not theirs to undo.
    """
    key = select(subscriber.c.email_key).where(subscriber.c.id == subscriber_id)
    connection.execute(
        delete(suppression)
        .where(suppression.c.email_key.in_(key))
        .where(suppression.c.reason.not_in(_FOR_GOOD))
    )


def reason_for(connection: Connection, address: Address) -> SuppressionReason | None:
    """Return why an address is suppressed, None if it is not."""
    found = connection.execute(
        select(suppression.c.reason).where(suppression.c.email_key == address.key)
    ).scalar()
    return SuppressionReason(found) if found else None


def may_be_asked(connection: Connection, address: Address) -> bool:
    """Say whether a confirmation mail may go there: not after a complaint, nor against an order."""
    return reason_for(connection, address) not in _FOR_GOOD


def every(connection: Connection) -> list[dict[str, object]]:
    """Return all suppressions, the latest first."""
    listed = select(suppression).order_by(suppression.c.since.desc(), suppression.c.email_key)
    return [dict(row._mapping) for row in connection.execute(listed)]
