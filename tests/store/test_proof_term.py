"""How long proof is kept of a consent that has ended (item C8)."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from pinlabs_mailer.app import App, retention
from pinlabs_mailer.community import consent
from pinlabs_mailer.community.consent import Change
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import subscription
from pinlabs_mailer.db.words import Actor, ConsentChange
from tests.store.retaining import (
    BEGIN,
    DAY,
    ask,
    circumstances,
    delivered,
    id_of,
    join,
    leave,
    sound,
)
from tests.support.installations import Clock, make_app


@pytest.fixture
def clock() -> Clock:
    return Clock(BEGIN)


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, 1, clock)) as app:
        yield app


@pytest.mark.parametrize("topic", ["projects", "jobs"])
@pytest.mark.parametrize("end", ["withdrawn", "expired"])
def test_c8_a_strangers_request_does_not_lengthen_the_proof(
    app: App, clock: Clock, end: str, topic: str
) -> None:
    join(app, "ada@example.org")
    if end == "withdrawn":
        leave(app, "ada@example.org")
    else:
        with writing(app.engine) as connection:
            ada = id_of(connection, "ada@example.org")
            ended = Change(ada, 1, ConsentChange.EXPIRED, circumstances(app, Actor.SYSTEM))
            consent.record(connection, [ended])

    def statuses() -> set[str]:
        with reading(app.engine) as connection:
            return set(connection.execute(select(subscription.c.status)).scalars())

    over = datetime(clock.now.year + 4, 1, 1, 7, 0, tzinfo=UTC)
    for before in (900, 400, 40):
        clock.now = over - before * DAY
        ask(app, "ada@example.org", topic)
        delivered(app)
        clock.advance(29 * DAY)
        retention.run(app)
        assert "pending" in statuses()
        clock.advance(2 * DAY)
        retention.run(app)
        assert "pending" not in statuses()
        with reading(app.engine) as connection:
            found = consent.standing(connection, id_of(connection, "ada@example.org"))
        assert found[1].term_since == BEGIN
        sound(app)
    clock.now = over - DAY
    assert retention.run(app).erased == 0
    clock.now = over + DAY
    assert retention.run(app).erased == 1
    sound(app)
