"""The link for whoever gets confirmation mails and did not ask for them (item A7)."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from pinlabs_mailer.community import limits
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import subscriber
from pinlabs_mailer.tokens import Purpose, new_reference
from tests.support.installations import Clock, confirmed
from tests.support.relay import Relay
from tests.support.site import Site, snapshot
from tests.web.attack import mails
from tests.web.people import ADA, ask, asked, events, link_path, standing

DAY = timedelta(days=1)


@pytest.fixture
def stop(site: Site, relay: Relay) -> str:
    """The path of the link in a confirmation mail to Ada."""
    asked(site, relay.messages)
    return link_path(relay.messages[-1], "stop")


def is_stopped(site: Site) -> bool:
    with reading(site.app.engine) as connection:
        return limits.is_stopped(connection, site.app.limits, ADA)


def test_a7_the_button_ends_confirmation_mails_for_good(
    site: Site, stop: str, clock: Clock
) -> None:
    assert site.post(stop).status == 200
    for _ in range(3):
        clock.advance(366 * DAY)
        ask(site)
        ask(site, email="other@example.org")  # counters are tidied up meanwhile
    assert is_stopped(site)
    assert events(site.app.engine, "requested") == 1 + 3


def test_a7_looking_at_the_page_a_hundred_times_changes_nothing(site: Site, stop: str) -> None:
    before = snapshot(site.app.engine)
    pages = {site.request(method, stop).status for method in ["GET", "HEAD"] * 50}
    assert pages == {200}
    assert snapshot(site.app.engine) == before


def test_a7_a_mail_that_waits_does_not_go(site: Site, stop: str, clock: Clock) -> None:
    clock.advance(DAY)
    ask(site, "jobs")
    site.post(stop)
    waiting = [row for row in snapshot(site.app.engine)["delivery"] if "planned" in row]
    assert waiting == []
    assert mails(site.app) == 2


def test_stopping_twice_is_as_good_as_once(site: Site, stop: str) -> None:
    first = site.post(stop).essence
    before = snapshot(site.app.engine)
    assert site.post(stop).essence == first
    assert snapshot(site.app.engine) == before


def test_whoever_changes_their_mind_confirms_and_may_be_asked_again(
    site: Site, relay: Relay, clock: Clock
) -> None:
    confirm = asked(site, relay.messages)
    site.post(link_path(relay.messages[-1], "stop"))
    assert site.post(confirm).status == 200
    assert standing(site.app.engine) == {"projects": "confirmed"}
    assert not is_stopped(site)
    clock.advance(DAY)
    ask(site, "jobs")
    assert standing(site.app.engine)["jobs"] == "pending"


def test_stopping_takes_nothing_from_who_is_in(site: Site, relay: Relay) -> None:
    confirmed(site.app, ADA, "projects")
    asked(site, relay.messages, "jobs")
    site.post(link_path(relay.messages[-1], "stop"))
    assert standing(site.app.engine)["projects"] == "confirmed"


def test_c13_a_link_that_lies_with_an_address_they_have_left_stops_nothing(
    site: Site, stop: str, clock: Clock
) -> None:
    clock.advance(DAY)
    with writing(site.app.engine) as connection:
        there = {"email": "ada@example.net", "email_key": "ada@example.net"}
        connection.execute(update(subscriber).values(**there, moved_at=clock.now))
    clock.advance(DAY)
    ask(site, "jobs", email="ada@example.net")
    before = snapshot(site.app.engine)
    assert any("planned" in row for row in before["delivery"])
    bad = site.get(f"/stop/{site.app.signer.sign(Purpose.STOP, new_reference())}").essence
    assert [site.get(stop).essence, site.post(stop).essence] == [bad, bad]
    assert snapshot(site.app.engine) == before


def test_a_bad_stop_link_gets_one_answer_and_changes_nothing(site: Site, stop: str) -> None:
    signer, good = site.app.signer, stop.removeprefix("/stop/")
    bad = [
        signer.sign(Purpose.STOP, new_reference()),
        *(signer.sign(purpose, good[3:15]) for purpose in Purpose if purpose != Purpose.STOP),
        good[:-1], good + "A", good.swapcase(), "x", "%00",
    ]  # fmt: skip
    before = snapshot(site.app.engine)
    for method in ("GET", "POST"):
        answers = [site.request(method, f"/stop/{token}").essence for token in bad]
        assert answers == [answers[0]] * len(bad)
        assert answers[0][0] == 404
    assert snapshot(site.app.engine) == before
