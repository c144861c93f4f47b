"""What only an event or a job has, as its source states it, and the checks before it is taken.

A part of the gate in `content.vetting`. What is wrong but can be done without is told and left
out; an item that makes no sense without it is refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pinlabs_mailer.content import hiring, text, times
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.content.times import When
from pinlabs_mailer.content.urls import web_link
from pinlabs_mailer.errors import BadInput

MAX_NAME = 200
MAX_LOCATIONS = 50

Tell = Callable[[str], None]


@dataclass(frozen=True)
class EventDraft:
    """An event as its source states it."""

    starts: When
    ends: When = None
    """A day counts to its end: the last day of an event."""
    zone: str = ""
    place: str = ""
    online: str = ""


@dataclass(frozen=True)
class JobDraft:
    """A job as its source states it."""

    department: str = ""
    team: str = ""
    locations: Iterable[str] = ()
    workplace: str = ""
    employment: Iterable[str] = ()
    """Of several the first that is known counts."""
    apply: str = ""
    closes: When = None
    """A day counts to its end."""


def event(
    given: EventDraft, base_url: str | None, fallback: ZoneInfo, tell: Tell
) -> tuple[Event, datetime]:
    """Return the event and the moment at which it is over: its end, or its start if that is all
    that is known."""
    zone = times.zone_named(given.zone)
    if given.zone and zone is None:
        tell(f"there is no time zone {given.zone[:60]!a}: that of the schedule is taken")
    starts = times.stated(given.starts)
    if starts is None:
        raise BadInput("its start is no date" if given.starts else "its start is missing")
    starts_at = times.begin(starts, zone or fallback)
    if starts_at is None:
        raise BadInput(f"its start is no date of our time (year {starts.year})")
    return (
        Event(
            starts_at=starts_at,
            zone=given.zone if zone else times.zone_of_offset(starts),
            all_day=times.is_day(starts),
            place=_name(given.place),
            online_url=_link(given.online, base_url),
        ),
        _end(given, starts_at, zone or fallback, tell)
        or times.end(starts, zone or fallback)
        or starts_at,
    )


def job(
    given: JobDraft, base_url: str | None, fallback: ZoneInfo, tell: Tell
) -> tuple[Job, datetime | None]:
    """Return the job and the moment from which it takes no more applications, if it is known."""
    closes = times.stated(given.closes)
    closes_at = None if closes is None else times.end(closes, fallback)
    if given.closes and closes_at is None:
        tell("the end of its applications is no date of our time and is left out")
    names = (_name(one) for one in given.locations)
    locations = tuple(dict.fromkeys(name for name in names if name))[:MAX_LOCATIONS]
    return (
        Job(
            department=_name(given.department),
            team=_name(given.team),
            locations=locations,
            workplace=hiring.workplace(given.workplace),
            employment=hiring.employment(given.employment),
            apply_url=_link(given.apply, base_url),
        ),
        closes_at,
    )


def _end(given: EventDraft, starts_at: datetime, zone: ZoneInfo, tell: Tell) -> datetime | None:
    if not given.ends:
        return None
    ends = times.stated(given.ends)
    ends_at = None if ends is None else times.end(ends, zone)
    if ends_at is None:
        tell("its end is no date of our time and is left out")
    elif ends_at < starts_at:
        tell("its end lies before its start and is left out")
        return None
    return ends_at


def _name(value: str) -> str:
    return text.cut(text.plain(value), MAX_NAME)


def _link(link: str, base_url: str | None) -> str:
    """Return an address, or nothing: no item is refused for a second link."""
    try:
        return web_link(link, base_url)
    except BadInput:
        return ""
