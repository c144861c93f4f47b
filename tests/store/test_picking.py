"""Who gets what, on a real database: searches, what was sent, editions, the editor's words."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from pinlabs_mailer.app import App
from pinlabs_mailer.community import searches, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Job
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import (
    edition,
    item,
    saved_search,
    subscription,
)
from pinlabs_mailer.db.words import ItemKind, Workplace
from pinlabs_mailer.digest import readers
from tests.store.picking import (
    ADA,
    ALL,
    BOB,
    TUESDAY,
    WEEK,
    drafted,
    end,
    issued,
    look_for,
    put,
)
from tests.support.installations import Clock, confirmed, make_app


@pytest.fixture
def clock() -> Clock:
    return Clock(TUESDAY - timedelta(days=1))


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, 1, clock)) as app:
        yield app


def test_three_topics_in_any_combination_make_seven_editions(app: App) -> None:
    for number in range(21):
        bits = number % 7 + 1
        mine = [topic for place, topic in enumerate(ALL) if bits & 1 << place]
        confirmed(app, f"reader{number}@example.org", *mine)
    for number, kind in enumerate([*ItemKind] * 3, 1):
        put(app, number, kind)
    for week in range(3):
        issued(app, TUESDAY + week * WEEK)
        with reading(app.engine) as connection:
            made = connection.execute(
                select(func.count()).select_from(edition).group_by(edition.c.issue_id)
            ).scalars()
            assert set(made) == {7}
        end(app)
        for number, kind in enumerate(ItemKind, 100 * (week + 1)):
            put(app, number, kind)


def test_what_failed_was_skipped_or_expired_comes_again_and_nothing_else(
    app: App, clock: Clock
) -> None:
    states = ["accepted", "in_doubt", "held", "sending", "planned", "failed", "skipped", "expired"]
    for state in states:
        confirmed(app, f"{state}@example.org")
    put(app, 1)
    issued(app, TUESDAY)
    for number, state in enumerate(states, 1):
        end(app, state, subscriber_id=number)
    put(app, 2)
    again = drafted(app, TUESDAY + WEEK)
    assert {name.partition("@")[0]: items for name, items in again.items()} == {
        **dict.fromkeys(states[:5], (2,)),
        **dict.fromkeys(states[5:], (2, 1)),
    }


def test_a_saved_search_chooses_the_jobs_and_ranks_all(app: App) -> None:
    for email in (ADA, BOB):
        confirmed(app, email, *ALL)
    put(app, 1)
    put(app, 2, title="Berlin, summarised")
    put(app, 3, ItemKind.JOB, details=Job(locations=("Berlin, Germany",)))
    put(app, 4, ItemKind.JOB, details=Job(workplace=Workplace.REMOTE))
    put(app, 5, ItemKind.JOB, details=Job(locations=("Paris",)))
    look_for(app, ADA, Search(locations=("berlin", "remote")))
    assert drafted(app, TUESDAY) == {ADA: (1, 2, 3, 4), BOB: (1, 2, 3, 4, 5)}
    look_for(app, ADA, Search(words=("berlin",)))
    assert drafted(app, TUESDAY)[ADA] == (2, 1)
    look_for(app, ADA, Search())
    assert drafted(app, TUESDAY)[ADA] == (1, 2, 3, 4, 5)
    with reading(app.engine) as connection:
        assert connection.execute(select(saved_search)).all() == []


def test_a_search_is_read_back_as_it_was_saved(app: App) -> None:
    confirmed(app, ADA, "jobs")
    wanted = Search(("Engineering",), ("Zürich", "remote"), (), ("C++",))
    look_for(app, ADA, wanted)
    with reading(app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
        assert searches.search_of(connection, person.id) == wanted


def test_another_search_never_brings_a_job_again(app: App) -> None:
    confirmed(app, ADA, "jobs")
    put(app, 1, ItemKind.JOB, details=Job(locations=("Berlin",)))
    put(app, 2, ItemKind.JOB, details=Job(locations=("Paris",)))
    look_for(app, ADA, Search(locations=("Berlin",)))
    assert issued(app, TUESDAY) == {ADA: [1]}
    end(app)
    look_for(app, ADA, Search())
    assert drafted(app, TUESDAY + WEEK) == {ADA: (2,)}


def test_jobs_without_room_are_counted_and_come_next(app: App) -> None:
    confirmed(app, ADA, "jobs")
    for number in range(1, 26):
        put(app, number, ItemKind.JOB)
    assert issued(app, TUESDAY) == {ADA: [*range(1, 11)]}
    with reading(app.engine) as connection:
        assert connection.execute(select(edition.c.more_jobs)).scalar_one() == 15
    end(app)
    assert issued(app, TUESDAY + WEEK) == {ADA: [*range(11, 21)]}


def test_past_events_and_closed_jobs_fall_out_at_the_last_moment(app: App) -> None:
    confirmed(app, ADA, *ALL)
    a_moment = timedelta(seconds=1)
    put(app, 1, ItemKind.EVENT, ends_at=TUESDAY)
    put(app, 2, ItemKind.EVENT, ends_at=TUESDAY + a_moment)
    put(app, 3, ItemKind.JOB, closed_at=TUESDAY)
    put(app, 4, ItemKind.JOB, ends_at=TUESDAY + a_moment)
    put(app, 5, skipped_at=TUESDAY)
    assert drafted(app, TUESDAY) == {ADA: (2, 4)}


def test_who_would_get_too_few_waits_alone(database_url: str, clock: Clock) -> None:
    with closing(make_app(database_url, 1, clock, min_items="2")) as app:
        confirmed(app, ADA, "projects")
        confirmed(app, BOB, "projects", "jobs")
        put(app, 1)
        put(app, 2, ItemKind.JOB)
        assert issued(app, TUESDAY) == {BOB: [1, 2]}
        end(app)
        put(app, 3)
        assert drafted(app, TUESDAY + WEEK) == {ADA: (3, 1)}


def test_an_edited_or_moved_item_is_not_new(app: App) -> None:
    confirmed(app, ADA, *ALL)
    put(app, 1, ItemKind.JOB)
    issued(app, TUESDAY)
    end(app)
    with writing(app.engine) as connection:
        connection.execute(
            update(item).values(title="Another", first_seen_at=TUESDAY + WEEK, topic_id=2)
        )
    assert drafted(app, TUESDAY + 2 * WEEK) == {}


def test_who_reads_nothing_is_told_why(app: App, clock: Clock) -> None:
    confirmed(app, ADA)

    def why(at: datetime) -> str:
        with reading(app.engine) as connection:
            return readers.why_not(connection, 1, at)

    assert why(clock.now) == ""
    assert why(clock.now - timedelta(seconds=1)) == "nothing had been confirmed yet"
    with writing(app.engine) as connection:
        connection.execute(update(subscription).values(status="withdrawn"))
    assert why(clock.now) == "no topic is confirmed"


def test_a_person_who_was_read_in_another_slice_is_picked_for_alike(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        confirmed(app, f"reader{number}@example.org")
    put(app, 1)
    put(app, 2)
    issued(app, TUESDAY)
    end(app)
    end(app, "failed", subscriber_id=3)
    put(app, 3)
    whole = drafted(app, TUESDAY + WEEK)
    assert len(whole) == 7
    for size in (1, 2, 3):
        monkeypatch.setattr(readers, "SLICE", size)
        assert drafted(app, TUESDAY + WEEK) == whole
