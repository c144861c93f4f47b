"""Holding people whose consent is about to change: nobody else changes it meanwhile.

What the next event of each goes on from is asked in one question, and handed on to whoever decides
and to `consent.record`.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select

from pinlabs_mailer.community.heads import Head
from pinlabs_mailer.community.standing import Standing
from pinlabs_mailer.community.subscribers import COLUMNS, Subscriber
from pinlabs_mailer.db.among import one_of_some
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription
from pinlabs_mailer.db.words import Consent, Frequency


class Held(NamedTuple):
    """One person who is held."""

    person: Subscriber
    head: Head
    stand: dict[int, Standing]
    """Where each of their topics stands, by its id."""


class _Questions(NamedTuple):
    wait: Select[int]
    ask: Select[*tuple[Any, ...]]


def hold(connection: Connection, subscriber_ids: Collection[int]) -> dict[int, Held]:
    """Return what is known of these people, by id; nobody else can change it before the
    transaction ends."""
    return {one.person.id: one for one in _hold(connection, _BY_ID, subscriber_ids)}


def hold_named(connection: Connection, references: Collection[str]) -> dict[str, Held]:
    """The same for people whom tokens name, by reference."""
    return {one.person.reference: one for one in _hold(connection, _BY_REFERENCE, references)}


def _hold(
    connection: Connection, questions: _Questions, some: Collection[int] | Collection[str]
) -> Iterable[Held]:
    """Ask two questions, because the first may have to wait, and only what is asked after that is
    new. On SQLite whoever writes is alone."""
    if connection.dialect.name == "postgresql":
        connection.execute(questions.wait, {"some": some})
    held: dict[int, Held] = {}
    for row in connection.execute(questions.ask, {"some": some}):
        seal, erased, last, topic_id, *stands = row[_PERSON:]
        if row.id not in held:
            head = Head(row.id, row.email, seal, erased, last or 0)
            held[row.id] = Held(Subscriber(*row[:_PERSON]), head, {})
        if topic_id is not None:
            held[row.id].stand[topic_id] = standing_in(*stands)
    return held.values()


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


def row_of(one: Standing) -> tuple[object, ...]:
    """Return what is in the columns `STANDING` of a subscription that stands so."""
    moments = one.requested_at, one.confirmed_at, one.withdrawn_at
    return str(one.status), *moments, str(one.frequency or Frequency.EVERY), one.term_since


_PERSON = len(COLUMNS)


def _questions(which: ColumnElement[bool]) -> _Questions:
    wait = (
        select(subscriber.c.id)
        .where(which)
        .order_by(subscriber.c.id)  # two who want the same people wait, and do not block each other
        .with_for_update(key_share=True)  # rows that point at the person can still be added
    )
    last = select(func.max(consent_event.c.position)).where(
        consent_event.c.subscriber_id == subscriber.c.id
    )
    ask = (
        select(
            *COLUMNS,
            subscriber.c.consent_seal,
            subscriber.c.erased_at.is_not(None),
            last.scalar_subquery(),
            subscription.c.topic_id,
            *STANDING,
        )
        .select_from(subscriber.outerjoin(subscription))
        .where(which)
        .order_by(subscriber.c.id)
    )
    return _Questions(wait, ask)


# Built once: building a statement takes longer than running it for one person.
_BY_ID = _questions(one_of_some(subscriber.c.id))
_BY_REFERENCE = _questions(one_of_some(subscriber.c.reference))
