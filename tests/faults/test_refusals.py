"""Refusals: whose fault it is decides what follows, and nobody else has to suffer for it."""

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.answers import Some
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.support.relay import on

NO_SUCH = "550 5.1.1 No such user"
FULL = "552 5.2.2 Mailbox full"
POLICY = "550 5.7.1 Not authorised to send to this group"


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("verb", ["RCPT", "DATA", "END"])
@pytest.mark.parametrize("answer", [NO_SUCH, FULL, POLICY])
def test_refuses_some(
    scene: Scene, verify: Verify, answer: str, verb: str, pipelining: bool
) -> None:
    rule = Some(verb, answer, 50)
    scene.relay.play(rules=(rule,), pipelining=pipelining)
    scene.run(code=1)
    assert len(rule.met) == scene.readers // 50
    assert scene.those(Status.FAILED) == rule.met
    assert scene.suppressed() == (rule.met if answer == NO_SUCH else set())
    assert scene.attempts() == scene.readers
    how = "" if pipelining else ", no PIPELINING"
    verify(f"{answer[:9]} at {verb} to 1 in 50{how}")


@pytest.mark.short("sqlite")
def test_refuses_some_each_for_another_reason(scene: Scene, verify: Verify) -> None:
    rules = Some("RCPT", NO_SUCH, 50), Some("END", POLICY, 47), Some("RCPT", FULL, 49)
    scene.relay.play(rules=rules)
    scene.until_idle()
    assert scene.those(Status.FAILED) == rules[0].met | rules[1].met | rules[2].met
    assert scene.suppressed() == rules[0].met
    verify("550 5.1.1, 552 5.2.2 and 550 5.7.1 together")


def test_refuses_the_login(scene: Scene, verify: Verify) -> None:
    scene.relay.play(users={"news": "secret"})
    scene.settings["smtp_url"] = f"smtp://news:wrong@127.0.0.1:{scene.relay.port}"
    scene.run(code=75)
    assert scene.attempts() == 0
    assert len(scene.those(Status.PLANNED)) == scene.readers
    scene.settings["smtp_url"] = f"smtp://news:secret@127.0.0.1:{scene.relay.port}"
    scene.run(code=0)
    assert scene.suppressed() == set()
    verify("535 at login")


def test_refuses_the_login_midway(scene: Scene, verify: Verify) -> None:
    scene.relay.play(users={"news": "secret"}, latency=0.01)
    scene.settings["smtp_url"] = f"smtp://news:secret@127.0.0.1:{scene.relay.port}"
    scene.settings["smtp_messages"] = "20"
    sender = scene.start()
    scene.relay.wait_for(scene.readers // 4)
    scene.relay.play(users={"news": "another"})
    assert sender.wait() == 75
    assert scene.those(Status.SENDING, Status.IN_DOUBT, Status.FAILED) == set()
    scene.relay.play(users={"news": "secret"}, latency=0)
    scene.until_idle()
    assert scene.suppressed() == set()
    assert scene.attempts() == scene.readers
    verify("535 at a login midway")


@pytest.mark.parametrize("pipelining", [True, False])
def test_refuses_the_content(scene: Scene, verify: Verify, pipelining: bool) -> None:
    too_big = on("END", "552 5.3.4 Message too big", first=3)
    scene.relay.play(rules=(too_big,), pipelining=pipelining)
    scene.run(code=75)
    assert "5.3.4" in scene.senders[-1].said
    assert scene.suppressed() == set()
    assert scene.those(Status.FAILED, Status.IN_DOUBT, Status.SENDING) == set()
    scene.until_idle()
    assert len(scene.those(Status.ACCEPTED)) == scene.readers
    verify(f"552 5.3.4{'' if pipelining else ', no PIPELINING'}")


def test_refuses_everybody_for_policy(scene: Scene, verify: Verify) -> None:
    scene.relay.play(rules=(on("END", "550 5.7.1 Blocked"),))
    scene.run(code=75)
    failed = scene.those(Status.FAILED)
    assert 20 <= len(failed) < 60
    assert scene.suppressed() == set()
    scene.relay.play(rules=())
    scene.until_idle()
    assert scene.those(Status.FAILED) == failed
    verify("550 5.7.1 to everybody: stopped")
