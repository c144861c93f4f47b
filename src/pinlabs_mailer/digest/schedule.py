"""Which issue is due: a pure function of the schedule, the time zone and the moment.

A slot is a local date and time. A local time that a clock change skips is the first valid moment
after it; one that comes twice is the first.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pinlabs_mailer.settings import Schedule


class Slot(NamedTuple):
    """A time for which one issue is due."""

    key: str
    """The local date: `2026-11-24`."""
    at: datetime


def due(schedule: Schedule, zone: ZoneInfo, since: datetime, now: datetime) -> Slot | None:
    """Return the latest slot after `since` that has come by `now`; earlier ones are passed over.

    `since` is when the database was set up; a schedule of every N weeks counts from the first
    slot after it.
    """
    return next(_slots_back(schedule, zone, since, now), None)


def following(schedule: Schedule, zone: ZoneInfo, since: datetime, now: datetime) -> Slot:
    """Return the first slot after `now`."""
    horizon = now + schedule.every_weeks * timedelta(weeks=1) + timedelta(days=32)
    last = None
    for slot in _slots_back(schedule, zone, since, horizon):
        if slot.at <= now:
            break
        last = slot
    assert last is not None, "a schedule has a slot within its period"
    return last


def _slots_back(
    schedule: Schedule, zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[Slot]:
    """Yield the slots in (since, until], the latest first."""
    anchor = _first_date(schedule, zone, since)
    day = until.astimezone(zone).date() + timedelta(days=1)
    while day >= anchor:
        if _matches(schedule, day, anchor):
            at = moment(day, schedule, zone)
            if since < at <= until:
                yield Slot(day.isoformat(), at)
        day -= timedelta(days=1)


def _first_date(schedule: Schedule, zone: ZoneInfo, since: datetime) -> date:
    """Return the date of the first slot after `since`, from which weeks are counted."""
    day = since.astimezone(zone).date() - timedelta(days=1)
    while not (_on_day(schedule, day) and moment(day, schedule, zone) > since):
        day += timedelta(days=1)
    return day


def _matches(schedule: Schedule, day: date, anchor: date) -> bool:
    if not _on_day(schedule, day):
        return False
    return schedule.weekday is None or (day - anchor).days % (7 * schedule.every_weeks) == 0


def _on_day(schedule: Schedule, day: date) -> bool:
    if schedule.weekday is not None:
        return day.weekday() == schedule.weekday
    if schedule.day is not None:
        return day.day == min(schedule.day, calendar.monthrange(day.year, day.month)[1])
    return True


def moment(day: date, schedule: Schedule, zone: ZoneInfo) -> datetime:
    """Return the moment of the schedule's time on a local date, in UTC."""
    local = datetime.combine(day, schedule.at, tzinfo=zone)  # fold=0: the first of two
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which the clocks jump over `local`."""
    after = local.replace(fold=1).utcoffset()
    low, high = local.replace(fold=1).astimezone(UTC), local.astimezone(UTC)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == local.utcoffset():
            low = middle
        else:
            high = middle
    assert high.astimezone(zone).utcoffset() == after
    return high
