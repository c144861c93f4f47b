"""Replies that no server should send, and ways of sending them that every server may."""

import pytest

from tests.faults.answers import Some
from tests.faults.conftest import Verify
from tests.faults.scene import Scene
from tests.support.relay import Writes

NONSENSE = {
    "no code": b"what?\r\n",
    "a code of four digits": b"2500 Ok\r\n",
    "a code out of range": b"199 Ok\r\n",
    "binary": b"\x00\xff\xfe\x80\r\n",
    "an empty line": b"\r\n",
}
LONG = b"x" * 2_000_000


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
@pytest.mark.parametrize("kind", NONSENSE)
def test_a_reply_that_is_none_before_the_body(
    scene: Scene, verify: Verify, kind: str, verb: str, pipelining: bool
) -> None:
    rule = Some(verb, NONSENSE[kind], 50, times=1)
    scene.relay.play(rules=(rule,), pipelining=pipelining)
    scene.until_idle()
    assert rule.met
    assert scene.doubted() == set()
    verify(f"no reply ({kind}) at {verb}{_how(pipelining)}")


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("kind", ["no code", "354 again"])
@pytest.mark.parametrize("kept", [True, False])
def test_a_reply_that_is_none_after_the_final_dot(
    scene: Scene, verify: Verify, kind: str, kept: bool, pipelining: bool
) -> None:
    said = {"no code": b"what?\r\n", "354 again": b"354 Go on\r\n"}[kind]
    if not kept:
        said = b"4 what?\r\n"  # the relay keeps nothing that it answers with a 4
    rule = Some("END", said, 50, times=1)
    scene.relay.play(rules=(rule,), pipelining=pipelining)
    scene.until_idle()
    assert scene.doubted() == rule.met
    twice = rule.met if kept else set()
    verify(
        f"no reply ({kind if kept else 'not kept'}) after the final dot{_how(pipelining)}",
        f"only those: {len(twice)}" if twice else "none",
        twice,
    )


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_reply_of_2_megabytes(scene: Scene, verify: Verify, verb: str, pipelining: bool) -> None:
    code = b"354 " if verb == "DATA" else b"250 "
    rule = Some(verb if verb != "MAIL" else "RCPT", code + LONG + b"\r\n", 100, times=1)
    scene.relay.play(rules=(rule,), pipelining=pipelining)
    scene.until_idle()
    assert rule.met
    # aiosmtplib, which speaks where PIPELINING is not offered, does not read on
    twice = rule.met if verb == "END" and not pipelining else set()
    assert scene.doubted() == twice
    verify(
        f"a 2 MB reply line at {verb}{_how(pipelining)}",
        f"only those: {len(twice)}" if twice else "none",
        twice,
    )


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("writes", [Writes.BYTES, Writes.JOINED])
def test_replies_cut_and_joined(
    scene: Scene, verify: Verify, writes: Writes, pipelining: bool
) -> None:
    many = Some("END", "250-2.0.0 Taken\n250-and kept\n250 for ever", 3)
    scene.relay.play(writes=writes, pipelining=pipelining, rules=(many,))
    scene.run(code=0)
    assert scene.attempts() == scene.readers
    how = "split at every byte" if writes is Writes.BYTES else "joined"
    verify(f"replies {how}{_how(pipelining)}")


@pytest.mark.short("postgresql")
def test_all_kinds_of_nonsense_together(scene: Scene, verify: Verify) -> None:
    rules = [Some("RCPT", said, 60 + n, times=1) for n, said in enumerate(NONSENSE.values())]
    long = Some("END", b"250 " + LONG + b"\r\n", 100, times=1)
    scene.relay.play(rules=(*rules, long))
    scene.until_idle()
    assert scene.doubted() == set()
    verify("no replies and 2 MB replies together")


def _how(pipelining: bool) -> str:
    return "" if pipelining else ", no PIPELINING"
