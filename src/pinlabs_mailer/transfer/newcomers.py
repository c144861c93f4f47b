"""People who were not known before, with their first consent events: written by the thousand.

The same rows as `community.consent.record` would make one change at a time, in three statements:
nothing of a newcomer has to be looked up or changed, so ids and chain are made beforehand.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from pinlabs_mailer.community.chain import SALT_BYTES, Details, Entry, Link
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.community.standing import Standing
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.bulk import insert_rows, reserve_ids
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription
from pinlabs_mailer.db.words import ConsentChange, Frequency
from pinlabs_mailer.tokens import new_references
from pinlabs_mailer.transfer.person import Person


class Told(NamedTuple):
    """One change of a subscription, as a row tells it."""

    topic_id: int
    what: ConsentChange
    frequency: Frequency | None
    """How often at most is promised, None where nothing is."""
    evidence: str = ""
    given_at: datetime | None = None


class Newcomer(NamedTuple):
    """Somebody new, with all that changed about them in order."""

    person: Person
    changes: Sequence[Told]
    stand: Mapping[int, Standing]
    """Where each topic stands after that."""


class Overtaken(Exception):
    """Somebody else has just made one of these people: look again who is known."""


_WORDING = Entry._fields.index("wording")  # newcomers were shown none by us
_PLAIN = (*Entry._fields[:_WORDING], *Entry._fields[_WORDING + 1 :])
_EVENT = (*_PLAIN, *Details._fields, *Link._fields)
_SUBSCRIBER = (
    "id",
    "reference",
    "email",
    "email_key",
    "name",
    "locale",
    "timezone",
    "created_at",
    "consent_seal",
)
_SUBSCRIPTION = (
    "subscriber_id",
    "topic_id",
    "status",
    "requested_at",
    "confirmed_at",
    "withdrawn_at",
    "frequency",
    "term_since",
)


def write(
    connection: Connection, newcomers: Sequence[Newcomer], how: Circumstances
) -> dict[str, int]:
    """Write them with their events and standings; return their ids by the key of the address.

    `how` has what is the same for all. Each address must be there once. Raises Overtaken if one of
    them is known by now.
    """
    in_order = sorted(newcomers, key=lambda one: one.person.address.key)  # as all writers do
    ids = reserve_ids(connection, subscriber, len(in_order))
    references = new_references(len(in_order))
    salts = _salts(sum(len(one.changes) for one in in_order))
    people: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    standings: list[tuple[Any, ...]] = []
    for id_, reference, (person, changes, stand) in zip(ids, references, in_order, strict=True):
        (email, key), locale = person.address, person.locale or "en"
        seal = _chain(id_, email, changes, how, salts, events)
        people.append(
            (id_, reference, email, key, person.name, locale, person.timezone, how.at, seal)
        )
        for topic_id, now in stand.items():
            standings.append(
                (
                    id_,
                    topic_id,
                    str(now.status),
                    now.requested_at,
                    now.confirmed_at,
                    now.withdrawn_at,
                    str(now.frequency or Frequency.EVERY),
                    now.term_since,
                )
            )
    insert_rows(connection, subscriber, _SUBSCRIBER, people, unless_there=True)
    _require_all(connection, ids)
    insert_rows(connection, consent_event, _EVENT, events)
    insert_rows(connection, subscription, _SUBSCRIPTION, standings)
    return {one.person.address.key: id_ for id_, one in zip(ids, in_order, strict=True)}


def _salts(many: int) -> Iterator[str]:
    size = 2 * SALT_BYTES
    text = secrets.token_bytes(SALT_BYTES * many).hex()
    return (text[place : place + size] for place in range(0, len(text), size))


def _chain(
    subscriber_id: int,
    email: str,
    changes: Iterable[Told],
    how: Circumstances,
    salts: Iterator[str],
    events: list[tuple[Any, ...]],
) -> str:
    """Add the events of somebody, and return the seal of the last."""
    notary, seal = how.notary, ""
    for position, (topic_id, what, frequency, evidence, given_at) in enumerate(changes, start=1):
        entry = Entry(
            subscriber_id,
            position,
            topic_id,
            str(what),
            how.at,
            given_at,
            frequency and str(frequency),
            "",
            how.form_version,
            how.language,
            str(how.actor),
        )
        details = Details(email, how.source, evidence, "", "", "")
        link = notary.link(entry, details, seal, next(salts))
        seal = notary.seal(entry, link)
        events.append((*entry[:_WORDING], *entry[_WORDING + 1 :], *details, *link))
    return seal


def _require_all(connection: Connection, ids: Sequence[int]) -> None:
    if connection.dialect.name == "sqlite":
        return  # whoever writes is alone
    there = select(subscriber.c.id).where(is_among(subscriber.c.id, ids))
    if len(connection.execute(there).all()) < len(ids):
        raise Overtaken
