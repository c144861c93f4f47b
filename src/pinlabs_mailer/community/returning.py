"""Undoing a goodbye, for a short time: exactly what it ended comes back, and nothing else."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import consent, heads, subscribers
from pinlabs_mailer.community.chain import Recorded
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.standing import Standing, standing_from
from pinlabs_mailer.community.subscribers import Subscriber
from pinlabs_mailer.db.tables import consent_event, subscriber
from pinlabs_mailer.db.words import Consent, ConsentChange
from pinlabs_mailer.tokens import REFERENCE_LENGTH
from pinlabs_mailer.topics import Topic

LASTS = timedelta(hours=1)
_BYTES = REFERENCE_LENGTH * 3 // 4


class Goodbye(NamedTuple):
    """What somebody has left in one act."""

    person: Subscriber
    left: list[Topic]
    """The topics that were confirmed until then: those that can come back."""
    open: list[Topic]
    """Those among them where it is still the last word."""


def after(connection: Connection, subscriber_id: int, now: datetime) -> tuple[list[Topic], str]:
    """Return what can come back of the goodbye that was recorded last, and what names it."""
    named = _reference(connection, subscriber_id)
    found = look_up(connection, named, now)
    return (found.open if found else []), named


def _reference(connection: Connection, subscriber_id: int) -> str:
    last: int = connection.execute(
        select(func.max(consent_event.c.id)).where(consent_event.c.subscriber_id == subscriber_id)
    ).scalar_one()
    return base64.urlsafe_b64encode(last.to_bytes(_BYTES)).decode()


def look_up(connection: Connection, reference: str, now: datetime) -> Goodbye | None:
    """Return the goodbye that a reference names, None if it is too long ago or nothing of it."""
    found = connection.execute(
        select(consent_event.c.subscriber_id, consent_event.c.at, subscriber.c.reference)
        .join(subscriber)
        .where(consent_event.c.id == _id(reference))
        .where(consent_event.c.change == ConsentChange.WITHDRAWN)
        .where(subscriber.c.moved_at.is_(None) | (consent_event.c.at > subscriber.c.moved_at))
    ).first()
    if found is None or not _recent(found.at, now):
        return None
    person = subscribers.by_reference(connection, found.reference)
    events = _events(connection, found.subscriber_id)
    ended = [one for one in events if _is_of(one, found.at)]
    if person is None or not person.email or not ended:
        return None
    first = ended[0].entry.position
    before = standing_from(one.entry for one in events if one.entry.position < first)
    gone = {one.entry.topic_id for one in ended}
    every = all_topics.every(connection)
    left = [t for t in every if t.id in gone and _confirmed(before.get(t.id))]
    stand = standing_from(one.entry for one in events)
    open_ = [
        topic
        for topic in left
        if stand[topic.id].status == Consent.WITHDRAWN and stand[topic.id].withdrawn_at == found.at
    ]
    return Goodbye(person, left, open_) if left else None


def open_to_undo(
    connection: Connection, subscriber_id: int, stand: Mapping[int, Standing], now: datetime
) -> set[int]:
    """Return the ids of the topics that a goodbye page may still offer to bring back: left there
    within the hour, while they were confirmed. `stand` is where the person's topics stand."""
    if not any(one.withdrawn_at and _recent(one.withdrawn_at, now) for one in stand.values()):
        return set()
    events = [one.entry for one in _events(connection, subscriber_id)]
    open_: set[int] = set()
    for number, entry in enumerate(events):
        by_page = entry.change == ConsentChange.WITHDRAWN and entry.form_version != ""
        if by_page and _recent(entry.at, now):
            before = standing_from(events[:number])
            if _confirmed(before.get(entry.topic_id)):
                open_.add(entry.topic_id)
                continue
        open_.discard(entry.topic_id)
    return open_


def undo(connection: Connection, reference: str, how: Circumstances) -> Goodbye | None:
    """Bring back what a goodbye ended, as it was; None if that is not possible (any more).

    What has changed since stays as it is. Undoing twice does it once.
    """
    found = look_up(connection, reference, how.at)
    if found is None:
        return None
    subscribers.hold(connection, found.person.id)
    found = look_up(connection, reference, how.at)
    if found is None:
        return None
    consent.record(
        connection,
        [Change(found.person.id, one.id, ConsentChange.CONFIRMED, how) for one in found.open],
    )
    return found


def _events(connection: Connection, subscriber_id: int) -> list[Recorded]:
    mine = heads.recorded().where(consent_event.c.subscriber_id == subscriber_id)
    return [heads.read(row) for row in connection.execute(mine).all()]


def _recent(at: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - at <= LASTS


def _is_of(one: Recorded, at: datetime) -> bool:
    return one.entry.change == ConsentChange.WITHDRAWN and one.entry.at == at


def _confirmed(one: Standing | None) -> bool:
    return one is not None and one.status == Consent.CONFIRMED


def _id(reference: str) -> int:
    try:
        named = int.from_bytes(base64.urlsafe_b64decode(reference))
    except binascii.Error:
        return 0
    return named if named < 2**63 else 0
