"""Consent events from before there was a chain: kept, told apart, and covered by what follows."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, bindparam, select, text

from pinlabs_mailer.community import consent
from pinlabs_mailer.community.audit import Tally, audit
from pinlabs_mailer.community.breaks import Fault
from pinlabs_mailer.db import schema
from pinlabs_mailer.db.engine import open_engine, reading, writing
from pinlabs_mailer.db.tables import consent_event
from pinlabs_mailer.db.types import Utc
from tests.store.consents import NOW, found, go_on, how, tampered
from tests.support.installations import NOTARY

PEOPLE = """
INSERT INTO subscriber (id, reference, email, email_key, created_at)
VALUES (1, 'abcdefghijkl', 'ada@example.org', 'ada@example.org', :at),
       (2, 'abcdefghijkm', 'bob@example.org', 'bob@example.org', :at)
"""
TOPICS = "INSERT INTO topic (id, slug, title) VALUES (1, 'projects', 'P'), (2, 'events', 'E')"
INSTALLATION = "INSERT INTO installation (id, name, created_at) VALUES (1, 'abcdefghijkl', :at)"
EVENTS = """
INSERT INTO consent_event (subscriber_id, topic_id, change, at, source, network)
VALUES (1, 1, 'requested', :at, 'our join page', '192.0.2.1'),
       (2, 1, 'requested', :at, 'our join page', '192.0.2.2'),
       (1, 1, 'confirmed', :at, 'our confirmation page', '192.0.2.1'),
       (2, 1, 'confirmed', :at, 'command line', '')
"""
STANDING = """
INSERT INTO subscription (subscriber_id, topic_id, status, frequency, requested_at, confirmed_at)
VALUES (1, 1, 'confirmed', 'weekly', :at, :at), (2, 1, 'confirmed', 'every', :at, :at)
"""


@pytest.fixture
def old(empty_database_url: str) -> Iterator[Engine]:
    """A database of the first revision with two people in it, brought up to date."""
    engine = open_engine(empty_database_url)
    schema.upgrade(engine, NOW, "0001")
    with writing(engine) as connection:
        connection.execute(text(TOPICS))
        for statement in (INSTALLATION, PEOPLE, EVENTS, STANDING):
            at = bindparam("at", NOW - timedelta(days=9), type_=Utc())
            connection.execute(text(statement).bindparams(at))
    schema.upgrade(engine, NOW, "head")
    yield engine
    engine.dispose()


def before_chain(engine: Engine) -> int:
    tally = Tally()
    with reading(engine) as connection:
        list(audit(connection, NOTARY, tally))
    return tally.before_chain


def test_old_events_get_a_place_and_are_told_apart(old: Engine) -> None:
    assert found(old) == []
    assert before_chain(old) == 4
    with reading(old) as connection:
        rows = connection.execute(
            select(
                consent_event.c.subscriber_id,
                consent_event.c.position,
                consent_event.c.email,
                consent_event.c.actor,
            ).order_by(consent_event.c.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        (1, 1, "ada@example.org", "person"),
        (2, 1, "bob@example.org", "person"),
        (1, 2, "ada@example.org", "person"),
        (2, 2, "bob@example.org", "operator"),
    ]


@pytest.mark.parametrize("change", ["actor = 'system'", "topic_id = 2", "network = '192.0.2.9'"])
def test_the_next_event_covers_the_old_ones(old: Engine, change: str) -> None:
    go_on(old, 1)
    go_on(old, 1)
    assert found(old) == []
    assert before_chain(old) == 4
    tampered(old, f"UPDATE consent_event SET {change} WHERE subscriber_id = 1 AND position = 2")
    wanted = (1, 2, Fault.DETAILS) if "network" in change else (1, 3, Fault.ALTERED)
    assert wanted in found(old)
    assert {who for who, _, _ in found(old)} == {1}


def test_an_old_frequency_stays_and_is_promised_by_the_next_event(old: Engine) -> None:
    go_on(old, 1)
    assert found(old) == []
    tampered(old, "UPDATE subscription SET frequency = 'every' WHERE subscriber_id = 1")
    assert found(old) == [(1, None, Fault.STANDING)]


def test_whoever_was_there_before_the_chain_can_be_erased(old: Engine) -> None:
    with writing(old) as connection:
        consent.erase(connection, 1, how())
    assert found(old) == []
    with reading(old) as connection:
        kept = connection.execute(
            select(consent_event.c.network, consent_event.c.email, consent_event.c.salt).where(
                consent_event.c.subscriber_id == 1
            )
        ).all()
    assert {tuple(row) for row in kept} == {("", "", "")}
