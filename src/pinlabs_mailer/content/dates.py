"""When something was published, from the forms that sources use. Nonsense counts as no date."""

import calendar
from datetime import UTC, datetime
from time import struct_time

_FIRST_YEAR = 1990
_LAST_YEAR = 2100


def from_iso(value: object) -> datetime | None:
    """Return the moment of an ISO 8601 or RFC 3339 text; without a zone it counts as UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return sane(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def from_utc(value: struct_time | None) -> datetime | None:
    """Return the moment of a struct_time in UTC, which is what feedparser makes of any date."""
    if value is None:
        return None
    try:
        return sane(datetime.fromtimestamp(calendar.timegm(value), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def sane(moment: datetime) -> datetime | None:
    """Return the moment unless its year shows that it is none: 1, 1970, 9999."""
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None
