"""Who must get nothing, and who may come back by their own act."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from pinlabs_mailer.app import App
from pinlabs_mailer.community import joining, suppression
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import opt_in
from pinlabs_mailer.db.words import Actor
from pinlabs_mailer.db.words import SuppressionReason as Reason
from tests.support.installations import NOTARY, Clock, make_app

ADA = parse_address("ada@example.org")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOW = Circumstances(NOW, "test", Actor.PERSON, NOTARY)


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    with closing(make_app(database_url, 1, Clock(NOW))) as app:
        yield app


def reason(app: App) -> Reason | None:
    with reading(app.engine) as connection:
        return suppression.reason_for(connection, NOTARY, ADA)


def suppress(app: App, why: Reason) -> None:
    with writing(app.engine) as connection:
        suppression.suppress(connection, ADA.key, why, NOW)


def test_confirming_lifts_a_bounce(app: App) -> None:
    suppress(app, Reason.BOUNCE)
    with writing(app.engine) as connection:
        joining.request(connection, joining.Request(ADA, ("projects",)), HOW)
        reference = connection.execute(select(opt_in.c.reference)).scalar_one()
    assert reason(app) is Reason.BOUNCE
    with writing(app.engine) as connection:
        joining.confirm(connection, reference, HOW, "pinlabs.example")
    assert reason(app) is None


@pytest.mark.parametrize("why", [Reason.COMPLAINT, Reason.MANUAL])
def test_confirming_lifts_no_complaint_and_no_order(app: App, why: Reason) -> None:
    with writing(app.engine) as connection:
        joining.request(connection, joining.Request(ADA, ("projects",)), HOW)
        reference = connection.execute(select(opt_in.c.reference)).scalar_one()
    suppress(app, why)
    with writing(app.engine) as connection:
        joining.confirm(connection, reference, HOW, "pinlabs.example")
    assert reason(app) is why


def test_an_order_weighs_more_than_a_bounce_and_not_the_other_way_round(app: App) -> None:
    suppress(app, Reason.BOUNCE)
    suppress(app, Reason.MANUAL)
    assert reason(app) is Reason.MANUAL
    suppress(app, Reason.BOUNCE)
    assert reason(app) is Reason.MANUAL
