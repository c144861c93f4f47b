"""Conditions on a delivery's state, written out so that the partial indexes are used.

SQLite takes a partial index only for a query that has the index's own condition in it, to the
letter: a bound parameter would mean a scan of the whole ledger. Where another index is used, it
would have SQLite plan the statement anew each time, because the value might have fitted.
"""

from sqlalchemy import ColumnElement, String, literal_column

from pinlabs_mailer.db.among import one_of_some
from pinlabs_mailer.db.tables import delivery
from pinlabs_mailer.db.words import DeliveryStatus as Status


def word(one: str) -> ColumnElement[str]:
    """One of our own words, written out."""
    return literal_column(f"'{one}'", String)


def in_state(status: Status) -> ColumnElement[bool]:
    """The delivery is in this state."""
    return delivery.c.status == word(status)


PLANNED = in_state(Status.PLANNED)
"""As in ix_delivery_waiting."""
ON_ITS_WAY = delivery.c.status.in_([word(Status.SENDING), word(Status.IN_DOUBT)])
"""As in ix_delivery_on_its_way. Add `in_state` to single one out."""
SENDING = ON_ITS_WAY & in_state(Status.SENDING)
IN_DOUBT = ON_ITS_WAY & in_state(Status.IN_DOUBT)
ONE_OF_SOME = one_of_some(delivery.c.id)
"""The delivery is one of those whose ids are passed as `some`."""
