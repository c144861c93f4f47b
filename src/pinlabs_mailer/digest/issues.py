"""Issues: opened once for a slot, planned in steps that a crash may interrupt, read back.

`open_issue` can be called again at any time by anybody: the key is unique, what is frozen is read
back, and planning goes on where it stood. No transaction holds the writer's lock for long.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from pinlabs_mailer.content.posts import Post
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import edition, edition_topic, issue, issue_item
from pinlabs_mailer.db.words import IssueStatus
from pinlabs_mailer.digest.draft import Content, Draft, Terms, draft
from pinlabs_mailer.errors import NotFound
from pinlabs_mailer.outbox import rows

T = TypeVar("T")
_CHUNK = 5_000
"""Deliveries planned in one transaction: some 40 ms of SQLite's one writer."""


class Issue(NamedTuple):
    """One dated sending."""

    id: int
    key: str
    status: IssueStatus
    as_of: datetime
    opened_at: datetime
    subject: str
    paused_why: str


_COLUMNS = tuple(issue.c[name] for name in Issue._fields)


def by_key(connection: Connection, key: str) -> Issue | None:
    """Return the issue of a slot, None if it was not opened."""
    found = connection.execute(select(*_COLUMNS).where(issue.c.key == key)).first()
    return _issue(found) if found else None


def find(connection: Connection, name: str) -> Issue:
    """Return an issue by its id or its key, or raise NotFound."""
    wanted = issue.c.key == name
    if name.isascii() and name.isdigit() and len(name) < 18:
        wanted = wanted | (issue.c.id == int(name))
    found = connection.execute(select(*_COLUMNS).where(wanted)).first()
    if found is None:
        raise NotFound(f"There is no issue {name[:40]!r}.", "See: pinlabs-mailer issue list")
    return _issue(found)


def every(connection: Connection) -> list[Issue]:
    """Return all issues, the latest first."""
    listed = select(*_COLUMNS).order_by(issue.c.id.desc())
    return [_issue(row) for row in connection.execute(listed)]


def unfinished(connection: Connection) -> list[Issue]:
    """Return the issues whose planning was interrupted."""
    listed = select(*_COLUMNS).where(issue.c.status == IssueStatus.PLANNING).order_by(issue.c.id)
    return [_issue(row) for row in connection.execute(listed)]


def report(connection: Connection, one: Issue) -> dict[str, object]:
    """Return an issue with what became of its deliveries; the numbers add up at any moment."""
    numbers = rows.counts(connection, one.id)
    editions = connection.execute(
        select(func.count()).select_from(edition).where(edition.c.issue_id == one.id)
    ).scalar_one()
    status: str = one.status
    if one.status is IssueStatus.SENDING and not numbers["waiting"] + numbers["in_doubt"]:
        status = IssueStatus.SENT
    came_back = rows.returned(connection, one.id)
    return {**one._asdict(), "status": status, "editions": editions, **came_back, **numbers}


def open_issue(
    engine: Engine,
    key: str,
    terms: Terms,
    candidates: Callable[[Connection], list[Post]],
    subject: Callable[[Draft], str],
) -> Issue:
    """Open the issue of a slot, or take up its planning where it stood.

    `subject` renders every edition and returns the subject of the first; when it raises, nothing
    has been written. Without any edition the issue is recorded as skipped.
    """
    drawn: Draft | None = None
    with reading(engine) as connection:
        known = by_key(connection, key)
        if known is None:
            drawn = draft(connection, terms, candidates(connection))
    if known is None and drawn is not None:
        words = subject(drawn)
        with writing(engine) as connection:
            known, opened_by_us = _freeze(connection, key, drawn, words)
        drawn = drawn if opened_by_us else None
    assert known is not None
    if known.status is not IssueStatus.PLANNING:
        return known
    if drawn is None:
        drawn = _draft_again(engine, known, terms)
    _plan(engine, known, drawn)
    with reading(engine) as connection:
        return find(connection, str(known.id))


