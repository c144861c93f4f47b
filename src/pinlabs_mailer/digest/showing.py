"""Items as mails and pages show them: in sections, in one language, as plain text and links.

Pure. What a template prints of an item is made here once, so that a mail, its text part and the
archive say the same.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pinlabs_mailer.content.items import Event, Item, Job
from pinlabs_mailer.db.words import Employment, ItemKind, Workplace
from pinlabs_mailer.languages import Language, marked
from pinlabs_mailer.mail.slots import unmarked

PINNED = "pinned"
SECTIONS: tuple[str, ...] = (PINNED, ItemKind.POST, ItemKind.EVENT, ItemKind.JOB)
"""In the order in which they stand."""
_TITLES = {
    PINNED: "",
    ItemKind.POST: marked("Projects"),
    ItemKind.EVENT: marked("Events"),
    ItemKind.JOB: marked("Job openings"),
}
_EMPLOYMENTS = {
    Employment.FULL_TIME: marked("Full time"),
    Employment.PART_TIME: marked("Part time"),
    Employment.CONTRACT: marked("Contract"),
    Employment.TEMPORARY: marked("Temporary"),
    Employment.INTERN: marked("Internship"),
}
_WORKPLACES = {Workplace.REMOTE: marked("Remote"), Workplace.HYBRID: marked("Hybrid")}
_PLACES = 3
"""Locations of a job that are named; more are counted."""


@dataclass(frozen=True)
class Telling:
    """How items are told: to whom, and where our pages are."""

    language: Language
    zone: tzinfo
    """For events that name no zone of their own."""
    base_url: str


def section_of(item: Item) -> str:
    """Return the section that an item stands in."""
    return PINNED if item.pinned is not None else item.kind


def sections(
    items: Sequence[Item],
    telling: Telling,
    more_jobs: int = 0,
    over: Collection[int] = (),
) -> list[dict[str, Any]]:
    """Return the sections that have something in them; items keep their order within each.

    `more_jobs` says how many are open besides; there is a page with all.
    `over` are the ids of those that have ended since.
    """
    made = []
    for name in SECTIONS:
        inside = [
            {**shown(item, telling), "over": item.id in over}
            for item in items
            if section_of(item) == name
        ]
        if inside:
            made.append(
                {
                    "name": str(name),
                    "title": telling.language.known(_TITLES[name]),
                    # not `items`, which every mapping has already
                    "entries": inside,
                    "more": more_jobs if name == ItemKind.JOB else 0,
                    "all_url": f"{telling.base_url}/jobs",
                }
            )
    return made


def counts(items: Sequence[Item], language: Language) -> str:
    """Return how much there is to tell, in words: 3 stories, 2 events and so on."""
    number = Counter(item.kind for item in items)
    posts, events, jobs = number[ItemKind.POST], number[ItemKind.EVENT], number[ItemKind.JOB]
    said = (
        (posts, language.ngettext("%(num)d story", "%(num)d stories", posts)),
        (events, language.ngettext("%(num)d event", "%(num)d events", events)),
        (jobs, language.ngettext("%(num)d job opening", "%(num)d job openings", jobs)),
    )
    return ", ".join(words for how_many, words in said if how_many)


@lru_cache(maxsize=4096)  # editions of an issue have the same items
def shown(item: Item, telling: Telling) -> Mapping[str, Any]:
    """Return what a template may say of an item. An empty text stands for "not known"."""
    return {
        "kind": str(item.kind),
        "title": unmarked(item.title),
        "url": unmarked(item.url),
        "summary": unmarked(item.summary),
        "image_url": unmarked(item.image_url),
        "image_alt": unmarked(item.image_alt),
        "host": urlsplit(item.url).hostname or "",
        **_event(item, telling),
        **_job(item, telling.language),
    }


def local(event: Event, moment: datetime, fallback: tzinfo) -> datetime:
    """Return a moment of an event in the zone that it is told in."""
    return moment.astimezone(ZoneInfo(event.zone) if event.zone else fallback)


def _event(item: Item, telling: Telling) -> dict[str, Any]:
    event = item.details if isinstance(item.details, Event) else None
    if event is None:
        return dict.fromkeys(("when", "day", "month", "place", "online_url", "calendar_url"), "")
    starts = local(event, event.starts_at, telling.zone)
    ends = local(event, item.ends_at, telling.zone) if item.ends_at else None
    return {
        "when": telling.language.span(starts, ends, all_day=event.all_day),
        "day": str(starts.day),
        "month": telling.language.month(starts.date()),
        "place": unmarked(event.place),
        "online_url": unmarked(event.online_url),
        "calendar_url": f"{telling.base_url}/calendar/{item.id}.ics",
    }


def _job(item: Item, language: Language) -> dict[str, Any]:
    job = item.details if isinstance(item.details, Job) else None
    if job is None:
        return {"department": "", "where": "", "employment": "", "apply_url": ""}
    places = [unmarked(one) for one in job.locations[:_PLACES]]
    if len(job.locations) > _PLACES:
        others = len(job.locations) - _PLACES
        places.append(language.ngettext("%(num)d more", "%(num)d more", others))
    return {
        "department": unmarked(job.department or job.team),
        "where": " · ".join(
            filter(None, ("; ".join(places), language.known(_WORKPLACES.get(job.workplace, ""))))
        ),
        "employment": language.known(_EMPLOYMENTS.get(job.employment, "")),
        "apply_url": unmarked(job.apply_url),
    }
