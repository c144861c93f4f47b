"""Conditions on a delivery's state, written out so that the partial indexes are used.

SQLite takes a partial index only for a query that has the index's own condition in it, to the
letter: a bound parameter would mean a scan of the whole ledger.
"""

from sqlalchemy import ColumnElement, bindparam, literal_column

from pinlabs_mailer.db.among import Many, among
from pinlabs_mailer.db.tables import delivery
from pinlabs_mailer.db.words import DeliveryStatus as Status


def _word(status: Status) -> ColumnElement[str]:
    return literal_column(f"'{status.value}'")


def in_state(status: Status) -> ColumnElement[bool]:
    """The delivery is in this state."""
    return delivery.c.status == _word(status)


PLANNED = in_state(Status.PLANNED)
"""As in ix_delivery_waiting."""
ON_ITS_WAY = delivery.c.status.in_([_word(Status.SENDING), _word(Status.IN_DOUBT)])
"""As in ix_delivery_on_its_way. Add `in_state` to single one out."""
SENDING = ON_ITS_WAY & in_state(Status.SENDING)
IN_DOUBT = ON_ITS_WAY & in_state(Status.IN_DOUBT)
ONE_OF_SOME: ColumnElement[bool] = among(
    delivery.c.id, bindparam("some", type_=Many(delivery.c.id.type))
)
"""The delivery is one of those whose ids are passed as `some`."""
