"""Withdrawal: recorded, and what waits for the person dropped, before the answer goes out."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import consent, returning
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.holding import Held, hold
from pinlabs_mailer.community.standing import Standing
from pinlabs_mailer.db.words import Consent, ConsentChange
from pinlabs_mailer.outbox import rows
from pinlabs_mailer.topics import Topic

_HELD = (Consent.CONFIRMED, Consent.PENDING)


class Leaver(NamedTuple):
    """Somebody who leaves."""

    held: Held
    how: Circumstances
    only: Collection[str] | None = None
    """The slugs of the topics to leave; None: every one."""

    def means(self, topic: Topic) -> bool:
        """Say whether they leave this topic, if they are in it."""
        return self.only is None or topic.slug in self.only


class Left(NamedTuple):
    """What a leaver has left, and which topics remain to them."""

    left: list[Topic]
    remaining: list[Topic]


def subscribed_to(connection: Connection, subscriber_id: int) -> list[Topic]:
    """Return the topics a person is in, or has asked to be in."""
    standing = consent.standing(connection, subscriber_id)
    return [topic for topic in all_topics.every(connection) if _is_in(standing.get(topic.id))]


def withdraw(
    connection: Connection,
    subscriber_id: int,
    how: Circumstances,
    only: Collection[str] | None = None,
) -> list[Topic]:
    """Withdraw consent from every topic, or `only` from those slugs; return what was left."""
    held = hold(connection, [subscriber_id]).get(subscriber_id)
    if held is None:
        return []  # purged since somebody looked them up
    return withdraw_all(connection, [Leaver(held, how, only)])[0].left


def withdraw_all(connection: Connection, leavers: Sequence[Leaver]) -> list[Left]:
    """Withdraw the consent of many, each of them once, in as few statements as that of one.

    Leaving what one has left already changes nothing. It is recorded only where a goodbye page may
    still offer to undo the first time, so that this is the last word.
    """
    if not leavers:
        return []
    topics = all_topics.every(connection)
    gone: list[Left] = []
    changes: list[Change] = []
    for one in leavers:
        who, stand = one.held.person.id, one.held.stand
        has = [topic for topic in topics if _is_in(stand.get(topic.id))]
        left = [topic for topic in has if one.means(topic)]
        gone.append(Left(left, [topic for topic in has if topic not in left]))
        again = returning.open_to_undo(connection, who, stand, one.how.at)
        changes += [
            Change(who, topic.id, ConsentChange.WITHDRAWN, one.how)
            for topic in topics
            if topic in left or (topic.id in again and one.means(topic))
        ]
    consent.record(connection, changes, {one.held.person.id: one.held for one in leavers})
    dropping = [one for one, what in zip(leavers, gone, strict=True) if what.left]
    if dropping:
        ids = [one.held.person.id for one in dropping]
        rows.drop_of(connection, ids, max(one.how.at for one in dropping))
    return gone


def _is_in(standing: Standing | None) -> bool:
    return standing is not None and standing.status in _HELD
