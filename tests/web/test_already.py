"""Who joins again is told by mail that they are in; the page says nothing (item A6)."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from pinlabs_mailer.community import suppression
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, subscriber, subscription
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.tokens import Purpose
from tests.support.installations import Clock, confirmed
from tests.support.relay import Relay
from tests.support.site import Site, snapshot
from tests.web.people import ADA, ask, link_path, standing, text_of


def test_a6_who_is_in_and_joins_again_gets_a_mail_that_changes_nothing(
    site: Site, relay: Relay
) -> None:
    confirmed(site.app, ADA, "projects", "jobs", name="Ada")
    before = snapshot(site.app.engine)
    ask(site, "projects", name="Somebody Rude")
    site.app.pump.run()
    after = snapshot(site.app.engine)
    for table in ("subscriber", "subscription", "consent_event"):
        assert after[table] == before[table]
    (mail,) = relay.messages
    assert mail.recipient == ADA
    said = text_of(mail)
    assert "You get it already" in " ".join(said.split())
    assert "- Projects" in said
    assert "- Job openings" in said
    assert "127.0.0.x" in said
    for personal in ("Ada", "Rude", "ada@"):
        assert personal not in said
    assert b"List-Unsubscribe" not in mail.data


def test_a6_its_links_lead_to_leaving_and_to_the_persons_choices(
    site: Site, relay: Relay, clock: Clock
) -> None:
    confirmed(site.app, ADA)
    ask(site)
    site.app.pump.run()
    (mail,) = relay.messages
    dated = site.app.signer.verify_dated(
        Purpose.PREFERENCES, link_path(mail, "preferences").removeprefix("/preferences/")
    )
    assert dated is not None
    assert dated.signed_on == clock.now.date()
    with reading(site.app.engine) as connection:
        assert dated.reference == connection.execute(select(subscriber.c.reference)).scalar_one()
    assert site.post(link_path(mail, "u")).status == 200
    assert standing(site.app.engine) == {"projects": "withdrawn"}


def test_a6_it_counts_as_the_mail_of_the_day(site: Site, relay: Relay, clock: Clock) -> None:
    confirmed(site.app, ADA)
    for _ in range(5):
        ask(site)
        ask(site, "jobs")
    site.app.pump.run()
    assert len(relay.messages) == 1
    clock.advance(timedelta(days=1))
    ask(site, "jobs")
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "pending"}


def test_whoever_leaves_before_it_goes_out_does_not_get_it(site: Site, relay: Relay) -> None:
    confirmed(site.app, ADA)
    ask(site)
    site.post(site.leave_path(ADA))
    site.app.pump.run()
    assert relay.messages == []
    with reading(site.app.engine) as connection:
        assert connection.execute(select(delivery.c.reason)).scalar_one() == "withdrawn"


def test_who_must_not_be_written_to_does_not_get_it(site: Site, relay: Relay) -> None:
    confirmed(site.app, ADA)
    ask(site)
    with writing(site.app.engine) as connection:
        suppression.suppress(
            connection, ADA, SuppressionReason.COMPLAINT, datetime(2026, 11, 23, tzinfo=UTC)
        )
    site.app.pump.run()
    assert relay.messages == []


def test_c5_how_often_is_kept_with_the_confirmation(site: Site, relay: Relay) -> None:
    ask(site, frequency="monthly")
    site.app.pump.run()
    site.post(link_path(relay.messages[-1], "confirm"))
    with reading(site.app.engine) as connection:
        kept = connection.execute(select(subscription.c.status, subscription.c.frequency)).all()
    assert [tuple(row) for row in kept] == [("confirmed", "monthly")]


def test_the_language_that_was_chosen_is_kept(site: Site) -> None:
    for number, (locale, kept) in enumerate(
        [("de", "de"), ("de-AT", "de"), ("", "en"), ("\0", "en"), ("x" * 60_000, "en")]
    ):
        ask(site, email=f"reader{number}@example.org", locale=locale)
        with reading(site.app.engine) as connection:
            latest = select(subscriber.c.locale).order_by(subscriber.c.id.desc()).limit(1)
            assert connection.execute(latest).scalar_one() == kept


def test_a_frequency_that_there_is_not_is_sent_back(site: Site) -> None:
    for frequency in ("hourly", "EVERY", "\0", "x" * 10_000):
        assert ask(site, frequency=frequency).status == 400
    assert snapshot(site.app.engine)["subscriber"] == []


def test_a11_the_confirmation_has_nothing_in_it_that_a_stranger_typed(
    site: Site, relay: Relay
) -> None:
    ask(site, name="Call 555 0100", locale="zz-Spam")
    site.app.pump.run()
    (mail,) = relay.messages
    for typed in (b"Call 5", b"Spam"):
        assert typed not in mail.data
    said = text_of(mail)
    assert "our join page" in said
    assert "From the network 127.0.0.x" in said
    assert "23 November 2026 at 12:00 UTC" in said
