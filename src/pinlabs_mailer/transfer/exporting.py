"""An export: everybody with where they stand, in the form that `import` reads.

A row is a person and those of their topics that stand alike: status, frequency, evidence and
dates. Taken into an empty database, the rows give the same people with the same standings.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TextIO

from sqlalchemy import Connection, Row, exists, select

from pinlabs_mailer.community.audit import see_one_state
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription, suppression, topic
from pinlabs_mailer.db.words import Consent, ConsentChange
from pinlabs_mailer.transfer.formulas import defuse
from pinlabs_mailer.transfer.stated import Stated

_AT_ONCE = 1_000
_CONSENTED = (ConsentChange.CONFIRMED, ConsentChange.IMPORTED)
_SAID = (*_CONSENTED, ConsentChange.WITHDRAWN)


class _Words(NamedTuple):
    """What was last said about a subscription."""

    consented_at: datetime | None = None
    evidence: str = ""
    withdrawn_at: datetime | None = None
    note: str = ""


def write(connection: Connection, file: TextIO) -> int:
    """Write everybody; return how many rows there are. The connection must be at its beginning."""
    see_one_state(connection)
    table = csv.writer(file, lineterminator="\n")
    table.writerow(Stated._fields)
    rows = 0
    for one in everybody(connection):
        table.writerow([defuse(_one_newline(cell)) for cell in one])
        rows += 1
    return rows


def everybody(connection: Connection) -> Iterator[Stated]:
    """Yield all rows, by the age of the people, then the suppressed whom we know no more of."""
    last = 0
    while people := _people(connection, last):
        last = people[-1].id
        yield from _stated(connection, people)
    known = exists().where(subscription.c.subscriber_id == subscriber.c.id)
    unknown = (
        select(suppression)
        .where(~exists().where(subscriber.c.email_key == suppression.c.email_key).where(known))
        .where(suppression.c.email_key.contains("@"))  # a mark of an erased person is no address
        .order_by(suppression.c.email_key)
    )
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(unknown):
        yield Stated(
            row.email_key,
            status="none",
            withdrawn_at=_text(row.since),
            suppressed=row.reason,
            note=row.note,
        )


def _people(connection: Connection, after: int) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(
        select(
            subscriber.c.id,
            subscriber.c.email,
            subscriber.c.name,
            subscriber.c.locale,
            subscriber.c.timezone,
            suppression.c.reason,
        )
        .select_from(
            subscriber.outerjoin(suppression, suppression.c.email_key == subscriber.c.email_key)
        )
        .where(subscriber.c.id > after)
        .order_by(subscriber.c.id)
        .limit(_AT_ONCE)
    ).all()


def _stated(connection: Connection, people: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Stated]:
    ids = [one.id for one in people]
    words = _words(connection, ids)
    stand: dict[int, list[Row[*tuple[Any, ...]]]] = {}
    for row in connection.execute(
        select(
            subscription.c.subscriber_id,
            subscription.c.topic_id,
            topic.c.slug,
            subscription.c.status,
            subscription.c.frequency,
        )
        .join(topic)
        .where(is_among(subscription.c.subscriber_id, ids))
        .order_by(subscription.c.subscriber_id, topic.c.id)
    ):
        stand.setdefault(row.subscriber_id, []).append(row)
    for person in people:
        alike: dict[tuple[str, str, _Words], list[str]] = {}
        for one in stand.get(person.id, ()):
            said = words.get((person.id, one.topic_id), _Words())
            # How often somebody had mail who has left says nothing any more.
            frequency = "" if one.status == Consent.WITHDRAWN else one.frequency
            alike.setdefault((one.status, frequency, said), []).append(one.slug)
        for (status, frequency, said), slugs in alike.items():
            gone = status == Consent.WITHDRAWN
            asked = status == Consent.PENDING
            yield Stated(
                email=person.email,
                name=person.name,
                locale=person.locale,
                timezone=person.timezone,
                frequency=frequency,
                topics=";".join(slugs),
                status=status,
                consented_at="" if gone or asked else _text(said.consented_at),
                evidence="" if gone or asked else said.evidence,
                withdrawn_at=_text(said.withdrawn_at) if gone else "",
                suppressed=person.reason or "",
                note=said.note if gone else "",
            )


def _words(connection: Connection, ids: Sequence[int]) -> dict[tuple[int, int], _Words]:
    event = consent_event.c
    found = connection.execute(
        select(
            event.subscriber_id,
            event.topic_id,
            event.change,
            event.at,
            event.given_at,
            event.source,
            event.evidence,
        )
        .where(is_among(event.subscriber_id, ids), event.change.in_(_SAID))
        .order_by(event.subscriber_id, event.position)
    )
    words: dict[tuple[int, int], _Words] = {}
    for subscriber_id, topic_id, change, at, given_at, source, evidence in found:
        key = (subscriber_id, topic_id)
        before = words.get(key, _Words())
        moment = given_at or at
        if change in _CONSENTED:
            told = evidence or f"confirmed: {source}"
            words[key] = before._replace(consented_at=moment, evidence=told)
        else:
            words[key] = before._replace(withdrawn_at=moment, note=evidence or f"left: {source}")
    return words


def _text(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else ""


def _one_newline(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
