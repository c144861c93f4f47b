"""Every job that is open, and every event that was told of as a calendar entry."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any

import icalendar
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from pinlabs_mailer.app import App
from pinlabs_mailer.content import posts
from pinlabs_mailer.content.items import Event, Item
from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.digest import archive, showing
from pinlabs_mailer.digest.showing import Telling
from pinlabs_mailer.errors import NotFound
from pinlabs_mailer.web import speaking
from pinlabs_mailer.web.pages import Pages


class Openings:
    """/jobs and /calendar/ID.ics."""

    def __init__(self, app: App, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def jobs(self, _request: Request) -> Response:
        """Show all open jobs, by department."""
        return await run_in_threadpool(self._jobs)

    async def event(self, request: Request) -> Response:
        """Give an event to be put into a calendar."""
        return await run_in_threadpool(self._event, request.path_params["item"])

    def _jobs(self) -> Response:
        now = self._app.clock()
        with reading(self._app.engine) as connection:
            found = posts.open_jobs(connection, now)
        language = speaking.language()
        telling = Telling(language, self._app.settings.timezone, self._app.masthead.base_url)
        jobs = sorted(
            (showing.shown(one, telling) for one in found),
            key=lambda job: (not job["department"], job["department"].casefold(), job["title"]),
        )
        departments: list[dict[str, Any]] = [
            {"title": name, "entries": list(some)}
            for name, some in groupby(jobs, key=lambda job: job["department"])
        ]
        return self._pages.show("jobs", departments=departments, number=len(jobs))

    def _event(self, item_id: int) -> Response:
        with reading(self._app.engine) as connection:
            found = posts.find(connection, item_id)
            told = archive.was_told(connection, item_id)
            is_off = posts.circumstances(connection, item_id)["closed_at"] is not None
        if not told or not isinstance(found.details, Event):
            raise NotFound("There is no such event.", "See the mail that told of it.")
        telling = self._app.masthead.domain, self._app.settings.timezone
        return Response(
            calendar(found, found.details, *telling, is_off=is_off),
            media_type="text/calendar",
            headers={"content-disposition": f'attachment; filename="event-{item_id}.ics"'},
        )


def calendar(item: Item, event: Event, domain: str, zone: tzinfo, *, is_off: bool = False) -> bytes:
    """Return an event as iCalendar (RFC 5545), with the rules of its zone.

    `domain` makes its identity unique: the same event added twice is one entry. The days of an
    event that names no zone are those of `zone`, that of the schedule. One that is off says so.
    """
    entry = icalendar.Event()
    entry.add("uid", f"item-{item.id}@{domain}")
    entry.add("dtstamp", item.first_seen_at.astimezone(UTC))
    entry.add("summary", item.title)
    entry.add("dtstart", _moment(event, event.starts_at, zone))
    if item.ends_at is not None and item.ends_at > event.starts_at:
        entry.add("dtend", _moment(event, item.ends_at, zone))
    elif not event.all_day:
        entry.add("dtend", _moment(event, event.starts_at + timedelta(hours=1), zone))
    if is_off:
        entry.add("status", "CANCELLED")
    for name, value in (
        ("location", event.place or event.online_url),
        ("url", item.url),
        ("description", "\n\n".join(filter(None, (item.summary, event.online_url, item.url)))),
    ):
        if value:
            entry.add(name, value)
    made = icalendar.Calendar()
    made.add("prodid", f"-//{domain}//pinlabs-mailer//")
    made.add("version", "2.0")
    made.add_component(entry)
    made.add_missing_timezones()
    written: bytes = made.to_ical()
    return written


def _moment(event: Event, moment: datetime, zone: tzinfo) -> Any:
    """Return a day or a time; a time without a zone of its own is the same moment anywhere."""
    if event.all_day:
        return showing.local(event, moment, zone).date()
    return showing.local(event, moment, UTC)
