"""A relay that is away, that is busy, or that cuts connections before it has a message."""

import time

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.answers import Some
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.support.relay import Cut, on


@pytest.mark.short("sqlite")
def test_dead_from_the_start(scene: Scene, verify: Verify) -> None:
    scene.relay.refuse()
    for _ in range(2):
        scene.run(code=75)
        assert scene.attempts() == 0
        assert len(scene.those(Status.PLANNED)) == scene.readers
    scene.relay.listen()
    scene.until_idle()
    assert set(scene.codes[2:]) == {0}
    verify("relay dead from the start, comes back")


@pytest.mark.short
def test_dies_midway_and_comes_back(scene: Scene, verify: Verify) -> None:
    sender = scene.start()
    scene.relay.wait_for(scene.readers // 4)
    scene.relay.play(rules=(on("END", Cut(kept=False)), on("MAIL", Cut()), on("CONNECT", Cut())))
    time.sleep(0.5)  # whatever the relay has taken, it has also answered
    scene.relay.refuse()
    assert sender.wait() == 75
    scene.run(code=75)
    assert scene.those(Status.ACCEPTED) == scene.at_server()
    scene.relay.play(rules=())
    scene.relay.listen()
    scene.until_idle()
    verify("relay dies midway, comes back")


def test_dies_owing_replies(scene: Scene, verify: Verify) -> None:
    scene.relay.play(latency=0.03)
    sender = scene.start()
    scene.relay.wait_for(scene.readers // 4)
    scene.relay.refuse(cut=True)
    assert sender.wait() == 75
    on_the_wire = scene.at_server() - scene.those(Status.ACCEPTED)
    assert on_the_wire <= scene.those(Status.IN_DOUBT)
    scene.relay.play(latency=0)
    scene.relay.listen()
    scene.until_idle()
    verify(
        "relay dies after the final dot",
        f"only those: {len(on_the_wire)}",
        on_the_wire,
    )


def test_comes_back_while_the_sender_runs(scene: Scene, verify: Verify) -> None:
    scene.relay.play(latency=0.03)
    sender = scene.start()
    scene.relay.wait_for(scene.readers // 4)
    scene.relay.refuse(cut=False)
    scene.relay.wait_for(scene.readers // 2)
    scene.relay.listen()
    scene.relay.play(latency=0)
    sender.wait()
    scene.until_idle()
    verify("relay takes no new connections for a while")


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
def test_says_451_to_some(scene: Scene, verify: Verify, verb: str, pipelining: bool) -> None:
    rule = Some(verb if verb != "MAIL" else "RCPT", "451 4.3.0 Try again later", 20, times=2)
    if verb == "MAIL":
        scene.relay.play(rules=(on("MAIL", "451 4.3.0 Try again later", every=20),))
    else:
        scene.relay.play(rules=(rule,))
    scene.relay.play(pipelining=pipelining)
    scene.until_idle()
    assert len(scene.those(Status.ACCEPTED)) == scene.readers
    if verb != "MAIL":
        again = {row.email for row in scene.rows() if row.attempts == 3}
        assert again == rule.met
    verify(f"451 at {verb} to 1 in 20{_how(pipelining)}")


@pytest.mark.parametrize("pipelining", [True, False])
def test_says_421_after_every_50th_message(scene: Scene, verify: Verify, pipelining: bool) -> None:
    answer = "421 4.3.2 Enough for one connection"
    scene.relay.play(rules=(on("MAIL", answer, taken=50),), pipelining=pipelining)
    scene.settings["smtp_connections"] = "2"
    scene.run(code=0)
    scene.until_idle()
    assert scene.relay.connections >= scene.readers // 50
    assert scene.attempts() == scene.readers
    verify(f"421 after every 50th message{_how(pipelining)}")


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("reset", [False, True])
def test_cuts_before_the_body(
    scene: Scene, verify: Verify, verb: str, pipelining: bool, reset: bool
) -> None:
    cut = Cut(kept=False, reset=reset)
    scene.relay.play(rules=(on(verb, cut, every=20),), pipelining=pipelining)
    scene.until_idle()
    assert scene.doubted() == set()
    assert scene.attempts() == scene.readers
    verify(f"cut after {verb}{', reset' if reset else ''}{_how(pipelining)}")


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("reset", [False, True])
def test_cuts_inside_the_body(scene: Scene, verify: Verify, pipelining: bool, reset: bool) -> None:
    rule = Some("BODY", Cut(kept=False, reset=reset), 20, times=1)
    scene.relay.play(rules=(rule,), pipelining=pipelining)
    scene.until_idle()
    assert scene.doubted() == rule.met  # nobody can tell whether the final dot has arrived
    verify(f"cut inside DATA{', reset' if reset else ''}{_how(pipelining)}")


def _how(pipelining: bool) -> str:
    return "" if pipelining else ", no PIPELINING"
