"""C12: nothing comes back to the row that an erased person leaves."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Connection, insert, select

from pinlabs_mailer.app import App
from pinlabs_mailer.community import (
    choosing,
    consent,
    erasure,
    joining,
    subscribers,
)
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.subscribers import Subscriber
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import (
    delivery,
    edition,
    subscription,
)
from pinlabs_mailer.db.words import ConsentChange, Frequency
from pinlabs_mailer.outbox import rows
from tests.store.consents import found, how
from tests.store.known_person import BY_HAND, NOW
from tests.support.installations import Clock, add_posts, make_app


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    with closing(make_app(database_url, 1, Clock(NOW))) as app:
        yield app


@pytest.mark.parametrize("what", [one for one in ConsentChange if one != ConsentChange.ERASED])
def test_c12_nothing_is_recorded_for_who_was_erased(app: App, what: ConsentChange) -> None:
    with writing(app.engine) as connection:
        person = fill_and_erase(connection, app)
    with pytest.raises(ValueError, match="erased"), writing(app.engine) as connection:
        consent.change(connection, person.id, 1, what, how())
    with writing(app.engine) as connection:
        wanted = choosing.Choice(frozenset({"projects"}), Frequency.EVERY, NOW, "de")
        with pytest.raises(ValueError, match="erased"):
            choosing.choose(connection, person, wanted, None, how())
    assert found(app.engine, app.notary) == []


def test_c12_who_was_erased_is_mailed_nothing_even_with_a_subscription(app: App) -> None:
    with writing(app.engine) as connection:
        person = fill_and_erase(connection, app)
        connection.execute(
            insert(subscription).values(
                subscriber_id=person.id, topic_id=1, status="confirmed", confirmed_at=NOW
            )
        )
    add_posts(app, 1, 2, NOW)
    app.open_due(NOW)
    mine = select(delivery.c.id).where(delivery.c.subscriber_id == person.id)
    with writing(app.engine) as connection:
        assert connection.execute(mine).all() == []
        issue_id, edition_id = connection.execute(select(edition.c.issue_id, edition.c.id)).one()
        rows.plan(connection, issue_id, [(person.id, edition_id)], NOW)
        assert rows.drop(connection, person.id, NOW) == 1


def fill_and_erase(connection: Connection, app: App) -> Subscriber:
    """Let Bob be known and erased; return him as he was before."""
    for one in (parse_address("bob@example.org"), parse_address("carol@example.org")):
        joining.record_confirmed(connection, joining.Request(one, ("projects",)), BY_HAND)
    person = subscribers.by_address(connection, parse_address("bob@example.org"))
    assert erasure.erase(connection, person.id, BY_HAND)
    return person
