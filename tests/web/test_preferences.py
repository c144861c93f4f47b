"""The page of preferences: what it changes, what it records, and what it does not show."""

from datetime import UTC, datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import event, select

from pinlabs_mailer import topics
from pinlabs_mailer.community import erasure, subscribers
from pinlabs_mailer.community.address import parse_address
from pinlabs_mailer.db.engine import open_engine, reading, writing
from pinlabs_mailer.db.tables import consent_event, subscriber, subscription, wording
from pinlabs_mailer.tokens import Purpose, Signer
from tests.store.consents import found, how
from tests.support.installations import Clock, add_posts, confirmed
from tests.support.relay import Relay
from tests.support.site import Answer, Fields, Site, path_of, snapshot
from tests.web.people import ADA, events, link_path, standing


def preferences_path(site: Site, email: str = ADA) -> str:
    """The path of a person's link, as a mail of today has it."""
    with reading(site.app.engine) as connection:
        person = subscribers.by_address(connection, parse_address(email))
    return path_of(site.app.links.preferences(person.reference, site.app.clock().date()))


@pytest.fixture
def path(site: Site) -> str:
    confirmed(site.app, ADA, "projects", "jobs", name="Ada Lovelace")
    return preferences_path(site)


def saved(page: Answer, **changed: str | list[str]) -> Fields:
    """Return the fields that a browser sends for this page, some of them changed."""
    form = LexborHTMLParser(page.text)

    def values(of: str) -> list[str]:
        return [one.attributes["value"] or "" for one in form.css(of)]

    fields: dict[str, str | list[str]] = {
        "do": "save",
        "shown": values("[name=shown]"),
        "topic": values("[name=topic][checked]"),
        "frequency": values("[name=frequency][checked]"),
        "paused_until": values("[name=paused_until]"),
        "locale": values("option[selected]"),
    }
    return {**fields, **changed}


def test_c7_topics_are_added_and_left_and_each_is_recorded(site: Site, path: str) -> None:
    page = site.get(path)
    answer = site.post(path, saved(page, topic=["projects", "events"]))
    assert answer.status == 200
    assert "Saved." in answer.text
    assert standing(site.app.engine) == {
        "projects": "confirmed",
        "events": "confirmed",
        "jobs": "withdrawn",
    }
    with reading(site.app.engine) as connection:
        rows = connection.execute(
            select(consent_event.c.change, consent_event.c.source, wording.c.text)
            .outerjoin(wording, wording.c.id == consent_event.c.wording_id)
            .order_by(consent_event.c.id.desc())
            .limit(3)
        ).all()
    assert sorted(row.change for row in rows) == ["changed", "confirmed", "withdrawn"]
    assert {row.source for row in rows} == {"our preferences page"}
    (shown,) = {row.text for row in rows}
    assert f'<p class="wording">{shown}</p>' in page.text
    assert found(site.app.engine, site.app.notary) == []


def test_c5_how_often_holds_for_every_topic_and_is_an_event(site: Site, path: str) -> None:
    site.post(path, saved(site.get(path), frequency="monthly"))
    with reading(site.app.engine) as connection:
        kept = connection.execute(select(subscription.c.frequency)).scalars().all()
        promised = connection.execute(
            select(consent_event.c.frequency).where(consent_event.c.change == "changed")
        ).scalars()
        assert list(promised) == ["monthly", "monthly"]
    assert kept == ["monthly", "monthly"]


def test_the_language_is_kept_and_spoken_at_once(site: Site, path: str) -> None:
    answer = site.post(path, saved(site.get(path), locale="de"))
    assert answer.headers["content-language"] == "de"
    assert "Gespeichert" in answer.text
    assert "Ihre Einstellungen" in site.get(path).text


def test_a_page_in_another_tab_brings_nothing_back(site: Site, path: str) -> None:
    old = site.get(path)
    site.post(path, saved(site.get(path), topic=["projects"]))
    site.post(path, saved(old, frequency="weekly"))
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "withdrawn"}
    site.post(path, {"do": "leave"})
    site.post(path, saved(old))
    assert set(standing(site.app.engine).values()) == {"withdrawn"}


def test_a_retired_topic_is_shown_only_to_who_is_in_it_and_can_be_left(
    site: Site, path: str
) -> None:
    with writing(site.app.engine) as connection:
        for slug in ("jobs", "events"):
            topics.retire(connection, slug, site.app.clock())
    page = site.get(path)
    assert "events" not in boxes(page)
    assert "jobs" in boxes(page)
    assert site.post(path, saved(page, topic=["projects", "jobs", "events"])).status == 400
    answer = site.post(path, saved(page, topic=["projects"]))
    assert boxes(answer) == ["projects"]
    assert site.post(path, saved(page, shown="", topic=["projects", "jobs"])).status == 400
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "withdrawn"}


def boxes(page: Answer) -> list[str | None]:
    """Return the topics that a page offers."""
    found = LexborHTMLParser(page.text).css("[name=topic]")
    return [one.attributes["value"] for one in found]


def test_whoever_has_left_comes_back_by_ticking(site: Site, path: str) -> None:
    site.post(path, {"do": "leave"})
    site.post(path, saved(site.get(path), topic=["jobs"]))
    assert standing(site.app.engine) == {"projects": "withdrawn", "jobs": "confirmed"}


def test_a_pause_plans_nothing_and_what_is_missed_comes_later(
    site: Site, path: str, relay: Relay, clock: Clock
) -> None:
    site.post(path, saved(site.get(path), paused_until="2026-11-26"))
    assert 'value="2026-11-26"' in site.get(path).text
    add_posts(site.app, 1, 2, clock.now)
    clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    site.app.open_due(clock.now)
    site.app.pump.run()
    assert relay.messages == []
    clock.now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert 'value="2026-11-26"' not in site.get(preferences_path(site)).text
    site.app.open_due(clock.now)
    site.app.pump.run()
    assert [mail.recipient for mail in relay.messages] == [ADA]


