"""Everything that is held on one person, from every table, as one document.

Whoever adds a table with something personal in it adds it here, and to `erasure`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import audit, subscribers
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.db.tables import (
    attempt,
    delivery,
    edition,
    issue,
    issue_item,
    opt_in,
    report,
    saved_search,
    sign_up,
    subscriber,
    suppression,
    wish,
)
from pinlabs_mailer.db.words import WishKind
from pinlabs_mailer.outbox import lookup


def held(
    connection: Connection, notary: Notary, subscriber_id: int, now: datetime
) -> dict[str, Any]:
    """Return it all, each table's part by a name of its own.

    Keys and references stay out: with them links could be made. So do mails to an address
    that was to be the new one: whether one went out tells whether somebody else is known. The
    connection must be at its beginning.
    """
    audit.see_one_state(connection)
    person = subscribers.by_id(connection, subscriber_id)
    mine = subscriber.c.id == person.id
    address = Address(
        person.email,
        connection.execute(select(subscriber.c.email_key).where(mine)).scalar_one(),
    )
    titles = {one.id: one.slug for one in all_topics.every(connection)}
    requests = _rows(connection, opt_in, opt_in.c.subscriber_id == person.id)
    for one in requests:
        one["topics"] = [titles.get(topic_id, "") for topic_id in one["topics"]]
    return {
        "made_at": now,
        "person": _rows(connection, subscriber, mine)[0],
        "subscriptions": subscribers.subscriptions(connection, person.id),
        "consent_events": subscribers.history(connection, person.id),
        "saved_search": _rows(connection, saved_search, saved_search.c.subscriber_id == person.id),
        "requests_to_join": requests,
        "sign_up_forms": _rows(connection, sign_up, sign_up.c.email_key == address.key),
        "wishes": _rows(connection, wish, wish.c.subscriber_id == person.id),
        "suppressions": _rows(
            connection,
            suppression,
            suppression.c.email_key.in_([address.key, notary.mark(address.key)]),
        ),
        "deliveries": _deliveries(connection, person.id),
        "reports": _reports(connection, person.id),
    }


def _reports(connection: Connection, subscriber_id: int) -> list[dict[str, Any]]:
    """Return what came back from their mailbox; the mails as far as they are kept."""
    found = _rows(connection, report, report.c.subscriber_id == subscriber_id)
    for one in found:
        one["raw"] = lookup.text_of(one["raw"])
    return found


def _rows(connection: Connection, table: Table, which: Any) -> list[dict[str, Any]]:
    columns = [column for column in table.c if column.name not in _INWARD]
    found = connection.execute(select(*columns).where(which).order_by(*table.primary_key.columns))
    return [dict(row._mapping) for row in found]


_INWARD = frozenset(
    {
        "id",
        "reference",
        "subscriber_id",
        "delivery_id",
        "wording_id",
        "form",
        "email_key",
        "consent_seal",
        "key",
        "matched_by",
    }
)


def _deliveries(connection: Connection, subscriber_id: int) -> list[dict[str, Any]]:
    found = connection.execute(
        select(
            delivery.c.id,
            delivery.c.kind,
            issue.c.key.label("issue"),
            delivery.c.status,
            delivery.c.reason,
            delivery.c.created_at,
            delivery.c.started_at,
            delivery.c.finished_at,
            delivery.c.reply,
            delivery.c.bounced_at,
            delivery.c.complained_at,
            delivery.c.edition_id,
        )
        .outerjoin(issue, issue.c.id == delivery.c.issue_id)
        .outerjoin(wish, wish.c.id == delivery.c.wish_id)
        .where(delivery.c.subscriber_id == subscriber_id)
        .where(func.coalesce(wish.c.kind, "") != WishKind.MOVE)
        .order_by(delivery.c.id)
    ).all()
    items = _items(connection, {row.edition_id for row in found if row.edition_id is not None})
    tries = _tries(connection, subscriber_id)
    listed = []
    for row in found:
        one = dict(row._mapping)
        one["items"] = items.get(one.pop("edition_id"), [])
        one["tries"] = tries.get(one.pop("id"), [])
        listed.append(one)
    return listed


def _items(connection: Connection, editions: Iterable[int]) -> dict[int, list[dict[str, str]]]:
    """Return what each edition told, as it was then."""
    found = connection.execute(
        select(edition.c.id, edition.c.item_ids, edition.c.issue_id).where(
            edition.c.id.in_(editions)
        )
    ).all()
    frozen: dict[tuple[int, int], dict[str, Any]] = {
        (row.issue_id, row.item_id): row.snapshot
        for row in connection.execute(
            select(issue_item.c.issue_id, issue_item.c.item_id, issue_item.c.snapshot).where(
                issue_item.c.issue_id.in_({row.issue_id for row in found})
            )
        )
    }
    return {
        row.id: [
            {"title": frozen[row.issue_id, item]["title"], "url": frozen[row.issue_id, item]["url"]}
            for item in row.item_ids
            if (row.issue_id, item) in frozen
        ]
        for row in found
    }


def _tries(connection: Connection, subscriber_id: int) -> dict[int, list[dict[str, Any]]]:
    tries: dict[int, list[dict[str, Any]]] = {}
    row: Row[*tuple[Any, ...]]
    for row in connection.execute(
        select(attempt.c.delivery_id, attempt.c.at, attempt.c.outcome, attempt.c.reply)
        .join(delivery)
        .where(delivery.c.subscriber_id == subscriber_id)
        .order_by(attempt.c.id)
    ):
        one = dict(row._mapping)
        tries.setdefault(one.pop("delivery_id"), []).append(one)
    return tries
