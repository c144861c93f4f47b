"""Several senders at once on one database: the statements keep them apart, nothing else does."""

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.conftest import Verify
from tests.faults.scene import Scene


@pytest.mark.parametrize("senders", [2, pytest.param(4, marks=pytest.mark.short)])
def test_senders_at_once(scene: Scene, verify: Verify, senders: int) -> None:
    scene.relay.play(latency=0.3)  # slow until another has joined the first
    scene.settings["smtp_connections"] = "5"
    started = [scene.start() for _ in range(senders)]  # they also open the issue at once
    assert scene.relay.wait(lambda: scene.relay.connections_now > 5, 60)
    scene.relay.play(latency=0.01)
    for sender in started:
        assert sender.wait() in (0, 75)
    scene.relay.play(latency=0)
    scene.until_idle()
    assert scene.doubted() == set()
    assert len(scene.those(Status.ACCEPTED)) == scene.readers
    verify(f"{senders} senders at once")
