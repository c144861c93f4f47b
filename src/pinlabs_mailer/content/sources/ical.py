"""A calendar: iCalendar (RFC 5545). Each event that is not over yet is an item.

A series is told by its next date, and by the one after that when it is over: each date is an
item of its own. Dates that were moved or called off one by one are followed. What is
marked as private is not for a newsletter. An event without a URL leads to the page that the
operator names, else to the site of the calendar: the address of a calendar itself may be a secret.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component

from pinlabs_mailer.content import series, text, times
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.particulars import EventDraft
from pinlabs_mailer.content.series import Budget, Span, local, tzinfo_of
from pinlabs_mailer.content.urls import join
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.errors import BadInput

TOPIC = "events"
MAX_BYTES = 5_000_000
"""Some 15,000 events; the parser takes half a second for a megabyte."""

HORIZON = timedelta(days=366)
"""What takes place later is told when it comes nearer."""

_ZONES = re.compile(r"^BEGIN:VTIMEZONE\b.*?^END:VTIMEZONE\b[^\n]*\n", re.DOTALL | re.MULTILINE)
_RULE_OF_ZONE = re.compile(r"FREQ=(?!YEARLY)", re.IGNORECASE)
_DAY = timedelta(days=1)
_ALL_OF_A_DAY = timedelta(hours=23, minutes=59, seconds=59)
_CHECK = "Check that this is the address of a calendar: it often ends with .ics"
_PRIVATE = ("PRIVATE", "CONFIDENTIAL")


def address(location: str) -> str:
    """Return the address of the calendar; webcal: is how calendars are offered to programs."""
    return re.sub(r"^webcals?://", "https://", location, flags=re.IGNORECASE)


def read(document: Document) -> Reading:
    """Return the events that are not over, and the next date of each series."""
    source = decode(document.body).strip()
    if not source[:15].upper().startswith("BEGIN:VCALENDAR"):
        what = "a web page, perhaps one to log in" if source.startswith("<") else "no calendar"
        raise BadInput(f"It is {what}.", _CHECK)
    if not source[-20:].upper().rstrip().endswith("END:VCALENDAR"):
        raise BadInput("It is a calendar that is cut off.", "Fetch it again.")
    try:
        calendars = Calendar.from_ical(_ZONES.sub(_harmless, source), multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, RecursionError, OverflowError) as error:
        raise BadInput(f"It is a broken calendar: {error}.", _CHECK) from error
    found = [_Calendar(one, document) for one in calendars]
    drafts = (draft for one in found for draft in one.drafts())
    reading = vet(drafts, document.url, document.zone)
    return replace(reading, lasting=not any(one.has_series for one in found))


def _harmless(zone: re.Match[str]) -> str:
    """Leave out the definition of a zone whose clock changes more often than by the year."""
    return "" if _RULE_OF_ZONE.search(zone[0]) or len(zone[0]) > 20_000 else zone[0]


class _Calendar:
    """The events of one calendar."""

    def __init__(self, calendar: Component, document: Document) -> None:
        self._document = document
        self._zone = _words(calendar, "X-WR-TIMEZONE")
        self._site = join(document.url, "/") if document.url else ""
        self._budget = Budget()
        self._masters: list[Component] = []
        self._instead: dict[str, list[Component]] = {}
        """By UID: what stands for one date of a series."""
        for event in calendar.walk("VEVENT"):
            if "RECURRENCE-ID" in event:
                self._instead.setdefault(_words(event, "UID"), []).append(event)
            else:
                self._masters.append(event)
        self.has_series = any(map(_repeats, self._masters))

    def drafts(self) -> Iterator[Draft]:
        for event in self._masters:
            span = self._span(event)
            if _is_private(event):
                self._instead.pop(_words(event, "UID"), None)
            elif not _repeats(event):
                self._instead.pop(_words(event, "UID"), None)
                if not self._is_over(span):
                    yield self._draft(event, span)
            else:
                try:
                    yield from self._next(event, span)
                except BadInput as error:
                    yield replace(self._draft(event, span), fault=error.what)
        for event in chain.from_iterable(self._instead.values()):  # their series is not here
            span, named = self._span(event), _date(event, "RECURRENCE-ID")
            if named and not _is_private(event) and not self._is_over(span):
                yield self._draft(event, span, local(named, tzinfo_of(named)))

    def _next(self, event: Component, span: Span) -> Iterator[Draft]:
        """Yield the next date of a series, and before it those that were called off."""
        instead = self._instead.pop(_words(event, "UID"), [])
        if span.starts is None or times.begin(span.starts, self._document.zone) is None:
            yield self._draft(event, span)  # to be refused for that
            return
        zone = tzinfo_of(span.starts)
        moved = {
            local(named, zone): one for one in instead if (named := _date(one, "RECURRENCE-ID"))
        }
        left_out = {local(one, zone) for one in _dates(event, "EXDATE")}
        until = local(self._document.now.astimezone(zone or self._document.zone), None) + HORIZON
        more = [local(one, zone) for one in _dates(event, "RDATE")]
        begin = local(span.starts, zone)
        for moment in series.dates(begin, _rule(event, zone), more, until, self._budget):
            one = moved.get(moment, event)
            then = span.at(moment) if one is event else self._span(one)
            if moment in left_out or _is_private(one) or self._is_over(then):
                continue
            draft = self._draft(one, then, moment)
            yield draft
            if one is event or not draft.closed:
                return

    def _span(self, event: Component) -> Span:
        starts = _date(event, "DTSTART")
        if starts is None:
            return Span(None, None, "")
        return Span(starts, _end(event, starts), self._zone_of(event, starts))

    def _zone_of(self, event: Component, starts: datetime | date) -> str:
        zone = tzinfo_of(starts)
        if isinstance(zone, ZoneInfo) and zone.key != "UTC":
            return zone.key
        named = _first(event, "DTSTART").params.get("TZID", "")
        if zone is None and named:
            return str(named)  # there is no such zone, which the gate tells
        # Times in UTC are of the calendar's zone. One that the calendar defines has no name.
        return self._zone if zone is None or isinstance(zone, ZoneInfo) else ""

    def _is_over(self, span: Span) -> bool:
        last = span.ends or span.starts
        zone = times.zone_named(span.zone) or self._document.zone
        over = None if last is None else times.end(last, zone)
        return over is not None and over <= self._document.now

    def _draft(self, event: Component, span: Span, moment: datetime | None = None) -> Draft:
        own, uid, title = (_words(event, name) for name in ("URL", "UID", "SUMMARY"))
        key = f"{uid or title} {moment.isoformat()}" if moment else uid or title
        place = _words(event, "LOCATION")
        is_link = place.lower().startswith(("https://", "http://"))
        return Draft(
            link=own or self._document.page or self._site,
            title=title,
            summary=text.guess(_words(event, "DESCRIPTION")),
            particulars=EventDraft(
                starts=span.starts,
                ends=span.ends,
                zone=span.zone,
                place="" if is_link else place,
                online=place if is_link else _words(event, "CONFERENCE"),
            ),
            closed=_words(event, "STATUS").upper() == "CANCELLED",
            source_key=key if uid else "",
            apart="" if own and moment is None else key,
        )


def _repeats(event: Component) -> bool:
    return "RRULE" in event or "RDATE" in event


def _is_private(event: Component) -> bool:
    return _words(event, "CLASS").upper() in _PRIVATE


def _rule(event: Component, zone: tzinfo | None) -> dict[str, list[Any]]:
    """Return the rule of a series by its fields, with its end as a local time."""
    found = event.get("RRULE")
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadInput("it repeats by a rule that is not read")
    rule = {str(name).upper(): list(values) for name, values in found.items()}
    if "UNTIL" in rule:
        rule["UNTIL"] = [
            local(one, zone) if isinstance(one, datetime) else local(one, zone) + _ALL_OF_A_DAY
            for one in rule["UNTIL"]
        ]
    return rule


def _end(event: Component, starts: datetime | date) -> datetime | date | None:
    """Return when an event ends; of days the last one, where the calendar names the one after."""
    ends, lasts = _date(event, "DTEND"), _value(event, "DURATION")
    try:
        if ends is None and isinstance(lasts, timedelta):
            ends = starts + lasts
        if ends is None or isinstance(ends, datetime) or isinstance(starts, datetime):
            return ends
        return ends if ends <= starts else ends - _DAY
    except OverflowError:
        return None


def _words(component: Component, name: str) -> str:
    found = _first(component, name)
    return "" if found is None else str(found)


def _date(component: Component, name: str) -> datetime | date | None:
    found = _value(component, name)
    return found if isinstance(found, date) else None


def _dates(component: Component, name: str) -> list[datetime | date]:
    """Return the dates of a field that may be there several times, and be a list each time."""
    found = component.get(name, [])
    several = found if isinstance(found, list) else [found]
    try:
        values = [one.dt for each in several for one in each.dts]
    except ValueError as error:  # icalendar's word for a value that it could not read
        raise BadInput("it repeats by dates that cannot be read") from error
    return [value for value in values if isinstance(value, date)]


def _value(component: Component, name: str) -> Any:
    try:
        return getattr(_first(component, name), "dt", None)
    except ValueError:
        return None


def _first(component: Component, name: str) -> Any:
    found = component.get(name)
    return next(iter(found), None) if isinstance(found, list) else found
