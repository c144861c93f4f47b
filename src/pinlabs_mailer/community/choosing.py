"""What a person chooses on the page of preferences: topics, how often, a pause, the language.

A topic that is added there is confirmed by that act: whoever has the link has the mailbox, or was
given it. Each function is a part of one transaction.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import consent, subscribers
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.subscribers import Subscriber
from pinlabs_mailer.db.tables import subscriber
from pinlabs_mailer.db.words import Consent, ConsentChange, Frequency
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.topics import Topic


class Choice(NamedTuple):
    """How a person has it."""

    topics: frozenset[str]
    """The slugs of those that are confirmed."""
    frequency: Frequency
    paused_until: datetime | None
    locale: str


def choice(connection: Connection, person: Subscriber) -> Choice:
    """Return how a person has it now."""
    standing = consent.standing(connection, person.id)
    held = {
        topic.slug: standing[topic.id].frequency or Frequency.EVERY
        for topic in all_topics.every(connection)
        if topic.id in standing and standing[topic.id].status == Consent.CONFIRMED
    }
    paused_until = connection.execute(
        select(subscriber.c.paused_until).where(subscriber.c.id == person.id)
    ).scalar_one()
    often = next(iter(held.values()), Frequency.EVERY)
    return Choice(frozenset(held), often, paused_until, person.locale)


def offered(connection: Connection, has: Choice) -> list[Topic]:
    """Return the topics to choose from: a retired one only for who has it, and can leave it."""
    return [
        topic
        for topic in all_topics.every(connection)
        if topic.retired_at is None or topic.slug in has.topics
    ]


def choose(
    connection: Connection,
    person: Subscriber,
    wanted: Choice,
    shown: Collection[str] | None,
    how: Circumstances,
) -> None:
    """Let it be as a person has chosen.

    `shown` are the topics that were ticked when the page was shown; only where the person has
    moved a tick does anything change, so that an old page in another tab brings nothing back.
    None: what holds now. A topic that stays is noted as chosen once more, with how often. The
    person must have been found in this transaction.
    """
    subscribers.hold(connection, person.id)
    now = choice(connection, person).topics
    before = now if shown is None else frozenset(shown)
    joinable = {topic.slug for topic in all_topics.offered(connection)}
    added = (wanted.topics - before - now) & joinable
    removed = (before - wanted.topics) & now
    what = {
        **dict.fromkeys(now - removed, ConsentChange.CHANGED),
        **dict.fromkeys(added, ConsentChange.CONFIRMED),
        **dict.fromkeys(removed, ConsentChange.WITHDRAWN),
    }
    consent.record(
        connection,
        [
            Change(person.id, topic.id, what[topic.slug], how, wanted.frequency)
            for topic in all_topics.every(connection)
            if topic.slug in what
        ],
    )
    connection.execute(
        update(subscriber)
        .where(subscriber.c.id == person.id, subscriber.c.erased_at.is_(None))
        .values(paused_until=wanted.paused_until, locale=wanted.locale)
    )
    rows.drop(connection, person.id, how.at)


def set_frequency(
    connection: Connection, person: Subscriber, frequency: Frequency, how: Circumstances
) -> None:
    """Let a person hear of every topic of theirs so often at most."""
    now = choice(connection, person)
    choose(connection, person, now._replace(frequency=frequency), None, how)
