"""The reminder and its link: what it says, who presses the button, and who only looks (item C9)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from pinlabs_mailer import topics
from pinlabs_mailer.app import retention
from pinlabs_mailer.community import suppression
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import consent_event, delivery, wording
from pinlabs_mailer.db.words import SuppressionReason
from pinlabs_mailer.languages import SOURCE
from tests.support import checklist
from tests.support.installations import GIVEN, Clock, confirmed
from tests.support.relay import Relay
from tests.support.site import Site, snapshot
from tests.web.people import ADA, events, link_path, standing, text_of, unsubscribe_url

DAY = timedelta(days=1)
SOON = 705 * DAY


@pytest.fixture
def path(site: Site, relay: Relay, clock: Clock) -> str:
    """The path of the link in the reminder that Ada gets for two topics."""
    confirmed(site.app, ADA, "projects", "jobs", name="Ada")
    clock.advance(SOON)
    assert retention.run(site.app).reminded == 1
    site.app.pump.run()
    return link_path(relay.messages[-1], "renew")


def test_c9_the_reminder_names_topics_and_end_and_has_both_ways_out(
    site: Site, path: str, relay: Relay
) -> None:
    (mail,) = relay.messages
    assert mail.recipient == ADA
    said = " ".join(text_of(mail).split())
    for words in ("- Projects", "- Job openings", "23 November 2026", "23 November 2028"):
        assert words in said
    assert "Ada" not in said
    assert link_path(mail, "u") in unsubscribe_url(mail)
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail.data


def test_the_reminder_passes_the_checklist_of_list_mail(
    site: Site, path: str, relay: Relay, clock: Clock
) -> None:
    (mail,) = relay.messages
    expected = checklist.Expected(
        recipient=ADA,
        from_name="Pin Labs",
        domain="pinlabs.example",
        base_url=GIVEN["base_url"],
        at=clock.now,
        postal_address=GIVEN["postal_address"],
    )
    checklist.check(checklist.as_sent(mail.data), expected)


def test_c9_a_get_is_no_contact(site: Site, path: str) -> None:
    before = snapshot(site.app.engine)
    for _ in range(20):
        assert site.get(path).status == 200
        assert site.request("HEAD", path).status == 200
    assert snapshot(site.app.engine) == before


def test_c9_the_button_renews_every_topic_with_the_words_on_the_page(
    site: Site, path: str, clock: Clock
) -> None:
    clock.advance(DAY)
    shown = site.get(path)
    assert "Projects" in shown.text
    assert "ada@" not in shown.text
    answer = site.post(path)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert events(site.app.engine, "renewed") == 2
    with reading(site.app.engine) as connection:
        text, form, actor, language = connection.execute(
            select(wording.c.text, consent_event.c.form_version, consent_event.c.actor,
                   consent_event.c.language)
            .join_from(consent_event, wording)
            .where(consent_event.c.change == "renewed")
        ).first() or ("", "", "", "")  # fmt: skip
    assert text in shown.text
    assert form.startswith("renew ")
    assert (actor, language) == ("person", SOURCE)
    clock.advance(SOON - 10 * DAY)
    retention.run(site.app)
    assert set(standing(site.app.engine).values()) == {"confirmed"}
    assert events(site.app.engine, "expired") == 0


def test_c9_pressing_twice_renews_once(site: Site, path: str, clock: Clock) -> None:
    clock.advance(DAY)
    site.post(path)
    before = snapshot(site.app.engine)
    clock.advance(DAY)
    assert "You stay with us" in site.post(path).text
    assert "You stay with us" in site.get(path).text
    assert snapshot(site.app.engine) == before


def test_the_link_of_somebody_who_left_renews_nothing(site: Site, path: str, clock: Clock) -> None:
    clock.advance(DAY)
    site.post(site.leave_path(ADA))
    before = snapshot(site.app.engine)
    assert site.get(path).status == 404
    assert site.post(path).status == 404
    assert snapshot(site.app.engine) == before


def test_the_link_is_good_for_nothing_else_and_not_for_ever(
    site: Site, path: str, clock: Clock
) -> None:
    token = path.rpartition("/")[2]
    for page in ("u", "confirm", "stop"):
        assert site.post(f"/{page}/{token}").status == 404
    assert site.post(f"/renew/{site.leave_path(ADA).rpartition('/')[2]}").status == 404
    clock.advance(91 * DAY)
    assert site.get(path).status == 404
    assert site.post(path).status == 404
    assert events(site.app.engine, "renewed") == 0


@pytest.mark.parametrize("how", ["left", "renewed", "suppressed", "retired"])
def test_a_reminder_that_waits_is_dropped_when_it_is_overtaken(
    site: Site, path: str, clock: Clock, relay: Relay, how: str
) -> None:
    clock.advance(20 * DAY)
    assert retention.run(site.app).reminded == 1
    if how == "left":
        site.post(site.leave_path(ADA))
    elif how == "renewed":
        site.post(path)
    elif how == "retired":
        with writing(site.app.engine) as connection:
            for slug in ("projects", "jobs"):
                topics.retire(connection, slug, clock.now)
    else:
        with writing(site.app.engine) as connection:
            suppression.suppress(connection, ADA, SuppressionReason.COMPLAINT, clock.now)
    site.app.pump.run()
    assert len(relay.messages) == 1
    with reading(site.app.engine) as connection:
        reason = select(delivery.c.reason).order_by(delivery.c.id.desc()).limit(1)
        wanted = {"left": "withdrawn", "retired": "topic retired"}
        assert connection.execute(reason).scalar_one() == wanted.get(how, how)
