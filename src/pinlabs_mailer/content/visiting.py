"""One look at a source: all of its documents, fetched and read. Nothing is stored here.

Every bound is here: pages, files, and the time for all of them. What had to be left unread leaves
the reading incomplete, so that nothing is taken for gone.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pinlabs_mailer.content.fetch import MAX_SECONDS, fetch
from pinlabs_mailer.content.fetched import NO_MARK, Fetched, Mark
from pinlabs_mailer.content.found import Document, Noted, Reading, Refused
from pinlabs_mailer.content.reading import KINDS
from pinlabs_mailer.content.roster import Source
from pinlabs_mailer.content.vetting import MAX_ITEMS
from pinlabs_mailer.errors import BadInput, Unavailable

MAX_PAGES = 100
MAX_FILES = 5_000

_TEXTS = (".md", ".markdown")


@dataclass(frozen=True)
class Visit:
    """What a source had."""

    reading: Reading
    mark: Mark = NO_MARK
    unchanged: bool = False
    """It says that it is as it was; then nothing was read."""


@dataclass(frozen=True)
class Means:
    """What is needed to look at sources, and how long that may take."""

    now: datetime
    zone: ZoneInfo
    allow_private: bool
    ends: float
    """By the monotonic clock."""

    def fetch(self, location: str, max_bytes: int, known: Mark = NO_MARK) -> Fetched:
        """Get one document in the time that is left."""
        left = self.ends - time.monotonic()
        if left <= 0:
            raise Unavailable(f"There was no time left for {location}.", "Fetch it again later.")
        return fetch(
            location,
            allow_private=self.allow_private,
            max_bytes=max_bytes,
            max_seconds=min(MAX_SECONDS, left),
            known=known,
        )


def visit(source: Source, means: Means) -> Visit:
    """Return what a source has. BadInput and Unavailable name its location."""
    first = KINDS[source.kind].address(source.location)
    if "://" not in first and Path(first).is_dir():
        return Visit(_folder(source, Path(first), means))
    known = source.mark if "://" in first else NO_MARK
    answer = means.fetch(first, KINDS[source.kind].MAX_BYTES, known)
    if answer.unchanged:
        return Visit(Reading(), source.mark, unchanged=True)
    reading = _read(source, answer, first, means)
    # Of several pages the first may be as it was while another is not.
    whole = reading.complete and not reading.following
    mark = answer.mark if whole and reading.lasting else NO_MARK
    return Visit(_joined(_pages(source, reading, means)), mark)


def _pages(source: Source, first: Reading, means: Means) -> Iterator[Reading]:
    """Yield the reading of each page, up to the last or to the limit."""
    yield first
    reading, seen = first, len(first.items)
    for _ in range(MAX_PAGES - 1):
        if not reading.following or seen >= MAX_ITEMS:
            break
        answer = means.fetch(reading.following, KINDS[source.kind].MAX_BYTES)
        reading = _read(source, answer, reading.following, means)
        seen += len(reading.items)
        yield reading
    if reading.following:
        yield Reading(noted=(Noted("The rest", "it has more pages than are read"),), complete=False)


def _folder(source: Source, folder: Path, means: Means) -> Reading:
    """Return what the files of a folder and of those in it have. A bad one costs no other."""
    readings = []
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _TEXTS)
    for path in paths[:MAX_FILES]:
        try:
            answer = means.fetch(str(path), KINDS[source.kind].MAX_BYTES)
            readings.append(_read(source, answer, str(path), means))
        except BadInput as error:
            why = error.what.removeprefix(f"{path}: ")
            readings.append(Reading(refused=(Refused(str(path), why),), complete=False))
    if len(paths) > MAX_FILES:
        noted = Noted("The rest", f"only the first {MAX_FILES:,} files are read")
        readings.append(Reading(noted=(noted,), complete=False))
    return _joined(readings)


def _read(source: Source, answer: Fetched, location: str, means: Means) -> Reading:
    document = Document(
        answer.body,
        answer.url or source.base_url or None,
        means.now,
        means.zone,
        source.base_url,
        source.selectors,
    )
    try:
        return KINDS[source.kind].read(document)
    except BadInput as error:
        raise BadInput(f"{location}: {error.what}", error.next_step) from error


def _joined(readings: Iterator[Reading] | list[Reading]) -> Reading:
    whole = Reading()
    for one in readings:
        whole = replace(
            whole,
            items=whole.items + one.items,
            refused=whole.refused + one.refused,
            noted=whole.noted + one.noted,
            complete=whole.complete and one.complete,
        )
    return whole
