"""Going through the whole consent record: every chain, and the standing that follows from it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection, select

from pinlabs_mailer.community import consent, heads
from pinlabs_mailer.community.breaks import Fault, breaks
from pinlabs_mailer.community.chain import NO_DETAILS, Notary, Recorded
from pinlabs_mailer.community.standing import Standing, standing_from
from pinlabs_mailer.db.among import is_among
from pinlabs_mailer.db.tables import consent_event, subscriber, topic, wording

_AT_ONCE = 1_000
"""People looked at in one go: what bounds the memory that is needed."""


class Finding(NamedTuple):
    """One thing that is wrong with the record."""

    subscriber_id: int | None
    email: str
    fault: Fault
    event: int | None = None
    """The position in the person's chain."""
    topic: str = ""
    wording_id: int | None = None


@dataclass
class Tally:
    """What was looked at so far."""

    people: int = 0
    events: int = 0
    before_chain: int = 0
    """Events from before there was a chain: nothing vouches for those that none has followed."""


class Person(NamedTuple):
    """Whose record is looked at."""

    id: int
    email: str
    seal: str


def audit(connection: Connection, notary: Notary, tally: Tally) -> Iterator[Finding]:
    """Yield whatever is wrong, counting on the way. The connection must be at its beginning."""
    see_one_state(connection)
    yield from _wordings(connection)
    slugs = _slugs(connection)
    last = 0
    while people := _some(connection, last):
        last = people[-1].id
        for person, events, stand in _read(connection, people):
            tally.people += 1
            tally.events += len(events or ())
            tally.before_chain += sum(not one.link.hash for one in events or ())
            yield from _judge_readable(notary, person, events, stand, slugs)


def of_person(connection: Connection, notary: Notary, person: Person) -> list[Finding]:
    """Return what is wrong with one person's record, and with the words they were shown."""
    slugs = _slugs(connection)
    ((_, events, stand),) = _read(connection, [person])
    shown = {one.entry.wording for one in events or ()}
    return [*_wordings(connection, shown), *_judge_readable(notary, person, events, stand, slugs)]


def see_one_state(connection: Connection) -> None:
    """Let every question of this transaction see the same state, as it is on SQLite anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _judge_readable(
    notary: Notary,
    person: Person,
    events: Sequence[Recorded] | None,
    stand: Mapping[int, Standing],
    slugs: Mapping[int, str],
) -> Iterator[Finding]:
    """Yield what is wrong with one person's events, given in order; None cannot be read."""
    try:
        yield from [] if events is None else _judge(notary, person, events, stand, slugs)
        readable = events is not None
    except (ValueError, TypeError):  # who writes past us may write anything, on SQLite above all
        readable = False
    if not readable:
        yield Finding(person.id, person.email, Fault.UNREADABLE)


def _judge(
    notary: Notary,
    person: Person,
    events: Sequence[Recorded],
    stand: Mapping[int, Standing],
    slugs: Mapping[int, str],
) -> Iterator[Finding]:
    topics = {one.entry.position: slugs.get(one.entry.topic_id, "") for one in events}
    for found in breaks(notary, events, person.seal):
        at = found.position
        yield Finding(person.id, person.email, found.fault, at, topics.get(at, ""))
    derived = standing_from(one.entry for one in events)
    for topic_id in sorted(derived.keys() | stand.keys()):
        if not _agree(derived.get(topic_id), stand.get(topic_id)):
            yield Finding(person.id, person.email, Fault.STANDING, topic=slugs[topic_id])
    if events and events[-1].details != NO_DETAILS and events[-1].details.email != person.email:
        yield Finding(person.id, person.email, Fault.ADDRESS, events[-1].entry.position)


def _agree(derived: Standing | None, stored: Standing | None) -> bool:
    if derived is not None and stored is not None and derived.frequency is None:
        return derived == replace(stored, frequency=None)
    return derived == stored


def _slugs(connection: Connection) -> dict[int, str]:
    return {row.id: row.slug for row in connection.execute(select(topic.c.id, topic.c.slug))}


def _wordings(connection: Connection, only: Collection[str] | None = None) -> Iterator[Finding]:
    every = select(wording.c.id, wording.c.digest, wording.c.text).order_by(wording.c.id)
    for one in connection.execute(every):
        looked_at = only is None or one.digest in only
        if looked_at and consent.wording_digest(one.text) != one.digest:
            yield Finding(None, "", Fault.WORDING, wording_id=one.id)


def _some(connection: Connection, after: int) -> list[Person]:
    found = connection.execute(
        select(subscriber.c.id, subscriber.c.email, subscriber.c.consent_seal)
        .where(subscriber.c.id > after)
        .order_by(subscriber.c.id)
        .limit(_AT_ONCE)
    )
    return [Person(*row) for row in found]


_Read = tuple[Person, list[Recorded] | None, dict[int, Standing]]


def _read(connection: Connection, people: Sequence[Person]) -> Iterator[_Read]:
    """Yield everybody with their events and standing; where rows cannot be read, only whose."""
    ids = [one.id for one in people]
    events: dict[int, list[Recorded]] = {one: [] for one in ids}
    try:
        wanted = heads.recorded().where(is_among(connection, consent_event.c.subscriber_id, ids))
        for one in map(heads.read, connection.execute(wanted)):
            events[one.entry.subscriber_id].append(one)
        stand = consent.standings(connection, ids)
    except (ValueError, TypeError):
        if len(people) == 1:
            yield people[0], None, {}
        else:
            for person in people:
                yield from _read(connection, [person])
        return
    for person in people:
        yield person, events[person.id], stand[person.id]
