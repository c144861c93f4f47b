"""SIGTERM at random moments: what is on the wire is waited for, and nothing comes twice."""

import random
import signal

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.faults.sender import pause


@pytest.mark.parametrize("pipelining", [pytest.param(True, marks=pytest.mark.short), False])
def test_stopped_at_random_moments(
    scene: Scene, verify: Verify, full: bool, pipelining: bool
) -> None:
    dice = random.Random(5)
    times = 20 if full else 2
    scene.relay.play(latency=0.05 if full else 0.1, pipelining=pipelining)
    for time in range(times):
        sender = scene.start()
        if time % 4 == 3:
            scene.next_connection(sender)
        else:
            scene.next_message(sender)
        assert pause(dice.uniform(0.0, 0.3), sender), sender.said
        sender.signal(signal.SIGINT if time % 4 == 1 else signal.SIGTERM)
        assert sender.wait(10) == 75
        assert scene.those(Status.SENDING, Status.IN_DOUBT) == set()
        assert scene.those(Status.ACCEPTED) == scene.at_server()
    scene.relay.play(latency=0)
    scene.until_idle()
    how = "" if pipelining else ", no PIPELINING"
    verify(f"SIGTERM at {times} random moments{how}")
