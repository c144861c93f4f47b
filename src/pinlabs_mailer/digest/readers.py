"""Who reads an issue, a slice of people at a time, and what keeps anybody from reading it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, func, select

from pinlabs_mailer.community.search import Search
from pinlabs_mailer.community.searches import from_row
from pinlabs_mailer.db import plain
from pinlabs_mailer.db.tables import saved_search, subscriber, subscription, suppression
from pinlabs_mailer.db.words import Consent, Frequency
from pinlabs_mailer.digest.picker import Subscription

SLICE = 20_000
_FREQUENCIES = {frequency.value: frequency for frequency in Frequency}


class Reader(NamedTuple):
    """One person who could get a digest."""

    subscriber_id: int
    locale: str
    subscriptions: tuple[Subscription, ...]
    search: Search | None


def slices(connection: Connection) -> Iterator[tuple[int, int]]:
    """Yield (after, upto) so that everybody's id is after one and up to its other."""
    last = 0
    while True:
        some = select(subscriber.c.id).where(subscriber.c.id > last).order_by(subscriber.c.id)
        upto = connection.execute(select(func.max(some.limit(SLICE).subquery().c.id))).scalar()
        if upto is None:
            return
        yield last, upto
        last = upto


def readers(connection: Connection, opened_at: datetime, after: int, upto: int) -> Iterator[Reader]:
    """Yield those of a slice who had consented when the issue opened, by ascending id."""
    searches = _searches(connection, after, upto)
    confirmed = connection.execute(
        select(
            subscription.c.subscriber_id,
            subscriber.c.locale,
            subscription.c.topic_id,
            subscription.c.confirmed_at,
            subscription.c.frequency,
        )
        .join(subscriber)
        .where(subscription.c.subscriber_id > after, subscription.c.subscriber_id <= upto)
        .where(*conditions(opened_at).values())
        .order_by(subscription.c.subscriber_id, subscription.c.topic_id)
    )
    known: dict[tuple[Any, ...], Subscription] = {}
    who, language, theirs = 0, "", list[Subscription]()
    for subscriber_id, locale, *kind in plain.rows(confirmed):
        if subscriber_id != who:
            if theirs:
                yield Reader(who, language, tuple(theirs), searches.get(who))
            who, language, theirs = subscriber_id, locale, []
        same = tuple(kind)
        one = known.get(same)
        if one is None:
            topic_id, confirmed_at, frequency = kind
            since = plain.moment(confirmed_at)
            one = known[same] = Subscription(topic_id, since, _FREQUENCIES[frequency])
        theirs.append(one)
    if theirs:
        yield Reader(who, language, tuple(theirs), searches.get(who))


def conditions(opened_at: datetime) -> dict[str, ColumnElement[bool]]:
    """Return what a subscription and its person must fulfil, by what is said where they do not."""
    return {
        "no topic is confirmed": subscription.c.status == Consent.CONFIRMED,
        "nothing had been confirmed yet": subscription.c.confirmed_at <= opened_at,
        "the person was erased": subscriber.c.erased_at.is_(None),
        "the address is suppressed": ~exists().where(
            suppression.c.email_key == subscriber.c.email_key
        ),
        "the person has paused": subscriber.c.paused_until.is_(None)
        | (subscriber.c.paused_until <= opened_at),
    }


def why_not(connection: Connection, subscriber_id: int, opened_at: datetime) -> str:
    """Return what keeps a person from reading an issue opened then, nothing if they read it."""
    fulfilled: list[ColumnElement[bool]] = [subscription.c.subscriber_id == subscriber_id]
    for why, condition in conditions(opened_at).items():
        fulfilled.append(condition)
        one = select(1).select_from(subscription.join(subscriber)).where(*fulfilled)
        if connection.execute(one.limit(1)).first() is None:
            return why
    return ""


def _searches(connection: Connection, after: int, upto: int) -> dict[int, Search]:
    found = connection.execute(
        select(saved_search).where(
            saved_search.c.subscriber_id > after, saved_search.c.subscriber_id <= upto
        )
    )
    return {row["subscriber_id"]: from_row(row) for row in found.mappings()}
