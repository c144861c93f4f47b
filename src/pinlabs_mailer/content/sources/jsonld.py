"""A web page that says what it tells in schema.org's words, as JSON-LD: jobs, events, articles.

https://schema.org/JobPosting, Event and its kinds, BlogPosting and other articles. They may be
anywhere in a block: alone, in a list, in a `@graph`, in an ItemList. Every field may be a list,
and what should be a text may be an object that has it.
"""

from collections.abc import Iterator
from typing import Any

from pinlabs_mailer.content import dates, fetched, loose_json, text
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.found import Document, Noted, Reading
from pinlabs_mailer.content.markup import tree
from pinlabs_mailer.content.particulars import EventDraft, JobDraft
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.errors import BadInput

TOPIC = "projects"
MAX_BYTES = fetched.MAX_BYTES

_BLOCKS = 'script[type="application/ld+json" i]'
_DEEPEST = 20
_ARTICLES = ("BlogPosting", "Article", "NewsArticle", "TechArticle", "Report")
_ADDRESS = "Give the address of a page with JSON-LD in it."
_NAMES = ("name", "@value", "url", "@id")


def address(location: str) -> str:
    """Return the address of the page."""
    return location


def read(document: Document) -> Reading:
    """Return the jobs, events and articles of a page, in its order."""
    page = tree(decode(document.body), _ADDRESS)
    blocks = page.css(_BLOCKS)
    if not blocks:
        raise BadInput("It is a web page without JSON-LD: perhaps one to log in.", _ADDRESS)
    found: list[dict[str, Any]] = []
    broken: list[Noted] = []
    for number, block in enumerate(blocks, start=1):
        try:
            found += _things(loose_json.parse(block.text().encode(), "page with JSON-LD"), 0)
        except BadInput as error:
            broken.append(Noted(f"Block {number} of JSON-LD", error.what))
    if broken and not found:
        raise BadInput(f"Its JSON-LD cannot be read. {broken[0].why}", _ADDRESS)
    alone = len(found) == 1
    reading = vet((_draft(one, alone) for one in found), document.url, document.zone)
    return Reading(
        reading.items, reading.refused, (*broken, *reading.noted), reading.complete and not broken
    )


def _things(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield what is of a type that is read, and does not lie within another such thing."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        if _kind(value):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _things(inner, depth + 1)


def _kind(thing: dict[str, Any]) -> str:
    """Return `job`, `event` or `post`, or nothing."""
    for name in _texts(thing.get("@type")):
        bare = name.rpartition("/")[2]
        if bare == "JobPosting":
            return "job"
        if bare.endswith("Event"):
            return "event"
        if bare in _ARTICLES:
            return "post"
    return ""


def _draft(thing: dict[str, Any], alone: bool) -> Draft:
    kind = _kind(thing)
    particulars = _job(thing) if kind == "job" else _event(thing) if kind == "event" else None
    own = _text(thing, "url") or _text(thing, "mainEntityOfPage")
    identifier = _text(thing.get("identifier"), "value") or _text(thing, "identifier")
    title = _text(thing, "title", "headline", "name")
    return Draft(
        link=own or "#",  # nothing but the page itself
        title=text.guess(title),
        summary=text.guess(_text(thing, "description")) if kind != "job" else "",
        body=text.guess(_text(thing, "description" if kind == "job" else "articleBody")),
        image=_text(thing.get("image"), "url", "contentUrl") or _text(thing, "image"),
        image_alt=_text(thing.get("image"), "caption"),
        published_at=dates.from_iso(_text(thing, "datePosted", "datePublished")),
        particulars=particulars,
        closed=any(word.endswith("EventCancelled") for word in _texts(thing.get("eventStatus"))),
        source_key=identifier if kind == "job" else "",
        apart="" if own or alone else identifier or title,
    )


def _job(thing: dict[str, Any]) -> JobDraft:
    remote = any(word.upper() == "TELECOMMUTE" for word in _texts(thing.get("jobLocationType")))
    places = [_place(one) for one in _many(thing.get("jobLocation"))]
    if remote:
        places += _texts(thing.get("applicantLocationRequirements"))
    return JobDraft(
        department=_text(thing, "department", "occupationalCategory"),
        locations=places,
        workplace="remote" if remote else "",
        employment=_texts(thing.get("employmentType")),
        closes=_text(thing, "validThrough"),
    )


def _event(thing: dict[str, Any]) -> EventDraft:
    places = _many(thing.get("location"))
    online = [one for one in places if _is_virtual(one)]
    return EventDraft(
        starts=_text(thing, "startDate"),
        ends=_text(thing, "endDate"),
        place=next((name for one in places if one not in online and (name := _place(one))), ""),
        online=next((link for one in online if (link := _text(one, "url"))), ""),
    )


def _is_virtual(place: Any) -> bool:
    return isinstance(place, dict) and "VirtualLocation" in _texts(place.get("@type"))


def _place(place: Any) -> str:
    """Return a place's name and town, as far as they are told."""
    if not isinstance(place, dict):
        return _text_of(place)
    postal = next(iter(_many(place.get("address"))), None)
    parts = [_text(place, "name")]
    if isinstance(postal, dict):
        names = ("addressLocality", "addressRegion", "addressCountry")
        parts += [_text(postal, name) for name in names]
    else:
        parts.append(_text_of(postal))
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _text(thing: Any, *names: str) -> str:
    """Return the first text that one of these fields has."""
    for one in _many(thing):
        if isinstance(one, dict):
            for name in names:
                if value := next(iter(_texts(one.get(name))), ""):
                    return value
    return ""


def _texts(value: Any) -> list[str]:
    return [found for one in _many(value) if (found := _text_of(one))]


def _text_of(value: Any) -> str:
    if isinstance(value, dict):
        return next(filter(None, (loose_json.text(value, name) for name in _NAMES)), "")
    return loose_json.text({"": value}, "")


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
