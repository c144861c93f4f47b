"""The rule by which an event repeats: an RRULE (RFC 5545, 3.3.10), as far as it goes by days.

A rule from a stranger may ask for every second since the year 1, or for a 30th of February for
ever. So rules within a day are not read, and a rule is followed day by day to a given end. Days
of the year and numbers of weeks, which hardly any calendar uses, are not read either.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from pinlabs_mailer.errors import BadInput

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_NUMBERS = ("BYMONTH", "BYMONTHDAY", "BYSETPOS")
_READ = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_NUMBERS))
_MOST_VALUES = 100
"""In a field; every nth weekday of a month makes 77. Each day or period is held to all of them."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """When an event repeats. An empty tuple leaves that part to the beginning of the event."""

    frequency: str
    interval: int
    count: int | None
    until: datetime | None
    week_starts: int
    weekdays: tuple[tuple[int, int], ...]
    """Pairs of which one in its month or year, 0 for every one, and a day of the week."""
    months: tuple[int, ...]
    month_days: tuple[int, ...]
    positions: tuple[int, ...]

    def moments(self, begin: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the moments of a series that begins then, in order, up to `until`."""
        last = min(self.until or until, until)
        return islice(self._moments(begin, last), self.count)

    def _moments(self, begin: datetime, last: datetime) -> Iterator[datetime]:
        if begin <= last:
            yield begin  # the first of a series, whatever its rule says
        for first, end in self._periods(begin.date(), last.date()):
            days = [day for day in _each(first, end) if self._fits(day, begin.date())]
            for day in self._chosen(days):
                moment = datetime.combine(day, begin.time())
                if begin < moment <= last:
                    yield moment

    def _periods(self, begin: date, last: date) -> Iterator[tuple[date, date]]:
        """Yield the first day of each period and the first day after it."""
        if self.frequency in ("DAILY", "WEEKLY"):
            length = 1 if self.frequency == "DAILY" else 7
            back = (begin.weekday() - self.week_starts) % 7 if length == 7 else 0
            first = begin - back * _DAY
            while first <= last:
                yield first, first + length * _DAY
                first += self.interval * length * _DAY
            return
        months = 1 if self.frequency == "MONTHLY" else 12
        number = begin.year * 12 + (begin.month - 1 if months == 1 else 0)
        while (first := _month(number)) <= last:
            yield first, _month(number + months)
            number += self.interval * months

    def _fits(self, day: date, begin: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        if self.month_days and not self._is_month_day(day):
            return False
        if self.weekdays:
            return self._is_weekday(day)
        if self.month_days or self.frequency == "DAILY":
            return True
        if self.frequency == "WEEKLY":
            return day.weekday() == begin.weekday()
        any_month = self.frequency == "MONTHLY" or bool(self.months)
        return day.day == begin.day and (any_month or day.month == begin.month)

    def _is_month_day(self, day: date) -> bool:
        return any(at in self.month_days for at in (day.day, day.day - _length(day) - 1))

    def _is_weekday(self, day: date) -> bool:
        weekday = day.weekday()
        if (0, weekday) in self.weekdays:
            return True
        if self.frequency == "YEARLY" and not self.months:
            first, end = _month(day.year * 12), _month(day.year * 12 + 12)
            return self._is_nth(weekday, (day - first).days + 1, (end - first).days)
        return self._is_nth(weekday, day.day, _length(day))

    def _is_nth(self, weekday: int, at: int, of: int) -> bool:
        from_end = -((of - at) // 7 + 1)
        return any((nth, weekday) in self.weekdays for nth in ((at - 1) // 7 + 1, from_end))

    def _chosen(self, days: list[date]) -> list[date]:
        if not self.positions:
            return days
        count = len(days)
        wanted = [at - 1 if at > 0 else count + at for at in self.positions]
        return [days[at] for at in sorted(set(wanted)) if 0 <= at < count]


def parse(fields: Mapping[str, Sequence[Any]]) -> Rule:
    """Return the rule of these fields; BadInput speaks of the event."""
    first = {name: values[0] for name, values in fields.items() if values}
    try:
        if not first.keys() <= _READ or str(first["FREQ"]).upper() not in _FREQUENCIES:
            raise ValueError
        if any(len(values) > _MOST_VALUES for values in fields.values()):
            raise ValueError
        numbers = {name: tuple(int(one) for one in fields.get(name, ())) for name in _NUMBERS}
        interval = int(first.get("INTERVAL", 1))
        count = int(first["COUNT"]) if "COUNT" in first else None
        if not 1 <= interval <= 1_000 or (count is not None and not 1 <= count <= 100_000):
            raise ValueError
        return Rule(
            frequency=str(first["FREQ"]).upper(),
            interval=interval,
            count=count,
            until=first.get("UNTIL"),
            week_starts=_DAYS.index(str(first.get("WKST", "MO")).upper()),
            weekdays=tuple(map(_weekday, fields.get("BYDAY", ()))),
            months=numbers["BYMONTH"],
            month_days=numbers["BYMONTHDAY"],
            positions=numbers["BYSETPOS"],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput("it repeats by a rule that is not read") from error


def _weekday(value: Any) -> tuple[int, int]:
    found = _BYDAY.fullmatch(str(value).upper())
    if found is None:
        raise ValueError(value)
    return int(found[1] or 0), _DAYS.index(found[2])


def _each(first: date, end: date) -> Iterator[date]:
    return (first + number * _DAY for number in range((end - first).days))


def _month(number: int) -> date:
    """Return the first day of a month, by how many there were before it."""
    return date(number // 12, number % 12 + 1, 1)


def _length(day: date) -> int:
    """Return how many days the month of a day has."""
    return (_month(day.year * 12 + day.month) - _DAY).day
