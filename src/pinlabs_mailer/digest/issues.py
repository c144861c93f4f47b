"""Issues: opened once for a slot, planned in steps that a crash may interrupt, read back.

`open_issue` can be called again at any time by anybody: the key is unique, what is frozen is read
back, and planning goes on where it stood. No transaction holds the writer's lock for long.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Engine, case, delete, func, select, update

from pinlabs_mailer.content import next_issue
from pinlabs_mailer.content.items import Item, from_snapshot, snapshot
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.bulk import insert_rows
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import edition, issue, issue_item
from pinlabs_mailer.db.words import IssueStatus
from pinlabs_mailer.digest import editions
from pinlabs_mailer.digest.draft import Draft, Terms, draft
from pinlabs_mailer.errors import NotFound, Unavailable
from pinlabs_mailer.outbox import rows

T = TypeVar("T")
_DELIVERIES, _EDITIONS = 5_000, 500
"""Planned in one transaction: some 40 ms of SQLite's one writer."""


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
_NOT_EMPTY = issue.c.status != IssueStatus.SKIPPED
_put_backs = (
    select(issue.c.id, issue.c.put_backs).where(_NOT_EMPTY).order_by(issue.c.id.desc()).limit(1)
)
"""Who is put back is sent the last issue after all: a draft that was made before did not know."""


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


def lock(connection: Connection, issue_id: int) -> Issue:
    """Return an issue, which nobody changes before the transaction ends."""
    wanted = select(*_COLUMNS).where(issue.c.id == issue_id).with_for_update()
    return _issue(connection.execute(wanted).one())


def reopen(connection: Connection, issue_id: int) -> None:
    """Let an issue send again of which deliveries were put back. It must have been locked."""
    was_sent = issue.c.status == IssueStatus.SENT
    connection.execute(
        update(issue)
        .where(issue.c.id == issue_id)
        .values(
            put_backs=issue.c.put_backs + 1,
            status=case((was_sent, IssueStatus.SENDING), else_=issue.c.status),
        )
    )


def is_latest(connection: Connection, issue_id: int) -> bool:
    """Say whether no later issue has anything in it."""
    later = select(issue.c.id).where(issue.c.id > issue_id, _NOT_EMPTY).limit(1)
    return connection.execute(later).first() is None


def report(connection: Connection, one: Issue) -> dict[str, object]:
    """Return an issue with what became of its deliveries; the numbers add up at any moment."""
    numbers = rows.counts(connection, one.id)
    different = connection.execute(
        select(func.count()).select_from(edition).where(edition.c.issue_id == one.id)
    ).scalar_one()
    status: str = one.status
    if one.status is IssueStatus.SENDING and not numbers["waiting"] + numbers["in_doubt"]:
        status = IssueStatus.SENT
    came_back = rows.returned(connection, one.id)
    return {**one._asdict(), "status": status, "editions": different, **came_back, **numbers}


def open_issue(
    engine: Engine,
    key: str,
    terms: Terms,
    candidates: Callable[[Connection], list[Item]],
    subject: Callable[[Draft], str],
) -> Issue:
    """Open the issue of a slot, or take up its planning where it stood.

    `subject` renders editions and returns the subject of the first; when it raises, nothing
    has been written. Without any edition the issue is recorded as skipped.
    """
    drawn: Draft | None = None
    with reading(engine) as connection:
        known = by_key(connection, key)
        if known is None:
            before = connection.execute(_put_backs).all()
            drawn = draft(connection, terms, candidates(connection))
    if known is None and drawn is not None:
        words = subject(drawn)
        items = _frozen(drawn)
        with writing(engine) as connection:
            now = connection.execute(_put_backs.with_for_update()).all()
            if now != before and by_key(connection, key) is None:
                raise Unavailable(
                    "Deliveries of the last issue were put back while this one was drafted, or "
                    "another was opened.",
                    "Nothing is lost: run it again.",
                )
            known, opened_by_us = _freeze(connection, key, drawn, words, items)
        drawn = drawn if opened_by_us else None
    assert known is not None
    if known.status is not IssueStatus.PLANNING:
        return known
    if drawn is None:
        drawn = _draft_again(engine, known, terms)
    _plan(engine, known, drawn)
    with reading(engine) as connection:
        return find(connection, str(known.id))


