"""Who reads an issue and what they were sent before, a slice of people at a time."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, exists, func, select

from pinlabs_mailer.db import plain
from pinlabs_mailer.db.tables import (
    delivery,
    edition,
    edition_topic,
    issue,
    issue_item,
    subscriber,
    subscription,
    suppression,
)
from pinlabs_mailer.db.words import Consent, DeliveryKind, Frequency
from pinlabs_mailer.digest.picker import Edition, Subscription
from pinlabs_mailer.outbox.states import SENT_OR_ABOUT_TO_BE

_SLICE = 20_000
_FREQUENCIES = {frequency.value: frequency for frequency in Frequency}


class Reader(NamedTuple):
    """One person who could get a digest."""

    subscriber_id: int
    locale: str
    subscriptions: tuple[Subscription, ...]
    past: tuple[int, ...]
    """Ids of the editions they were sent, or are about to be."""


def first_issued(
    connection: Connection, item_ids: list[int], issue_id: int | None
) -> dict[int, datetime]:
    """Return when the first issue that had each item was opened, this one aside."""
    found = connection.execute(
        select(issue_item.c.item_id, func.min(issue.c.opened_at).label("at"))
        .join(issue)
        .where(issue_item.c.item_id.in_(item_ids), issue.c.id != (issue_id or 0))
        .group_by(issue_item.c.item_id)
    )
    return {row.item_id: row.at for row in found}


def past_editions(
    connection: Connection, item_ids: list[int], since: datetime
) -> dict[int, Edition]:
    """Return the editions that matter for picking: those of every issue that had one of these
    items, whenever that was, and those since `since`, for the sake of frequencies.
    """
    had_one = select(issue_item.c.issue_id).where(issue_item.c.item_id.in_(item_ids))
    topics: dict[int, set[int]] = {}
    rows = connection.execute(
        select(edition.c.id, edition.c.item_ids, issue.c.as_of, edition_topic.c.topic_id)
        .select_from(edition.join(issue).outerjoin(edition_topic))
        .where(issue.c.id.in_(had_one) | (issue.c.as_of >= since))
    ).all()
    for row in rows:
        topics.setdefault(row.id, set()).add(row.topic_id)
    return {
        row.id: Edition(tuple(row.item_ids), frozenset(topics[row.id]), row.as_of) for row in rows
    }


def readers(
    connection: Connection, opened_at: datetime, editions: dict[int, Edition], issue_id: int | None
) -> Iterator[Reader]:
    """Yield everybody who had consented when the issue opened, by ascending id.

    `issue_id` is the issue itself when its planning is taken up again: what it has planned
    already is no past.
    """
    last = 0
    while True:
        upto = connection.execute(
            select(func.max(subscriber.c.id)).where(
                subscriber.c.id.in_(
                    select(subscriber.c.id)
                    .where(subscriber.c.id > last)
                    .order_by(subscriber.c.id)
                    .limit(_SLICE)
                )
            )
        ).scalar()
        if upto is None:
            return
        yield from _slice(connection, last, upto, opened_at, editions, issue_id)
        last = upto


def _slice(
    connection: Connection,
    after: int,
    upto: int,
    opened_at: datetime,
    editions: dict[int, Edition],
    issue_id: int | None,
) -> Iterator[Reader]:
    past: dict[int, list[int]] = {}
    sent = connection.execute(
        select(delivery.c.subscriber_id, delivery.c.edition_id)
        .where(delivery.c.subscriber_id > after, delivery.c.subscriber_id <= upto)
        .where(delivery.c.kind == DeliveryKind.DIGEST)
        .where(delivery.c.status.in_(SENT_OR_ABOUT_TO_BE))
        .where(delivery.c.issue_id != (issue_id or 0))
        .order_by(delivery.c.subscriber_id, delivery.c.edition_id)
    )
    for subscriber_id, edition_id in plain.rows(sent):
        if edition_id in editions:
            past.setdefault(subscriber_id, []).append(edition_id)
    confirmed = connection.execute(
        select(
            subscription.c.subscriber_id,
            subscription.c.topic_id,
            subscription.c.confirmed_at,
            subscription.c.frequency,
            subscriber.c.locale,
        )
        .join(subscriber)
        .where(subscriber.c.id > after, subscriber.c.id <= upto)
        .where(subscription.c.status == Consent.CONFIRMED)
        .where(subscription.c.confirmed_at <= opened_at)
        .where(subscriber.c.erased_at.is_(None))
        .where(~exists().where(suppression.c.email_key == subscriber.c.email_key))
        .where(subscriber.c.paused_until.is_(None) | (subscriber.c.paused_until <= opened_at))
        .order_by(subscription.c.subscriber_id, subscription.c.topic_id)
    )
    subscribed: dict[int, list[Subscription]] = {}
    locales: dict[int, str] = {}
    known: dict[tuple[object, ...], Subscription] = {}
    for subscriber_id, topic_id, confirmed_at, frequency, locale in plain.rows(confirmed):
        kind = topic_id, confirmed_at, frequency
        one = known.get(kind)
        if one is None:
            since = plain.moment(confirmed_at)
            one = known[kind] = Subscription(topic_id, since, _FREQUENCIES[frequency])
        subscribed.setdefault(subscriber_id, []).append(one)
        locales[subscriber_id] = locale
    for subscriber_id, subscriptions in subscribed.items():
        yield Reader(
            subscriber_id,
            locales[subscriber_id],
            tuple(subscriptions),
            tuple(past.get(subscriber_id, ())),
        )
