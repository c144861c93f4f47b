"""What language a page speaks: the person's, else what the address asks for, else the browser's."""

from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select

from pinlabs_mailer.community import joining
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription, wording
from pinlabs_mailer.db.words import Actor
from tests.support.installations import NOTARY, Clock
from tests.support.relay import Relay
from tests.support.site import Answer, Site
from tests.web.people import ADA, ask, confirm_path

GERMAN = "de-DE,de;q=0.9,en;q=0.5"


def spoken(answer: Answer) -> str:
    """Return the language that a page says it is in, in its text and in its header."""
    code = LexborHTMLParser(answer.text).css("html")[0].attributes["lang"]
    assert answer.headers["content-language"] == code
    assert answer.headers["vary"] == "Accept-Language"
    return str(code)


def german_person(site: Site, *topics: str) -> str:
    """Make Ada a subscriber who reads German, and return her unsubscribe link."""
    with writing(site.app.engine) as connection:
        wanted = joining.Request(parse_address(ADA), topics or ("projects", "jobs"), locale="de_AT")
        how = Circumstances(
            site.app.clock(), "test", Actor.OPERATOR, NOTARY, evidence="for the test"
        )
        joining.record_confirmed(connection, wanted, how)
    return site.leave_path(ADA)


@pytest.mark.parametrize(
    ("path", "header", "code"),
    [
        ("/join", "", "en"),
        ("/join", GERMAN, "de"),
        ("/join", "fr", "en"),
        ("/join?lang=de", "", "de"),
        ("/join?lang=de-CH", "en", "de"),
        ("/join?lang=en", GERMAN, "en"),
        ("/join?lang=xx", GERMAN, "de"),
        ("/join?lang=%00&lang=../de", GERMAN, "de"),
        ("/nothing", GERMAN, "de"),
        ("/nothing?lang=de", "en", "de"),
        ("/u/rubbish", GERMAN, "de"),
    ],
)
def test_h10_a_page_speaks_what_the_address_asks_for_else_what_the_browser_wishes(
    site: Site, path: str, header: str, code: str
) -> None:
    assert spoken(site.get(path, **{"Accept-Language": header} if header else {})) == code


def test_the_switch_leads_to_the_same_page_in_the_other_language(site: Site) -> None:
    page = LexborHTMLParser(site.get("/join").text)
    links = {link.attributes["hreflang"]: link.attributes for link in page.css(".switch a")}
    assert links["en"]["aria-current"] == "true"
    assert "aria-current" not in links["de"]
    german = site.get(links["de"]["href"] or "")
    assert spoken(german) == "de"
    assert "Der Talent-Community beitreten" in german.text
    assert "Projekte" in german.text


def test_c1_the_words_that_were_shown_are_kept_in_their_language(site: Site) -> None:
    page = LexborHTMLParser(site.get("/join?lang=de").text)
    shown = page.css(".wording")[0].text()
    assert shown.startswith("Ich willige ein")
    action = page.css("form")[0].attributes["action"] or ""
    assert "Sehen Sie in Ihr Postfach" in ask(site, path=action).text
    ask(site, email="bob@example.org")
    with reading(site.app.engine) as connection:
        kept = connection.execute(
            select(wording.c.text).join(consent_event).order_by(consent_event.c.id)
        ).scalars()
        first, second = kept
    assert first == shown
    assert second.startswith("I agree")


def test_faults_are_told_in_the_language_of_the_form(site: Site) -> None:
    answer = site.post("/join?lang=de", {"email": "ada@", "name": "www.spam.example/x"})
    assert answer.status == 400
    assert spoken(answer) == "de"
    assert "Geben Sie eine E-Mail-Adresse ein" in answer.text
    assert "Schreiben Sie nur einen Namen" in answer.text
    assert "Wählen Sie mindestens ein Thema" in answer.text


def test_who_joins_gets_mail_in_the_language_and_as_often_as_they_chose(
    site: Site, relay: Relay
) -> None:
    answer = ask(site, path="/join?lang=en", locale="de", frequency="monthly")
    assert spoken(answer) == "en"
    with reading(site.app.engine) as connection:
        assert connection.execute(select(subscriber.c.locale)).scalars().all() == ["de"]
        assert connection.execute(select(subscription.c.frequency)).scalars().all() == ["monthly"]
    site.app.pump.run()
    mail = relay.messages[0]
    path = confirm_path(mail)
    page = site.get(path, **{"Accept-Language": "en"})
    assert spoken(page) == "de"
    assert "Projekte" in page.text
    assert spoken(site.post(path)) == "de"


def test_without_a_choice_it_is_the_language_of_the_page(site: Site) -> None:
    ask(site, path="/join?lang=de")
    ask(site, email="x@example.org", locale="xx")
    with reading(site.app.engine) as connection:
        people = connection.execute(select(subscriber.c.email, subscriber.c.locale)).all()
    assert {row.email: row.locale for row in people} == {ADA: "de", "x@example.org": "en"}


def test_whoever_has_not_confirmed_may_ask_again_in_another_language(
    site: Site, clock: Clock
) -> None:
    ask(site)
    clock.advance(timedelta(days=1, hours=1))
    ask(site, path="/join?lang=de")
    with reading(site.app.engine) as connection:
        assert connection.execute(select(subscriber.c.locale)).scalars().all() == ["de"]


def test_a_stranger_cannot_change_a_subscribers_language(site: Site) -> None:
    german_person(site, "projects")
    ask(site, "jobs", path="/join?lang=en", locale="en")
    with reading(site.app.engine) as connection:
        assert connection.execute(select(subscriber.c.locale)).scalars().all() == ["de_AT"]


def test_pages_that_a_link_of_theirs_opens_speak_the_persons_language(site: Site) -> None:
    path = german_person(site)
    for answer in (
        site.get(path, **{"Accept-Language": "en"}),
        site.get(f"{path}?lang=en"),
        site.post(path, {"only": "ticked", "topic": "jobs"}),
        site.post(path),
        site.get(path),
    ):
        assert spoken(answer) == "de"
    assert "Offene Stellen" not in site.get(path).text


def test_a_language_does_not_stay_for_the_next_request(site: Site) -> None:
    assert spoken(site.get("/join?lang=de")) == "de"
    assert spoken(site.get("/join")) == "en"
    assert "set-cookie" not in site.get("/join?lang=de").headers
