"""The welcome mail: the latest issue for whoever has just confirmed, once, and counted as sent."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select

from pinlabs_mailer.app import App
from pinlabs_mailer.community import subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery
from pinlabs_mailer.digest import issues
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.relay import Relay
from tests.support.site import Site, path_of
from tests.support.told import store_job
from tests.web.people import ADA, asked, text_of, unsubscribe_url

DAY = timedelta(days=1)


@pytest.fixture
def app(database_url: str, relay: Relay, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, relay.port, clock, welcome="true")) as app:
        yield app


@pytest.fixture
def issue(site: Site, relay: Relay, clock: Clock) -> str:
    """An issue of three posts and a job that has gone out to somebody else; return its key."""
    confirmed(site.app, "grace@example.org", "projects", "jobs")
    add_posts(site.app, 1, 3, clock.now - DAY)
    with writing(site.app.engine) as connection:
        store_job(connection, clock.now, "Platform engineer")
    clock.advance(8 * DAY)
    opened = site.app.open_due(clock.now)
    assert opened is not None
    site.app.pump.run()
    relay.messages.clear()
    return opened.key


def kinds(app: App) -> dict[str, int]:
    with reading(app.engine) as connection:
        found = list(connection.execute(select(delivery.c.kind)).scalars())
    return {kind: found.count(kind) for kind in set(found)}


def test_whoever_confirms_gets_the_latest_issue_once(
    site: Site, relay: Relay, clock: Clock, issue: str
) -> None:
    path = asked(site, relay.messages, "projects")
    site.post(path)
    site.post(path)
    site.app.pump.run()
    [_, welcome] = relay.messages
    assert b"Subject: Welcome to the Pin Labs talent community" in welcome.data
    text = text_of(welcome)
    for told in ("Post 1", "Post 2", "Post 3"):
        assert told in text
    assert "Platform engineer" not in text  # they have not asked for jobs
    assert "/u/" in unsubscribe_url(welcome)
    assert kinds(site.app)["welcome"] == 1


def test_what_the_welcome_brought_never_comes_again(
    site: Site, relay: Relay, clock: Clock, issue: str
) -> None:
    site.post(asked(site, relay.messages, "projects", "jobs"))
    site.app.pump.run()
    relay.messages.clear()
    add_posts(site.app, 4, 1, clock.now)
    clock.advance(7 * DAY)
    assert site.app.open_due(clock.now) is not None
    site.app.pump.run()
    [ada] = [message for message in relay.messages if message.recipient == ADA]
    assert "Post 4" in text_of(ada)
    assert "Post 3" not in text_of(ada)
    assert "Platform engineer" not in text_of(ada)


def test_the_issues_own_counts_are_left_alone(
    site: Site, relay: Relay, clock: Clock, issue: str
) -> None:
    site.post(asked(site, relay.messages, "projects"))
    site.app.pump.run()
    with reading(site.app.engine) as connection:
        report = issues.report(connection, issues.find(connection, issue))
    assert (report["total"], report["accepted"]) == (1, 1)


def test_whoever_leaves_before_it_goes_gets_none(
    site: Site, relay: Relay, clock: Clock, issue: str
) -> None:
    site.post(asked(site, relay.messages, "projects"))
    with reading(site.app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
    assert site.post(path_of(site.app.links.unsubscribe(person.reference))).status == 200
    relay.messages.clear()
    site.app.pump.run()
    assert relay.messages == []


def test_without_an_issue_or_anything_in_it_there_is_no_welcome(
    site: Site, relay: Relay, clock: Clock
) -> None:
    site.post(asked(site, relay.messages, "projects"))
    site.app.pump.run()
    assert len(relay.messages) == 1
    assert "welcome" not in kinds(site.app)


def test_an_issue_that_is_too_old_is_no_welcome(
    site: Site, relay: Relay, clock: Clock, issue: str
) -> None:
    clock.advance(site.app.settings.max_age + DAY)
    site.post(asked(site, relay.messages, "projects"))
    assert "welcome" not in kinds(site.app)


def test_it_is_off_unless_it_is_turned_on(database_url: str, relay: Relay, clock: Clock) -> None:
    with closing(make_app(database_url, relay.port, clock)) as plain:
        assert plain.settings.welcome is False
