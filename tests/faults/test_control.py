"""Pause, resume and cancel, from another process: they take effect within a second."""

import time

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.answers import each
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.faults.sender import Sender


@pytest.mark.short("postgresql")
def test_paused_and_resumed(scene: Scene, verify: Verify) -> None:
    sender = _under_way(scene)
    scene.run("issue", "pause", "1", code=0)
    _stands_still_within_a_second(scene)
    assert sender.wait() == 0
    scene.run(code=0)
    assert scene.those(Status.ACCEPTED) == scene.at_server()
    scene.run("issue", "resume", "1", code=0)
    scene.relay.play(latency=0)
    scene.until_idle()
    assert len(scene.those(Status.ACCEPTED)) == scene.readers
    verify("issue paused and resumed midway")


@pytest.mark.parametrize("busy", [False, pytest.param(True, marks=pytest.mark.short("sqlite"))])
def test_cancelled(scene: Scene, verify: Verify, busy: bool) -> None:
    sender = _under_way(scene)
    if busy:  # what was on the wire comes back, to an issue that is no more
        scene.relay.play(rules=(each("RCPT", "451 4.3.0 Try again later", 2),))
    scene.run("issue", "cancel", "1", code=0)
    _stands_still_within_a_second(scene)
    assert sender.wait() == 0
    scene.until_idle(10)
    assert scene.those(Status.ACCEPTED) == scene.at_server()
    skipped = {row.email: row.reason for row in scene.rows() if row.status == Status.SKIPPED}
    assert len(skipped) == scene.readers - len(scene.at_server())
    assert set(skipped.values()) == {"issue cancelled"}
    verify(f"issue cancelled midway{', relay busy' if busy else ''}")


def _under_way(scene: Scene) -> Sender:
    scene.relay.play(latency=0.1)
    scene.settings["smtp_connections"] = "4"
    sender = scene.start()
    scene.relay.wait_for(40)
    return sender


def _stands_still_within_a_second(scene: Scene) -> None:
    time.sleep(1)
    taken = len(scene.relay.messages)
    time.sleep(1)
    assert len(scene.relay.messages) == taken < scene.readers
