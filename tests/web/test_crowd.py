"""Many clicks at the same moment: the record shows one."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

from tests.support.installations import Clock, confirmed
from tests.support.relay import Relay
from tests.support.site import Answer, Site, snapshot
from tests.web.people import ADA, ask, asked, events, standing

CROWD = 20


def at_once(*acts: Callable[[], Answer]) -> Counter[int]:
    """Do all of these in the same moment, and count the statuses that come of it."""
    start = Barrier(len(acts))

    def act(one: Callable[[], Answer]) -> int:
        start.wait(20)
        return one().status

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(act, acts))


def test_a_crowd_that_confirms(site: Site, relay: Relay) -> None:
    path = asked(site, relay.messages, "projects", "jobs")
    assert at_once(*[lambda: site.post(path)] * CROWD) == {200: CROWD}
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "confirmed"}
    assert events(site.app.engine, "confirmed") == 2


def test_h05_a_crowd_that_leaves(site: Site) -> None:
    confirmed(site.app, ADA, "projects", "jobs")
    path = site.leave_path(ADA)
    assert at_once(*[lambda: site.post(path)] * CROWD) == {200: CROWD}
    assert set(standing(site.app.engine).values()) == {"withdrawn"}
    assert events(site.app.engine, "withdrawn") == 2


def test_a_crowd_that_joins_with_a_new_address(site: Site) -> None:
    assert at_once(*[lambda: ask(site, "projects", "jobs")] * CROWD) == {200: CROWD}
    rows = snapshot(site.app.engine)
    assert (len(rows["subscriber"]), len(rows["subscription"])) == (1, 2)
    assert len(rows["wording"]) == 1


def test_a_crowd_that_joins_a_further_topic(site: Site) -> None:
    confirmed(site.app, ADA)
    assert at_once(*[lambda: ask(site, "jobs")] * CROWD) == {200: CROWD}
    assert standing(site.app.engine) == {"projects": "confirmed", "jobs": "pending"}


def test_a_crowd_of_different_people_joins(site: Site) -> None:
    def joining(number: int) -> Callable[[], Answer]:
        return lambda: ask(site, email=f"reader{number}@example.org")

    assert at_once(*map(joining, range(CROWD))) == {200: CROWD}
    rows = snapshot(site.app.engine)
    assert len(rows["subscriber"]) == len(rows["opt_in"]) == len(rows["delivery"]) == CROWD


def test_whoever_leaves_has_left_however_many_confirm_meanwhile(
    site: Site, clock: Clock, relay: Relay
) -> None:
    """The request is older than the withdrawal, so a confirmation of it must not win."""
    for _ in range(8):
        confirm = partial(site.post, asked(site, relay.messages))
        leave = partial(site.post, site.leave_path(ADA))
        clock.advance(timedelta(minutes=1))
        assert set(at_once(confirm, confirm, leave, confirm)) <= {200, 404}
        assert standing(site.app.engine) == {"projects": "withdrawn"}
        clock.advance(timedelta(days=365))  # whether or not a click was taken as one
