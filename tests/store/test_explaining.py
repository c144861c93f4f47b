"""`digest explain`: every candidate, with the rule that decided, as the picker itself had it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from pinlabs_mailer import topics
from pinlabs_mailer.app import App
from pinlabs_mailer.app.explaining import Explanation, explain
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.search import Search
from pinlabs_mailer.content.items import Job
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import subscriber, subscription
from pinlabs_mailer.db.words import ItemKind
from pinlabs_mailer.errors import NotFound
from tests.store.picking import drafted, end, look_for, put
from tests.support.contents import contents
from tests.support.installations import Clock, confirmed, make_app

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADA, EVE = "ada@example.org", "eve@example.org"


@pytest.fixture
def clock() -> Clock:
    return Clock(TUESDAY - timedelta(days=1))


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, 1, clock, max_posts="1")) as app:
        yield app


def told(app: App, at: datetime = TUESDAY) -> Explanation:
    return explain(app, parse_address(ADA), at)


def test_every_item_has_the_rule_that_decided_and_is_in_as_it_is_picked(
    app: App, clock: Clock, database_url: str
) -> None:
    confirmed(app, EVE, "projects")
    put(app, 1)
    clock.now = TUESDAY
    app.open_due(TUESDAY)
    clock.advance(timedelta(hours=1))
    confirmed(app, ADA, "projects", "jobs")
    look_for(app, ADA, Search(locations=("Berlin",), words=("item",)))
    put(app, 2)
    put(app, 3, title="Seen from Berlin")
    put(app, 4, ItemKind.EVENT)
    put(app, 5, ItemKind.JOB, details=Job(locations=("Paris",)))
    put(app, 6, ItemKind.JOB, details=Job(locations=("Berlin",)), pinned=1)
    put(app, 7, ItemKind.JOB, details=Job(locations=("Berlin",)))
    at = TUESDAY + timedelta(weeks=1)
    before = contents(database_url)
    found = told(app, at)
    assert contents(database_url) == before
    rules = {one.id: (one.place, one.rule) for one in found.items}
    assert rules == {
        6: (1, "in"),
        2: (2, "in"),
        7: (3, "in"),
        1: (None, "before"),
        3: (None, "room"),
        4: (None, "topic"),
        5: (None, "search"),
    }
    shown = [one.id for one in found.items if one.place]
    assert tuple(shown) == drafted(app, at)[ADA]
    why = {one.id: one.why for one in found.items}
    assert why[6] == "in: pinned, and it meets 3 of what they look for"
    assert why[4] == "out: the person is not in the topic events"
    assert why[3].startswith("waits: the section has room for 1")
    assert found.summary == "The digest would have 3 of 7 items."


def test_what_is_no_candidate_is_listed_last_with_the_reason(app: App, clock: Clock) -> None:
    confirmed(app, ADA, "projects", "jobs")
    put(app, 1)
    put(app, 2, skipped_at=clock.now)
    put(app, 3, ItemKind.JOB, closed_at=clock.now)
    put(app, 4, ItemKind.EVENT, ends_at=clock.now)
    put(app, 5, published_at=TUESDAY + timedelta(seconds=1))
    put(app, 6, published_at=TUESDAY - timedelta(days=91))
    with writing(app.engine) as connection:
        topics.retire(connection, "jobs", clock.now)
    put(app, 7, ItemKind.JOB)
    put(app, 8, ItemKind.JOB, ends_at=TUESDAY, closed_at=clock.now)
    found = told(app)
    assert found.summary == "The digest would have 1 of 1 items."
    assert found.items[0].id == 1
    assert {one.id: one.why for one in found.items if one.rule == "no candidate"} == {
        2: "out: the editor took it out",
        3: "out: it was taken down or called off",
        4: "out: it is over, or takes no more applications",
        5: "out: its date is still to come",
        7: "out: its topic is retired",
        8: "out: it is over, or takes no more applications",
    }


def test_what_was_sent_and_whose_turn_it_is_not(app: App, clock: Clock) -> None:
    confirmed(app, ADA, "projects", "jobs")
    put(app, 1)
    clock.now = TUESDAY
    app.open_due(TUESDAY)
    end(app)
    put(app, 2)
    assert {one.id: one.rule for one in told(app).items} == {1: "sent", 2: "in"}
    with writing(app.engine) as connection:
        connection.execute(update(subscription).values(frequency="weekly"))
    found = {one.id: one.why for one in told(app).items}
    assert found[2] == "out: projects has had its weekly turn; it waits for the next"


def test_too_few_and_who_gets_nothing_at_all(database_url: str, clock: Clock) -> None:
    with closing(make_app(database_url, 1, clock, min_items="2")) as app:
        confirmed(app, ADA, "projects")
        put(app, 1)
        clock.now = TUESDAY
        assert [(one.rule, one.place) for one in told(app).items] == [("few", None)]
        with writing(app.engine) as connection:
            later = TUESDAY + timedelta(days=1)
            connection.execute(update(subscriber).values(paused_until=later))
        found = told(app)
    assert (found.summary, found.items) == ("There would be no digest: the person has paused.", [])


def test_nobody_is_explained_who_is_not_known(app: App) -> None:
    with pytest.raises(NotFound):
        told(app)
