"""What one reader gets. Pure: everything it looks at is an argument.

The rules, each once:
- of the reader's topics, those whose frequency allows one now;
- nothing the reader was sent, or is about to be;
- nothing that was in an issue before the reader confirmed that topic;
- newest first, at most `limit`; what does not fit waits for the next issue.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pinlabs_mailer.db.words import Frequency


class Candidate(NamedTuple):
    """An item that could be picked. The sequence given to `pick` has the newest first."""

    item_id: int
    topic_id: int
    first_issued_at: datetime | None
    """When the first issue that had it was opened; None if none had."""


class Edition(NamedTuple):
    """What some people were sent in one issue."""

    items: tuple[int, ...]
    topics: frozenset[int]
    as_of: datetime


class Subscription(NamedTuple):
    """A confirmed subscription of the reader."""

    topic_id: int
    confirmed_at: datetime
    frequency: Frequency


def pick(
    subscriptions: Sequence[Subscription],
    past: Collection[Edition],
    candidates: Sequence[Candidate],
    *,
    as_of: datetime,
    zone: ZoneInfo,
    limit: int,
) -> tuple[int, ...]:
    """Return the ids of the items for one reader, in the order they are shown."""
    confirmed = {
        one.topic_id: one.confirmed_at
        for one in subscriptions
        if _frequency_allows(one, past, as_of, zone)
    }
    sent = {item for edition in past for item in edition.items}
    picked = [
        candidate.item_id
        for candidate in candidates
        if candidate.item_id not in sent and _is_news(candidate, confirmed)
    ]
    return tuple(picked[:limit])


def _is_news(candidate: Candidate, confirmed: Mapping[int, datetime]) -> bool:
    since = confirmed.get(candidate.topic_id)
    if since is None:
        return False
    return candidate.first_issued_at is None or candidate.first_issued_at >= since


def _frequency_allows(
    subscription: Subscription, past: Collection[Edition], as_of: datetime, zone: ZoneInfo
) -> bool:
    if subscription.frequency is Frequency.EVERY:
        return True
    now = _period(subscription.frequency, as_of, zone)
    return not any(
        subscription.topic_id in edition.topics
        and _period(subscription.frequency, edition.as_of, zone) == now
        for edition in past
    )


def _period(frequency: Frequency, moment: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return the ISO week or the calendar month of a moment, in the schedule's zone."""
    local = moment.astimezone(zone)
    if frequency is Frequency.WEEKLY:
        return local.isocalendar()[:2]
    return local.year, local.month
