"""The button on the goodbye page: it brings back what that goodbye ended, for an hour."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from pinlabs_mailer.db.engine import reading
from pinlabs_mailer.db.tables import consent_event, subscription, wording
from pinlabs_mailer.tokens import Purpose, new_reference
from tests.store.consents import found
from tests.support.installations import Clock, confirmed
from tests.support.site import Answer, Site, snapshot
from tests.web.people import ADA, ask, events, standing
from tests.web.test_preferences import preferences_path, saved

PAGE = {"List-Unsubscribe": "One-Click", "by": "page"}


@pytest.fixture
def path(site: Site) -> str:
    confirmed(site.app, ADA, "projects", "jobs")
    return site.leave_path(ADA)


def undo_path(answer: Answer) -> str:
    match = re.search(r'action="(/undo/[^"]+)"', answer.text)
    assert match is not None
    return match[1]


def test_a9_c7_undo_restores_what_was_left_with_the_words_that_were_shown(
    site: Site, path: str, clock: Clock
) -> None:
    preferences = preferences_path(site)
    site.post(preferences, saved(site.get(preferences), frequency="weekly"))
    goodbye = site.post(path, PAGE)
    clock.advance(timedelta(minutes=59))
    answer = site.post(undo_path(goodbye))
    assert answer.status == 200
    assert "Projects, Job openings, as before" in answer.text
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "confirmed"}
    with reading(site.app.engine) as connection:
        shown = connection.execute(
            select(wording.c.text).join(consent_event).order_by(consent_event.c.id.desc()).limit(1)
        ).scalar_one()
        often = connection.execute(select(subscription.c.frequency)).scalars().all()
    assert shown in goodbye.text
    assert often == ["weekly", "weekly"]
    assert found(site.app.engine, site.app.notary) == []


def test_undo_leaves_alone_what_had_been_left_before(site: Site, path: str, clock: Clock) -> None:
    site.post(path, {"only": "ticked", "topic": "jobs", "by": "page"})
    clock.advance(timedelta(minutes=5))
    goodbye = site.post(path, PAGE)
    site.post(undo_path(goodbye))
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "withdrawn"}


def test_undo_confirms_nothing_that_was_only_asked_for(site: Site, clock: Clock) -> None:
    confirmed(site.app, ADA)
    ask(site, "jobs")
    clock.advance(timedelta(minutes=5))
    site.post(undo_path(site.post(site.leave_path(ADA), PAGE)))
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "withdrawn"}
    ask(site, "jobs", email="new@example.org")
    assert "/undo/" not in site.post(site.leave_path("new@example.org"), PAGE).text


def test_h02_a_provider_that_posts_gets_no_way_back(site: Site, path: str) -> None:
    answer = site.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert "/undo/" not in answer.text


def test_the_buttons_of_the_page_say_that_they_are(site: Site, path: str) -> None:
    assert site.get(path).text.count('name="by" value="page"') == 2


def test_it_lasts_an_hour(site: Site, path: str, clock: Clock) -> None:
    undo = undo_path(site.post(path, PAGE))
    clock.advance(timedelta(hours=1, seconds=1))
    before = snapshot(site.app.engine)
    assert site.get(undo).status == site.post(undo).status == 404
    assert snapshot(site.app.engine) == before


def test_a_look_changes_nothing_and_twice_is_once(site: Site, path: str, clock: Clock) -> None:
    undo = undo_path(site.post(path, PAGE))
    before = snapshot(site.app.engine)
    assert undo in site.get(undo).text
    assert snapshot(site.app.engine) == before
    site.post(undo)
    after = events(site.app.engine, "confirmed")
    assert site.post(undo).status == 200
    assert events(site.app.engine, "confirmed") == after


def test_a_later_goodbye_is_not_undone_by_an_older_button(
    site: Site, path: str, clock: Clock
) -> None:
    first = undo_path(site.post(path, PAGE))
    clock.advance(timedelta(minutes=1))
    site.post(first)
    clock.advance(timedelta(minutes=1))
    site.post(path, PAGE)
    site.post(first)
    assert set(standing(site.app.engine).values()) == {"withdrawn"}


def test_tokens_for_anything_else_undo_nothing(site: Site, path: str) -> None:
    undo = undo_path(site.post(path, PAGE)).removeprefix("/undo/")
    signer = site.app.signer
    bad = [
        *(signer.sign(one, undo[3:15]) for one in Purpose if one != Purpose.UNDO),
        signer.sign(Purpose.UNDO, new_reference()),
        signer.sign(Purpose.UNDO, "_" * 12),
        undo[:-1],
        path.removeprefix("/u/"),
    ]
    before = snapshot(site.app.engine)
    for token in bad:
        for answer in (site.get(f"/undo/{token}"), site.post(f"/undo/{token}")):
            assert answer.status == 404
    assert snapshot(site.app.engine) == before


@pytest.mark.parametrize("by", ["", "page"])
def test_leaving_once_more_ends_the_way_back_and_is_recorded_once(
    site: Site, path: str, clock: Clock, by: str
) -> None:
    undo = undo_path(site.post(path, PAGE))
    clock.advance(timedelta(minutes=1))
    for _ in range(3):
        assert site.post(path, {"List-Unsubscribe": "One-Click", "by": by}).status == 200
        clock.advance(timedelta(minutes=1))
    assert events(site.app.engine, "withdrawn") == 4
    assert site.get(undo).status == 200
    answer = site.post(undo)
    assert "Nothing has changed" in answer.text
    assert "Welcome back" not in answer.text
    assert set(standing(site.app.engine).values()) == {"withdrawn"}
    assert found(site.app.engine, site.app.notary) == []


def test_leaving_once_more_after_the_hour_records_nothing(
    site: Site, path: str, clock: Clock
) -> None:
    site.post(path, PAGE)
    clock.advance(timedelta(hours=1, seconds=1))
    before = snapshot(site.app.engine)
    site.post(path, PAGE)
    assert snapshot(site.app.engine) == before
