"""Holding people whose consent is about to change: nobody else changes it meanwhile.

What the next event of each goes on from is asked in one question, and handed on to whoever decides
and to `consent.record`.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from pinlabs_mailer.community.heads import Head
from pinlabs_mailer.community.standing import Standing
from pinlabs_mailer.db.among import one_of_some
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription
from pinlabs_mailer.db.words import Consent, Frequency


class Held(NamedTuple):
    """One person who is held."""

    head: Head
    stand: dict[int, Standing]
    """Where each of their topics stands, by its id."""


def hold(connection: Connection, subscriber_ids: Collection[int]) -> dict[int, Held]:
    """Return what is known of these people, by id; nobody else can change it before the
    transaction ends.

    Two questions, because the first may have to wait, and only what is asked after that is new.
    On SQLite whoever writes is alone.
    """
    some = {"some": subscriber_ids}
    if connection.dialect.name == "postgresql":
        connection.execute(_wait_for, some)
    held: dict[int, Held] = {}
    for id_, email, seal, erased, last, topic_id, *stands in connection.execute(_known, some):
        if id_ not in held:
            held[id_] = Held(Head(id_, email, seal, erased, last or 0), {})
        if topic_id is not None:
            held[id_].stand[topic_id] = standing_in(*stands)
    return held


STANDING = tuple(subscription.c[name] for name in Standing.__dataclass_fields__)
"""The columns of a subscription that `standing_in` understands."""


def standing_in(
    status: str,
    requested_at: datetime | None,
    confirmed_at: datetime | None,
    withdrawn_at: datetime | None,
    frequency: str,
    term_since: datetime | None,
) -> Standing:
    """Return where a subscription stands whose row has this in the columns `STANDING`."""
    moments = requested_at, confirmed_at, withdrawn_at
    return Standing(Consent(status), *moments, Frequency(frequency), term_since)


# Built once: building a statement takes longer than running it for one person.
_some = one_of_some(subscriber.c.id)
_wait_for = (
    select(subscriber.c.id)
    .where(_some)
    .order_by(subscriber.c.id)  # two who want the same people wait, and do not block each other
    .with_for_update(key_share=True)  # rows that point at the person can still be added
)
_known = (
    select(
        subscriber.c.id,
        subscriber.c.email,
        subscriber.c.consent_seal,
        subscriber.c.erased_at.is_not(None),
        select(func.max(consent_event.c.position))
        .where(consent_event.c.subscriber_id == subscriber.c.id)
        .scalar_subquery(),
        subscription.c.topic_id,
        *STANDING,
    )
    .select_from(subscriber.outerjoin(subscription))
    .where(_some)
    .order_by(subscriber.c.id)
)
