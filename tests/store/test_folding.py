"""Old deliveries become counts, and nobody can tell but from the rows that are gone (item C14)."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from pinlabs_mailer.app import App, retention
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import attempt, delivery, folded, issue
from pinlabs_mailer.digest import issues
from pinlabs_mailer.outbox import audit, folding
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.relay import Relay
from tests.support.site import snapshot

DAY = timedelta(days=1)
YEAR = 366 * DAY


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def app(database_url: str, relay: Relay, clock: Clock) -> Iterator[App]:
    given = {"schedule": "daily 09:00", "max_age": "36500d", "consent_term": "90 years"}
    with closing(make_app(database_url, relay.port, clock, **given)) as app:
        for number in range(7):
            confirmed(app, f"reader{number}@example.org")
        yield app


def send(app: App, clock: Clock, first: int) -> None:
    """Send an issue with two new posts."""
    clock.advance(DAY)
    add_posts(app, first, 2, clock.now - DAY)
    assert app.open_due(clock.now) is not None
    app.pump.run()


def report(app: App, number: int = 0) -> dict[str, object]:
    with reading(app.engine) as connection:
        return issues.report(connection, issues.every(connection)[number])


def rows(app: App) -> int:
    with reading(app.engine) as connection:
        return connection.execute(select(func.count()).select_from(delivery)).scalar_one()


def sound(app: App) -> None:
    with reading(app.engine) as connection:
        assert set(audit.audit(connection).values()) == {0}


def by_age(app: App, age: str) -> App:
    """The same installation with another `max_age`."""
    raw = app.settings.origins["smtp_url"].raw
    assert raw is not None
    port = int(raw.rpartition(":")[2])
    given = {"schedule": "daily 09:00", "max_age": age, "consent_term": "90 years"}
    return make_app(str(app.settings.database_url), port, app.clock, **given)  # type: ignore[arg-type]


def test_the_numbers_of_an_issue_stay_when_its_rows_go(app: App, clock: Clock) -> None:
    send(app, clock, 1)
    with writing(app.engine) as connection:
        some = select(func.min(delivery.c.id)).scalar_subquery()
        connection.execute(
            update(delivery).where(delivery.c.id == some).values(status="failed", reason="refused")
        )
        connection.execute(
            attempt.insert().values(delivery_id=some, at=clock.now, outcome="failed")
        )
    before = report(app)
    assert (before["total"], before["accepted"], before["failed"]) == (7, 6, 1)
    clock.advance(YEAR)
    with closing(by_age(app, "90d")) as later:
        assert retention.run(later).folded == 0
        clock.advance(60 * DAY)
        assert retention.run(later, dry=True).folded == 7
        assert rows(app) == 7
        assert retention.run(later).folded == 7
        assert retention.run(later).folded == 0
    assert rows(app) == 0
    assert report(app) == before
    sound(app)


def test_numbers_add_up_between_any_two_steps(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_FOLDED", 2)
    send(app, clock, 1)
    before = report(app)
    clock.advance(2 * YEAR)
    seen: list[int] = []

    def look(_report: retention.Report) -> None:
        assert report(app) == before
        sound(app)
        seen.append(rows(app))

    with closing(by_age(app, "90d")) as later:
        retention.run(later, on_progress=look)
    assert {5, 3, 1, 0} <= set(seen)


def test_what_waits_or_is_in_doubt_is_not_folded(app: App, clock: Clock) -> None:
    send(app, clock, 1)
    with writing(app.engine) as connection:
        for number, status in enumerate(("planned", "in_doubt"), 1):
            connection.execute(
                update(delivery).where(delivery.c.id == number).values(status=status, doubts=1)
            )
        connection.execute(update(issue).values(status="sending"))
    before = report(app)
    clock.advance(2 * YEAR)
    with closing(by_age(app, "90d")) as later:
        assert retention.run(later).folded == 5
    assert rows(app) == 2
    assert report(app) == before
    sound(app)


def test_an_issue_whose_posts_can_still_be_picked_is_kept(app: App, clock: Clock) -> None:
    send(app, clock, 1)
    clock.advance(2 * YEAR)
    before = snapshot(app.engine)["delivery"]
    assert retention.run(app).folded == 0
    assert snapshot(app.engine)["delivery"] == before


def test_nobody_is_told_again_whatever_the_settings_say_later(
    app: App, clock: Clock, relay: Relay
) -> None:
    send(app, clock, 1)
    clock.advance(2 * YEAR)
    with closing(by_age(app, "90d")) as later:
        assert retention.run(later).folded == 7
    told = len(relay.messages)
    clock.advance(DAY)
    assert app.draft(clock.now).editions == []
    send(app, clock, 3)
    assert len(relay.messages) == told + 7
    assert b"projects/1" not in relay.messages[-1].data
    assert b"projects/3" in relay.messages[-1].data
    sound(app)


def test_single_mails_of_that_age_go_too(app: App, clock: Clock) -> None:
    send(app, clock, 1)
    with writing(app.engine) as connection:
        connection.execute(update(delivery).values(issue_id=None, kind="already"))
    clock.advance(YEAR)
    assert retention.run(app).removed == 0
    clock.advance(60 * DAY)
    assert retention.run(app).removed == 7
    assert rows(app) == 0


def test_what_is_folded_where_it_must_not_be_is_found(app: App, clock: Clock) -> None:
    send(app, clock, 1)
    with writing(app.engine) as connection:
        connection.execute(folded.insert().values(issue_id=1, status="planned", number=3))
    with reading(app.engine) as connection:
        assert sum(audit.audit(connection).values()) == 1
        assert folding.issues(connection, clock.now - YEAR, clock.now) == []
