"""Markdown files with front matter, one item each; the location is a file or a folder.

    ---
    title: Open studio
    url: https://pinlabs.example/open-studio
    starts: 2026-12-03 18:00
    zone: Europe/Berlin
    place: Example Street 1
    ---
    What happens there.

What has `starts` is an event. `kind: job` makes a job. The text stands in for a `summary`.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from pinlabs_mailer.content import fetched, text, times
from pinlabs_mailer.content.decoding import decode
from pinlabs_mailer.content.found import Document, Reading
from pinlabs_mailer.content.particulars import EventDraft, JobDraft
from pinlabs_mailer.content.times import When
from pinlabs_mailer.content.vetting import Draft, vet
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.errors import BadInput

TOPIC = "projects"
MAX_BYTES = fetched.MAX_BYTES

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_MAX_FRONT_MATTER = 20_000
_HEADING = re.compile(r"^#{1,6}[ \t]+([^\n]+)$", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_MARKS = re.compile(r"^[ \t]*(?:>|[-*+]|\d+\.)[ \t]+|\*\*|__|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)|`",
                    re.MULTILINE)  # fmt: skip
_OF_BAD_SCALARS = (ValueError, OverflowError, AttributeError, LookupError, TypeError)
"""What PyYAML raises for `!!timestamp x`, `!!bool x`, `!!int ''` and their like."""
_LONGEST_NUMBER = 10**30
_HOW = "Begin the file with a block between two lines of ---, as docs/sources.md shows."


def address(location: str) -> str:
    """Return the path."""
    return location


def read(document: Document) -> Reading:
    """Return the item of a file; none if it is marked as a draft."""
    source = decode(document.body).lstrip()[: text.MAX_LOOKED_AT].replace("\r\n", "\n")
    matter = _FRONT_MATTER.match(source, 0, _MAX_FRONT_MATTER)
    if matter is None:
        raise BadInput("It is a file without front matter.", _HOW)
    try:
        fields = yaml.safe_load(matter[1])
    except (yaml.YAMLError, RecursionError, *_OF_BAD_SCALARS) as error:
        line = str(error).splitlines()[0] if str(error) else "nested too deep"
        raise BadInput(f"It has front matter that is no YAML: {line}.", _HOW) from error
    if not isinstance(fields, dict):
        raise BadInput("It has front matter without names and values.", _HOW)
    if fields.get("draft") is True:
        return Reading()
    return vet([draft(fields, source[matter.end() :])], document.url, document.zone)


def draft(fields: Mapping[Any, Any], body: str = "") -> Draft:
    """Return the item that the fields of a front matter state."""
    heading = _HEADING.search(body)
    return Draft(
        link=_text(fields, "url", "link"),
        title=_text(fields, "title") or (heading[1].rstrip(" #") if heading else ""),
        summary=text.guess(_text(fields, "summary", "description")),
        body=text.guess(_prose(body)),
        image=_text(fields, "image"),
        image_alt=_text(fields, "image_alt"),
        published_at=_moment(_when(fields, "date", "published")),
        particulars=_particulars(fields),
        closed=fields.get("cancelled") is True,
    )


def _particulars(fields: Mapping[Any, Any]) -> EventDraft | JobDraft | None:
    kind = _text(fields, "kind") or (ItemKind.EVENT if fields.get("starts") else ItemKind.POST)
    if kind == ItemKind.EVENT:
        return EventDraft(
            starts=_when(fields, "starts"),
            ends=_when(fields, "ends"),
            zone=_text(fields, "zone"),
            place=_text(fields, "place"),
            online=_text(fields, "online"),
        )
    if kind == ItemKind.JOB:
        return JobDraft(
            department=_text(fields, "department"),
            team=_text(fields, "team"),
            locations=_texts(fields, "locations", "location"),
            workplace=_text(fields, "workplace"),
            employment=_texts(fields, "employment"),
            apply=_text(fields, "apply"),
            closes=_when(fields, "closes"),
        )
    if kind != ItemKind.POST:
        raise BadInput(f"{kind[:40]!a} is no kind of item.", "The kinds are post, event and job.")
    return None


def _prose(body: str) -> str:
    """Return the first paragraph without the marks of Markdown."""
    body = _HEADING.sub("", body)
    paragraphs = (part.strip() for part in re.split(r"\n\s*\n", _PICTURE.sub("", body)))
    return _MARKS.sub("", _LINK.sub(r"\1", next(filter(None, paragraphs), "")))


def _when(fields: Mapping[Any, Any], *names: str) -> When:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str | date) and value:
            return value
    return None


def _moment(value: When) -> datetime | None:
    """Return the moment of a date of publication; a day counts from its beginning in UTC."""
    found = times.stated(value)
    return None if found is None else times.begin(found, ZoneInfo("UTC"))


def _text(fields: Mapping[Any, Any], *names: str) -> str:
    return next(iter(_texts(fields, *names)), "")


def _texts(fields: Mapping[Any, Any], *names: str) -> list[str]:
    for name in names:
        value = fields.get(name)
        values = value if isinstance(value, list) else [value]
        if found := [str(one) for one in values if _is_text(one)]:
            return found
    return []


def _is_text(value: Any) -> bool:
    """Say whether a value can stand for a text; Python refuses to write out a number of thousands
    of digits."""
    if isinstance(value, int):
        return 0 < abs(value) < _LONGEST_NUMBER
    return isinstance(value, str | float) and bool(value)