def _frozen(drawn: Draft) -> list[tuple[int, int, str]]:
    """Return every candidate as it is now. Making this of 10,000 takes longer than writing it, and
    so nobody waits for it."""
    return [
        (post.id, position, json.dumps(snapshot(post)))
        for position, post in enumerate(drawn.posts.values())
    ]


def _freeze(
    connection: Connection, key: str, drawn: Draft, subject: str, items: list[tuple[int, int, str]]
) -> tuple[Issue, bool]:
    """Write the issue and its items; say whether it was not there before."""
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
        _take_words(connection, known.id, subject)
        names = ("item_id", "position", "snapshot", "issue_id")
        insert_rows(connection, issue_item, names, [(*one, known.id) for one in items])
    return known, made


def _take_words(connection: Connection, issue_id: int, subject: str) -> None:
    """Give the issue what the editor has written for the next one, which is this one now."""
    words = next_issue.take(connection)
    connection.execute(
        update(issue)
        .where(issue.c.id == issue_id)
        .values(subject=words.subject or subject, own_subject=words.subject, intro=words.intro)
    )


def _draft_again(engine: Engine, known: Issue, terms: Terms) -> Draft:
    """Pick again from what was frozen; whoever is planned already gets the same."""
    frozen = replace(terms, as_of=known.as_of, opened_at=known.opened_at)
    with reading(engine) as connection:
        return draft(connection, frozen, frozen_posts(connection, known.id), known.id)


def _plan(engine: Engine, known: Issue, drawn: Draft) -> None:
    """Write editions and deliveries, unless another process that plans the same has ended it."""
    ids: list[int] = []
    for some in _chunks(iter(drawn.editions), _EDITIONS):
        with writing(engine) as connection:
            if not _still_planning(connection, known.id):
                return
            ids += editions.write(connection, known.id, drawn, some)
    opened = known.opened_at
    for places in _chunks(drawn.places(), _DELIVERIES):
        with writing(engine) as connection:
            planned = [(who, ids[which]) for who, which in places]
            rows.plan(connection, known.id, planned, opened)
    with writing(engine) as connection:
        rows.weigh(connection)
    ended = False
    while not ended:
        with reading(engine) as connection:
            last, unused = _what_nobody_gets(connection, known.id)
        with writing(engine) as connection:
            ended = _end_planning(connection, known.id, last, unused)


def _still_planning(connection: Connection, issue_id: int) -> bool:
    """Say whether it is, and keep it so until the transaction ends."""
    status = connection.execute(
        select(issue.c.status).where(issue.c.id == issue_id).with_for_update()
    ).scalar_one()
    return IssueStatus(status) is IssueStatus.PLANNING


def _what_nobody_gets(connection: Connection, issue_id: int) -> tuple[int, set[int]]:
    """Return the last edition, and the items that no edition has: the issue was not those."""
    found = connection.execute(
        select(edition.c.id, edition.c.item_ids).where(edition.c.issue_id == issue_id)
    ).all()
    kept = {item for row in found for item in row.item_ids}
    frozen = select(issue_item.c.item_id).where(issue_item.c.issue_id == issue_id)
    last = max((row.id for row in found), default=0)
    return last, set(connection.execute(frozen).scalars()) - kept


def _end_planning(connection: Connection, issue_id: int, last: int, unused: set[int]) -> bool:
    """Let the issue be sent; False if an edition was written since `unused` was worked out."""
    if not _still_planning(connection, issue_id):
        return True
    newest = select(func.max(edition.c.id)).where(edition.c.issue_id == issue_id)
    if (connection.execute(newest).scalar() or 0) != last:
        return False
    connection.execute(
        delete(issue_item).where(
            issue_item.c.issue_id == issue_id, is_among(issue_item.c.item_id, unused)
        )
    )
    connection.execute(
        update(issue).where(issue.c.id == issue_id).values(status=IssueStatus.SENDING)
    )
    return True


def frozen_posts(connection: Connection, issue_id: int) -> list[Item]:
    """Return an issue's items as they were when it opened, the newest first."""
    found = connection.execute(
        select(issue_item.c.snapshot)
        .where(issue_item.c.issue_id == issue_id)
        .order_by(issue_item.c.position)
    ).scalars()
    return [from_snapshot(kept) for kept in found]


def _chunks(things: Iterator[T], size: int) -> Iterator[list[T]]:
    while some := list(islice(things, size)):
        yield some


def _issue(row: object) -> Issue:
    one = Issue(*row)  # type: ignore[misc]
    return one._replace(status=IssueStatus(one.status))
