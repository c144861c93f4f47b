"""What was sent, to be read by anybody: issues as they were frozen, without a word of any reader.

Only issues that go out or have gone out are shown: one that is being planned, was cancelled or is
held back may still change or never come. Every function takes a connection and writes nothing.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, exists, or_, select

from pinlabs_mailer.content.items import Item
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.tables import delivery, edition, folded, issue, issue_item, item
from pinlabs_mailer.db.words import DeliveryStatus, IssueStatus
from pinlabs_mailer.digest import shelf
from pinlabs_mailer.digest.issues import frozen_posts
from pinlabs_mailer.errors import NotFound

LISTED = 200
"""Issues in the list: four years of a weekly one."""
FED = 20
"""Issues in the feed: readers of feeds look often."""
_KEY = re.compile(r"[A-Za-z0-9:+-]{1,40}")
PUBLIC = issue.c.status.in_([IssueStatus.SENDING, IssueStatus.SENT])


class Past(NamedTuple):
    """An issue in the archive."""

    id: int
    key: str
    as_of: datetime
    opened_at: datetime
    subject: str
    intro: str


_COLUMNS = tuple(issue.c[name] for name in Past._fields)


def listed(connection: Connection, most: int = LISTED) -> list[Past]:
    """Return the issues that anybody may read, the latest first."""
    found = connection.execute(
        select(*_COLUMNS).where(PUBLIC).order_by(issue.c.id.desc()).limit(most)
    )
    return [Past(*row) for row in found]


def find(connection: Connection, key: str) -> tuple[Past, list[Item]]:
    """Return an issue with all that it told to anybody, in the order of a digest, or raise
    NotFound."""
    wanted = select(*_COLUMNS).where(PUBLIC, issue.c.key == key)
    found = connection.execute(wanted).first() if _KEY.fullmatch(key) else None
    if found is None:
        raise NotFound(f"There is no issue {key[:40]!r}.", "The archive lists them: /archive")
    past = Past(*found)
    return past, sorted(frozen_posts(connection, past.id), key=_shown)


def _shown(one: Item) -> tuple[bool, int, int, datetime]:
    """Return where an item stands: what is pinned first, then as on the shelf."""
    return one.pinned is None, one.pinned or 0, *shelf.place(one)


def find_edition(connection: Connection, edition_id: int) -> tuple[Past, list[Item], str]:
    """Return the issue, the items and the language of an edition, or raise NotFound."""
    found = connection.execute(
        select(*_COLUMNS, edition.c.item_ids, edition.c.locale)
        .join_from(edition, issue)
        .where(edition.c.id == edition_id)
        .where(issue.c.status != IssueStatus.CANCELLED)
    ).first()
    if found is None:
        raise NotFound("This mail is no longer here.", "The archive lists issues: /archive")
    *columns, item_ids, locale = found
    past = Past(*columns)
    kept = {one.id: one for one in frozen_posts(connection, past.id)}
    return past, [kept[item_id] for item_id in item_ids], locale


def over(connection: Connection, some: Iterable[Item], now: datetime) -> set[int]:
    """Return which of these items are over or closed by now."""
    found = connection.execute(
        select(item.c.id)
        .where(is_among(item.c.id, [one.id for one in some]))
        .where(or_(item.c.ends_at <= now, item.c.closed_at <= now))
    )
    return set(found.scalars())


def was_told(connection: Connection, item_id: int) -> bool:
    """Say whether anybody was told of an item: what was not is nobody's business yet.

    While an issue is planned its items are candidates, and so they stay if it ends there; but some
    may be sent meanwhile. Of one that was cancelled, what was sent may be folded by now.
    """
    of_it = issue_item.c.issue_id == issue.c.id
    went = or_(
        exists().where(delivery.c.issue_id == issue.c.id, delivery.c.started_at.is_not(None)),
        exists().where(folded.c.issue_id == issue.c.id, folded.c.status == DeliveryStatus.ACCEPTED),
    )
    known = or_(
        issue.c.status.in_([IssueStatus.SENDING, IssueStatus.PAUSED, IssueStatus.SENT]),
        and_(issue.c.status.in_([IssueStatus.PLANNING, IssueStatus.CANCELLED]), went),
    )
    found = select(issue.c.id).join(issue_item, of_it).where(issue_item.c.item_id == item_id, known)
    return connection.execute(found.limit(1)).first() is not None
