"""Putting deliveries back: which may be, what stays on record, and that the guard looks again."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from pinlabs_mailer.app import App
from pinlabs_mailer.community import subscribers, suppression
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, issue
from pinlabs_mailer.db.words import DeliveryStatus as Status
from pinlabs_mailer.db.words import IssueStatus, SuppressionReason
from pinlabs_mailer.delivery import putting_back, recovery
from pinlabs_mailer.digest import halting, issues
from pinlabs_mailer.digest.draft import Draft
from pinlabs_mailer.errors import Unavailable, UsageError
from pinlabs_mailer.outbox import lookup
from pinlabs_mailer.outbox.audit import audit
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.relay import Relay, on

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = TUESDAY + timedelta(days=3)
KEY = "2026-11-24"
ADA, BOB = "ada@example.org", "bob@example.org"
REFUSING = (on("RCPT", "550 5.7.1 not today"),)


@pytest.fixture
def clock() -> Clock:
    return Clock(TUESDAY)


@pytest.fixture
def app(database_url: str, relay: Relay, clock: Clock) -> Iterator[App]:
    """An issue that the relay refused for both of its readers."""
    with closing(make_app(database_url, relay.port, clock)) as app:
        confirmed(app, ADA)
        confirmed(app, BOB)
        add_posts(app, 1, 2, TUESDAY)
        app.open_due(TUESDAY)
        relay.play(rules=REFUSING)
        app.pump.run()
        relay.play(rules=())
        assert numbers(app)["failed"] == 2
        clock.now = LATER
        yield app


def numbers(app: App) -> dict[str, Any]:
    with reading(app.engine) as connection:
        assert not any(audit(connection).values())
        found = issues.report(connection, issues.find(connection, KEY))
        parts = ("waiting", "accepted", "failed", "skipped", "expired", "in_doubt", "held")
        assert found["total"] == sum(found[name] for name in parts)  # type: ignore[misc]
        return found


def end(app: App, status: Status) -> None:
    with writing(app.engine) as connection:
        connection.execute(update(delivery).values(status=status))


def back(app: App, delivery_id: int) -> dict[str, Any]:
    with writing(app.engine) as connection:
        putting_back.put_back(connection, delivery_id, LATER)
        return lookup.one(connection, delivery_id)


@pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.HELD])
def test_what_did_not_arrive_is_sent_with_its_tries_on_record(
    app: App, relay: Relay, status: Status
) -> None:
    end(app, status)
    found = back(app, 1)
    assert (found["status"], found["reason"], found["attempts"]) == (Status.PLANNED, "", 1)
    assert (found["created_at"], found["finished_at"]) == (LATER, None)
    assert [one["outcome"] for one in found["tries"]] == [Status.FAILED, Status.PLANNED]
    assert numbers(app)["waiting"] == 1
    assert numbers(app)["status"] == IssueStatus.SENDING
    app.pump.run()
    assert [message.recipient for message in relay.messages] == [ADA]
    assert (numbers(app)["accepted"], numbers(app)["status"]) == (1, IssueStatus.SENT)


def test_it_has_a_full_term_again(app: App, relay: Relay) -> None:
    back(app, 1)
    relay.play(rules=(on("RCPT", "451 4.7.1 later"),))
    app.pump.run()
    assert numbers(app)["waiting"] == 1  # three days after the first try


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.SKIPPED, Status.PLANNED])
def test_what_arrived_or_may_not_be_sent_stays(app: App, status: Status) -> None:
    end(app, status)
    with pytest.raises(UsageError, match=f"is {status}: it cannot be tried again"):
        back(app, 1)
    every = putting_back.put_back_of(app.engine, KEY, [*Status], LATER)
    assert every == 0


def test_the_guard_skips_whoever_is_suppressed(app: App, relay: Relay) -> None:
    with writing(app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(ADA))
        key = parse_address(person.email).key
        suppression.suppress(connection, key, SuppressionReason.BOUNCE, LATER, "gone")
    assert putting_back.put_back_of(app.engine, KEY, [Status.FAILED], LATER) == 2
    app.pump.run()
    assert [message.recipient for message in relay.messages] == [BOB]
    assert (numbers(app)["accepted"], numbers(app)["skipped"]) == (1, 1)


def test_only_the_states_that_were_named_of_a_whole_issue(app: App) -> None:
    with writing(app.engine) as connection:
        connection.execute(update(delivery).where(delivery.c.id == 1).values(status=Status.HELD))
    assert putting_back.put_back_of(app.engine, KEY, [Status.FAILED], LATER) == 1
    assert (numbers(app)["held"], numbers(app)["waiting"]) == (1, 1)
    assert putting_back.put_back_of(app.engine, KEY, [Status.HELD], LATER) == 1
    assert (numbers(app)["held"], numbers(app)["waiting"]) == (0, 2)


def test_a_later_issue_has_told_what_failed_but_not_what_is_held(app: App, clock: Clock) -> None:
    with writing(app.engine) as connection:
        connection.execute(update(delivery).where(delivery.c.id == 1).values(status=Status.HELD))
    clock.now = TUESDAY + timedelta(weeks=1)
    add_posts(app, 3, 1, clock.now)
    app.open_due(clock.now)
    with pytest.raises(UsageError, match="a later issue is out"):
        back(app, 2)
    assert putting_back.put_back_of(app.engine, KEY, [Status.FAILED], clock.now) == 0
    assert numbers(app)["status"] == IssueStatus.SENT
    back(app, 1)
    app.pump.run()
    assert numbers(app)["accepted"] == 1


def test_a_draft_from_before_does_not_become_an_issue(app: App, clock: Clock) -> None:
    clock.now = TUESDAY + timedelta(weeks=1)
    add_posts(app, 3, 1, clock.now)
    at = clock.now

    def subject(_drawn: Draft) -> str:
        back(app, 1)
        return "drafted before"

    with pytest.raises(Unavailable, match="put back while this one was drafted"):
        issues.open_issue(app.engine, "next", app.terms(at), app.candidates(at), subject)
    with reading(app.engine) as connection:
        assert issues.by_key(connection, "next") is None
    issues.open_issue(app.engine, "next", app.terms(at), app.candidates(at), lambda _drawn: "now")
    numbers(app)


def test_whoever_drafts_what_another_opens_meanwhile_takes_part_in_it(
    app: App, clock: Clock
) -> None:
    clock.now = TUESDAY + timedelta(weeks=1)
    add_posts(app, 3, 1, clock.now)
    at = clock.now

    def subject(_drawn: Draft) -> str:
        ours = app.terms(at), app.candidates(at)
        issues.open_issue(app.engine, "next", *ours, lambda _drawn: "the first")
        return "the second"

    found = issues.open_issue(app.engine, "next", app.terms(at), app.candidates(at), subject)
    assert (found.subject, found.status) == ("the first", IssueStatus.SENDING)
    with reading(app.engine) as connection:
        assert issues.report(connection, found)["total"] == 2


def test_nothing_of_a_cancelled_issue_is_put_back(app: App) -> None:
    with writing(app.engine) as connection:
        connection.execute(update(issue).values(status=IssueStatus.SENDING))
    halting.cancel(app.engine, KEY, LATER)
    with pytest.raises(UsageError, match="is cancelled"):
        back(app, 1)
    assert numbers(app)["failed"] == 2


def test_a_mail_that_is_no_digest_is_asked_for_anew(app: App) -> None:
    with writing(app.engine) as connection:
        row = {
            "kind": "confirm", "dedupe_key": "confirm:1", "subscriber_id": 1, "status": "failed",
            "reason": "refused", "created_at": TUESDAY, "not_before": TUESDAY,
        }  # fmt: skip
        made = connection.execute(insert(delivery).values(row).returning(delivery.c.id))
        other = made.scalar_one()
    with pytest.raises(UsageError, match="is no digest"):
        back(app, other)


def test_whoever_closes_the_issue_meanwhile_waits_and_sees(app: App) -> None:
    with writing(app.engine) as connection:
        connection.execute(update(issue).values(status=IssueStatus.SENDING))

    def close() -> None:
        with writing(app.engine) as connection:
            recovery.close_finished(connection)

    closing_it = threading.Thread(target=close)
    with writing(app.engine) as connection:
        putting_back.put_back(connection, 1, LATER)
        closing_it.start()
        closing_it.join(0.5)
        assert closing_it.is_alive()
    closing_it.join(10)
    with reading(app.engine) as connection:
        assert connection.execute(select(issue.c.status)).scalar_one() == IssueStatus.SENDING
    numbers(app)
