"""A year of 52 issues: each item once, only what was asked for, and as often as was promised.

Picking, planning, the ledger and the letters are real, on both databases; the relay is dice.
"""

import faulthandler
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, or_, select, update

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import (
    delivery,
    edition,
    issue_item,
    item,
    saved_search,
    subscriber,
    subscription,
)
from pinlabs_mailer.db.words import IssueStatus, ItemKind
from pinlabs_mailer.delivery import ledger
from pinlabs_mailer.delivery.ledger import Outgoing, Result
from pinlabs_mailer.digest.issues import Issue
from pinlabs_mailer.outbox import audit
from pinlabs_mailer.outbox.states import Move
from tests.acceptance.year import World
from tests.support.installations import Clock, make_app

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WEEKS = 52
PEOPLE = {"sqlite": 5_000, "postgresql": 1_000}
FATES = [Move.ACCEPT] * 94 + [Move.REFUSE] * 2 + [Move.GIVE_UP] * 2 + [Move.LOSE] * 2


class Digest(NamedTuple):
    """What was planned for one person."""

    who: int
    items: tuple[int, ...]
    topics: frozenset[int]
    as_of: datetime


class Sample(NamedTuple):
    """A message that went out, to be written once more at the end of the year."""

    outgoing: Outgoing
    at: datetime
    digest: str


class Year:
    """What was planned, what went out, and what had been asked for when it did."""

    def __init__(self, app: App, clock: Clock, people: int) -> None:
        self.app, self.clock, self.world = app, clock, World(1, people)
        self.told: dict[int, Digest] = {}
        """By delivery: what went out, or may have."""
        self.samples: list[Sample] = []
        self.skipped = 0
        self._planned: dict[int, Digest] = {}
        self._turns: set[tuple[int, int, str, tuple[int, int]]] = set()

    def play(self) -> None:
        with writing(self.app.engine) as connection:
            self.world.begin(connection, self.clock.now)
        for number in range(WEEKS):
            at = TUESDAY + timedelta(weeks=number)
            self.clock.now = at - timedelta(days=2)
            with writing(self.app.engine) as connection:
                self.world.week(connection, number, self.clock.now)
            self.clock.now = at
            opened = self.app.open_due(at)
            assert opened is not None
            self.skipped += opened.status is IssueStatus.SKIPPED
            self._judge(opened)
            with writing(self.app.engine) as connection:
                self.world.leave(connection, self.world.some(0.005), at)
            self._deliver(relay_goes_away=number % 9 == 5)

    def _judge(self, opened: Issue) -> None:
        """Hold what was planned against what everybody had asked for by then."""
        over = or_(
            item.c.ends_at <= opened.as_of,
            item.c.closed_at <= opened.as_of,
            item.c.skipped_at.is_not(None),
        )
        with reading(self.app.engine) as connection:
            stale = set(connection.execute(select(item.c.id).where(over)).scalars())
            searching = set(connection.execute(select(saved_search.c.subscriber_id)).scalars())
            frozen = select(issue_item.c.item_id).where(issue_item.c.issue_id == opened.id)
            kept = set(connection.execute(frozen).scalars())
            found = connection.execute(
                select(delivery.c.id, delivery.c.subscriber_id, edition.c.item_ids)
                .join(edition)
                .where(delivery.c.issue_id == opened.id)
            ).all()
            paused = set(
                connection.execute(
                    select(subscriber.c.id).where(subscriber.c.paused_until > opened.opened_at)
                ).scalars()
            )
        asked_for = self._subscriptions()
        assert kept == {one for row in found for one in row.item_ids}
        assert not kept & stale
        for delivery_id, who, item_ids in found:
            assert item_ids, "an empty digest"
            assert who not in paused
            items = [self.world.items[one] for one in item_ids]
            topics = frozenset(one.topic_id for one in items)
            self._planned[delivery_id] = Digest(who, tuple(item_ids), topics, opened.as_of)
            for topic in topics:
                often = asked_for[who][topic]
                assert (who, topic, often, _period(often, opened.as_of)) not in self._turns
            if who in searching:
                wish = self.world.wishes[who]
                jobs = [one for one in items if one.kind is ItemKind.JOB]
                assert all(wish.meets(one.city, one.department) for one in jobs)

    def _deliver(self, *, relay_goes_away: bool) -> None:
        """Send what waits, in groups; what fails or expires is free to come again."""
        dice, more, asked_for = self.world.dice, True, self._subscriptions()
        while more and not (relay_goes_away and dice.random() < 0.2):
            with writing(self.app.engine) as connection:
                started, more = ledger.start(connection, "us", self.clock.now, 500)
                moves = [(one, dice.choice(FATES)) for one in started]
                results = [self._result(one, move) for one, move in moves]
                ledger.record(connection, results, self.clock.now)
                if started:
                    self._take_sample(connection, dice.choice(started))
            for one, move in moves:
                told = self._planned[one.id]
                assert all(topic in asked_for[told.who] for topic in told.topics)
                if move in (Move.ACCEPT, Move.LOSE):
                    self._note(one.id, told)

    def _result(self, one: Outgoing, move: Move) -> Result:
        settled_at = self.clock.now + timedelta(days=4000) if move is Move.LOSE else None
        return Result(one.id, move, "by the dice", 250, "250 ok", settled_at)

    def _note(self, delivery_id: int, told: Digest) -> None:
        assert delivery_id not in self.told
        self.told[delivery_id] = told
        for topic in told.topics:
            for often in ("weekly", "monthly"):
                self._turns.add((told.who, topic, often, _period(often, told.as_of)))

    def _take_sample(self, connection: Any, one: Outgoing) -> None:
        digest = _written(self.app, connection, one, self.clock.now)
        self.samples.append(Sample(one, self.clock.now, digest))

    def _subscriptions(self) -> dict[int, dict[int, str]]:
        """Return how often everybody wants to hear of which topics now."""
        found: dict[int, dict[int, str]] = defaultdict(dict)
        columns = subscription.c.subscriber_id, subscription.c.topic_id, subscription.c.frequency
        with reading(self.app.engine) as connection:
            confirmed = select(*columns).where(subscription.c.status == "confirmed")
            for who, topic, often in connection.execute(confirmed):
                found[who][topic] = often
        return found


