"""People: one row for each address that is known to us."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, update

from pinlabs_mailer.community.address import Address
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription, topic, wording
from pinlabs_mailer.errors import NotFound
from pinlabs_mailer.tokens import Dated, new_reference


class Subscriber(NamedTuple):
    """One person."""

    id: int
    reference: str
    email: str
    name: str
    locale: str
    timezone: str
    created_at: datetime


COLUMNS = tuple(subscriber.c[name] for name in Subscriber._fields)


def ensure(connection: Connection, address: Address, now: datetime, **details: str) -> int:
    """Return the id of the person with this address, made with those details if it is new."""
    row = {
        "reference": new_reference(),
        "email": address.email,
        "email_key": address.key,
        "created_at": now,
        **details,
    }
    known = select(subscriber.c.id).where(subscriber.c.email_key == address.key)
    while True:  # again, if the job of retention removes them at this very moment
        insert_new(connection, subscriber, row, subscriber.c.email_key)
        found = connection.execute(known.with_for_update(key_share=True)).scalar()
        if found is not None:
            return int(found)


def fill_in(connection: Connection, subscriber_id: int, **details: str) -> None:
    """Put a name or a time zone where there is none yet. What is known stays."""
    for field in ("name", "timezone"):
        if details.get(field):
            column = subscriber.c[field]
            connection.execute(
                update(subscriber)
                .where(subscriber.c.id == subscriber_id, column == "")
                .values({column: details[field]})
            )


def speak(connection: Connection, subscriber_id: int, locale: str) -> None:
    """Write to a person in this language from now on."""
    connection.execute(
        update(subscriber).where(subscriber.c.id == subscriber_id).values(locale=locale)
    )


def edit(connection: Connection, subscriber_id: int, **details: str) -> None:
    """Put these in the place of a person's name, language or time zone."""
    connection.execute(update(subscriber).where(subscriber.c.id == subscriber_id).values(**details))


def hold(connection: Connection, subscriber_id: int) -> None:
    """Let nobody else change this person's consent before this transaction ends.

    Else, on PostgreSQL, two clicks at the same moment would both see what neither has written:
    a confirmation could overtake a withdrawal. On SQLite there is one writer at a time anyway.
    """
    connection.execute(
        select(subscriber.c.id)
        .where(subscriber.c.id == subscriber_id)
        .with_for_update(key_share=True)  # rows that point at the person can still be added
    )


def hold_free(connection: Connection, ids: Collection[int]) -> list[int]:
    """Hold those of these people whom nobody else holds, and return them.

    Whoever holds many must not wait for one whom somebody holds that waits for another of them.
    """
    found = connection.execute(
        select(subscriber.c.id)
        .where(is_among(subscriber.c.id, ids))
        .order_by(subscriber.c.id)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return list(found.scalars())


def by_address(connection: Connection, address: Address) -> Subscriber:
    """Return the person with this address, or raise NotFound."""
    found = connection.execute(
        select(*COLUMNS).where(subscriber.c.email_key == address.key)
    ).first()
    if found is None:
        raise NotFound(
            f"Nobody with the address {address.email} is known.",
            "See who is: pinlabs-mailer subscriber list",
        )
    return Subscriber(*found)


def by_id(connection: Connection, subscriber_id: int) -> Subscriber:
    """Return the person that another row names."""
    found = connection.execute(select(*COLUMNS).where(subscriber.c.id == subscriber_id)).one()
    return Subscriber(*found)


def by_reference(connection: Connection, reference: str) -> Subscriber | None:
    """Return the person a token names."""
    found = connection.execute(select(*COLUMNS).where(subscriber.c.reference == reference)).first()
    return Subscriber(*found) if found else None


def by_link(connection: Connection, link: Dated, *, holding: bool = False) -> Subscriber | None:
    """Return the person a dated link names; None if they were erased, or if it may lie in the
    mailbox of an address that they have changed since.

    `holding` them as `hold` does, in one question: who waits here for an erasure is told so.
    """
    signed_on = datetime.combine(link.signed_on, time(), UTC)
    wanted = (
        select(*COLUMNS)
        .where(subscriber.c.reference == link.reference, subscriber.c.erased_at.is_(None))
        .where(subscriber.c.moved_at.is_(None) | (subscriber.c.moved_at < signed_on))
    )
    if holding:
        wanted = wanted.with_for_update(key_share=True)
    found = connection.execute(wanted).first()
    return Subscriber(*found) if found else None


def every(connection: Connection, status: str | None = None) -> Iterator[dict[str, object]]:
    """Yield everybody with their topics, oldest first, without holding them all in memory."""
    listed = (
        select(*COLUMNS, topic.c.slug, subscription.c.status)
        .select_from(subscriber.outerjoin(subscription).outerjoin(topic))
        .order_by(subscriber.c.id, topic.c.id)
        .where(subscriber.c.erased_at.is_(None))
    )
    if status is not None:
        listed = listed.where(subscription.c.status == status)
    person: dict[str, object] = {}
    subscriptions: dict[str, str] = {}
    for row in connection.execution_options(yield_per=1000).execute(listed):
        if person.get("id") != row.id:
            if person:
                yield person
            subscriptions = {}
            person = {**_shown(row), "topics": subscriptions}
        if row.slug is not None:
            subscriptions[row.slug] = row.status
    if person:
        yield person


def history(connection: Connection, subscriber_id: int) -> list[dict[str, object]]:
    """Return every consent event of a person, the oldest first, with the words they were shown."""
    events = connection.execute(
        select(
            consent_event.c.position,
            consent_event.c.at,
            consent_event.c.change,
            topic.c.slug.label("topic"),
            topic.c.title,
            consent_event.c.frequency,
            consent_event.c.actor,
            consent_event.c.source,
            wording.c.text.label("wording"),
            consent_event.c.form_version,
            consent_event.c.language,
            consent_event.c.email,
            consent_event.c.evidence,
            consent_event.c.given_at,
            consent_event.c.network,
            consent_event.c.user_agent,
            consent_event.c.message_id,
        )
        .select_from(consent_event.join(topic).outerjoin(wording))
        .where(consent_event.c.subscriber_id == subscriber_id)
        .order_by(consent_event.c.position)
    )
    return [dict(row._mapping) for row in events]


def _shown(row: Row[*tuple[Any, ...]]) -> dict[str, object]:
    return {field: row._mapping[field] for field in ("id", "email", "name", "created_at")}


def subscriptions(connection: Connection, subscriber_id: int) -> list[dict[str, object]]:
    """Return a person's subscriptions, with how each stands and since when."""
    found = connection.execute(
        select(
            topic.c.slug.label("topic"),
            subscription.c.status,
            subscription.c.frequency,
            subscription.c.requested_at,
            subscription.c.confirmed_at,
            subscription.c.withdrawn_at,
        )
        .join(topic)
        .where(subscription.c.subscriber_id == subscriber_id)
        .order_by(topic.c.id)
    )
    return [dict(row._mapping) for row in found]
