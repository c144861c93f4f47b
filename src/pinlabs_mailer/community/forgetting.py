"""Forgetting a person whose record need not be kept any longer. The only place that does it."""

from sqlalchemy import Connection, delete, func, update

from pinlabs_mailer.community import consent
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.tables import attempt, delivery, opt_in, subscriber


def forget(connection: Connection, subscriber_id: int, how: Circumstances) -> None:
    """Blank all that is personal of a person. Rows that others count keep their places."""
    consent.erase(connection, subscriber_id, how)
    theirs = delivery.c.subscriber_id == subscriber_id
    connection.execute(
        update(delivery)
        .where(theirs)
        .values(opt_in_id=None, reply=func.substr(delivery.c.reply, 1, 3))
    )
    connection.execute(
        update(attempt)
        .where(attempt.c.delivery_id == delivery.c.id, theirs)
        .values(reply=func.substr(attempt.c.reply, 1, 3))
    )
    connection.execute(delete(opt_in).where(opt_in.c.subscriber_id == subscriber_id))
    connection.execute(
        update(subscriber)
        .where(subscriber.c.id == subscriber_id)
        .values(email="", email_key=f"erased:{subscriber_id}", name="", locale="en", timezone="")
    )