def _period(often: str, at: datetime) -> tuple[int, int]:
    return at.isocalendar()[:2] if often == "weekly" else (at.year, at.month)


def _written(app: App, connection: Any, one: Outgoing, at: datetime) -> str:
    app.letters.load(connection, [one])
    return hashlib.sha256(app.letters.message(one, at).message).hexdigest()


@pytest.fixture
def clock() -> Clock:
    return Clock(TUESDAY - timedelta(days=3))


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[App]:
    with closing(_app(database_url, clock)) as app:
        yield app


@pytest.fixture
def patience() -> None:
    """Take the limit off: half a minute of work may be minutes where others work too."""
    faulthandler.cancel_dump_traceback_later()


def _app(database_url: str, clock: Clock) -> App:
    return make_app(
        database_url, 1, clock, max_posts="3", max_events="2", max_jobs="4", max_age="60d"
    )


@pytest.mark.usefixtures("patience")
def test_a_year_of_many_people(app: App, clock: Clock, backend: str, database_url: str) -> None:
    year = Year(app, clock, PEOPLE[backend])
    year.play()

    times = Counter((told.who, one) for told in year.told.values() for one in told.items)
    assert max(times.values()) == 1
    assert len({told.who for told in year.told.values()}) > 0.9 * PEOPLE[backend]
    assert len(year.samples) > WEEKS
    with reading(app.engine) as connection:
        assert not any(audit.audit(connection).values())
        sent = select(func.count()).where(delivery.c.status.in_(["accepted", "in_doubt"]))
        assert connection.execute(sent).scalar_one() == len(year.told)
    _replay(database_url, clock, year.samples)


def _replay(database_url: str, clock: Clock, samples: Sequence[Sample]) -> None:
    """Write messages again from the frozen issues, after every item has changed."""
    with closing(_app(database_url, clock)) as again:
        with writing(again.engine) as connection:
            connection.execute(update(item).values(title="Changed since", summary="", pinned=None))
        with reading(again.engine) as connection:
            for one in samples:
                assert _written(again, connection, one.outgoing, one.at) == one.digest
