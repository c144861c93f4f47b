"""The sign-up form: a pending subscription, the words that were shown, and one mail."""

from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from pinlabs_mailer import topics
from pinlabs_mailer.app import worker
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import consent_event, delivery, subscriber, wording
from pinlabs_mailer.web.form_token import FIELD, HONEYPOT
from tests.support.installations import Clock, confirmed
from tests.support.relay import Relay
from tests.support.site import Site
from tests.web.people import ADA, JOINING, ask, asked, events, filled_in, standing


def test_c2_the_form_offers_every_topic_and_ticks_none(site: Site) -> None:
    page = LexborHTMLParser(site.get("/join").text)
    boxes = page.css("input[type=checkbox]")
    assert [box.attributes["value"] for box in boxes] == ["projects", "events", "jobs"]
    assert not any("checked" in box.attributes for box in boxes)


def test_a_retired_topic_is_neither_offered_nor_taken(site: Site) -> None:
    with writing(site.app.engine) as connection:
        topics.retire(connection, "jobs", site.app.clock())
    page = LexborHTMLParser(site.get("/join").text)
    boxes = page.css("input[type=checkbox]")
    assert [box.attributes["value"] for box in boxes] == ["projects", "events"]
    assert ask(site, "projects", "jobs").status == 400


def test_a_form_that_was_sent_before_a_topic_was_retired_is_dropped(site: Site) -> None:
    page = filled_in(site, {**JOINING, "topic": ["jobs"]})
    assert site.post("/join", page).status == 200
    with writing(site.app.engine) as connection:
        topics.retire(connection, "jobs", site.app.clock())
    worker.take_up(site.app)
    assert standing(site.app.engine) == {}


def test_c10_it_asks_for_an_address_and_choices_and_nothing_about_a_person(site: Site) -> None:
    page = LexborHTMLParser(site.get("/join").text)
    asked_for = {field.attributes["name"] for field in page.css("input, select, textarea")}
    choices = {"topic", "frequency", "locale"}
    assert asked_for == {"email", "name", *choices, FIELD, HONEYPOT}
    assert page.css("textarea") == []
    about = {"email", "email_key", "name", "locale", "timezone", "paused_until"}
    kept = {"id", "reference", "created_at", "consent_seal", "erased_at", "moved_at"}
    assert set(subscriber.columns.keys()) == about | kept


def test_joining_is_pending_and_plans_one_confirmation(site: Site) -> None:
    assert ask(site, "projects", "jobs").status == 200
    assert standing(site.app.engine) == {"projects": "pending", "jobs": "pending"}
    with reading(site.app.engine) as connection:
        planned = connection.execute(select(delivery.c.kind, delivery.c.status)).all()
    assert [tuple(row) for row in planned] == [("confirm", "planned")]


def test_the_words_that_were_shown_are_kept_once_for_all_who_saw_them(site: Site) -> None:
    shown = LexborHTMLParser(site.get("/join").text).css(".wording")[0].text()
    ask(site, email="one@example.org")
    ask(site, email="two@example.org")
    with reading(site.app.engine) as connection:
        texts = connection.execute(select(wording.c.id, wording.c.text)).all()
        kept = connection.execute(
            select(consent_event.c.wording_id, consent_event.c.change, consent_event.c.network)
        ).all()
    assert [row.text for row in texts] == [shown]
    assert [tuple(row) for row in kept] == [(texts[0].id, "requested", "127.0.0.1")] * 2


def test_the_link_in_the_mail_opens_a_page_whose_button_confirms(site: Site, relay: Relay) -> None:
    path = asked(site, relay.messages)
    page = LexborHTMLParser(site.get(path).text)
    (form,) = page.css("form")
    assert form.attributes["method"] == "post"
    assert form.css("input") == []
    assert site.post(form.attributes["action"] or "").status == 200
    assert standing(site.app.engine) == {"projects": "confirmed"}
    assert relay.messages[0].recipient == ADA


def test_the_address_is_kept_as_typed_and_known_by_its_key(site: Site, clock: Clock) -> None:
    ask(site, email="Ada.Lovelace@EXAMPLE.org")
    clock.advance(timedelta(days=1))
    ask(site, "events", email="ada.lovelace@example.org")
    with reading(site.app.engine) as connection:
        emails = connection.execute(select(subscriber.c.email)).scalars().all()
    assert emails == ["Ada.Lovelace@example.org"]


def test_a_stranger_cannot_rename_a_subscriber(site: Site, clock: Clock) -> None:
    confirmed(site.app, ADA)
    ask(site, name="Somebody Rude")
    clock.advance(timedelta(days=1))
    ask(site, "jobs", name="Somebody Rude")
    assert events(site.app.engine, "requested") == 1
    with reading(site.app.engine) as connection:
        assert connection.execute(select(subscriber.c.email, subscriber.c.name)).one() == (ADA, "")


def test_joining_more_topics_asks_for_those_only(site: Site, relay: Relay) -> None:
    confirmed(site.app, ADA)
    path = asked(site, relay.messages, "projects", "events")
    assert standing(site.app.engine) == {"projects": "confirmed", "events": "pending"}
    site.post(path)
    assert standing(site.app.engine) == {"projects": "confirmed", "events": "confirmed"}
    assert events(site.app.engine, "requested") == 1


def test_what_was_withdrawn_is_not_brought_back_by_an_import_after_a_request(site: Site) -> None:
    confirmed(site.app, ADA)
    site.post(site.leave_path(ADA))
    ask(site)
    with pytest.raises(Exception, match="withdrawn"):
        confirmed(site.app, ADA)
    assert standing(site.app.engine) == {"projects": "pending"}


def test_many_boxes_of_one_topic_count_once(site: Site) -> None:
    ask(site, "jobs", "jobs", "jobs")
    assert events(site.app.engine, "requested") == 1


def test_what_a_browser_says_of_itself_is_kept_within_bounds(site: Site) -> None:
    fields = filled_in(site, JOINING)
    site.request("POST", "/join", fields, {"User-Agent": "x\x85\xad\xa0" + "y" * 2000})
    worker.take_up(site.app)
    with reading(site.app.engine) as connection:
        kept = connection.execute(select(consent_event.c.user_agent)).scalar_one()
    assert kept == "x" + "y" * 299


def test_a_topic_that_was_added_is_offered(site: Site) -> None:
    with writing(site.app.engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO topic (slug, title, description) VALUES ('x', '<i>X</i>', '\"')"
        )
    page = site.get("/join")
    assert "&lt;i&gt;X&lt;/i&gt;" in page.text
    assert "<i>" not in page.text
