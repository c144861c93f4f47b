"""Pause, resume and cancel, and the audit of the ledger."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from pinlabs_mailer.app import App
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import IssueStatus
from pinlabs_mailer.digest import halting, issues
from pinlabs_mailer.errors import UsageError
from pinlabs_mailer.outbox.audit import FAULTS, audit
from tests.support.installations import Clock, add_posts, confirmed, make_app
from tests.support.relay import Relay

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = "2026-11-24"
READERS = 60


@pytest.fixture
def app(database_url: str, relay: Relay) -> Iterator[App]:
    """An issue for sixty readers that waits, and a relay that takes a while for each."""
    app = make_app(database_url, relay.port, Clock(TUESDAY), smtp_connections="1")
    with closing(app):
        for number in range(READERS):
            confirmed(app, f"reader{number}@example.org")
        add_posts(app, 1, 2, TUESDAY)
        app.open_due(TUESDAY)
        yield app


def report(app: App) -> dict[str, object]:
    with reading(app.engine) as connection:
        assert not any(audit(connection).values())
        return issues.report(connection, issues.find(connection, KEY))


def test_pausing_takes_effect_within_a_second_and_resuming_goes_on(app: App, relay: Relay) -> None:
    relay.play(latency=0.1)
    run = threading.Thread(target=app.pump.run)
    run.start()
    relay.wait_for(5)
    asked = monotonic()
    halting.pause(app.engine, KEY)
    run.join(10)
    assert monotonic() - asked < 1.5
    sent = len(relay.messages)
    assert sent < READERS
    assert (report(app)["status"], report(app)["accepted"]) == (IssueStatus.PAUSED, sent)
    sleep(0.2)
    app.pump.run()
    assert len(relay.messages) == sent
    halting.resume(app.engine, KEY)
    relay.play(latency=0.0)
    app.pump.run()
    assert len({message.recipient for message in relay.messages}) == READERS
    assert len(relay.messages) == READERS
    assert report(app)["status"] is IssueStatus.SENT


def test_cancelling_skips_whoever_has_not_been_sent_it(app: App, relay: Relay) -> None:
    halting.cancel(app.engine, KEY, TUESDAY)
    app.pump.run()
    assert relay.messages == []
    found = report(app)
    assert (found["status"], found["skipped"], found["waiting"]) == ("cancelled", READERS, 0)


def test_what_is_over_cannot_be_paused(app: App) -> None:
    app.pump.run()
    with pytest.raises(UsageError, match="is sent"):
        halting.pause(app.engine, KEY)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ("UPDATE delivery SET status = 'accepted'", "accepted without a try"),
        ("UPDATE delivery SET status = 'failed'", "failed or skipped without a reason"),
        ("UPDATE delivery SET status = 'sending'", "on the wire of no process"),
        ("UPDATE delivery SET held_by = 'x'", "waiting or done, and still on"),
        ("UPDATE issue SET status = 'sent'", "waiting in an issue that is over"),
        ("UPDATE delivery SET doubts = 1", "in doubt more often than tried"),
        ("UPDATE delivery SET edition_id = NULL", "digests whose edition"),
        ("UPDATE edition SET item_ids = '[1, 1]'", "one item to one person"),
    ],
)
def test_the_audit_finds_what_must_not_be(app: App, wrong: str, name: str) -> None:
    with writing(app.engine) as connection:
        connection.exec_driver_sql(wrong)
    with reading(app.engine) as connection:
        found = {fault for fault, number in audit(connection).items() if number}
    assert any(fault.startswith(name) for fault in found), found
    assert found <= FAULTS.keys()
