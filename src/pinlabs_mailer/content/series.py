"""When a series of events takes place: the rule of RFC 5545, within bounds.

The dates of a series are local times without a zone, so that a change of the clock moves none.
A rule from a stranger can ask for every second since the year 1; so only rules by days and
longer are followed, and only for as many days as the budget of the calendar has.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby, islice
from typing import Any

from dateutil import rrule

from pinlabs_mailer.errors import BadInput

MAX_DAYS = 1_000_000
"""From the beginning of a series to where it is followed to, added up for all of a calendar."""

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_BY = ("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST")
_READ = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", *_BY))
_NOT_READ = "it repeats by a rule that is not read"


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

    `rule` is an RRULE by its fields, empty if there is none; `more` are the RDATEs. BadInput
    speaks of the event.
    """
    if until < begin:
        return iter(())
    budget.take((until - begin).days)
    regular = _regular(begin, rule, until) if rule else [begin]
    extra = sorted(one for one in more if begin < one <= until)
    return (moment for moment, _ in groupby(heapq.merge(regular, extra)))


def _regular(
    begin: datetime, rule: Mapping[str, Sequence[Any]], until: datetime
) -> Iterator[datetime]:
    first = {name: values[0] for name, values in rule.items() if values}
    interval, count = first.get("INTERVAL", 1), first.get("COUNT")
    if not first.keys() <= _READ or first.get("FREQ") not in _FREQUENCIES or interval < 1:
        raise BadInput(_NOT_READ)
    # COUNT stays here: dateutil would follow a rule that never fits to the year 9999.
    parts = [f"{name}={','.join(map(str, rule[name]))}" for name in _BY if name in first]
    last = min(first.get("UNTIL", until), until)
    parts += [f"FREQ={first['FREQ']}", f"INTERVAL={interval}", f"UNTIL={last:%Y%m%dT%H%M%S}"]
    try:
        return islice(rrule.rrulestr(";".join(parts), dtstart=begin), count)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise BadInput(_NOT_READ) from error
