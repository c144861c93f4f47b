"""Three years of retention, played: who stays, who ignores us, who leaves (C4, C6, C8, C9, C14)."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select, update

from pinlabs_mailer.app import App, retention
from pinlabs_mailer.app.retention import Report
from pinlabs_mailer.community import consent, renewing, subscribers, tallies
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import (
    consent_event,
    delivery,
    opt_in,
    renewal,
    retention_count,
    subscriber,
)
from pinlabs_mailer.db.words import Actor, ConsentChange
from tests.store.retaining import (
    BEGIN,
    DAY,
    ENDS,
    ask,
    change,
    crowd,
    delivered,
    id_of,
    join,
    leave,
    play,
    renew,
    sound,
    standing,
)
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.site import snapshot


@pytest.fixture
def clock() -> Clock:
    return Clock(BEGIN)


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, 1, clock)) as app:
        yield app


def test_c6_c9_three_years_with_all_sorts_of_people(app: App, clock: Clock) -> None:
    for name in ("stays", "ignores", "leaves", "chooses", "edited"):
        join(app, f"{name}@example.org")
    ask(app, "silent@example.org")
    delivered(app)
    play(app, clock, 29, 29)
    assert standing(app)["silent@example.org"] == "pending"
    play(app, clock, 2)
    assert "silent@example.org" not in standing(app)
    play(app, clock, 334, 30)
    change(app, "chooses@example.org", Actor.PERSON)
    change(app, "edited@example.org", Actor.OPERATOR)
    leave(app, "leaves@example.org")
    left = clock.now
    sound(app)
    chosen = (clock.now - BEGIN).days
    play(app, clock, 300, 30)
    letters = play(app, clock, ENDS - 29 - chosen - 300)
    assert {one.email for one in letters} == {
        "edited@example.org", "ignores@example.org", "stays@example.org"
    }  # fmt: skip
    assert {one.day for one in letters} == {ENDS - 30}
    renew(app, "stays@example.org")
    letters = play(app, clock, 40)
    assert {(one.email, one.day) for one in letters} == {
        ("ignores@example.org", ENDS - 7), ("edited@example.org", ENDS - 7)
    }  # fmt: skip
    assert standing(app) == {
        "stays@example.org": "confirmed",
        "chooses@example.org": "confirmed",
        "ignores@example.org": "expired",
        "edited@example.org": "expired",
        "leaves@example.org": "withdrawn",
    }
    sound(app)
    clock.now = datetime(left.year + 4, 1, 1, 7, 0, tzinfo=UTC) - 2 * DAY
    play(app, clock, 1)
    assert "leaves@example.org" in standing(app)
    play(app, clock, 2)
    assert "leaves@example.org" not in standing(app)
    sound(app)


def test_c6_whose_consent_has_expired_gets_no_issue(app: App, clock: Clock) -> None:
    join(app, "ignores@example.org")
    delivered(app)
    play(app, clock, ENDS - 30, ENDS - 30)
    play(app, clock, 35)
    clock.now = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)  # the first slot comes after the set-up
    join(app, "new@example.org")
    delivered(app)
    assert standing(app) == {"ignores@example.org": "expired", "new@example.org": "confirmed"}
    clock.advance(DAY)
    add_posts(app, 1, 2, clock.now)
    clock.advance(7 * DAY)
    app.open_due(clock.now)
    with reading(app.engine) as connection:
        planned = select(subscriber.c.email).join(delivery).where(delivery.c.kind == "digest")
        assert connection.execute(planned).scalars().all() == ["new@example.org"]


def test_c3_who_does_not_confirm_is_mailed_once_and_never_reminded(app: App, clock: Clock) -> None:
    ask(app, "silent@example.org")
    for _ in range(29):
        clock.advance(DAY)
        assert retention.run(app) == Report()
    with reading(app.engine) as connection:
        assert connection.execute(select(delivery.c.kind)).scalars().all() == ["confirm"]


def test_c9_opening_the_page_is_no_contact(app: App, clock: Clock) -> None:
    join(app, "ada@example.org")
    clock.advance((ENDS - 20) * DAY)
    retention.run(app)
    before = snapshot(app.engine)
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, parse_address("ada@example.org"))
        assert renewing.look_up(connection, person.reference) is not None
    assert snapshot(app.engine) == before


def test_c9_a_topic_may_have_a_term_of_its_own(database_url: str, clock: Clock) -> None:
    with closing(make_app(database_url, 1, clock, consent_terms="jobs=12 months")) as app:
        join(app, "ada@example.org", "projects", "jobs")
        delivered(app)
        play(app, clock, 330, 30)
        letters = play(app, clock, 60)
        assert [one.day for one in letters] == [365 - 30, 365 - 7]
        with reading(app.engine) as connection:
            found = consent.standing(connection, id_of(connection, "ada@example.org"))
        assert {which: one.status for which, one in found.items()} == {
            1: "confirmed", 3: "expired"
        }  # fmt: skip
        sound(app)


def test_c9_consent_given_elsewhere_counts_from_when_it_was_given(app: App, clock: Clock) -> None:
    with writing(app.engine) as connection:
        who = subscribers.ensure(connection, parse_address("ada@example.org"), clock.now)
        how = Circumstances(
            clock.now, "import", Actor.OPERATOR, app.notary, given_at=clock.now - 705 * DAY
        )
        consent.change(connection, who, 1, ConsentChange.IMPORTED, how)
    assert retention.run(app).reminded == 1


def test_c9_while_the_relay_is_away_nothing_expires(app: App, clock: Clock) -> None:
    join(app, "ada@example.org")
    delivered(app)
    clock.advance((ENDS - 30) * DAY)
    for _ in range(100):
        retention.run(app)
        clock.advance(DAY)
    assert standing(app) == {"ada@example.org": "confirmed"}
    assert delivered(app) == ["ada@example.org"]
    letters = play(app, clock, 1)
    assert len(letters) == 1
    play(app, clock, 6)
    assert standing(app) == {"ada@example.org": "confirmed"}
    play(app, clock, 3)
    assert standing(app) == {"ada@example.org": "expired"}


def test_c9_no_reminder_goes_out_twice(app: App, clock: Clock) -> None:
    join(app, "ada@example.org")
    clock.advance((ENDS - 30) * DAY)
    assert retention.run(app).reminded == 1
    assert retention.run(app).reminded == 0
    with reading(app.engine) as connection:
        assert connection.execute(select(func.count()).select_from(renewal)).scalar_one() == 1


def test_c4_purged_requests_are_counted_by_month(app: App, clock: Clock) -> None:
    confirmed(app, "ada@example.org")
    ask(app, "ada@example.org", "jobs")
    for number in range(3):
        ask(app, f"stranger{number}@example.org")
    clock.advance(30 * DAY)
    report = retention.run(app)
    assert report.purged == 4
    with reading(app.engine) as connection:
        assert tallies.months(connection) == [{"month": "2024-03", "purged": 4}]
        assert connection.execute(select(subscriber.c.email)).scalars().all() == ["ada@example.org"]
        assert connection.execute(select(func.count()).select_from(opt_in)).scalar_one() == 0
        found = consent.standing(connection, id_of(connection, "ada@example.org"))
        assert found[1].status == "confirmed"
        assert found[3].status == "expired"
    sound(app)


def test_c4_whoever_asked_again_is_kept(app: App, clock: Clock) -> None:
    ask(app, "ada@example.org")
    clock.advance(20 * DAY)
    ask(app, "ada@example.org", "jobs")
    clock.advance(10 * DAY)
    retention.run(app)
    with reading(app.engine) as connection:
        assert id_of(connection, "ada@example.org")
    clock.advance(20 * DAY)
    retention.run(app)
    assert snapshot(app.engine)["subscriber"] == []


def test_c14_a_dry_run_changes_nothing_and_says_what_would_be(app: App, clock: Clock) -> None:
    crowd(app, clock)
    before = snapshot(app.engine)
    dry = retention.run(app, dry=True)
    assert snapshot(app.engine) == before
    assert dry.expired > 0
    assert retention.run(app) == dry
    again = retention.run(app)
    assert again == Report()


class Killed(Exception):
    """The process ended here."""


@pytest.mark.parametrize("chunk", [1, 3])
def test_a_job_that_is_killed_anywhere_ends_where_one_does_that_was_not(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(retention, "_CHANGED", chunk)
    crowd(app, clock)
    clock.now = datetime(2031, 6, 1, tzinfo=UTC)
    wanted = retention.run(app, dry=True)
    done, allowed = 0, 1
    writes = 0

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal writes
        if not statement.lstrip().upper().startswith("SELECT"):
            writes += 1
            if writes > allowed:
                raise Killed

    while True:
        writes = 0
        event.listen(app.engine, "before_cursor_execute", count)
        try:
            retention.run(app)
            break
        except Killed:
            done += 1
            allowed += 3
        finally:
            event.remove(app.engine, "before_cursor_execute", count)
        sound(app)
    assert done > 3
    assert retention.run(app) == Report()
    with reading(app.engine) as connection:
        tallied = connection.execute(
            select(retention_count.c.what, retention_count.c.number).where(
                retention_count.c.month == "2031-06"
            )
        ).all()
    assert dict(tuple(row) for row in tallied) == {
        what: number for what, number in wanted.numbers().items() if number
    }


def test_c8_of_whoever_is_erased_nothing_personal_stays(app: App, clock: Clock) -> None:
    join(app, "ada.lovelace@example.org")
    delivered(app)
    with writing(app.engine) as connection:
        connection.execute(update(delivery).values(reply="250 ada.lovelace@example.org ok"))
    leave(app, "ada.lovelace@example.org")
    clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    assert retention.run(app).erased == 1
    assert "lovelace" not in repr(snapshot(app.engine))
    sound(app)
    assert retention.run(app).erased == 0
    join(app, "ada.lovelace@example.org")
    assert standing(app)["ada.lovelace@example.org"] == "confirmed"
    with reading(app.engine) as connection:
        kept = select(func.count()).select_from(consent_event)
        assert connection.execute(kept).scalar_one() > 3


def test_the_job_runs_once_a_day_by_itself(app: App, clock: Clock) -> None:
    assert retention.run_if_due(app) is not None
    clock.advance(timedelta(hours=23))
    assert retention.run_if_due(app) is None
    clock.advance(timedelta(hours=1))
    assert retention.run_if_due(app) is not None
