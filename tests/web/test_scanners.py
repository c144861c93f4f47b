"""Software that opens every link in a mail must not unsubscribe anybody."""

import pytest

from tests.support.installations import confirmed
from tests.support.relay import Relay
from tests.support.site import Site, snapshot
from tests.web.people import ADA, asked, events, link_path, standing

SCANNERS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "BarracudaCentral/1.0",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; SafeLinks)",
    "python-requests/2.31.0",
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_h06_h07_a_hundred_looks_change_nothing_then_one_post_is_one_event_a_topic(
    site: Site, method: str
) -> None:
    confirmed(site.app, ADA, "projects", "jobs")
    path = site.leave_path(ADA)
    before = snapshot(site.app.engine)
    for number in range(100):
        answer = site.request(
            method,
            f"{path}?List-Unsubscribe=One-Click&only=ticked&topic=jobs",
            b"List-Unsubscribe=One-Click" if number % 3 == 0 else None,
            {"User-Agent": SCANNERS[number % len(SCANNERS)], "Purpose": "prefetch"},
        )
        assert answer.status == 200
    assert snapshot(site.app.engine) == before
    assert site.post(path).status == 200
    assert events(site.app.engine, "withdrawn") == 2
    assert set(standing(site.app.engine).values()) == {"withdrawn"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a8_a_hundred_looks_at_every_link_of_a_confirmation_burn_nothing(
    site: Site, relay: Relay, method: str
) -> None:
    path = asked(site, relay.messages)
    before = snapshot(site.app.engine)
    for number in range(100):
        agent = {"User-Agent": SCANNERS[number % len(SCANNERS)]}
        for where in (path, link_path(relay.messages[-1], "stop")):
            assert site.request(method, where, None, agent).status == 200
    assert snapshot(site.app.engine) == before
    assert site.post(path).status == 200
    assert standing(site.app.engine) == {"projects": "confirmed"}


def test_h06_the_page_has_a_button_that_posts_to_itself(site: Site) -> None:
    confirmed(site.app, ADA)
    page = site.get(site.leave_path(ADA)).text
    assert f'<form method="post" action="{site.leave_path(ADA)}">' in page
    assert "http-equiv" not in page


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "X" * 99])
def test_h06_other_methods_are_refused_and_told_what_there_is(site: Site, method: str) -> None:
    confirmed(site.app, ADA)
    path = site.leave_path(ADA)
    before = snapshot(site.app.engine)
    for where in (path, "/join", "/confirm/x"):
        answer = site.request(method, where)
        assert answer.status == 405
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert snapshot(site.app.engine) == before
