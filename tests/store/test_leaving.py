"""Many who leave at the same moment: the same as one after the other, in fewer statements."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import sqlite

from pinlabs_mailer.app import App
from pinlabs_mailer.community import consent, leaving
from pinlabs_mailer.community.holding import hold
from pinlabs_mailer.community.leaving import Leaver, Left
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, subscriber
from pinlabs_mailer.outbox.eligible import why_not
from tests.store.consents import found, how, with_history
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.statements import statements

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def slugs(left: Left) -> tuple[list[str], list[str]]:
    return [one.slug for one in left.left], [one.slug for one in left.remaining]


def stand(connection: Connection, who: int) -> list[str]:
    return sorted(map(str, consent.standing(connection, who).items()))


def test_many_leave_as_each_alone_would(engine: Engine) -> None:
    ids = with_history(engine, *(f"reader{number}@example.org" for number in range(4)))
    with writing(engine) as connection:
        held = hold(connection, ids)
        apart = [
            leaving.withdraw_all(connection, [Leaver(held[who], how(9), only)])[0]
            for who, only in ((ids[0], None), (ids[1], ["events"]))
        ]
        both = [Leaver(held[ids[2]], how(9)), Leaver(held[ids[3]], how(9), ["events"])]
        assert leaving.withdraw_all(connection, both) == apart
        assert stand(connection, ids[2]) == stand(connection, ids[0])
        assert stand(connection, ids[3]) == stand(connection, ids[1])
    assert slugs(apart[0]) == (["projects"], [])
    assert slugs(apart[1]) == ([], ["projects"])
    assert found(engine) == []


def test_twenty_leave_in_the_statements_of_one(engine: Engine) -> None:
    one, *twenty = with_history(engine, *(f"reader{n}@example.org" for n in range(21)))
    with writing(engine) as connection:
        with statements(engine) as alone:
            leaving.withdraw(connection, one, how(9))
        with statements(engine) as together:
            held = hold(connection, twenty)
            leaving.withdraw_all(connection, [Leaver(who, how(9)) for who in held.values()])
    assert len(together) == len(alone) <= 8
    assert found(engine) == []


def test_whoever_is_gone_by_then_has_left_nothing(engine: Engine) -> None:
    """As when retention removes somebody who never confirmed, between two statements."""
    (there,) = with_history(engine, "ada@example.org")
    with writing(engine) as connection:
        assert leaving.withdraw(connection, there + 1, how(9)) == []
        assert [one.slug for one in leaving.withdraw(connection, there, how(9))] == ["projects"]


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    """An installation with a digest that waits for three readers."""
    with closing(make_app(database_url, 9, Clock(TUESDAY))) as app:
        for name in ("ada", "ben", "cleo"):
            confirmed(app, f"{name}@example.net")
        add_posts(app, 1, 1, app.clock())
        assert app.open_due(TUESDAY) is not None
        yield app


def test_h01_what_waits_for_those_who_leave_is_dropped_with_it(app: App) -> None:
    with writing(app.engine) as connection:
        ids = connection.execute(select(subscriber.c.id).order_by(subscriber.c.id)).scalars().all()
        held = hold(connection, ids[:2]).values()
        leaving.withdraw_all(connection, [Leaver(who, how(notary=app.notary)) for who in held])
    with reading(app.engine) as connection:
        rows = connection.execute(
            select(delivery.c.status, delivery.c.reason).order_by(delivery.c.subscriber_id)
        )
        found_ = [tuple(row) for row in rows]
    assert found_ == [("skipped", "withdrawn")] * 2 + [("planned", "")]


def test_the_guard_has_its_words_written_out() -> None:
    """With a parameter in the place of one, SQLite plans the whole statement anew each time."""
    assert why_not.compile(dialect=sqlite.dialect()).params == {}
