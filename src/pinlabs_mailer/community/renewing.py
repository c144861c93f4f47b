"""Renewing consent: what a reminder says, what its link would do, and what its button does."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import consent, subscribers
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.db.tables import delivery, renewal, subscriber
from pinlabs_mailer.db.words import Consent, ConsentChange
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.topics import Topic

LINK_LIVES = 90
"""Days. By then the consent has expired, unless reminders go out even earlier."""


class Asked(NamedTuple):
    """What a renewal link stands for now."""

    subscriber_id: int
    locale: str
    topics: list[Topic]
    """All that the person is in: an act of theirs counts for every topic."""
    already: bool
    """Whether the person has done something since the reminder, so that nothing is left to do."""


class Told(NamedTuple):
    """What the mail of a reminder says."""

    reference: str
    email: str
    locale: str
    created_at: datetime
    contact_at: datetime
    ends_at: datetime
    topics: list[Topic]


def told(connection: Connection, delivery_id: int) -> Told:
    """Return what the reminder with this delivery says."""
    found = connection.execute(
        select(
            subscriber.c.reference,
            subscriber.c.email,
            subscriber.c.locale,
            delivery.c.created_at,
            renewal.c.contact_at,
            renewal.c.ends_at,
            renewal.c.topics,
        )
        .select_from(renewal.join(delivery).join(subscriber))
        .where(renewal.c.delivery_id == delivery_id)
    ).one()
    known = [one for one in all_topics.every(connection) if one.id in found.topics]
    return Told(*found[:-1], known)


def look_up(connection: Connection, reference: str) -> Asked | None:
    """Return what the link of this person would renew, changing nothing; None if nothing."""
    person = subscribers.by_reference(connection, reference)
    if person is None:
        return None
    contact = connection.execute(
        select(renewal.c.contact_at)
        .join(delivery)
        .where(delivery.c.subscriber_id == person.id)
        .order_by(delivery.c.id.desc())
        .limit(1)
    ).scalar()
    standing = consent.standing(connection, person.id)
    held = {which: one for which, one in standing.items() if one.status == Consent.CONFIRMED}
    if contact is None or not held:
        return None
    already = all(one.term_since is None or one.term_since > contact for one in held.values())
    known = [one for one in all_topics.every(connection) if one.id in held]
    return Asked(person.id, person.locale, known, already)


def renew(connection: Connection, reference: str, how: Circumstances) -> Asked | None:
    """Renew all that the person is in; a second time changes and records nothing.

    Reminders that still wait are dropped. None if the link renews nothing (any more).
    """
    found = look_up(connection, reference)
    if found is None:
        return None
    subscribers.hold(connection, found.subscriber_id)
    found = look_up(connection, reference)
    if found is None or found.already:
        return found
    consent.record(
        connection,
        [Change(found.subscriber_id, one.id, ConsentChange.RENEWED, how) for one in found.topics],
    )
    rows.drop(connection, found.subscriber_id, how.at)
    return found
