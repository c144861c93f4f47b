"""What the pump's side of the database leaves behind: nothing that was never on the wire."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import attempt, delivery, issue
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.db.words import IssueStatus
from pinlabs_mailer.delivery.ledger import Result
from pinlabs_mailer.delivery.recovery import DoubtPolicy
from pinlabs_mailer.delivery.turns import Turns
from pinlabs_mailer.outbox.states import Move
from tests.support.installations import Clock, add_posts, confirmed, make_app

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DOUBT = DoubtPolicy(resend=True, after=timedelta(minutes=15))


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    """An installation with a digest that waits for two readers."""
    with closing(make_app(database_url, 9, Clock(TUESDAY))) as app:
        confirmed(app, "ada@example.net")
        confirmed(app, "ben@example.net")
        add_posts(app, 1, 1, app.clock())
        assert app.open_due(TUESDAY) is not None
        yield app


def turns(app: App, at: datetime = TUESDAY) -> Turns:
    return Turns(app.engine, app.letters, DOUBT, Clock(at), True)


def standing(app: App) -> list[tuple[str, int, int]]:
    columns = delivery.c.status, delivery.c.attempts, delivery.c.doubts
    with reading(app.engine) as connection:
        found = connection.execute(select(*columns).order_by(delivery.c.id))
        return [(row[0], row[1], row[2]) for row in found]


def test_what_was_started_without_our_knowing_is_given_back(app: App) -> None:
    """As after a commit whose answer was lost: it is not in doubt, for it was never sent."""
    run = turns(app)
    assert len(run.take([], 2).started) == 2
    assert standing(app) == [(Status.SENDING, 0, 0)] * 2
    run.close()
    assert standing(app) == [(Status.PLANNED, 0, 0)] * 2


def test_recording_twice_records_once(app: App) -> None:
    """As when the database committed, went away, and is asked again."""
    run = turns(app)
    one, two = (outgoing.id for outgoing in run.take([], 2).started)
    later = TUESDAY + timedelta(minutes=5)
    results = [
        Result(one, Move.DEFER, "try later", 451, "451 4.3.0 Later", later),
        Result(two, Move.REFUSE, "policy", 550, "550 5.7.1 No"),
    ]
    run.take(results, 0)
    run.take(results, 0)
    assert standing(app) == [(Status.PLANNED, 1, 0), (Status.FAILED, 1, 0)]
    with reading(app.engine) as connection:
        tried = connection.execute(select(attempt.c.delivery_id)).scalars().all()
    assert sorted(tried) == [one, two]


def test_what_comes_back_to_a_cancelled_issue_is_skipped(app: App) -> None:
    run = turns(app)
    run.take([], 1)
    with writing(app.engine) as connection:
        connection.execute(update(issue).values(status=IssueStatus.CANCELLED))
    run.close()
    assert standing(app) == [(Status.SKIPPED, 0, 0)] * 2
    with reading(app.engine) as connection:
        reasons = connection.execute(select(delivery.c.reason)).scalars().all()
    assert reasons == ["issue cancelled"] * 2


def test_what_is_in_doubt_of_a_cancelled_issue_is_held(app: App) -> None:
    """The reader may have it, so it must not be called skipped, nor be sent again."""
    with writing(app.engine) as connection:
        one = connection.execute(select(delivery.c.id).order_by(delivery.c.id)).scalars().first()
        doubt = {"status": Status.IN_DOUBT, "doubts": 1, "not_before": TUESDAY}
        connection.execute(update(delivery).where(delivery.c.id == one).values(doubt))
        tried = {"delivery_id": one, "at": TUESDAY, "outcome": Status.IN_DOUBT}
        connection.execute(insert(attempt).values(tried))
        connection.execute(update(issue).values(status=IssueStatus.CANCELLED))
    turns(app, TUESDAY + timedelta(hours=1)).due()
    assert [row[0] for row in standing(app)] == [Status.HELD, Status.SKIPPED]
