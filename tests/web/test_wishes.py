"""What a mailed link is for: another address, my data, erase me; and asking for a new link."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from pinlabs_mailer.app import worker
from pinlabs_mailer.community import suppression
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery, sign_up, subscriber, wish
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.tokens import Purpose, new_reference
from tests.store.consents import found
from tests.support.installations import Clock, confirmed
from tests.support.relay import Relay
from tests.support.site import Site, snapshot
from tests.support.statements import statements
from tests.web.people import ADA, ask, link_path, text_of
from tests.web.test_preferences import preferences_path

NEW = "ada.new@example.net"


@pytest.fixture
def path(site: Site) -> str:
    confirmed(site.app, ADA, "projects", "jobs", name="Ada Lovelace")
    return preferences_path(site)


def mailed(site: Site, relay: Relay, path: str, what: str, page: str = "") -> str:
    """Press a button of the preferences; return the path of the link that is mailed for it."""
    assert "Check your mail" in site.post(path, {"do": what}).text
    site.app.pump.run()
    assert relay.messages[-1].recipient == ADA
    return link_path(relay.messages[-1], page or what)


def wishes(site: Site) -> int:
    with reading(site.app.engine) as connection:
        return connection.execute(select(func.count()).select_from(wish)).scalar_one()


def test_h09_unsubscribe_links_work_after_a_change_of_address_and_after_erasure(
    site: Site, relay: Relay, path: str
) -> None:
    leave = site.leave_path(ADA)
    site.post(mailed(site, relay, path, "erase"))
    assert site.get(leave).status == site.post(leave).status == 200
    assert "not subscribed" in site.get(leave).text


def test_c11_my_data_is_shown_and_saved_by_the_button_of_a_mailed_link(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    data = mailed(site, relay, path, "data")
    before = snapshot(site.app.engine)
    assert "ada@" not in site.get(data).text
    assert snapshot(site.app.engine) == before
    page = site.post(data)
    for held in (ADA, "Ada Lovelace", "confirmed", "for the test", "projects"):
        assert held in page.text
    saved = site.post(data, {"as": "json"})
    assert saved.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    document = json.loads(saved.text)
    assert document["person"]["email"] == ADA
    assert [one["kind"] for one in document["deliveries"]] == ["link"]
    assert "reference" not in saved.text
    clock.advance(timedelta(hours=1))
    assert site.post(data).status == 404


def test_c12_erase_me_erases_by_the_button_of_a_mailed_link(
    site: Site, relay: Relay, path: str
) -> None:
    erase = mailed(site, relay, path, "erase")
    before = snapshot(site.app.engine)
    assert "Erase me for good" in site.get(erase).text
    assert snapshot(site.app.engine) == before
    assert "You are erased" in site.post(erase).text
    assert ADA not in repr(snapshot(site.app.engine))
    assert found(site.app.engine, site.app.notary) == []
    for dead in (erase, path):
        assert site.get(dead).status == site.post(dead, {"do": "save"}).status == 404


@pytest.mark.parametrize("what", ["address", "data", "erase"])
def test_links_live_a_day(site: Site, relay: Relay, path: str, clock: Clock, what: str) -> None:
    link = mailed(site, relay, path, what)
    clock.advance(timedelta(hours=24))
    assert site.get(link).status == 200
    clock.advance(timedelta(seconds=1))
    before = snapshot(site.app.engine)
    assert site.get(link).status == site.post(link, {"email": NEW}).status == 404
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("what", ["address", "data", "erase"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a8_a_hundred_looks_at_a_mailed_link_change_nothing(
    site: Site, relay: Relay, path: str, what: str, method: str
) -> None:
    link = mailed(site, relay, path, what)
    before = snapshot(site.app.engine)
    for _ in range(100):
        assert site.request(method, f"{link}?email={NEW}&as=json").status == 200
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("what", ["address", "data", "erase"])
def test_a_link_for_one_wish_is_worth_nothing_for_another(
    site: Site, relay: Relay, path: str, what: str
) -> None:
    link = mailed(site, relay, path, what)
    token = link.rpartition("/")[2]
    signer = site.app.signer
    tokens = [
        token[:-1],
        *(signer.sign(purpose, token[3:15]) for purpose in Purpose if purpose != token[2]),
        signer.sign(Purpose(token[2]), new_reference()),
        path.rpartition("/")[2],
    ]
    before = snapshot(site.app.engine)
    for page in ("address", "move", "data", "erase"):
        for bad in [*tokens, *([token] if page != what else [])]:
            if signer.verify(Purpose(token[2]), bad) == token[3:15] and page == what:
                continue
            assert site.post(f"/{page}/{bad}", {"email": NEW}).status == 404
    assert snapshot(site.app.engine) == before


def test_whoever_has_a_forwarded_link_cannot_fill_the_mailbox(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    for _ in range(20):
        for what in ("address", "data", "erase"):
            assert site.post(path, {"do": what}).status == 200
    assert wishes(site) == 3
    for _ in range(10):
        clock.advance(timedelta(hours=1))
        site.post(path, {"do": "data"})
    assert wishes(site) == 6


def test_a6_a_new_link_goes_to_whoever_is_known_and_the_page_is_the_same(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    ask(site, email="asked@example.org")
    site.app.pump.run()
    relay.messages.clear()
    confirmed(site.app, "complaint@example.org")
    with writing(site.app.engine) as connection:
        suppression.suppress(
            connection, "complaint@example.org", SuppressionReason.COMPLAINT, clock.now
        )
    answers, work = set(), set()
    for email in (ADA, "new@example.org", "asked@example.org", "complaint@example.org"):
        with statements(site.app.engine) as said:
            answers.add(repr(site.post("/link", {"email": email}).essence))
        work.add(repr(said))
    assert len(answers) == len(work) == 1
    worker.take_up(site.app)
    site.app.pump.run()
    (mail,) = relay.messages
    assert mail.recipient == ADA
    assert site.get(link_path(mail, "preferences")).status == 200
    assert "Ada" not in text_of(mail)
    with reading(site.app.engine) as connection:
        assert connection.execute(select(func.count()).select_from(sign_up)).scalar_one() == 0


def test_a1_a_new_link_is_mailed_once_a_day(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    for _ in range(30):
        site.post("/link", {"email": ADA})
    worker.take_up(site.app)
    site.app.pump.run()
    assert len(relay.messages) == 1


def test_a_new_link_is_mailed_day_after_day_all_year(
    site: Site, relay: Relay, path: str, clock: Clock
) -> None:
    for number in range(1, 6):
        for _ in range(2):
            site.post("/link", {"email": ADA})
            worker.take_up(site.app)
            site.app.pump.run()
            clock.advance(timedelta(hours=12))
        assert len(relay.messages) == number


def test_a_form_on_another_site_asks_for_nothing(site: Site, path: str) -> None:
    answer = site.request("POST", "/link", {"email": ADA}, {"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert snapshot(site.app.engine)["sign_up"] == []
    assert site.post("/link", {"email": "no address"}).status == 400
    assert site.get("/link").status == 405


def test_a_link_that_waits_is_dropped_when_its_wish_is_done(
    site: Site, relay: Relay, path: str
) -> None:
    site.post(path, {"do": "data"})
    with writing(site.app.engine) as connection:
        connection.execute(wish.update().values(done_at=datetime(2026, 11, 23, tzinfo=UTC)))
    site.app.pump.run()
    assert relay.messages == []
    with reading(site.app.engine) as connection:
        assert connection.execute(select(delivery.c.reason)).scalar_one() == "request settled"


def test_mails_for_wishes_speak_the_persons_language(site: Site, relay: Relay, path: str) -> None:
    with writing(site.app.engine) as connection:
        connection.execute(subscriber.update().values(locale="de"))
    site.post(path, {"do": "erase"})
    site.app.pump.run()
    assert "hoffentlich Sie selbst" in text_of(relay.messages[-1])
    assert "Mich endgültig löschen" in site.get(link_path(relay.messages[-1], "erase")).text
