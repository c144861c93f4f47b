"""The page behind the unsubscribe link: everything with one press, or single topics."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.installations import confirmed
from tests.support.site import Fields, Site, snapshot
from tests.web.people import ADA, ask, events, standing


@pytest.fixture
def path(site: Site) -> str:
    confirmed(site.app, ADA, "projects", "events", "jobs")
    return site.leave_path(ADA)


def test_h08_the_page_offers_everything_and_single_topics(site: Site, path: str) -> None:
    page = LexborHTMLParser(site.get(path).text)
    everything, single = page.css("form")
    assert [one.attributes["name"] for one in everything.css("input")] == ["List-Unsubscribe"]
    boxes = single.css("input[type=checkbox]")
    assert [box.attributes["value"] for box in boxes] == ["projects", "events", "jobs"]
    assert not any("checked" in box.attributes for box in boxes)


def test_h08_leaving_one_topic_keeps_the_others(site: Site, path: str) -> None:
    answer = site.post(path, {"only": "ticked", "topic": "jobs"})
    assert answer.status == 200
    assert "no more mail about Job openings" in answer.text
    now = standing(site.app.engine)
    assert now == {"projects": "confirmed", "events": "confirmed", "jobs": "withdrawn"}
    assert events(site.app.engine, "withdrawn") == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"only": "ticked"},
        {"only": "ticked", "topic": ""},
        {"only": "ticked", "topic": "no-such-topic"},
        {"only": "", "topics": "jobs"},
        {"only": "ticked", "topic": ["JOBS", "jobs\0", "3", "'; --"]},
    ],
)
def test_h08_nothing_ticked_changes_nothing(site: Site, path: str, fields: Fields) -> None:
    before = snapshot(site.app.engine)
    answer = site.post(path, fields)
    assert answer.status == 200
    assert "nothing has changed" in answer.text
    assert snapshot(site.app.engine) == before


def test_h08_topics_left_one_by_one_come_to_the_same_as_all(site: Site, path: str) -> None:
    for topic in ("projects", "events", "jobs"):
        last = site.post(path, {"only": "ticked", "topic": topic})
    assert "You have left" in last.text
    assert set(standing(site.app.engine).values()) == {"withdrawn"}
    assert "not subscribed" in site.get(path).text


def test_a_topic_that_was_left_already_is_not_left_again(site: Site, path: str) -> None:
    site.post(path, {"only": "ticked", "topic": "jobs"})
    site.post(path, {"only": "ticked", "topic": "jobs"})  # within the hour, noted once more
    after = snapshot(site.app.engine)
    site.post(path, {"only": "ticked", "topic": "jobs"})
    assert snapshot(site.app.engine) == after


def test_leaving_ends_what_was_asked_for_but_not_confirmed(site: Site) -> None:
    confirmed(site.app, ADA)
    ask(site, "jobs")
    site.post(site.leave_path(ADA))
    assert standing(site.app.engine) == {"projects": "withdrawn", "jobs": "withdrawn"}
    assert [row[8] for row in snapshot(site.app.engine)["delivery"]] == ["skipped"]
