"""The editions of an issue as rows, many at a time, and which of them are tried out beforehand."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert, select

from pinlabs_mailer.db import plain
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.bulk import insert_rows
from pinlabs_mailer.db.tables import edition, edition_topic
from pinlabs_mailer.digest.draft import Content, Draft

_NAMES = ("issue_id", "locale", "item_ids", "digest", "more_jobs")
_ALL = 50
"""As many editions are tried out one and all: less than a second."""


def write(
    connection: Connection, issue_id: int, drawn: Draft, some: Sequence[Content]
) -> list[int]:
    """Write editions that are not there yet, with their topics; return the ids of all, in order."""
    rows = [
        (issue_id, one.locale, json.dumps(one.items), _digest(one), one.more_jobs) for one in some
    ]
    before = _ids(connection, issue_id, rows)
    insert_rows(connection, edition, _NAMES, rows, unless_there=True)
    after = _ids(connection, issue_id, rows)
    topics = [
        {"edition_id": after[key], "topic_id": topic_id}
        for key, one in zip(map(_key, rows), some, strict=True)
        if key not in before
        for topic_id in sorted(drawn.topics_of(one))
    ]
    if topics:
        connection.execute(insert(edition_topic), topics)
    return [after[_key(row)] for row in rows]


def to_try_out(drawn: Draft) -> list[Content]:
    """Return editions that show whether this issue can be rendered: all if they are few.

    Else each item is in one of them, each language has one, and so have the longest and the one
    that most people get. Whatever else is rendered when it is needed is put together from these.
    """
    if len(drawn.editions) <= _ALL:
        return drawn.editions
    readers = drawn.readers_of()
    longest = max(drawn.editions, key=lambda one: _length(drawn, one))
    most_read = drawn.editions[readers.index(max(readers))]
    found, seen = dict.fromkeys((longest, most_read)), set[object]()
    for one in drawn.editions:
        shown = {*one.items, one.locale}
        if not shown <= seen:
            found[one] = None
            seen |= shown
    return list(found)


def _length(drawn: Draft, one: Content) -> int:
    return sum(len(item.title) + len(item.summary) + len(item.url) for item in drawn.posts_of(one))


def _digest(one: Content) -> str:
    told: object = [one.items, one.more_jobs] if one.more_jobs else one.items
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _key(row: tuple[int, str, str, str, int]) -> tuple[str, str]:
    return row[1], row[3]


def _ids(
    connection: Connection, issue_id: int, rows: Iterable[tuple[int, str, str, str, int]]
) -> dict[tuple[str, str], int]:
    by_locale: dict[str, list[str]] = {}
    for _, locale, _, digest, _ in rows:
        by_locale.setdefault(locale, []).append(digest)
    found: dict[tuple[str, str], int] = {}
    for locale, digests in by_locale.items():
        listed = connection.execute(
            select(edition.c.digest, edition.c.id).where(
                edition.c.issue_id == issue_id,
                edition.c.locale == locale,
                is_among(edition.c.digest, digests),
            )
        )
        for digest, edition_id in plain.rows(listed):
            found[locale, digest] = edition_id
    return found
