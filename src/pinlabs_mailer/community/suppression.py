"""Addresses that must get nothing, whatever was consented to. Unsubscribing is not one.

An address whose person was erased does not stand here itself, but as its mark (`Notary.mark`).
Whoever asks about an address asks for both.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.db.among import is_among
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


def lift(connection: Connection, notary: Notary, address: Address) -> bool:
    """Take an address off the list; say whether it was on it."""
    gone = connection.execute(delete(suppression).where(_about(notary, address.key)))
    return gone.rowcount > 0


def lift_by_own_act(connection: Connection, notary: Notary, subscriber_id: int) -> None:
    """Take a person off the list who has just confirmed from that very address.

    Mail evidently arrives there again. A complaint or an order stays: it is not theirs to undo.
    """
    key = connection.execute(
        select(subscriber.c.email_key).where(subscriber.c.id == subscriber_id)
    ).scalar_one()
    connection.execute(
        delete(suppression).where(_about(notary, key)).where(suppression.c.reason.not_in(_FOR_GOOD))
    )


def shown(connection: Connection, notary: Notary, address: Address) -> dict[str, object] | None:
    """Return why and since when an address is suppressed, None if it is not."""
    found = connection.execute(
        select(suppression.c.reason, suppression.c.since, suppression.c.note).where(
            _about(notary, address.key)
        )
    ).first()
    return dict(found._mapping) if found else None


def reason_for(
    connection: Connection, notary: Notary, address: Address
) -> SuppressionReason | None:
    """Return why an address is suppressed, None if it is not."""
    return reasons_for(connection, notary, [address.key]).get(address.key)


def reasons_for(
    connection: Connection, notary: Notary, keys: Collection[str]
) -> dict[str, SuppressionReason]:
    """Return why addresses are suppressed, by their keys: those that are, erased ones included."""
    known_as = {name: key for key in keys for name in (key, notary.mark(key))}
    found = connection.execute(
        select(suppression.c.email_key, suppression.c.reason).where(
            is_among(suppression.c.email_key, known_as)
        )
    ).all()
    reasons: dict[str, SuppressionReason] = {}
    for name, reason in found:
        key = known_as[name]
        if key not in reasons or reason in _FOR_GOOD:
            reasons[key] = SuppressionReason(reason)
    return reasons


def has_any(connection: Connection) -> bool:
    """Say whether anybody is suppressed at all; if not, nobody has to be looked for."""
    return connection.execute(select(suppression.c.reason).limit(1)).first() is not None


def may_be_asked(connection: Connection, notary: Notary, address: Address) -> bool:
    """Say whether a confirmation mail may go there: not after a complaint, nor against an order."""
    return reason_for(connection, notary, address) not in _FOR_GOOD


def leave_mark(connection: Connection, notary: Notary, key: str, now: datetime) -> None:
    """Let the mark of an address take its place: its person is erased, or has left it for another.

    A complaint or an order goes on under the mark, so that neither undoes it.
    """
    held = reasons_for(connection, notary, [key]).get(key)
    reason = held if held in _FOR_GOOD else SuppressionReason.ERASED
    connection.execute(delete(suppression).where(_about(notary, key)))
    connection.execute(
        insert(suppression).values(email_key=notary.mark(key), reason=reason, since=now)
    )


def _about(notary: Notary, key: str) -> ColumnElement[bool]:
    return suppression.c.email_key.in_([key, notary.mark(key)])


def every(connection: Connection) -> list[dict[str, object]]:
    """Return all suppressions, the latest first."""
    listed = select(suppression).order_by(suppression.c.since.desc(), suppression.c.email_key)
    return [dict(row._mapping) for row in connection.execute(listed)]
