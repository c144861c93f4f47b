"""The welcome mail: whoever has just confirmed gets the latest issue, as it would have been theirs.

It is a delivery of its own, outside of the issue's counts, but of an edition of that issue: so its
items count as sent, and its topics are looked at again before it goes, as a digest's are.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from pinlabs_mailer import languages
from pinlabs_mailer.db.tables import issue
from pinlabs_mailer.digest import archive, editions, readers
from pinlabs_mailer.digest.draft import Content, Draft, Terms
from pinlabs_mailer.digest.history import History
from pinlabs_mailer.digest.issues import frozen_posts
from pinlabs_mailer.digest.picker import Past, Pick, pick
from pinlabs_mailer.digest.readers import Reader
from pinlabs_mailer.digest.shelf import Shelf
from pinlabs_mailer.outbox import rows


def welcome(
    connection: Connection, subscriber_id: int, terms: Terms, since: datetime, because: int
) -> int | None:
    """Queue the welcome mail of somebody who has just confirmed; return the delivery's id.

    `because` is the request that they confirmed: one request, one mail. None when nothing that was
    opened after `since` has anything for them: there is no empty welcome.
    """
    issue_id = _latest(connection, since)
    if issue_id is None:
        return None
    told = frozen_posts(connection, issue_id)
    over = archive.over(connection, told, terms.opened_at)
    shelf = Shelf([item for item in told if item.id not in over], {})  # all of it is news to them
    found = _pick(connection, shelf, terms, subscriber_id)
    if found is None or not found[1].items:
        return None
    reader, picked = found
    content = Content(picked.items, languages.named(reader.locale).code, picked.more_jobs)
    drawn = Draft(terms, {item.id: item for item in shelf.items})
    [edition_id] = editions.write(connection, issue_id, drawn, [content])
    return rows.enqueue_welcome(connection, because, edition_id, subscriber_id, terms.opened_at)


def _latest(connection: Connection, since: datetime) -> int | None:
    found: int | None = connection.execute(
        select(issue.c.id)
        .where(archive.PUBLIC, issue.c.as_of > since)
        .order_by(issue.c.id.desc())
        .limit(1)
    ).scalar()
    return found


def _pick(
    connection: Connection, shelf: Shelf, terms: Terms, subscriber_id: int
) -> tuple[Reader, Pick] | None:
    just_them = subscriber_id - 1, subscriber_id
    rules = terms.rules._replace(least=1)
    past = History(connection, shelf, rules, None).pasts(*just_them).get(subscriber_id, Past())
    for who in readers.readers(connection, terms.opened_at, *just_them):
        wanted = shelf.wanted(who.search) if who.search else None
        return who, pick(shelf, rules, who.subscriptions, past, wanted)
    return None
