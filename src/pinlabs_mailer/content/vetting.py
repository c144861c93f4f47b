"""The one gate through which foreign items come in: drafts become items, or are refused.

Every source hands its drafts to `vet`, and what is typed by hand goes through `accept`, so
that no form of input is trusted more than another. Nothing is read or stored here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pinlabs_mailer.content import particulars, text
from pinlabs_mailer.content.found import FoundItem, Noted, Reading, Refused
from pinlabs_mailer.content.items import Event, Job
from pinlabs_mailer.content.particulars import EventDraft, JobDraft, Tell
from pinlabs_mailer.content.urls import BaseMissing, digest, web_link
from pinlabs_mailer.errors import BadInput

MAX_TITLE = 300
MAX_SUMMARY = 2_000
MAX_ALT = 500
MAX_ITEMS = 10_000
"""More are left where they are: no newsletter tells them, and time and memory have an end."""

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Draft:
    """An item as its source states it; texts may be `text.Markup`, links may be relative."""

    link: str
    title: str
    summary: str = ""
    body: str = ""
    """The article itself: stands in for a summary that is not there."""
    image: str = ""
    image_alt: str = ""
    published_at: datetime | None = None
    particulars: EventDraft | JobDraft | None = None
    """Of an event or a job; without them it is a post."""
    closed: bool = False
    source_key: str = ""
    apart: str = ""
    fault: str = ""
    """What its source has already found wrong with it."""


def accept(
    draft: Draft, base_url: str | None, zone: ZoneInfo = _UTC, tell: Tell = lambda _: None
) -> FoundItem:
    """Return the item, or raise BadInput saying what is wrong with it.

    Local times without a zone of their own are of `zone`. What could not be taken is told.
    """
    if draft.fault:
        raise BadInput(draft.fault)
    title = text.cut(text.plain(draft.title), MAX_TITLE)
    if not title:
        raise BadInput("its title is missing")
    try:
        url = web_link(draft.link, base_url)
    except BaseMissing:
        raise
    except BadInput as error:
        raise BadInput(f"its link {error.what}") from error
    if text.carries_script(draft.summary):
        # An article's body may embed a player or a tweet; a summary has no business with code.
        raise BadInput("its summary has a script in it")
    image_url = _image(draft.image, base_url)
    details, ends_at = _particulars(draft.particulars, base_url, zone, tell)
    return FoundItem(
        url=url,
        title=title,
        summary=text.cut(text.plain(draft.summary) or text.plain(draft.body), MAX_SUMMARY),
        image_url=image_url,
        image_alt=text.cut(text.plain(draft.image_alt), MAX_ALT) if image_url else "",
        published_at=draft.published_at,
        details=details,
        ends_at=ends_at,
        closed=draft.closed,
        source_key=draft.source_key,
        apart=draft.apart,
    )


def vet(drafts: Iterable[Draft], base_url: str | None, zone: ZoneInfo = _UTC) -> Reading:
    """Return what can be taken and what was refused; BadInput if there was nothing but the latter.

    BaseMissing goes through: it is about the source, not about one item.
    """
    items: list[FoundItem] = []
    refused: list[Refused] = []
    noted: list[Noted] = []
    complete = True
    for number, draft in enumerate(drafts, start=1):
        if number > MAX_ITEMS:
            noted.append(Noted("The rest", f"only the first {MAX_ITEMS:,} items are read"))
            complete = False
            break
        told: list[str] = []
        try:
            items.append(accept(draft, base_url, zone, told.append))
        except BaseMissing:
            raise
        except BadInput as error:
            key = digest(draft.source_key) if draft.source_key else ""
            refused.append(Refused(_name(draft, number), error.what, key))
        else:
            noted += [Noted(_name(draft, number), why) for why in told]
    if refused and not items:
        first = refused[0]
        raise BadInput(
            f"None of its items can be taken ({len(refused)} refused). {first.what}: {first.why}.",
            "Put them right where they come from, and read it again.",
        )
    return Reading(tuple(items), tuple(refused), tuple(noted), complete)


def _particulars(
    given: EventDraft | JobDraft | None, base_url: str | None, zone: ZoneInfo, tell: Tell
) -> tuple[Event | Job | None, datetime | None]:
    match given:
        case EventDraft():
            return particulars.event(given, base_url, zone, tell)
        case JobDraft():
            return particulars.job(given, base_url, zone, tell)
    return None, None


def _image(link: str, base_url: str | None) -> str:
    """Return the picture's address, or nothing: an item is not refused for its picture."""
    try:
        return web_link(link, base_url)
    except BaseMissing:
        raise
    except BadInput:
        return ""


def _name(draft: Draft, number: int) -> str:
    title = text.cut(text.plain(draft.title), 80)
    return f"“{title}”" if title else f"Item {number}"
