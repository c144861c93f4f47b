"""Local times and days of events, brought to moments. What is no date of our time gives none."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from pinlabs_mailer.content import dates

When = datetime | date | str | None
"""How sources state a time: a moment, a local time, a day, or any of them in ISO 8601."""

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


def stated(value: When) -> datetime | date | None:
    """Return what an ISO 8601 text says; a text that is a day alone stays a day."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            return parse(value)
        except ValueError:
            continue
    return None


def is_day(value: datetime | date) -> bool:
    """Say whether this is a day without a time."""
    return not isinstance(value, datetime)


def begin(value: datetime | date, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a time, or at which a day begins."""
    try:
        if not isinstance(value, datetime):
            value = datetime.combine(value, time())
        if value.tzinfo is None:
            value = value.replace(tzinfo=zone)
        return dates.sane(value.astimezone(UTC))
    except (OverflowError, ValueError):
        return None


def end(value: datetime | date, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a time, or at which a day is over."""
    try:
        return begin(value + _DAY if is_day(value) else value, zone)
    except OverflowError:
        return None


def zone_named(name: str) -> ZoneInfo | None:
    """Return the zone of that IANA name, if it exists."""
    return ZoneInfo(name) if name in _zones() else None


def zone_of_offset(value: datetime | date) -> str:
    """Return the name of the zone that has this time's offset and no more to it, or nothing.

    An offset of zero says nothing: many write every time in UTC, wherever it is.
    """
    if not isinstance(value, datetime) or not isinstance(value.tzinfo, timezone):
        return ""
    offset = value.utcoffset() or timedelta()
    name = f"Etc/GMT{-offset // _HOUR:+d}"  # their sign is that of POSIX: west is plus
    return name if offset and offset % _HOUR == timedelta() and name in _zones() else ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
