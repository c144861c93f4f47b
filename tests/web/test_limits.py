"""What strangers can cause: one mail to an address, a share for each network, a ceiling for all."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import update

from pinlabs_mailer.app import worker
from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import sign_up
from tests.support.installations import Clock, confirmed, make_app
from tests.support.relay import Relay
from tests.support.site import Server, Site, snapshot
from tests.web.attack import behind_a_proxy, counters, mails, send
from tests.web.people import ADA, confirm_path, events, standing

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def site(server: Server, database_url: str, relay: Relay, clock: Clock) -> Iterator[Site]:
    with behind_a_proxy(
        server, database_url, relay.port, clock,
        join_per_network="3", join_per_domain="5", join_ceiling="8",
    ) as site:  # fmt: skip
        yield site


def test_a1_one_mail_in_24_hours_whoever_asks(site: Site, clock: Clock) -> None:
    for network in range(30):
        send(site, network=f"198.51.{network}.1")
    assert mails(site.app) == 1
    clock.advance(DAY - timedelta(seconds=1))
    send(site)
    assert mails(site.app) == 1
    clock.advance(timedelta(seconds=1))
    send(site)
    assert mails(site.app) == 2


def test_a1_after_three_without_a_click_it_is_silent(site: Site, clock: Clock) -> None:
    for _ in range(10):
        send(site)
        sent = mails(site.app)
        clock.advance(DAY)
    assert sent == 3
    assert events(site.app.engine, "requested") == 3


def test_a1_a_click_begins_the_count_anew(site: Site, clock: Clock, relay: Relay) -> None:
    for _ in range(3):
        send(site)
        mails(site.app)
        clock.advance(DAY)
    site.app.pump.run()
    site.post(confirm_path(relay.messages[-1]))
    site.post(site.leave_path(ADA))
    send(site)
    assert mails(site.app) == 4
    assert standing(site.app.engine) == {"projects": "pending"}


def test_a1_spellings_of_one_mailbox_count_together(site: Site) -> None:
    for email in ("ada@bücher.example", "Ada@Bücher.EXAMPLE", "ADA@xn--bcher-kva.example"):
        send(site, email=email)
    assert mails(site.app) == 1


def test_a1_a_domain_has_its_share(site: Site, clock: Clock) -> None:
    for number in range(7):
        send(site, f"reader{number}@agency.example", f"198.51.{number}.1")
    assert mails(site.app) == 5
    send(site, "reader@else.example", "198.51.99.1")
    assert mails(site.app) == 6
    clock.advance(HOUR)
    send(site, "reader6@agency.example", "198.51.6.1")
    assert mails(site.app) == 7


@pytest.mark.parametrize("network", ["203.0.113.{}", "2001:db8:1:2::{}", "::ffff:203.0.113.{}"])
def test_a2_a_network_has_its_share(site: Site, network: str) -> None:
    for number in range(5):
        send(site, f"reader@domain{number}.example", network.format(number))
    assert mails(site.app) == 3
    send(site, "reader@else.example", "2001:db8:1:3::1")
    assert mails(site.app) == 4


def test_a2_an_address_that_was_refused_may_be_asked_from_elsewhere(site: Site) -> None:
    for number in range(4):
        send(site, f"reader@domain{number}.example")
    assert mails(site.app) == 3
    send(site, "reader@domain3.example", "198.51.100.1")
    assert mails(site.app) == 4


def test_what_is_refused_uses_up_nothing(site: Site) -> None:
    """An attack on one address must not close the door for all."""
    for number in range(60):
        send(site, network=f"198.51.{number}.1")
    send(site, network="192.0.2.1")
    send(site, "other@example.org", "192.0.2.1")
    assert mails(site.app) == 2


def test_a13_above_the_ceiling_sign_ups_pause_and_everybody_is_told(
    site: Site, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    confirmed(site.app, "in@example.org")
    with caplog.at_level(logging.WARNING, "pinlabs_mailer.work"):
        for number in range(12):
            send(site, f"reader@domain{number}.example", f"198.51.{number}.1")
        assert mails(site.app) == 8
        worker.take_up(site.app)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert "Sign-ups pause until 13:00 UTC" in told[0]
    assert "sign-ups show" in told[0]
    answers = {
        (answer.status, answer.headers["retry-after"], answer.body)
        for answer in (send(site, email) for email in ("new@example.org", "in@example.org", ADA))
    }
    assert [(status, again) for status, again, _ in answers] == [(503, "3600")]
    clock.advance(HOUR)
    assert send(site, "new@example.org").status == 200
    assert mails(site.app) == 9


def test_a13_what_came_before_the_pause_was_seen_is_dropped(site: Site) -> None:
    for number in range(20):
        send(site, f"reader@domain{number}.example", f"198.51.{number}.1")
    assert mails(site.app) == 8
    assert len(snapshot(site.app.engine)["subscriber"]) == 8
    assert snapshot(site.app.engine)["sign_up"] == []


def test_a2_limits_count_across_restarts(
    site: Site, server: Server, database_url: str, relay: Relay, clock: Clock
) -> None:
    send(site)
    assert mails(site.app) == 1
    with behind_a_proxy(server, database_url, relay.port, clock) as restarted:
        send(restarted)
        assert mails(restarted.app) == 1


def test_a1_two_processes_that_look_at_the_same_moment_send_one_mail(
    site: Site, database_url: str, relay: Relay, clock: Clock
) -> None:
    apps = [make_app(database_url, relay.port, clock) for _ in range(4)]
    try:
        for round_ in range(6):
            for network in range(12):
                send(site, f"reader{round_}@d{round_}.example", f"198.51.{network}.1")
            start = Barrier(len(apps))

            def look(number: int, start: Barrier = start) -> None:
                start.wait(20)
                worker.take_up(apps[number])

            with ThreadPoolExecutor(len(apps)) as pool:
                list(pool.map(look, range(len(apps))))
            assert mails(site.app) == round_ + 1
    finally:
        for app in apps:
            app.close()


def test_counters_do_not_stay_for_ever(site: Site, clock: Clock) -> None:
    for number in range(6):
        send(site, f"reader@domain{number}.example", f"198.51.{number}.1")
    mails(site.app)
    assert counters(site.app) == 6 * 5 + 1  # form, day, year, domain and network; and all
    clock.advance(DAY)
    send(site)
    mails(site.app)
    assert counters(site.app) == 6 + 6
    clock.advance(timedelta(days=365))
    send(site)
    mails(site.app)
    assert counters(site.app) == 6


def test_a_form_that_cannot_be_read_does_not_hold_up_those_behind_it(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    send(site, "first@example.org")
    with writing(site.app.engine) as connection:
        connection.execute(update(sign_up).values(topics=5))
    send(site, "second@example.net")
    with caplog.at_level(logging.ERROR, "pinlabs_mailer.sign_ups"):
        assert mails(site.app) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "a sign-up was dropped: TypeError"
    ]
    assert "first@" not in caplog.text
    assert snapshot(site.app.engine)["sign_up"] == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a1_a2_a_thousand_networks_send_a_stranger_one_mail(site: Site, relay: Relay) -> None:
    """`python -m benchmarks.joining` does it with ten thousand requests."""
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda n: send(site, network=f"100.{n // 250}.{n % 250}.1").status, range(1000)
        )
        assert set(answers) == {200}
    assert mails(site.app) == 1  # though one look takes twenty forms
    assert snapshot(site.app.engine)["sign_up"] == []
    site.app.pump.run()
    assert [mail.recipient for mail in relay.messages] == [ADA]
