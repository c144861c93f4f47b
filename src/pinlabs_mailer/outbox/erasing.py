"""Taking out of the ledger what is personal in it. Its rows keep their place in the counts."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from pinlabs_mailer.db.tables import attempt, delivery, report
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.errors import Unavailable
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.outbox.where import in_state


def erase(connection: Connection, subscriber_id: int, now: datetime) -> None:
    """Drop what waits for a person, and of all replies keep the code alone: they quote addresses.

    What came back from them goes, too; that it did stays on the delivery.

    Raises Unavailable while a mail to them is on the wire: its reply is yet to be written down.
    """
    rows.drop_all(connection, subscriber_id, now, "erased")
    theirs = delivery.c.subscriber_id == subscriber_id
    if connection.execute(select(delivery.c.id).where(theirs, in_state(Status.SENDING))).first():
        raise Unavailable("A mail to this person is on its way just now.", "Try again in a minute.")
    for table, mine in (
        (delivery, theirs),
        (attempt, attempt.c.delivery_id.in_(select(delivery.c.id).where(theirs))),
    ):
        said = connection.execute(
            select(table.c.id, table.c.reply).where(mine, table.c.reply != "")
        ).all()
        if said:
            connection.execute(
                update(table)
                .where(table.c.id == bindparam("b_id"))
                .values(reply=bindparam("b_reply")),
                [{"b_id": one.id, "b_reply": _code(one.reply)} for one in said],
            )
    connection.execute(update(delivery).where(theirs).values(opt_in_id=None, wish_id=None))
    connection.execute(delete(report).where(report.c.subscriber_id == subscriber_id))


def _code(reply: str) -> str:
    code = reply[:3]
    return code if code.isascii() and code.isdigit() else ""
