"""Whether mail moves: the schedule, what waits, what is in doubt, what was refused, how much."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from pinlabs_mailer.db.engine import writing
from pinlabs_mailer.db.tables import (
    delivery,
    installation,
    issue,
    sign_up,
    subscriber,
    subscription,
)
from pinlabs_mailer.doctor.checks import sending, volume
from pinlabs_mailer.doctor.finding import State
from pinlabs_mailer.settings.schedule import parse_schedule
from tests.support.installations import Clock, add_posts, confirmed

from .scene import Scene

OK, WARNING, ERROR = State.OK, State.WARNING, State.ERROR


def later(scene: Scene, **by: float) -> None:
    clock = scene.app.clock
    assert isinstance(clock, Clock)
    clock.advance(timedelta(**by))


def set_up(scene: Scene, days_ago: int) -> None:
    with writing(scene.app.engine) as connection:
        at = scene.app.clock() - timedelta(days=days_ago)
        connection.execute(update(installation).values(created_at=at))


def opened(scene: Scene) -> None:
    """Open an issue for one reader."""
    set_up(scene, 8)
    confirmed(scene.app, "ada@example.org")
    add_posts(scene.app, 1, 1, scene.app.clock())
    assert scene.app.open_due(scene.app.clock()) is not None


def change(scene: Scene, **values: object) -> None:
    with writing(scene.app.engine) as connection:
        connection.execute(update(delivery).values(**values))


def test_a_schedule_that_was_kept(scene: Scene) -> None:
    found = {finding.name: finding for finding in scene.look(sending.check)}
    assert "The first issue is due" in found["sending.schedule"].seen
    opened(scene)
    assert "was opened" in scene.only(sending.check, "sending.schedule").seen
    assert set(scene.states(sending.check).values()) == {OK}


def test_a_slot_that_nobody_has_opened(scene: Scene) -> None:
    set_up(scene, 8)
    scene.set(schedule=parse_schedule("daily 00:00"))
    later(scene, days=1)
    midnight = scene.app.clock().replace(hour=0, minute=5)
    later(scene, seconds=(midnight - scene.app.clock()).total_seconds())
    assert scene.states(sending.check)["sending.schedule"] is OK  # five minutes late is no fault
    later(scene, minutes=20)
    found = scene.only(sending.check, "sending.schedule")
    assert (found.state, "nobody has opened it" in found.seen) == (ERROR, True)


@pytest.mark.parametrize(("hours", "state"), [(0.1, OK), (1, WARNING), (7, ERROR)])
def test_o02_a_delivery_that_waits_though_it_could_go_out(
    scene: Scene, hours: float, state: State
) -> None:
    opened(scene)
    later(scene, hours=hours)
    found = scene.only(sending.check, "sending.waiting")
    assert found.state is state, found


def test_what_waits_for_its_time_or_in_a_paused_issue_is_no_fault(scene: Scene) -> None:
    opened(scene)
    change(scene, not_before=scene.app.clock() + timedelta(hours=9))
    later(scene, hours=8)
    assert scene.only(sending.check, "sending.waiting").seen.startswith("Nothing waits")
    change(scene, not_before=scene.app.clock() - timedelta(hours=9))
    with writing(scene.app.engine) as connection:
        connection.execute(update(issue).values(status="paused"))
    states = scene.states(sending.check)
    assert states["sending.waiting"] is OK
    assert states["sending.issues"] is WARNING


def test_deliveries_that_are_held_or_long_in_doubt(scene: Scene) -> None:
    opened(scene)
    change(scene, status="in_doubt", not_before=scene.app.clock() + timedelta(minutes=5))
    assert scene.states(sending.check)["sending.doubt"] is OK
    later(scene, hours=2)
    assert scene.states(sending.check)["sending.doubt"] is WARNING
    change(scene, status="held")
    found = scene.only(sending.check, "sending.doubt")
    assert (found.state, "1 deliveries are held" in found.seen) == (WARNING, True)


@pytest.mark.parametrize(("failed", "state"), [(5, OK), (6, WARNING)])
def test_o07_an_issue_of_which_many_were_refused(scene: Scene, failed: int, state: State) -> None:
    opened(scene)
    fill(scene, 199, issue_id=1)
    change(scene, status="accepted")
    with writing(scene.app.engine) as connection:
        few = delivery.c.id <= failed
        connection.execute(update(delivery).where(few).values(status="failed", reason="unknown"))
    assert scene.only(sending.check, "sending.failures").state is state


def test_a06_forms_that_nobody_takes_up(scene: Scene) -> None:
    blank = ("name", "wording", "form_version", "language", "source", "network", "user_agent")
    waiting = dict.fromkeys(blank, "") | {"email": "a@b.test", "email_key": "a@b.test"}
    with writing(scene.app.engine) as connection:
        connection.execute(
            insert(sign_up).values(
                **waiting, topics=["jobs"], locale="en", form="f", asked_at=scene.app.clock()
            )
        )
    assert scene.states(sending.check)["sending.sign_ups"] is OK
    later(scene, minutes=11)
    assert scene.states(sending.check)["sending.sign_ups"] is WARNING


@pytest.mark.parametrize(("readers", "state"), [(5_000, OK), (5_001, WARNING)])
def test_o06_an_issue_much_larger_than_any_before(scene: Scene, readers: int, state: State) -> None:
    people(scene, range(1000, 1000 + readers))
    assert scene.states(volume.check)["sending.volume"] is state
    scene.set(rate=10.0)
    assert scene.states(volume.check)["sending.volume"] is OK


def people(scene: Scene, ids: Sequence[int]) -> None:
    """Write confirmed readers down by the thousand."""
    now = scene.app.clock()
    with writing(scene.app.engine) as connection:
        connection.execute(
            insert(subscriber),
            [
                {"id": one, "email": f"p{one}@example.org", "email_key": f"p{one}@example.org",
                 "reference": f"{one:012}", "created_at": now}
                for one in ids
            ],
        )  # fmt: skip
        connection.execute(
            insert(subscription),
            [{"subscriber_id": one, "topic_id": 1, "status": "confirmed"} for one in ids],
        )


def fill(scene: Scene, number: int, issue_id: int) -> None:
    """Give an issue so many more deliveries."""
    now = scene.app.clock()
    with writing(scene.app.engine) as connection:
        connection.execute(
            insert(delivery),
            [
                {"kind": "digest", "dedupe_key": f"fill {one}", "subscriber_id": 1,
                 "issue_id": issue_id, "edition_id": 1, "status": "planned", "created_at": now,
                 "not_before": now}
                for one in range(number)
            ],
        )  # fmt: skip
