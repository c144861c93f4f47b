"""What is prepared once is kept for a while, and not for ever."""

from contextlib import closing
from datetime import UTC, datetime

import pytest
from tests.support.installations import NOTARY, Clock, make_app

from pinlabs_mailer.community import joining
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.delivery import ledger

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_the_latest_stay_prepared_and_older_ones_are_let_go(database_url: str) -> None:
    with closing(make_app(database_url, 1, Clock(NOW))) as app, writing(app.engine) as connection:
        for number in range(4):
            wanted = joining.Request(parse_address(f"r{number}@example.org"), ("projects",))
            joining.request(connection, wanted, Circumstances(NOW, "test", Actor.PERSON, NOTARY))
        started, _ = ledger.start(connection, "us", NOW, 4)
        app.letters.load(connection, started)
        app.letters.forget(keep=2)
        app.letters.message(started[3], NOW)
        with pytest.raises(KeyError):
            app.letters.message(started[0], NOW)
