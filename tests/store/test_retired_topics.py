"""Topics in other words, and retired ones: offered to nobody new, kept by whoever has them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from pinlabs_mailer import topics
from pinlabs_mailer.app import App, retention
from pinlabs_mailer.community import ageing, choosing, consent, joining, leaving, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.content import posts, roster
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, opt_in, renewal
from pinlabs_mailer.db.words import Actor, Consent, ItemKind, SourceKind
from pinlabs_mailer.delivery import ledger
from pinlabs_mailer.errors import BadInput, UsageError
from tests.store.picking import drafted, put
from tests.store.retaining import BEGIN, DAY, ENDS, Letter, delivered, id_of, join, play, sound
from tests.support.installations import Clock, confirmed, make_app

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ADA = "ada@example.org"


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    """Ada is in two topics."""
    with closing(make_app(database_url, 1, Clock(MONDAY))) as app:
        confirmed(app, ADA, "projects", "jobs")
        yield app


def how(app: App) -> Circumstances:
    return Circumstances(MONDAY, "test", Actor.PERSON, app.notary, evidence="for the test")


def retire(app: App, slug: str) -> None:
    with writing(app.engine) as connection:
        topics.retire(connection, slug, MONDAY)


def bring_back(app: App, slug: str) -> None:
    with writing(app.engine) as connection:
        topics.bring_back(connection, slug)


def drops_all(app: App) -> bool:
    """Let a sender run; say whether it found something and took none of it."""
    with writing(app.engine) as connection:
        return ledger.start(connection, "test", app.clock(), 100) == ([], True)


def asked_about(app: App) -> list[tuple[str, list[int]]]:
    """What became of each reminder, and what it named."""
    with reading(app.engine) as connection:
        found = connection.execute(
            select(delivery.c.status, renewal.c.topics)
            .join_from(delivery, renewal)
            .order_by(delivery.c.id)
        )
        return [(status, about) for status, about in found]


def standing(app: App) -> dict[str, Any]:
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
        stand = consent.standing(connection, person.id)
        return {
            one.slug: stand[one.id].status for one in topics.every(connection) if one.id in stand
        }


def test_a_topic_gets_other_words_and_keeps_its_slug(app: App) -> None:
    with writing(app.engine) as connection:
        topics.edit(connection, "jobs", title="Open jobs")
        topics.edit(connection, "jobs", description="Where we hire.")
        with pytest.raises(BadInput, match="cannot be a title"):
            topics.edit(connection, "jobs", title="two\nlines")
    with reading(app.engine) as connection:
        [jobs] = topics.named(connection, ["jobs"])
    assert (jobs.slug, jobs.title, jobs.description) == ("jobs", "Open jobs", "Where we hire.")


def test_retiring_twice_keeps_the_first_moment_and_can_be_undone(app: App) -> None:
    with writing(app.engine) as connection:
        topics.retire(connection, "jobs", MONDAY)
        assert topics.retire(connection, "jobs", MONDAY + timedelta(days=1)).retired_at == MONDAY
        assert "jobs" not in {one.slug for one in topics.offered(connection)}
        topics.bring_back(connection, "jobs")
        assert "jobs" in {one.slug for one in topics.offered(connection)}


def test_nobody_joins_a_retired_topic_and_nothing_is_added_to_it(app: App) -> None:
    retire(app, "events")
    wanted = joining.Request(parse_address("bob@example.org"), ("projects", "events"))
    for asked_for in (joining.request, joining.record_confirmed):
        with (
            writing(app.engine) as connection,
            pytest.raises(UsageError, match="'events' is retired"),
        ):
            asked_for(connection, wanted, how(app))
    with (
        writing(app.engine) as connection,
        pytest.raises(UsageError, match="'events' is retired"),
    ):
        roster.add(connection, SourceKind.FEED, "https://a.example/f", MONDAY, topic_slug="events")


def test_a_request_from_before_confirms_only_what_is_still_offered(app: App) -> None:
    wanted = joining.Request(parse_address("bob@example.org"), ("projects", "events"))
    with writing(app.engine) as connection:
        joining.request(connection, wanted, how(app))
    retire(app, "events")
    with writing(app.engine) as connection:
        reference = connection.execute(select(opt_in.c.reference)).scalar_one()
        asked = joining.confirm(connection, reference, how(app), "news.example")
        assert asked is not None
        assert [one.slug for one in asked.topics] == ["projects"]


def test_a_request_of_which_nothing_is_offered_any_more_confirms_nothing(app: App) -> None:
    wanted = joining.Request(parse_address("bob@example.org"), ("events",))
    with writing(app.engine) as connection:
        joining.request(connection, wanted, how(app))
        topics.retire(connection, "events", MONDAY)
        reference = connection.execute(select(opt_in.c.reference)).scalar_one()
        assert joining.confirm(connection, reference, how(app), "news.example") is None


def test_who_is_in_a_retired_topic_stays_in_and_can_leave_for_good(app: App) -> None:
    retire(app, "jobs")
    retire(app, "events")
    assert standing(app) == {"projects": Consent.CONFIRMED, "jobs": Consent.CONFIRMED}
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
        has = choosing.choice(connection, person)
        assert [one.slug for one in choosing.offered(connection, has)] == ["projects", "jobs"]
        everything = has._replace(topics=frozenset({"projects", "jobs", "events"}))
        choosing.choose(connection, person, everything, None, how(app))
    assert standing(app) == {"projects": Consent.CONFIRMED, "jobs": Consent.CONFIRMED}
    with writing(app.engine) as connection:
        leaving.withdraw(connection, person.id, how(app), ["jobs"])
        choosing.choose(connection, person, everything, None, how(app))
        has = choosing.choice(connection, person)
        assert [one.slug for one in choosing.offered(connection, has)] == ["projects"]
    assert standing(app) == {"projects": Consent.CONFIRMED, "jobs": Consent.WITHDRAWN}


def test_items_of_a_retired_topic_are_not_told_until_it_is_back(app: App) -> None:
    put(app, 1)
    put(app, 2, ItemKind.JOB)
    at = MONDAY + timedelta(days=1)
    assert drafted(app, at) == {ADA: (1, 2)}
    retire(app, "jobs")
    assert drafted(app, at) == {ADA: (1,)}
    with writing(app.engine) as connection:
        assert posts.open_jobs(connection, at) == []
        topics.bring_back(connection, "jobs")
        assert len(posts.open_jobs(connection, at)) == 1
    assert drafted(app, at) == {ADA: (1, 2)}


def test_c9_whose_only_topic_is_retired_is_not_asked(database_url: str) -> None:
    clock = Clock(BEGIN)
    with closing(make_app(database_url, 1, clock)) as app:
        join(app, ADA, "jobs")
        join(app, "bob@example.org", "projects", "jobs")
        delivered(app)
        retire(app, "jobs")
        play(app, clock, 720, 30)
        letters = play(app, clock, ENDS - 720)
        assert {one.email for one in letters} == {"bob@example.org"}
        with reading(app.engine) as connection:
            assert connection.execute(select(renewal.c.topics)).scalars().all() == [[1], [1]]
            for email in (ADA, "bob@example.org"):
                found = consent.standing(connection, id_of(connection, email))
                assert {one.status for one in found.values()} == {Consent.EXPIRED}
        sound(app)


@pytest.mark.parametrize("day", [ENDS - 30, ENDS - 7, ENDS + 10])
def test_c9_who_was_not_reminded_while_the_topic_was_retired_is_reminded_when_it_is_back(
    database_url: str, day: int
) -> None:
    clock = Clock(BEGIN)
    with closing(make_app(database_url, 1, clock)) as app:
        join(app, ADA, "jobs")
        delivered(app)
        clock.advance(day * DAY)
        for _ in range(2):
            assert retention.run(app).reminded == 1
            retire(app, "jobs")
            assert drops_all(app)
            bring_back(app, "jobs")
        ends = max(ENDS, day + 8)
        letters = play(app, clock, ends - day - 1)
        assert letters[0] == Letter(day + 1, ADA)
        assert standing(app) == {"jobs": Consent.CONFIRMED}
        play(app, clock, 1)
        assert standing(app) == {"jobs": Consent.EXPIRED}
        sound(app)


@pytest.mark.parametrize("day", [ENDS - 7, ENDS + 10])
def test_c9_a_reminder_that_waits_for_a_topic_retired_for_good_never_goes_out(
    database_url: str, day: int
) -> None:
    clock = Clock(BEGIN)
    with closing(make_app(database_url, 1, clock)) as app:
        join(app, ADA, "jobs")
        delivered(app)
        clock.advance(day * DAY)
        assert retention.run(app).reminded == 1
        retire(app, "jobs")
        assert drops_all(app)
        assert play(app, clock, max(ENDS - day, 1)) == []
        assert standing(app) == {"jobs": Consent.EXPIRED}
        assert asked_about(app) == [("skipped", [3])]
        sound(app)


def test_c9_a_reminder_that_waits_names_no_retired_topic_to_who_is_in_another(
    database_url: str,
) -> None:
    clock = Clock(BEGIN)
    with closing(make_app(database_url, 1, clock)) as app:
        join(app, ADA, "projects", "jobs")
        delivered(app)
        clock.advance((ENDS - 7) * DAY)
        assert retention.run(app).reminded == 1
        retire(app, "jobs")
        assert drops_all(app)
        assert play(app, clock, 1) == [Letter(ENDS - 6, ADA)]
        bring_back(app, "jobs")
        assert play(app, clock, 6) == [Letter(ENDS - 5, ADA)]
        assert asked_about(app) == [("skipped", [1, 3]), ("accepted", [1]), ("accepted", [3])]
        assert set(standing(app).values()) == {Consent.CONFIRMED}
        play(app, clock, 2)
        assert set(standing(app).values()) == {Consent.EXPIRED}
        sound(app)


def test_c9_a_reminder_goes_only_to_who_is_in_what_it_names(database_url: str) -> None:
    clock = Clock(BEGIN)
    with closing(make_app(database_url, 1, clock, consent_terms="jobs=12 months")) as app:
        join(app, ADA, "projects", "jobs")
        delivered(app)
        clock.advance(360 * DAY)
        assert retention.run(app).reminded == 1
        with writing(app.engine) as connection:
            operator = Circumstances(clock.now, "test", Actor.OPERATOR, app.notary)
            leaving.withdraw(connection, id_of(connection, ADA), operator, ["jobs"])
        assert asked_about(app) == [("skipped", [3])]


def test_c9_a_topic_that_comes_back_while_the_job_runs_is_asked_about(database_url: str) -> None:
    clock = Clock(BEGIN)
    with closing(make_app(database_url, 1, clock)) as app:
        join(app, ADA, "jobs")
        retire(app, "jobs")
        clock.advance((ENDS + 1) * DAY)
        rules = retention.rules(app)
        with reading(app.engine) as connection:
            ada = id_of(connection, ADA)
            assert ageing.look(connection, [ada], rules, clock.now)[ada].expired == (3,)
        bring_back(app, "jobs")
        with reading(app.engine) as connection:
            assert ageing.look(connection, [ada], rules, clock.now)[ada].expired == ()
