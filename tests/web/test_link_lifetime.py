"""An unsubscribe link works for ever: after years, other keys, another address."""

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import update

from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import subscriber
from tests.support.installations import GIVEN, Clock, confirmed, make_app
from tests.support.relay import Relay
from tests.support.site import Server, Site
from tests.web.people import ADA, ask, confirm_path, standing

OLD, NEW = GIVEN["secret_keys"], "another key for tests that is long enough as well"


@pytest.fixture
def path(site: Site) -> str:
    confirmed(site.app, ADA)
    return site.leave_path(ADA)


def test_h09_a_link_does_not_expire(site: Site, path: str, clock: Clock) -> None:
    clock.advance(timedelta(days=365 * 20))
    assert site.get(path).status == 200
    assert site.post(path).status == 200
    assert standing(site.app.engine) == {"projects": "withdrawn"}


def test_h09_a_link_outlives_its_key_as_long_as_the_key_is_listed(
    server: Server, site: Site, path: str, database_url: str, relay: Relay, clock: Clock
) -> None:
    gone = make_app(database_url, relay.port, clock, secret_keys=NEW)
    with closing(gone), server.showing(gone) as forgetful:
        assert forgetful.post(path).status == 404
        assert standing(gone.engine) == {"projects": "confirmed"}
    kept = make_app(database_url, relay.port, clock, secret_keys=f"{NEW},{OLD}")
    with closing(kept), server.showing(kept) as rotated:
        assert rotated.leave_path(ADA) != path
        assert rotated.get(path).status == 200
        assert rotated.post(path).status == 200
        assert standing(kept.engine) == {"projects": "withdrawn"}


def test_a_confirm_link_outlives_its_key_too(
    server: Server, site: Site, database_url: str, relay: Relay, clock: Clock
) -> None:
    ask(site)
    site.app.pump.run()
    path = confirm_path(relay.messages[0])
    app = make_app(database_url, relay.port, clock, secret_keys=f"{NEW},{OLD}")
    with closing(app), server.showing(app) as rotated:
        assert rotated.post(path).status == 200
        assert standing(app.engine) == {"projects": "confirmed"}


def test_h09_a_link_works_after_the_address_was_changed(site: Site, path: str) -> None:
    new = "ada.lovelace@example.net"
    with writing(site.app.engine) as connection:
        connection.execute(update(subscriber).values(email=new, email_key=new))
    assert site.post(path).status == 200
    assert standing(site.app.engine, new) == {"projects": "withdrawn"}
