"""The consent record: append-only events, and the standing that follows from them.

Every change of a subscription goes through `record`, which writes the events, their places in the
person's chain and the standing in one transaction. A withdrawal beats any older request or consent.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update

from pinlabs_mailer.community import heads
from pinlabs_mailer.community.chain import NO_DETAILS, SALT_BYTES, Details, Entry, Link, Notary
from pinlabs_mailer.community.heads import Head
from pinlabs_mailer.community.holding import STANDING, Held, hold, row_of, standing_in
from pinlabs_mailer.community.standing import PROMISES, Standing, after, touched
from pinlabs_mailer.db.among import is_among, one_of_some
from pinlabs_mailer.db.bulk import insert_rows
from pinlabs_mailer.db.insert import insert_new
from pinlabs_mailer.db.tables import consent_event, subscription, wording
from pinlabs_mailer.db.words import Actor, ConsentChange, Frequency


@dataclass(frozen=True)
class Circumstances:
    """When, how, from where and by whom a consent changed, and who writes it down."""

    at: datetime
    source: str
    """Where it was said: `join page`, `confirmation page`, `one-click`, `command line` ..."""
    actor: Actor
    notary: Notary
    wording_id: int | None = None
    form_version: str = ""
    """Which page asked, and in which version; empty where no page did."""
    language: str = ""
    """The language of the words that were shown."""
    evidence: str = ""
    network: str = ""
    user_agent: str = ""
    message_id: str = ""
    """The mail that was answered, such as the confirmation mail."""
    given_at: datetime | None = None
    """When consent was given, if it was elsewhere and before."""


class Change(NamedTuple):
    """One change of one subscription."""

    subscriber_id: int
    topic_id: int
    what: ConsentChange
    how: Circumstances
    frequency: Frequency | None = None
    """How often at most; None leaves it as it is."""


def change(
    connection: Connection,
    subscriber_id: int,
    topic_id: int,
    what: ConsentChange,
    how: Circumstances,
    frequency: Frequency | None = None,
) -> None:
    """Record one change of one subscription."""
    record(connection, [Change(subscriber_id, topic_id, what, how, frequency)])


def record(
    connection: Connection, changes: Sequence[Change], held: Mapping[int, Held] | None = None
) -> None:
    """Record changes in their order, of one person or of thousands, in the same few statements.

    Nobody else can change the consent of these people before the transaction ends; `held` is what
    `hold` has returned for them, where it was asked already. Raises ValueError for who was erased:
    whoever comes back has a row of their own.
    """
    if not changes:
        return
    if held is None:
        held = hold(connection, {one.subscriber_id for one in changes})
    people = {one.subscriber_id: held[one.subscriber_id].head for one in changes}
    stand = {who: dict(held[who].stand) for who in people}
    digests = _wording_digests(connection, changes)
    events: list[tuple[Any, ...]] = []
    places = {(one.subscriber_id, one.topic_id) for one in changes}
    for one in changes:
        if people[one.subscriber_id].erased and one.what != ConsentChange.ERASED:
            raise ValueError(f"nobody is {one.what} any more: the person was erased")
        before = stand[one.subscriber_id].pop(one.topic_id, None)
        frequency = _promised(one, before)
        moved = after(before, one.what, one.how.at, frequency, one.how.given_at)
        if moved is not None:
            stand[one.subscriber_id][one.topic_id] = moved
        elif one.what != ConsentChange.ERASED:
            raise ValueError(f"nothing to be {one.what}: the person has no such subscription")
        anew = touched(stand[one.subscriber_id], one.what, one.how.actor, one.how.at)
        stand[one.subscriber_id] |= anew
        places |= {(one.subscriber_id, topic_id) for topic_id in anew}
        head = people[one.subscriber_id]
        shown = digests[one.how.wording_id]
        event, people[one.subscriber_id] = _event(connection, one, head, shown, frequency)
        events.append(event)
    insert_rows(connection, consent_event, _ROW, events)
    _set_standings(connection, places, stand)
    heads.move(connection, people.values())


def _promised(one: Change, now: Standing | None) -> Frequency | None:
    if one.what not in PROMISES:
        return None
    return one.frequency or (now.frequency if now else None) or Frequency.EVERY


_WORDING = Entry._fields.index("wording")  # the row has the id; the hash has the digest
_PLAIN = (*Entry._fields[:_WORDING], *Entry._fields[_WORDING + 1 :])
_ROW = (*_PLAIN, *Details._fields, *Link._fields, "wording_id")


def _event(
    connection: Connection,
    one: Change,
    head: Head,
    shown: str,
    frequency: Frequency | None,
) -> tuple[tuple[Any, ...], Head]:
    """Return the row of an event, as the driver wants it, and the head that the chain then
    ends with."""
    how = one.how
    entry = Entry(
        subscriber_id=one.subscriber_id,
        position=head.position + 1,
        topic_id=one.topic_id,
        change=str(one.what),
        at=how.at,
        given_at=how.given_at,
        frequency=frequency and str(frequency),
        wording=shown,
        form_version=how.form_version[:100],
        language=how.language[:20],
        actor=str(how.actor),
    )
    details = Details(
        email=head.email,
        source=how.source[:200],
        evidence=how.evidence,
        network=how.notary.network(how.network[:45]),
        user_agent=how.user_agent[:300],
        message_id=how.message_id[:400],
    )
    seal = head.seal or heads.seal_of_earlier(connection, head, how.notary)
    link = how.notary.link(entry, details, seal, secrets.token_hex(SALT_BYTES))
    plain = (*entry[:_WORDING], *entry[_WORDING + 1 :])
    row = (*plain, *details, *link, how.wording_id)
    return row, head._replace(position=entry.position, seal=how.notary.seal(entry, link))


def _wording_digests(connection: Connection, changes: Sequence[Change]) -> dict[int | None, str]:
    ids = {one.how.wording_id for one in changes if one.how.wording_id is not None}
    if not ids:
        return {None: ""}
    found = connection.execute(
        select(wording.c.id, wording.c.digest).where(is_among(wording.c.id, ids))
    )
    return {None: "", **{row.id: row.digest for row in found}}


def standings(
    connection: Connection, subscriber_ids: Sequence[int]
) -> dict[int, dict[int, Standing]]:
    """Return where each topic stands for each of these people, by their id and the topic's."""
    stand: dict[int, dict[int, Standing]] = {one: {} for one in subscriber_ids}
    found = connection.execute(_standings, {"some": subscriber_ids})
    for subscriber_id, topic_id, *stands in found:
        stand[subscriber_id][topic_id] = standing_in(*stands)
    return stand


