"""Erasing a person, for good: from every table, in one transaction.

What stays: their deliveries, so that the counts of issues hold; their consent events, blanked, so
that the chain verifies; an empty row that both belong to, whose links end on pages that say
nothing; and the mark of the address among the suppressions, so that no import brings them back.
"""

from sqlalchemy import Connection, delete, select, update

from pinlabs_mailer import languages
from pinlabs_mailer.community import consent, subscribers, suppression
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.tables import (
    consent_event,
    opt_in,
    saved_search,
    sign_up,
    subscriber,
    wish,
)
from pinlabs_mailer.outbox import erasing


def erase(connection: Connection, subscriber_id: int, how: Circumstances) -> bool:
    """Erase a person; say whether they were there.

    Raises Unavailable while a mail to them is on the wire; then nothing may be committed.
    """
    subscribers.hold(connection, subscriber_id)
    keys = _keys(connection, subscriber_id)
    if not keys:
        return False
    consent.erase(connection, subscriber_id, how)
    erasing.erase(connection, subscriber_id, how.at)
    for table in (opt_in, wish, saved_search):
        connection.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
    connection.execute(delete(sign_up).where(sign_up.c.email_key.in_(keys)))
    for key in keys:
        suppression.leave_mark(connection, how.notary, key, how.at)
    connection.execute(
        update(subscriber)
        .where(subscriber.c.id == subscriber_id)
        .values(
            email="",
            email_key=f"erased#{subscriber_id}",  # no address: it has no @
            name="",
            locale=languages.SOURCE,
            timezone="",
            paused_until=None,
            moved_at=None,
            erased_at=how.at,
        )
    )
    return True


def _keys(connection: Connection, subscriber_id: int) -> list[str]:
    """Return the keys of the person's address and of those they had before, as far as nobody else
    has one of them now; none when they were erased already."""
    own = connection.execute(
        select(subscriber.c.email_key).where(
            subscriber.c.id == subscriber_id, subscriber.c.erased_at.is_(None)
        )
    ).scalar()
    if own is None:
        return []
    had = connection.execute(
        select(consent_event.c.email)
        .where(consent_event.c.subscriber_id == subscriber_id, consent_event.c.email != "")
        .distinct()
    ).scalars()
    former = {parse_address(email).key for email in had} - {own}
    others = connection.execute(
        select(subscriber.c.email_key).where(subscriber.c.email_key.in_(former))
    ).scalars()
    return [own, *sorted(former - set(others))]
