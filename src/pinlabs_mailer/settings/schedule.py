"""The grammar of PINLABS_SCHEDULE. When a slot falls is decided in `digest.schedule`."""

import re
from dataclasses import dataclass
from datetime import time

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIX = "write weekly tuesday 09:00, daily 09:00, monthly 1 09:00 or every 2 weeks tuesday 09:00"


@dataclass(frozen=True)
class Schedule:
    """When issues are due: exactly one of daily, on a weekday, or on a day of the month."""

    at: time
    weekday: int | None = None
    """0 is Monday."""
    every_weeks: int = 1
    day: int | None = None
    """1 to 31; in a shorter month the last day."""


def parse_schedule(raw: str) -> Schedule:
    """Return the schedule, or raise ValueError saying how to write one."""
    words = raw.lower().split()
    if not words:
        raise ValueError(_FIX)
    at = _time(words[-1])
    match words[:-1]:
        case ["daily"]:
            return Schedule(at)
        case ["weekly", day] if day in WEEKDAYS:
            return Schedule(at, weekday=WEEKDAYS.index(day))
        case ["every", number, "weeks", day] if day in WEEKDAYS and re.fullmatch(
            "[1-9]|[1-4][0-9]|5[0-2]", number
        ):
            return Schedule(at, weekday=WEEKDAYS.index(day), every_weeks=int(number))
        case ["monthly", number] if re.fullmatch("[1-9]|[12][0-9]|3[01]", number):
            return Schedule(at, day=int(number))
    raise ValueError(_FIX)


def _time(raw: str) -> time:
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", raw):
        raise ValueError(_FIX)
    return time.fromisoformat(raw)
