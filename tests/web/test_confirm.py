"""The confirmation link: looked at by scanners, pressed by people, overtaken by a withdrawal."""

from datetime import timedelta

import pytest

from pinlabs_mailer.tokens import Purpose
from tests.support.installations import Clock
from tests.support.relay import Relay
from tests.support.site import FORM, Site, snapshot
from tests.web.people import ADA, asked, events, standing

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def path(site: Site, relay: Relay) -> str:
    return asked(site, relay.messages, "projects", "jobs")


def test_a08_looking_at_the_link_changes_nothing(site: Site, path: str) -> None:
    before = snapshot(site.app.engine)
    for _ in range(50):
        assert site.get(path).status == 200
        assert site.request("HEAD", path).status == 200
    assert snapshot(site.app.engine) == before
    assert site.post(path).status == 200
    assert events(site.app.engine, "confirmed") == 2


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", None),
        (FORM, b""),
        (FORM, b"token=other&topic=events&email=x"),
        ("multipart/form-data", b"rubbish"),
        ("multipart/form-data; boundary=b; charset=undefined", b"--b\r\n"),
        ("application/json", b"{"),
    ],
)
def test_a_bare_post_confirms_whatever_is_in_it(
    site: Site, path: str, kind: str, body: bytes | None
) -> None:
    answer = site.post(path, body, Content_Type=kind)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "confirmed"}


def test_a08_confirming_twice_is_friendly_and_records_nothing(site: Site, path: str) -> None:
    site.post(path)
    after = snapshot(site.app.engine)
    again, looked = site.post(path), site.get(path)
    assert again.status == looked.status == 200
    assert "already in" in again.text
    assert "already in" in looked.text
    assert snapshot(site.app.engine) == after


def test_confirming_is_recorded_with_the_words_on_the_page(site: Site, path: str) -> None:
    shown = site.get(path).text
    site.post(path)
    rows = snapshot(site.app.engine)
    texts = [str(row[2]) for row in rows["wording"]]
    assert len(texts) == 2
    assert sum(text in shown for text in texts) == 1
    assert any("Projects, Job openings" in text for text in texts)


def test_a8_a_link_lives_seven_days(site: Site, path: str, clock: Clock) -> None:
    clock.advance(timedelta(days=7))
    assert site.get(path).status == 200
    clock.advance(MINUTE)
    before = snapshot(site.app.engine)
    assert site.get(path).status == 404
    assert site.post(path).status == 404
    assert snapshot(site.app.engine) == before


def test_a_pressed_link_stays_friendly_after_seven_days(
    site: Site, path: str, clock: Clock
) -> None:
    site.post(path)
    clock.advance(timedelta(days=30))
    assert "already in" in site.get(path).text
    assert "already in" in site.post(path).text


def test_a_withdrawal_after_the_request_beats_it(site: Site, path: str, clock: Clock) -> None:
    clock.advance(MINUTE)
    site.post(site.leave_path(ADA))
    clock.advance(MINUTE)
    before = snapshot(site.app.engine)
    assert site.get(path).status == 404
    assert site.post(path).status == 404
    assert snapshot(site.app.engine) == before
    assert set(standing(site.app.engine).values()) == {"withdrawn"}


def test_a_withdrawal_of_one_topic_leaves_the_others_to_confirm(
    site: Site, path: str, clock: Clock
) -> None:
    clock.advance(MINUTE)
    site.post(site.leave_path(ADA), {"only": "ticked", "topic": "jobs"})
    clock.advance(MINUTE)
    assert "Job openings" not in site.get(path).text
    assert site.post(path).status == 200
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "withdrawn"}


def test_a_link_that_was_pressed_does_not_bring_anybody_back(
    site: Site, path: str, clock: Clock
) -> None:
    site.post(path)
    clock.advance(MINUTE)
    site.post(site.leave_path(ADA))
    assert site.get(path).status == 404
    assert site.post(path).status == 404
    assert set(standing(site.app.engine).values()) == {"withdrawn"}


def test_who_comes_back_needs_the_new_link(
    site: Site, path: str, clock: Clock, relay: Relay
) -> None:
    clock.advance(MINUTE)
    site.post(site.leave_path(ADA))
    clock.advance(DAY)
    new = asked(site, relay.messages, "projects")
    assert new != path
    assert site.post(path).status == 404
    assert standing(site.app.engine) == {"projects": "pending", "jobs": "withdrawn"}
    assert site.post(new).status == 200
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "withdrawn"}


def test_what_another_link_has_confirmed_is_not_confirmed_again(
    site: Site, path: str, clock: Clock, relay: Relay
) -> None:
    clock.advance(DAY)
    second = asked(site, relay.messages, "projects", "jobs", "events")
    site.post(path)
    clock.advance(MINUTE)
    before = {row[:-1] for row in snapshot(site.app.engine)["subscription"] if row[1] != 2}
    assert site.post(second).status == 200
    assert events(site.app.engine, "confirmed") == 3
    # but for the last column: what the person does renews all they are in
    assert before <= {row[:-1] for row in snapshot(site.app.engine)["subscription"]}


def test_an_older_link_of_somebody_who_is_in_is_friendly(
    site: Site, path: str, clock: Clock, relay: Relay
) -> None:
    clock.advance(DAY)
    site.post(asked(site, relay.messages, "projects", "jobs"))
    after = snapshot(site.app.engine)
    assert "already in" in site.get(path).text
    assert "already in" in site.post(path).text
    assert snapshot(site.app.engine) == after


def test_a_confirm_token_unsubscribes_nobody(site: Site, path: str) -> None:
    token = path.removeprefix("/confirm/")
    assert site.app.links.signer.verify(Purpose.CONFIRM, token)
    assert site.post(f"/u/{token}").status == 404
    assert site.post(f"/confirm/{site.leave_path(ADA).removeprefix('/u/')}").status == 404
    assert set(standing(site.app.engine).values()) == {"pending"}
