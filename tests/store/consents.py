"""People with a history, and what an audit finds in it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from pinlabs_mailer.community import consent, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.audit import Tally, audit
from pinlabs_mailer.community.breaks import Fault
from pinlabs_mailer.community.chain import Notary
from pinlabs_mailer.community.consent import Change, Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.words import Actor, ConsentChange, Frequency
from tests.support.installations import NOTARY

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HISTORY = (
    (1, ConsentChange.REQUESTED, Frequency.WEEKLY),
    (1, ConsentChange.CONFIRMED, None),
    (2, ConsentChange.IMPORTED, Frequency.MONTHLY),
    (1, ConsentChange.CHANGED, Frequency.MONTHLY),
    (2, ConsentChange.WITHDRAWN, None),
)
"""Topic, change and frequency; each an hour after the one before it."""


def how(hour: int = 0, notary: Notary = NOTARY, wording_id: int | None = None) -> Circumstances:
    """Return circumstances with something in every field."""
    return Circumstances(
        at=NOW + timedelta(hours=hour),
        source="our join page",
        actor=Actor.PERSON,
        notary=notary,
        wording_id=wording_id,
        form_version="join 0123456789ab",
        language="en",
        evidence="a form, signed",
        network="2001:db8::1",
        user_agent="Browser/1.0",
        message_id="1.abc@pinlabs.example",
        given_at=NOW - timedelta(days=9),
    )


def person(connection: Connection, email: str) -> int:
    """Return the id of somebody with this address, made if need be."""
    return subscribers.ensure(connection, parse_address(email), NOW)


def with_history(engine: Engine, *emails: str, notary: Notary = NOTARY) -> list[int]:
    """Give people a history of five events each; return their ids."""
    with writing(engine) as connection:
        shown = consent.remember_wording(connection, "I agree.", NOW)
        ids = [person(connection, email) for email in emails]
        for one in ids:
            for hour, (topic_id, what, frequency) in enumerate(HISTORY):
                consent.change(connection, one, topic_id, what, how(hour, notary, shown), frequency)
    return ids


def go_on(engine: Engine, subscriber_id: int, notary: Notary = NOTARY) -> None:
    """Let somebody's history go on, as if nothing were wrong with it."""
    with writing(engine) as connection:
        one = Change(subscriber_id, 1, ConsentChange.RENEWED, how(48, notary))
        consent.record(connection, [one])


def found(engine: Engine, notary: Notary = NOTARY) -> list[tuple[int | None, int | None, Fault]]:
    """Return what an audit finds: whose, at which event, and what."""
    with reading(engine) as connection:
        return [
            (one.subscriber_id, one.event, one.fault) for one in audit(connection, notary, Tally())
        ]


def tampered(engine: Engine, *statements: str) -> None:
    """Do what somebody can who reaches the database and has no key."""
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))