def _freeze(connection: Connection, key: str, drawn: Draft, subject: str) -> tuple[Issue, bool]:
    """Write the issue, its items and its editions; say whether it was not there before."""
    made = insert_new(
        connection,
        issue,
        {
            "key": key,
            "status": IssueStatus.PLANNING if drawn.editions else IssueStatus.SKIPPED,
            "as_of": drawn.terms.as_of,
            "opened_at": drawn.terms.opened_at,
            "subject": subject,
        },
        issue.c.key,
    )
    known = by_key(connection, key)
    assert known is not None
    if made and drawn.editions:
        connection.execute(
            insert(issue_item),
            [
                {
                    "issue_id": known.id,
                    "item_id": post.id,
                    "position": position,
                    "snapshot": _snapshot(post),
                }
                for position, post in enumerate(drawn.posts.values())
            ],
        )
    return known, made


def _draft_again(engine: Engine, known: Issue, terms: Terms) -> Draft:
    """Pick again from what was frozen; whoever is planned already gets the same."""
    frozen = Terms(known.as_of, known.opened_at, terms.zone, terms.max_posts)
    with reading(engine) as connection:
        return draft(connection, frozen, frozen_posts(connection, known.id), known.id)


def _plan(engine: Engine, known: Issue, drawn: Draft) -> None:
    ids: list[int] = []
    for some in _chunks(iter(drawn.editions)):
        with writing(engine) as connection:
            ids += [_edition_id(connection, known.id, drawn, content) for content in some]
    opened = known.opened_at
    for places in _chunks(drawn.places()):
        with writing(engine) as connection:
            planned = [(who, ids[which]) for who, which in places]
            rows.plan(connection, known.id, planned, opened)
    with writing(engine) as connection:
        _forget_what_nobody_gets(connection, known.id)
        connection.execute(
            update(issue)
            .where(issue.c.id == known.id, issue.c.status == IssueStatus.PLANNING)
            .values(status=IssueStatus.SENDING)
        )


def _edition_id(connection: Connection, issue_id: int, drawn: Draft, content: Content) -> int:
    row = {
        "issue_id": issue_id,
        "locale": content.locale,
        "item_ids": list(content.items),
        "digest": hashlib.sha256(json.dumps(content.items).encode()).hexdigest(),
    }
    unique = (edition.c.issue_id, edition.c.locale, edition.c.digest)
    here = and_(*(column == row[column.name] for column in unique))
    made = insert_new(connection, edition, row, *unique)
    known = connection.execute(select(edition.c.id).where(here)).scalar_one()
    if made:
        topics = sorted(drawn.topics_of(content))
        connection.execute(
            insert(edition_topic), [{"edition_id": known, "topic_id": one} for one in topics]
        )
    return int(known)


def _forget_what_nobody_gets(connection: Connection, issue_id: int) -> None:
    """Keep only the items that some edition has: those are what the issue was."""
    kept = {
        item
        for items in connection.execute(
            select(edition.c.item_ids).where(edition.c.issue_id == issue_id)
        ).scalars()
        for item in items
    }
    connection.execute(
        delete(issue_item)
        .where(issue_item.c.issue_id == issue_id)
        .where(issue_item.c.item_id.not_in(kept))
    )


def frozen_posts(connection: Connection, issue_id: int) -> list[Post]:
    """Return an issue's items as they were when it opened, the newest first."""
    found = connection.execute(
        select(issue_item.c.snapshot)
        .where(issue_item.c.issue_id == issue_id)
        .order_by(issue_item.c.position)
    ).scalars()
    return [_from_snapshot(snapshot) for snapshot in found]


def _snapshot(post: Post) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(post).items()
    }


def _from_snapshot(snapshot: dict[str, object]) -> Post:
    values: dict[str, Any] = {
        name: datetime.fromisoformat(str(value)) if name.endswith("_at") and value else value
        for name, value in snapshot.items()
    }
    return Post(**values)


def _chunks(things: Iterator[T]) -> Iterator[list[T]]:
    while some := list(islice(things, _CHUNK)):
        yield some


def _issue(row: object) -> Issue:
    one = Issue(*row)  # type: ignore[misc]
    return one._replace(status=IssueStatus(one.status))
