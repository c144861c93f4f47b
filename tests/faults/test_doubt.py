"""No reply after the final dot: nobody can tell, so the policy decides, for only those."""

import pytest

from pinlabs_mailer.db.words import DeliveryStatus as Status
from tests.faults.answers import Some
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.support.relay import Cut, Hang

FAULTS = {"cut": Cut, "hang": Hang}


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("policy", ["resend", "hold"])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("fault", ["cut", "hang"])
def test_no_reply_after_the_final_dot(
    scene: Scene, verify: Verify, fault: str, kept: bool, policy: str, pipelining: bool
) -> None:
    rule = Some("END", FAULTS[fault](kept=kept), 100 if fault == "hang" else 30, times=1)
    scene.relay.play(rules=(rule,), pipelining=pipelining)
    scene.settings["on_doubt"] = policy
    scene.until_idle()
    assert rule.met
    assert scene.doubted() == rule.met
    assert scene.those(Status.HELD) == (rule.met if policy == "hold" else set())
    twice = rule.met if kept and policy == "resend" else set()
    verdict = verify(
        f"{fault} after the final dot, {'kept' if kept else 'not kept'}, policy {policy}"
        + ("" if pipelining else ", no PIPELINING"),
        f"only those: {len(twice)}" if twice else "none",
        twice,
    )
    assert verdict.second_copies == len(twice)


@pytest.mark.short("sqlite")
def test_a_second_doubt_is_held(scene: Scene, verify: Verify) -> None:
    rule = Some("END", Cut(kept=True), 30, times=2)
    scene.relay.play(rules=(rule,))
    scene.until_idle()
    assert scene.those(Status.HELD) == rule.met
    verify("cut after the final dot, twice", f"only those: {len(rule.met)}", rule.met)
