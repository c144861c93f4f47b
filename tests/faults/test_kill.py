"""kill -9 at random moments: only what was on the wire can come twice, and it is listed."""

import random
import signal

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.faults.sender import pause


@pytest.mark.short
def test_killed_at_random_moments(scene: Scene, verify: Verify, full: bool) -> None:
    dice = random.Random(3)
    times = 100 if full else 4
    scene.relay.play(latency=0.06 if full else 0.1)
    in_question: set[str] = set()
    for time in range(times):
        sender = scene.start(*(("work", "--until-idle") if time % 5 == 4 else ()))
        if time % 10 == 9:
            pause(dice.uniform(0.3, 1.3), sender)  # also while it starts and plans
        else:
            scene.next_message(sender)
            pause(dice.uniform(0.0, 0.3), sender)
        sender.kill()
        scene.quiet()
        open_ended = scene.those(Status.SENDING, Status.IN_DOUBT)
        on_the_wire = scene.at_server() - scene.those(Status.ACCEPTED, Status.HELD)
        assert on_the_wire <= open_ended | scene.doubted()
        in_question |= on_the_wire
    scene.relay.play(latency=0)
    scene.until_idle()
    assert in_question
    assert in_question <= scene.doubted()
    name = f"kill -9 at {times} random moments"
    verify(name, f"those on the wire, listed: {len(in_question)}", in_question)


def test_killed_and_what_is_in_doubt_is_held(scene: Scene, verify: Verify) -> None:
    scene.settings["on_doubt"] = "hold"
    scene.relay.play(latency=0.1)
    sender = scene.start()
    scene.relay.wait_for(50)
    sender.kill()
    scene.quiet()
    open_ended = scene.those(Status.SENDING)
    assert open_ended
    scene.relay.play(latency=0)
    scene.until_idle()
    assert scene.those(Status.HELD) == open_ended
    verify("kill -9, policy hold")


def test_a_second_signal_ends_it_at_once(scene: Scene, verify: Verify) -> None:
    scene.relay.play(latency=1.5)
    sender = scene.start()
    scene.relay.wait_for(10)
    sender.signal(signal.SIGTERM)
    pause(0.3, sender)
    sender.signal(signal.SIGTERM)
    assert sender.wait(1) == -signal.SIGTERM
    scene.quiet()
    on_the_wire = scene.at_server() - scene.those(Status.ACCEPTED)
    assert on_the_wire <= scene.those(Status.SENDING)
    scene.relay.play(latency=0)
    scene.until_idle()
    verify("a second SIGTERM", f"those on the wire, listed: {len(on_the_wire)}", on_the_wire)
