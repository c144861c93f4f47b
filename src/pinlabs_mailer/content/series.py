"""When a series of events takes place: its rule, and what is added to it.

The dates of a series are local times without a zone, so that a change of the clock moves none.
All series of a calendar together are followed for as many days as its budget has.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import Any

from pinlabs_mailer.content import recurrence
from pinlabs_mailer.errors import BadInput

MAX_DAYS = 1_000_000
"""From the beginning of a series to where it is followed to, added up for all of a calendar."""


@dataclass
class Budget:
    """How many days of series may still be gone through."""

    days: int = MAX_DAYS

    def take(self, days: int) -> None:
        """Use some of it, or raise BadInput if there is not enough left."""
        if days > self.days:
            raise BadInput("its calendar has more and longer series than are followed")
        self.days -= days


@dataclass(frozen=True)
class Span:
    """From when to when an event takes place: times, or days of which the last counts."""

    starts: datetime | date | None
    ends: datetime | date | None
    zone: str

    def at(self, moment: datetime) -> "Span":
        """Return the same span, with another local time to start at."""
        if self.starts is None:
            return self
        zone = tzinfo_of(self.starts)
        later = moment - local(self.starts, zone)
        return Span(_moved(self.starts, later, zone), _moved(self.ends, later, zone), self.zone)


def tzinfo_of(value: datetime | date) -> tzinfo | None:
    """Return the zone of a time; a day has none."""
    return value.tzinfo if isinstance(value, datetime) else None


def local(value: datetime | date, zone: tzinfo | None) -> datetime:
    """Return what a clock in a zone shows at a time, or when a day begins."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    try:
        there = value.astimezone(zone) if value.tzinfo and zone else value
    except (OverflowError, ValueError):  # at the ends of the calendar
        there = value
    return there.replace(tzinfo=None)


def _moved(
    value: datetime | date | None, later: timedelta, zone: tzinfo | None
) -> datetime | date | None:
    try:
        if isinstance(value, datetime):
            return (local(value, zone) + later).replace(tzinfo=zone)
        return None if value is None else value + later
    except OverflowError:
        return None


def dates(
    begin: datetime,
    rule: Mapping[str, Sequence[Any]],
    more: Iterable[datetime],
    until: datetime,
    budget: Budget,
) -> Iterator[datetime]:
    """Return when a series takes place from its beginning up to a moment, each once, in order.

    `rule` has the fields of an RRULE, and is empty if there is none; `more` are the RDATEs.
    BadInput speaks of the event.
    """
    regular = recurrence.parse(rule).moments(begin, until) if rule else [begin]
    budget.take(max(0, (until - begin).days))
    extra = sorted(one for one in more if begin < one <= until)
    return (moment for moment, _ in groupby(heapq.merge(regular, extra)))
