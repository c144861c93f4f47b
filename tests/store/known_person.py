"""Somebody of whom there is something in every table that can hold something of a person."""

import zlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from pinlabs_mailer.app import App
from pinlabs_mailer.community import (
    consent,
    erasure,
    joining,
    search,
    searches,
    sign_ups,
    subscribers,
    suppression,
    wishes,
)
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import (
    attempt,
    delivery,
    opt_in,
    report,
    subscriber,
)
from pinlabs_mailer.db.words import Actor, SuppressionReason, WishKind
from tests.support.installations import NOTARY, add_posts, confirmed

ADA = parse_address("ada.lovelace@secret-mailbox.example")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MOVED = NOW - timedelta(days=3)
BY_HAND = Circumstances(NOW, "command line", Actor.OPERATOR, NOTARY)


def fill(app: App) -> int:
    """Let a person leave something in every table that can hold something of them."""
    wanted = joining.Request(
        ADA, ("projects", "jobs"), name="Countess", locale="de", timezone="Europe/London"
    )
    clicked = Circumstances(
        NOW - timedelta(days=1),
        "our join page for ada.lovelace",
        Actor.PERSON,
        app.notary,
        evidence="signed-on-paper",
        network="203.0.113.77",
        user_agent="AnalyticalEngine/1.0",
        message_id="1.ada.lovelace@pinlabs.example",
    )
    with writing(app.engine) as connection:
        shown = consent.remember_wording(connection, "I agree.", NOW)
        clicked = Circumstances(**{**vars(clicked), "wording_id": shown})
        joining.request(connection, wanted, clicked)
        reference = connection.execute(select(opt_in.c.reference)).scalar_one()
        joining.confirm(connection, reference, clicked, "pinlabs.example")
        joining.request(connection, joining.Request(ADA, ("events",)), clicked)
        person = subscribers.by_address(connection, ADA)
        connection.execute(
            update(subscriber)
            .where(subscriber.c.id == person.id)
            .values(moved_at=MOVED, paused_until=MOVED)
        )
        wishes.ask(connection, person.id, WishKind.DATA, NOW)
        wishes.add(connection, person.id, WishKind.MOVE, NOW, "ada.moved@secret-mailbox.example")
        form = sign_ups.SignUp(
            wanted, "f" * 12, "I agree.", "join 1", "de", "a page", "203.0.113.77",
            "AnalyticalEngine/1.0",
        )  # fmt: skip
        sign_ups.put(connection, form, NOW)
        searches.save_search(
            connection, person.id, search.Search(words=("difference engines",)), NOW
        )
        suppression.suppress(
            connection, ADA.key, SuppressionReason.BOUNCE, NOW, "550 quoted-by-the-relay"
        )
        suppression.lift(connection, app.notary, ADA)
    confirmed(app, "bob@example.org")
    add_posts(app, 1, 2, NOW)
    app.open_due(NOW)
    with writing(app.engine) as connection:
        digests = connection.execute(
            select(delivery.c.id, delivery.c.subscriber_id).where(delivery.c.kind == "digest")
        ).all()
        for one, whose in digests:
            said = f"250 2.0.0 quoted-by-the-relay for {ADA.email}" if whose == person.id else "250"
            connection.execute(
                delivery.update()
                .where(delivery.c.id == one)
                .values(status="accepted", reply=said, attempts=2, finished_at=NOW)
            )
            if whose == person.id:
                connection.execute(
                    insert(attempt).values(
                        delivery_id=one, at=NOW, outcome="planned", code=451, reply=said
                    )
                )
        suppression.suppress(
            connection, ADA.key, SuppressionReason.BOUNCE, NOW, "550 quoted-by-the-relay"
        )
        connection.execute(
            insert(report).values(
                key="1:hard",
                subscriber_id=person.id,
                delivery_id=digests[0].id,
                kind="hard",
                recipient=ADA.email,
                diagnostic="550 said-the-far-end",
                matched_by="return path",
                received_at=NOW,
                raw=zlib.compress(b"Subject: kept-of-the-mail", 0),
            )
        )
    return person.id


def erase(app: App, subscriber_id: int) -> None:
    with writing(app.engine) as connection:
        assert erasure.erase(connection, subscriber_id, BY_HAND)
