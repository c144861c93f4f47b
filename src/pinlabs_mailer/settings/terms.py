"""Terms of retention: lengths of time as people agree on them, in months and years. Pure.

The end of a term is counted in UTC. A month that has no such day ends on its last one: a month
after 31 January is 28 or 29 February.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from pinlabs_mailer.settings import amounts

_FORM = re.compile(r"([0-9]{1,5})\s*(d|days?|months?|years?)(\s+to\s+year\s+end)?")
_FIX = "write a number and days, months or years, such as 24 months or 730d"
_LONGEST_YEARS = 100
_SHORTEST_MONTH, _CLAMPED = 28, timedelta(days=3)
_MOST_REMINDERS = 9


class Term(NamedTuple):
    """How long something is kept, from a moment that starts it."""

    months: int
    days: int
    to_year_end: bool = False
    """Kept on until the year is over in which it would end."""

    def after(self, start: datetime) -> datetime:
        """Return when the term is over."""
        end = _months_later(start, self.months) + timedelta(days=self.days)
        if self.to_year_end:
            first = end.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
            return _months_later(first, 12)
        return end

    def over_if_before(self, end: datetime) -> datetime:
        """Return a moment: what has begun by then is over by `end`."""
        if self.to_year_end:
            year = end.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
            end = year - timedelta(microseconds=1)
        return _months_later(end, -self.months) - timedelta(days=self.days)

    def latest_start(self, end: datetime) -> datetime:
        """Return a moment: what has begun after it is not over by `end`.

        It may be some days too late, for the sake of the ends of months: a bound to search by.
        """
        return self.over_if_before(end) + _CLAMPED

    @property
    def shortest(self) -> timedelta:
        """How long the term is at least."""
        return timedelta(days=self.months * _SHORTEST_MONTH + self.days)


def term(raw: str) -> Term:
    """A number of days, months or years: 730d, 24 months, 3 years to year end."""
    match = _FORM.fullmatch(raw.strip().lower())
    if match is None or int(match[1]) == 0:
        raise ValueError(_FIX)
    number, unit = int(match[1]), match[2][0]
    months = number * {"d": 0, "m": 1, "y": 12}[unit]
    found = Term(months, number if unit == "d" else 0, match[3] is not None)
    if months > _LONGEST_YEARS * 12 or found.days > _LONGEST_YEARS * 365:
        raise ValueError(f"write at most {_LONGEST_YEARS} years")
    return found


def term_of_at_least(days: int) -> Callable[[str], Term]:
    """A term that is not shorter than so many days."""

    def parse(raw: str) -> Term:
        found = term(raw)
        if found.shortest < timedelta(days=days):
            raise ValueError(f"write at least {days}d")
        return found

    return parse


def terms(raw: str) -> dict[str, Term]:
    """Terms by topic: jobs=12 months,events=3 years."""
    return {name: term(value) for name, value in amounts.pairs(raw).items()}


def reminders(raw: str) -> tuple[timedelta, ...]:
    """Whole days before an end, each another, with commas between them; the longest first."""
    found = amounts.durations(raw)
    if any(one % timedelta(days=1) for one in found):
        raise ValueError("write whole days: a reminder and the end on one day cancel each other")
    if len(set(found)) < len(found) or len(found) > _MOST_REMINDERS:
        raise ValueError(f"write up to {_MOST_REMINDERS} different numbers of days, such as 30d,7d")
    return tuple(sorted(found, reverse=True))


def contradictions(
    consent: Term, by_topic: Mapping[str, Term] | None, before: tuple[timedelta, ...]
) -> Iterator[str]:
    """Yield what is wrong with terms and reminders that are right one by one."""
    for name, one in {"": consent, **(by_topic or {})}.items():
        if before[0] >= one.shortest:
            yield (
                f"PINLABS_RENEWAL_REMINDERS: {before[0].days}d before the end is no later than the "
                f"beginning of the term{name and f' of {name}'}: write fewer days, or a longer term"
            )


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
