"""People who leave while their mail waits: none that was not `sending` when they heard so."""

import random
import time

import pytest
from sqlalchemy import Connection, func, select

from pinlabs_mailer.community import leaving, suppression
from pinlabs_mailer.community.consent import Circumstances
from pinlabs_mailer.db.engine import reading, writing
from pinlabs_mailer.db.tables import delivery
from pinlabs_mailer.db.words import Actor, SuppressionReason
from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults import people
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.support.installations import NOTARY


@pytest.mark.short
def test_leaving_while_it_is_being_sent(scene: Scene, verify: Verify) -> None:
    dice = random.Random(7)
    scene.relay.play(latency=0.1)
    scene.settings["smtp_connections"] = "4"
    scene.plan()
    sender = scene.start()
    scene.relay.wait_for(5)
    dropped: set[str] = set()
    too_late: set[str] = set()
    for time_ in range(110):
        with reading(scene.engine) as connection:
            who = _soon(connection, dice.randint(0, 12))
        by_hand = time_ % 11 == 10
        with writing(scene.engine) as connection:
            status = _leave(connection, scene, who, by_hand)
        (dropped if status == Status.SKIPPED else too_late).add(people.email(who))
        assert status in (Status.SKIPPED, Status.SENDING, Status.ACCEPTED)
        time.sleep(dice.uniform(0, 0.02))
    assert sender.running
    scene.relay.play(latency=0)
    sender.wait()
    scene.until_idle()
    assert len(dropped | too_late) == 110
    assert len(dropped) >= 50
    assert scene.those(Status.SKIPPED) >= dropped
    assert scene.at_server() & dropped == set()
    verify(f"100 leave, 10 are suppressed; too late for {len(too_late)}")


def _soon(connection: Connection, ahead: int) -> int:
    """Return somebody whose turn is soon."""
    first = (
        select(delivery.c.subscriber_id)
        .where(delivery.c.status == Status.PLANNED)
        .order_by(delivery.c.id)
        .offset(ahead)
        .limit(1)
    )
    return int(connection.execute(first).scalar_one())


def _leave(connection: Connection, scene: Scene, who: int, by_hand: bool) -> Status:
    """Do what the page or the command does; return how their delivery stands as it answers."""
    if by_hand:
        key = people.email(who)
        suppression.suppress(connection, key, SuppressionReason.MANUAL, scene.now)
    else:
        how = Circumstances(scene.now, "test", Actor.PERSON, NOTARY, evidence="for the test")
        leaving.withdraw(connection, who, how)
    stands = select(func.max(delivery.c.status)).where(delivery.c.subscriber_id == who)
    return Status(connection.execute(stands).scalar_one())
