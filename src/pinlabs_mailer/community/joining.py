"""Double opt-in: a request, a mail, a click on a button. Each function is one transaction's work.

What a stranger sees does not depend on whether the address is known: callers answer the same
whatever `request` returns.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from pinlabs_mailer import topics as all_topics
from pinlabs_mailer.community import consent, subscribers, suppression
from pinlabs_mailer.community.address import Address
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.community.limits import roughly
from pinlabs_mailer.db.tables import opt_in, subscriber
from pinlabs_mailer.db.words import Consent, ConsentChange, Frequency, SuppressionReason
from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.outbox import message_ids, rows
from pinlabs_mailer.tokens import new_reference
from pinlabs_mailer.topics import Topic

REQUEST_LIVES = timedelta(days=7)
AT_THIS_ADDRESS = subscriber.c.moved_at.is_(None) | (opt_in.c.requested_at > subscriber.c.moved_at)
"""The mail of a request lies where its person is now, not with an address that they have left."""


@dataclass(frozen=True)
class Request:
    """What somebody who joins has told us."""

    address: Address
    topics: tuple[str, ...]
    name: str = ""
    locale: str = "en"
    timezone: str = ""
    frequency: Frequency | None = None


class Confirmed(NamedTuple):
    """What a confirmation link stands for now."""

    topics: list[Topic]
    already: bool
    locale: str
    """The language of whoever asked."""
    subscriber_id: int
    request_id: int


def request(connection: Connection, wanted: Request, how: Circumstances) -> int | None:
    """Record a request to join and queue its confirmation mail; return the delivery's id.

    None when no mail is due: everything asked for is confirmed already, or the address must not
    be written to.
    """
    chosen = all_topics.joinable(connection, wanted.topics)
    if not suppression.may_be_asked(connection, how.notary, wanted.address):
        return None
    subscriber_id = subscribers.ensure(connection, wanted.address, how.at, **_details(wanted))
    subscribers.hold(connection, subscriber_id)
    standing = consent.standing(connection, subscriber_id)
    if all(one.confirmed_at is None for one in standing.values()):
        # Whoever has ever confirmed is not renamed by a stranger who types their address.
        subscribers.fill_in(connection, subscriber_id, **_details(wanted))
        subscribers.speak(connection, subscriber_id, wanted.locale)
    missing = [
        topic
        for topic in chosen
        if topic.id not in standing or standing[topic.id].status != Consent.CONFIRMED
    ]
    if not missing:
        return None
    consent.record(
        connection,
        [
            Change(subscriber_id, topic.id, ConsentChange.REQUESTED, how, wanted.frequency)
            for topic in missing
        ],
    )
    opt_in_id = _ask(connection, subscriber_id, missing, wanted, how)
    return rows.enqueue_confirmation(connection, opt_in_id, subscriber_id, how.at)


def remind(connection: Connection, wanted: Request, how: Circumstances) -> int:
    """Queue the mail that tells somebody who joins again that they are in (item A6).

    It changes no consent and is told to the mailbox only. Returns the delivery's id.
    """
    subscriber_id = subscribers.by_address(connection, wanted.address).id
    chosen = all_topics.named(connection, wanted.topics)
    opt_in_id = _ask(connection, subscriber_id, chosen, wanted, how)
    return rows.enqueue_already(connection, opt_in_id, subscriber_id, how.at)


def look_up(connection: Connection, reference: str, now: datetime) -> Confirmed | None:
    """Return what a confirmation link would confirm, changing nothing; None if it is too old."""
    found = _find(connection, reference)
    if found is None:
        return None
    standing = consent.standing(connection, found.subscriber_id)
    topics = [topic for topic in all_topics.every(connection) if topic.id in found.topics]
    of = found.locale, found.subscriber_id, found.id
    if found.confirmed_at is not None:
        kept = [t for t in topics if standing[t.id].status == Consent.CONFIRMED]
        return Confirmed(kept, True, *of) if kept else None
    valid = [
        t
        for t in topics
        if t.retired_at is None and not standing[t.id].withdrawn_since(found.requested_at)
    ]
    open_ = [t for t in valid if standing[t.id].status != Consent.CONFIRMED]
    if valid and not open_:
        return Confirmed(valid, True, *of)
    if not open_ or now - found.requested_at > REQUEST_LIVES:
        return None
    return Confirmed(open_, False, *of)


def confirm(
    connection: Connection, reference: str, how: Circumstances, domain: str
) -> Confirmed | None:
    """Confirm the topics of a request; None if the link is too old or was overtaken.

    `domain` is the one that the confirmation mail came from: the record names that mail.
    Confirming twice, also at the same moment, records one event per topic.
    """
    found = _find(connection, reference)
    if found is None:
        return None
    subscribers.hold(connection, found.subscriber_id)
    asked = look_up(connection, reference, how.at)
    if asked is None or asked.already:
        return asked
    connection.execute(update(opt_in).where(opt_in.c.id == found.id).values(confirmed_at=how.at))
    how = replace(how, message_id=message_ids.of_confirmation(connection, found.id, domain))
    often = Frequency(found.frequency) if found.frequency else None
    consent.record(
        connection,
        [
            Change(found.subscriber_id, topic.id, ConsentChange.CONFIRMED, how, often)
            for topic in asked.topics
        ],
    )
    suppression.lift_by_own_act(connection, how.notary, found.subscriber_id)
    rows.drop(connection, found.subscriber_id, how.at)
    return asked


def record_confirmed(connection: Connection, wanted: Request, how: Circumstances) -> list[Topic]:
    """Record consent that was given elsewhere, with its evidence; return the topics it changed.

    Raises UsageError where the person has withdrawn or was erased: only their own act brings them
    back.
    """
    chosen = all_topics.joinable(connection, wanted.topics)
    suppressed = suppression.reason_for(connection, how.notary, wanted.address)
    if suppressed == SuppressionReason.ERASED:
        raise UsageError(
            f"Whoever had the address {wanted.address.email} was erased, or has left it.",
            "Only they can come back: subscribe them without --confirmed, and they are asked.",
        )
    subscriber_id = subscribers.ensure(connection, wanted.address, how.at, **_details(wanted))
    subscribers.hold(connection, subscriber_id)
    subscribers.fill_in(connection, subscriber_id, **_details(wanted))
    standing = consent.standing(connection, subscriber_id)
    for topic in chosen:
        if topic.id in standing and standing[topic.id].refused:
            raise UsageError(
                f"{wanted.address.email} has withdrawn consent to {topic.slug}.",
                "Only they can come back: subscribe them without --confirmed, and they are asked.",
            )
    changed = [
        topic
        for topic in chosen
        if topic.id not in standing or standing[topic.id].status != Consent.CONFIRMED
    ]
    consent.record(
        connection,
        [
            Change(subscriber_id, topic.id, ConsentChange.CONFIRMED, how, wanted.frequency)
            for topic in changed
        ],
    )
    rows.drop(connection, subscriber_id, how.at)
    return changed


class _OptIn(NamedTuple):
    id: int
    subscriber_id: int
    topics: list[int]
    requested_at: datetime
    confirmed_at: datetime | None
    frequency: str | None
    locale: str


def _find(connection: Connection, reference: str) -> _OptIn | None:
    """Return a request, unless its mail lies in the mailbox of an address they have left."""
    found = connection.execute(
        select(
            opt_in.c.id,
            opt_in.c.subscriber_id,
            opt_in.c.topics,
            opt_in.c.requested_at,
            opt_in.c.confirmed_at,
            opt_in.c.frequency,
            subscriber.c.locale,
        )
        .join(subscriber)
        .where(opt_in.c.reference == reference)
        .where(AT_THIS_ADDRESS)
    ).first()
    return _OptIn(*found) if found else None


def _ask(
    connection: Connection,
    subscriber_id: int,
    chosen: list[Topic],
    wanted: Request,
    how: Circumstances,
) -> int:
    made: int = connection.execute(
        insert(opt_in)
        .values(
            reference=new_reference(),
            subscriber_id=subscriber_id,
            topics=[topic.id for topic in chosen],
            wording_id=how.wording_id,
            frequency=wanted.frequency,
            source=how.source[:200],
            network=roughly(how.network),
            requested_at=how.at,
        )
        .returning(opt_in.c.id)
    ).scalar_one()
    return made


def _details(wanted: Request) -> dict[str, str]:
    return {"name": wanted.name, "locale": wanted.locale, "timezone": wanted.timezone}