def test_a_pause_stops_what_is_planned_and_guards_what_is_planned_meanwhile(
    site: Site, path: str, relay: Relay, clock: Clock
) -> None:
    add_posts(site.app, 1, 2, clock.now)
    confirmed(site.app, "bob@example.org")
    clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    site.app.open_due(clock.now)
    site.post(path, saved(site.get(path), paused_until="2026-12-24"))
    assert {row[9] for row in snapshot(site.app.engine)["delivery"]} == {"", "paused"}
    with site.app.engine.begin() as connection:  # planned by a process that had looked before
        connection.exec_driver_sql("UPDATE delivery SET status = 'planned', finished_at = NULL")
    site.app.pump.run()
    assert [mail.recipient for mail in relay.messages] == ["bob@example.org"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("paused_until", "2026-11-23"),
        ("paused_until", "2027-11-24"),
        ("paused_until", "24.12.2026"),
        ("paused_until", "2026-13-01"),
        ("paused_until", "٢٠٢٦-١٢-٢٤"),
        ("paused_until", "\0"),
        ("frequency", "hourly"),
        ("topic", "no-such-topic"),
        ("topic", "x" * 9000),
    ],
)
def test_what_cannot_be_is_sent_back_and_changes_nothing(
    site: Site, path: str, field: str, value: str
) -> None:
    page = site.get(path)
    before = snapshot(site.app.engine)
    answer = site.post(path, saved(page, **{field: value}))
    assert answer.status == 400
    assert "Please look again" in answer.text
    assert snapshot(site.app.engine) == before


def test_a_form_without_a_button_does_nothing(site: Site, path: str) -> None:
    before = snapshot(site.app.engine)
    for fields in ({}, {"do": ""}, {"do": "SAVE"}, {"do": "erase me"}):
        assert site.post(path, fields).status == 400
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a8_a_hundred_looks_change_nothing(site: Site, path: str, method: str) -> None:
    before = snapshot(site.app.engine)
    for _ in range(100):
        assert site.request(method, f"{path}?do=leave&topic=events").status == 200
    assert snapshot(site.app.engine) == before


def test_a10_the_page_shows_nothing_personal_but_topics(site: Site, path: str) -> None:
    pages = [site.get(path), site.post(path, saved(site.get(path)))]
    pages += [site.post(path, {"do": what}) for what in ("address", "data", "erase", "leave")]
    for page in pages:
        for personal in ("ada@", "Ada", "Lovelace", "example.org"):
            assert personal not in page.text


def test_a10_the_link_in_a_digest_leads_to_the_page_of_its_reader(
    site: Site, path: str, relay: Relay, clock: Clock
) -> None:
    add_posts(site.app, 1, 2, clock.now)
    clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    site.app.open_due(clock.now)
    site.app.pump.run()
    (mail,) = relay.messages
    link = link_path(mail, "preferences")
    assert site.get(link).status == 200
    assert link.encode() in mail.data.replace(b"=\r\n", b"")
    assert mail.data.replace(b"=\r\n", b"").count(link.encode()) == 2


def test_a10_a_link_lives_ninety_days_and_then_offers_another(
    site: Site, path: str, clock: Clock
) -> None:
    clock.advance(timedelta(days=90))
    assert site.get(path).status == 200
    clock.advance(timedelta(days=1))
    old = site.get(path)
    assert old.status == 404
    assert 'action="/link?lang=en"' in old.text
    before = snapshot(site.app.engine)
    assert site.post(path, {"do": "leave"}).status == 404
    assert snapshot(site.app.engine) == before


def test_a10_a_token_for_anything_else_is_worth_nothing(site: Site, path: str) -> None:
    with reading(site.app.engine) as connection:
        reference = connection.execute(select(subscriber.c.reference)).scalar_one()
    signer, today = site.app.signer, site.app.clock().date()
    foreign = Signer(["another key that is long enough"])
    bad = [
        *(signer.sign(purpose, reference) for purpose in Purpose),
        *(signer.sign_dated(one, reference, today) for one in Purpose if one != "p"),
        foreign.sign_dated(Purpose.PREFERENCES, reference, today),
    ]
    before = snapshot(site.app.engine)
    answers = {repr(site.post(f"/preferences/{one}", {"do": "leave"}).essence) for one in bad}
    assert len(answers) == 1
    assert snapshot(site.app.engine) == before


def test_c7_leaving_everything_is_one_press(site: Site, path: str) -> None:
    answer = site.post(path, {"do": "leave"})
    assert "You have left" in answer.text
    assert events(site.app.engine, "withdrawn") == 2
    assert "/undo/" in answer.text


@pytest.mark.parametrize("moment", [1, 2])
def test_c12_an_erasure_between_two_transactions_is_not_undone_by_saving(
    site: Site, path: str, moment: int
) -> None:
    form = saved(site.get(path), topic=["projects", "jobs", "events"])
    other = open_engine(site.app.settings.database_url)
    begun = 0

    def erase(*_: object) -> None:
        nonlocal begun
        begun += 1
        if begun == moment:
            with writing(other) as connection:
                person = subscribers.by_address(connection, parse_address(ADA))
                erasure.erase(connection, person.id, how())

    event.listen(site.app.engine, "checkout", erase)
    answer = site.post(path, form)
    event.remove(site.app.engine, "checkout", erase)
    other.dispose()
    assert answer.status == (404 if begun >= moment else 200)
    assert found(site.app.engine, site.app.notary) == []
    if begun >= moment:
        assert set(standing(site.app.engine).values()) == set()
