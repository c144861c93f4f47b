"""Week after week: each reader gets what is new to them, once, and nothing else."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pinlabs_mailer import resources
from pinlabs_mailer.app import App
from pinlabs_mailer.community import leaving, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor, IssueStatus
from pinlabs_mailer.digest import issues
from pinlabs_mailer.errors import ConfigurationError, RelayAway
from pinlabs_mailer.mail.templates import MailTemplates
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.relay import Relay

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def app(database_url: str, relay: Relay, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, relay.port, clock)) as app:
        yield app


def send(app: App, clock: Clock, at: datetime) -> IssueStatus:
    """Run what `send-digest` runs, at this moment; say how the issue stands."""
    clock.now = at
    opened = app.open_due(at)
    app.pump.run()
    assert opened is not None
    with reading(app.engine) as connection:
        return IssueStatus(str(issues.report(connection, opened)["status"]))


def got(relay: Relay) -> dict[str, list[int]]:
    """Return which posts each person has been sent since the last look, and look."""
    found: dict[str, list[int]] = {}
    for message in relay.messages:
        numbers = re.findall(rb"(?m)^\d+\. Post (\d+)\r?$", message.data)
        found.setdefault(message.recipient, []).extend(int(number) for number in numbers)
    relay.messages.clear()
    return found


def test_four_weeks_of_a_list(app: App, clock: Clock, relay: Relay) -> None:
    for email in ("ada@example.org", "grace@example.org", "edsger@example.org"):
        confirmed(app, email)
    add_posts(app, 1, 12, clock.now)

    assert send(app, clock, TUESDAY) is IssueStatus.SENT
    first = got(relay)
    assert first == {
        "ada@example.org": [1, 2, 3, 4, 5, 6],
        "grace@example.org": [1, 2, 3, 4, 5, 6],
        "edsger@example.org": [1, 2, 3, 4, 5, 6],
    }

    assert send(app, clock, TUESDAY + WEEK) is IssueStatus.SENT
    assert got(relay)["ada@example.org"] == [7, 8, 9, 10, 11, 12]

    clock.advance(timedelta(days=1))
    add_posts(app, 13, 2, clock.now)
    confirmed(app, "joined-late@example.org")
    assert send(app, clock, TUESDAY + 2 * WEEK) is IssueStatus.SENT
    third = got(relay)
    assert third["ada@example.org"] == [13, 14]
    assert third["joined-late@example.org"] == [13, 14]

    assert send(app, clock, TUESDAY + 3 * WEEK) is IssueStatus.SKIPPED
    assert got(relay) == {}


def test_the_same_period_twice_mails_nobody_twice(app: App, clock: Clock, relay: Relay) -> None:
    confirmed(app, "ada@example.org")
    add_posts(app, 1, 12, clock.now)
    send(app, clock, TUESDAY)
    send(app, clock, TUESDAY + timedelta(hours=3))
    assert len(relay.messages) == 1


def test_whoever_leaves_is_left_out_of_the_next(app: App, clock: Clock, relay: Relay) -> None:
    confirmed(app, "ada@example.org")
    confirmed(app, "grace@example.org")
    add_posts(app, 1, 12, clock.now)
    send(app, clock, TUESDAY)
    relay.messages.clear()
    with writing(app.engine) as connection:
        ada = subscribers.by_address(connection, parse_address("ada@example.org"))
        how = Circumstances(clock.now, "test", Actor.PERSON, app.notary)
        leaving.withdraw(connection, ada.id, how)
    send(app, clock, TUESDAY + WEEK)
    assert list(got(relay)) == ["grace@example.org"]


def test_whoever_leaves_while_their_digest_waits_is_not_mailed(
    app: App, clock: Clock, relay: Relay
) -> None:
    for email in ("ada@example.org", "grace@example.org"):
        confirmed(app, email, "projects", "events")
    add_posts(app, 1, 3, clock.now)
    clock.now = TUESDAY
    opened = app.open_due(TUESDAY)
    assert opened is not None
    with writing(app.engine) as connection:
        ada = subscribers.by_address(connection, parse_address("ada@example.org"))
        how = Circumstances(clock.now, "test", Actor.PERSON, app.notary)
        leaving.withdraw(connection, ada.id, how, ["projects"])
    app.pump.run()
    assert [message.recipient for message in relay.messages] == ["grace@example.org"]
    with reading(app.engine) as connection:
        report = issues.report(connection, opened)
    assert (report["total"], report["accepted"], report["skipped"]) == (2, 1, 1)


def test_an_edited_post_goes_out_as_it_was_when_the_issue_opened(
    app: App, clock: Clock, relay: Relay
) -> None:
    confirmed(app, "ada@example.org")
    add_posts(app, 1, 1, clock.now)
    clock.now = TUESDAY
    app.open_due(TUESDAY)
    with writing(app.engine) as connection:
        connection.exec_driver_sql("UPDATE item SET title = 'Post 99'")
    app.pump.run()
    assert got(relay) == {"ada@example.org": [1]}
    assert send(app, clock, TUESDAY + WEEK) is IssueStatus.SKIPPED


@pytest.fixture
def daily(database_url: str, relay: Relay, clock: Clock) -> Iterator[App]:
    with closing(make_app(database_url, relay.port, clock, schedule="daily 09:00")) as app:
        yield app


def test_what_waits_for_a_dead_relay_is_not_picked_again(
    daily: App, clock: Clock, relay: Relay
) -> None:
    app = daily
    relay.refuse()
    confirmed(app, "ada@example.org")
    add_posts(app, 1, 2, clock.now)
    clock.now = TUESDAY
    app.open_due(TUESDAY)
    with pytest.raises(RelayAway):
        app.pump.run()
    clock.now = TUESDAY + timedelta(days=1)
    second = app.open_due(clock.now)
    assert second is not None
    assert second.status is IssueStatus.SKIPPED
    relay.listen()
    app.pump.run()
    assert got(relay) == {"ada@example.org": [1, 2]}


def test_a_dead_relay_consumes_nothing(app: App, clock: Clock, relay: Relay) -> None:
    relay.refuse()
    confirmed(app, "ada@example.org")
    add_posts(app, 1, 1, clock.now)
    clock.now = TUESDAY
    opened = app.open_due(TUESDAY)
    assert opened is not None
    with pytest.raises(RelayAway):
        app.pump.run()
    with reading(app.engine) as connection:
        report = issues.report(connection, opened)
        attempts = connection.exec_driver_sql("SELECT sum(attempts) FROM delivery").scalar()
    assert (report["waiting"], report["total"], attempts) == (1, 1, 0)


def test_a_template_with_an_undefined_name_opens_no_issue(
    app: App, clock: Clock, tmp_path: Path
) -> None:
    confirmed(app, "ada@example.org")
    add_posts(app, 1, 1, clock.now)
    copy = shutil.copytree(resources.directory("templates") / "email", tmp_path / "email")
    with (copy / "digest" / "body.txt").open("a") as body:
        body.write("{{ brand.motto }}")
    app.templates = MailTemplates(copy)
    with pytest.raises(ConfigurationError, match="motto"):
        app.open_due(TUESDAY)
    with reading(app.engine) as connection:
        assert issues.every(connection) == []


def test_planning_that_was_interrupted_goes_on_where_it_stood(
    app: App, clock: Clock, relay: Relay
) -> None:
    for number in range(5):
        confirmed(app, f"reader{number}@example.org")
    add_posts(app, 1, 2, clock.now)
    clock.now = TUESDAY
    app.open_due(TUESDAY)
    with writing(app.engine) as connection:  # as if the process had died half-way
        connection.exec_driver_sql("DELETE FROM delivery WHERE subscriber_id > 2")
        connection.exec_driver_sql("UPDATE issue SET status = 'planning'")
    clock.advance(timedelta(minutes=1))
    confirmed(app, "joined-since@example.org")
    app.open_due(clock.now)
    app.pump.run()
    assert sorted(got(relay)) == [f"reader{number}@example.org" for number in range(5)]


def test_c5_frequency_bounds_what_a_person_gets(daily: App, relay: Relay, clock: Clock) -> None:
    app = daily
    confirmed(app, "ada@example.org")
    with writing(app.engine) as connection:
        connection.exec_driver_sql("UPDATE subscription SET frequency = 'weekly'")
    for day in range(7):
        add_posts(app, day + 1, 1, clock.now)
        send(app, clock, TUESDAY + timedelta(days=day))
    assert len(relay.messages) == 2  # one on Tuesday, one on the Monday after
    assert got(relay)["ada@example.org"] == [1, 7, 6, 5, 4, 3, 2]
