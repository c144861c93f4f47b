"""What is known here of the people whom a file names: looked up for thousands at once."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.tables import consent_event, subscriber
from pinlabs_mailer.db.words import Actor, ConsentChange
from pinlabs_mailer.transfer.deciding import NOTHING, Said

Spoken = dict[int, dict[int, Said]]
"""By subscriber id, then by topic id."""


class Known(NamedTuple):
    """Somebody who is known already."""

    id: int
    name: str
    timezone: str


def people(connection: Connection, keys: Collection[str]) -> dict[str, Known]:
    """Return those who are known, by the key of their address."""
    columns = (subscriber.c.email_key, *(subscriber.c[name] for name in Known._fields))
    found = connection.execute(select(*columns).where(is_among(subscriber.c.email_key, keys)))
    return {key: Known(*rest) for key, *rest in found}


def spoken(connection: Connection, subscriber_ids: Collection[int]) -> Spoken:
    """Return when these people really said something: not when an import told us of it."""
    event = consent_event.c
    found = connection.execute(
        select(
            event.subscriber_id,
            event.topic_id,
            event.change,
            event.at,
            event.given_at,
            event.actor,
        )
        .where(is_among(event.subscriber_id, subscriber_ids))
        .where(event.change.in_([*_CONSENTED, *_ENDED, ConsentChange.REQUESTED]))
        .order_by(event.subscriber_id, event.position)
    )
    said: Spoken = {}
    for subscriber_id, topic_id, change, at, given_at, actor in found:
        topics = said.setdefault(subscriber_id, {})
        before = topics.get(topic_id, NOTHING)
        topics[topic_id] = after(before, ConsentChange(change), given_at or at, Actor(actor))
    return said


_CONSENTED = (ConsentChange.CONFIRMED, ConsentChange.IMPORTED)
_ENDED = (ConsentChange.WITHDRAWN, ConsentChange.EXPIRED)


def after(said: Said, change: ConsentChange, at: datetime, actor: Actor) -> Said:
    """Return what was said, with one more change of that moment."""
    if change in _CONSENTED:
        return Said(at, said.withdrew, said.asked)
    if change == ConsentChange.WITHDRAWN:
        return said._replace(withdrew=at)
    if change == ConsentChange.EXPIRED:
        return said._replace(expired=at)
    if change == ConsentChange.REQUESTED and actor == Actor.PERSON:
        return said._replace(asked=at)
    return said