_standings = select(subscription.c.subscriber_id, subscription.c.topic_id, *STANDING).where(
    one_of_some(subscription.c.subscriber_id)
)


def _set_standings(
    connection: Connection,
    places: Collection[tuple[int, int]],
    stand: dict[int, dict[int, Standing]],
) -> None:
    """Write where these subscriptions stand, each by the ids of its person and its topic."""
    standing: list[tuple[Any, ...]] = []
    gone: list[dict[str, int]] = []
    for subscriber_id, topic_id in sorted(places):
        now = stand[subscriber_id].get(topic_id)
        if now is None:
            gone.append({"of": subscriber_id, "to": topic_id})
        else:
            standing.append((subscriber_id, topic_id, *row_of(now)))
    insert_rows(connection, subscription, _PLACED, standing, or_change=True)
    if gone:
        connection.execute(_unset, gone)


_PLACED = ("subscriber_id", "topic_id", *(column.name for column in STANDING))
_unset = delete(subscription).where(
    subscription.c.subscriber_id == bindparam("of"), subscription.c.topic_id == bindparam("to")
)


def standing(connection: Connection, subscriber_id: int) -> dict[int, Standing]:
    """Return where each topic stands for a person, by topic id."""
    return standings(connection, [subscriber_id])[subscriber_id]


def erase(connection: Connection, subscriber_id: int, how: Circumstances) -> None:
    """Record that a person is erased, and blank what is personal in all their events.

    Their subscriptions go. Their events keep place, hash and the digest of what was blanked, so
    that the chain goes on verifying. The row of the person is the caller's to blank.
    """
    topics = connection.execute(
        select(consent_event.c.topic_id)
        .where(consent_event.c.subscriber_id == subscriber_id)
        .distinct()
        .order_by(consent_event.c.topic_id)
    ).scalars()
    record(
        connection,
        [Change(subscriber_id, topic_id, ConsentChange.ERASED, how) for topic_id in topics],
    )
    connection.execute(
        update(consent_event)
        .where(consent_event.c.subscriber_id == subscriber_id)
        .values(**NO_DETAILS._asdict(), salt="")
    )


def remember_wording(connection: Connection, text: str, now: datetime) -> int:
    """Return the id of a wording; each text is stored once."""
    digest = wording_digest(text)
    row = {"digest": digest, "text": text, "first_used_at": now}
    insert_new(connection, wording, row, wording.c.digest)
    found: int = connection.execute(
        select(wording.c.id).where(wording.c.digest == digest)
    ).scalar_one()
    return found


def wording_digest(text: str) -> str:
    """Return what a wording is known by."""
    return hashlib.sha256(text.encode()).hexdigest()
