"""Withdrawal: recorded, and what waits for the person dropped, before the answer goes out."""

from collections.abc import Collection

from sqlalchemy import Connection

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import consent, returning, subscribers
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.db.words import Consent, ConsentChange
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.topics import Topic

_HELD = (Consent.CONFIRMED, Consent.PENDING)


def subscribed_to(connection: Connection, subscriber_id: int) -> list[Topic]:
    """Return the topics a person is in, or has asked to be in."""
    standing = consent.standing(connection, subscriber_id)
    return [
        topic
        for topic in all_topics.every(connection)
        if topic.id in standing and standing[topic.id].status in _HELD
    ]


def withdraw(
    connection: Connection,
    subscriber_id: int,
    how: Circumstances,
    only: Collection[str] | None = None,
) -> list[Topic]:
    """Withdraw consent from every topic, or `only` from those slugs; return what was left.

    Leaving what one has left already changes nothing. It is recorded only where a goodbye page may
    still offer to undo the first time, so that this is the last word.
    """
    subscribers.hold(connection, subscriber_id)
    leaving = [
        topic
        for topic in subscribed_to(connection, subscriber_id)
        if only is None or topic.slug in only
    ]
    again = returning.open_to_undo(connection, subscriber_id, how.at)
    said = [
        topic.id
        for topic in all_topics.every(connection)
        if topic in leaving or (topic.id in again and (only is None or topic.slug in only))
    ]
    consent.record(
        connection,
        [Change(subscriber_id, topic_id, ConsentChange.WITHDRAWN, how) for topic_id in said],
    )
    if leaving:
        rows.drop(connection, subscriber_id, how.at)
    return leaving
