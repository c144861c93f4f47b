"""The language is part of what makes an edition: same items, same order, same language."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from pinlabs_mailer.app import App
from pinlabs_mailer.community import joining
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, edition, subscriber
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.digest import issues
from tests.support.installations import NOTARY, Clock, add_posts, make_app
from tests.support.relay import Message, Relay

PEOPLE = {"ada": "en", "bob": "de", "cem": "de-AT", "dan": "", "eve": "fr"}


@pytest.fixture
def app(database_url: str, relay: Relay, now: datetime) -> Iterator[App]:
    with closing(make_app(database_url, relay.port, Clock(now.replace(day=24)))) as app:
        with writing(app.engine) as connection:
            for name, locale in PEOPLE.items():
                wanted = joining.Request(
                    parse_address(f"{name}@example.org"), ("projects",), name=name, locale=locale
                )
                how = Circumstances(
                    now.replace(day=23), "test", Actor.OPERATOR, NOTARY, evidence="for the test"
                )
                joining.record_confirmed(connection, wanted, how)
        add_posts(app, 1, 2, now)
        yield app


def editions(app: App) -> dict[str, tuple[str, list[int]]]:
    """Return what was planned for each reader: the language and the items."""
    with reading(app.engine) as connection:
        found = connection.execute(
            select(subscriber.c.email, edition.c.locale, edition.c.item_ids)
            .select_from(delivery.join(subscriber).join(edition))
            .order_by(subscriber.c.id)
        )
        return {row.email.partition("@")[0]: (row.locale, row.item_ids) for row in found}


def test_readers_of_one_language_share_an_edition(app: App) -> None:
    opened = app.open_due(app.clock())
    assert opened is not None
    items = [1, 2]
    assert editions(app) == {
        "ada": ("en", items),
        "bob": ("de", items),
        "cem": ("de", items),
        "dan": ("en", items),
        "eve": ("en", items),
    }
    with reading(app.engine) as connection:
        assert issues.report(connection, opened)["editions"] == 2


def test_everybody_is_written_to_in_their_language(app: App, relay: Relay) -> None:
    app.open_due(app.clock())
    app.pump.run()
    texts = {message.recipient.partition("@")[0]: text(message) for message in relay.messages}
    assert texts.keys() == PEOPLE.keys()
    for name in ("bob", "cem"):
        assert f"Hallo {name}," in texts[name]
        assert "24. November 2026" in texts[name]
        assert "Datum: 23. November 2026." in texts[name]
        assert "Diese Mails abbestellen:" in texts[name]
    for name in ("ada", "dan", "eve"):
        assert f"Hello {name}," in texts[name]
        assert "24 November 2026" in texts[name]


def text(message: Message) -> str:
    part = message_from_bytes(message.data, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())
