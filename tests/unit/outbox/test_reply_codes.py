"""The codes that providers send (section 1.5 of the page), and how codes are read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.outbox.replying import said

from pinlabs_mailer.outbox.replies import Action, Fault, Stage, Verdict, judge

RCPT, BODY = Stage.RCPT, Stage.BODY


# The codes of section 1.5


@pytest.mark.parametrize("detail", [23, 24, 26, 27, 28, 29, 30, 31, 32, 40])
def test_gmail_4_7_x_is_tried_later_and_slows_down(detail: int) -> None:
    for code in (421, 451):
        verdict = said(f"{code} 4.7.{detail} Our system has detected", BODY)
        assert (verdict.action, verdict.fault) == (Action.RETRY, Fault.SENDER)
        assert verdict.slow_down


def test_gmail_421_5_7_32_goes_by_its_basic_code() -> None:
    assert said("421 5.7.32 alignment", BODY) == Verdict(
        Action.RETRY, Fault.SENDER, "throttled", slow_down=True
    )


@pytest.mark.parametrize(
    "reply",
    [
        "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred",
        "421 4.7.0 [IPTS04] Messages from 192.0.2.1 temporarily deferred",
        "451 4.7.500 Server busy. Please try again later",
        "451 Message temporarily deferred - [TSS05]",
    ],
)
def test_yahoo_and_microsoft_deferrals_slow_down(reply: str) -> None:
    verdict = said(reply)
    assert (verdict.action, verdict.fault) == (Action.RETRY, Fault.SENDER)
    assert verdict.slow_down


def test_yahoo_554_without_a_code_is_no_bounce_of_the_address() -> None:
    text = "554 delivery error: dd This user doesn't have a yahoo.com account"
    assert said(text, BODY).action is Action.FAIL


# Codes are read whole


@pytest.mark.parametrize(
    "code",
    ["5.1.10", "5.1.11", "5.1.12", "5.1.30", "5.1.60", "5.1.100", "5.2.10", "5.2.11", "5.11.1"],
)
def test_a_longer_code_is_another_code(code: str) -> None:
    assert said(f"550 {code} inactive").action is Action.FAIL
    assert said(f"550 {code} inactive").reason in ("refused", "domain takes no mail")


@pytest.mark.parametrize(
    ("longer", "reason"),
    [
        ("552 5.2.22 x", "too many at once"),
        ("550 5.2.22 x", "refused"),
        ("452 4.5.30 x", "try later"),
        ("550 5.3.40 x", "refused"),
        ("550 5.7.80 x", "policy"),
        ("550 5.6.70 x", "message refused"),
        ("450 4.2.20 x", "try later"),
        ("550 5.1.20 x", "refused"),
    ],
)
def test_no_row_matches_the_beginning_of_a_code(longer: str, reason: str) -> None:
    assert said(longer).reason == reason


@pytest.mark.parametrize("text", ["user 5.1.1 unknown", "15.1.1 x", "5.1.1.4 x", "5.1 x", "x5.1.1"])
def test_what_is_no_enhanced_code_is_not_read_as_one(text: str) -> None:
    assert judge(RCPT, 550, text).action is Action.FAIL


@pytest.mark.parametrize("text", ["5.1.1", "5.1.1 x", " 5.1.1 x", "5.1.1: x", "5.1.1\n5.1.1 x"])
def test_an_enhanced_code_may_end_at_white_space_or_a_colon(text: str) -> None:
    assert judge(RCPT, 550, text).action is Action.SUPPRESS


@pytest.mark.parametrize("reply", ["550 4.1.1 x", "450 5.1.1 x", "421 5.1.1 x", "250 5.1.1 x"])
def test_codes_that_disagree_suppress_nobody(reply: str) -> None:
    assert said(reply).action is not Action.SUPPRESS


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.LOGIN, Stage.MAIL])
def test_only_a_reply_about_the_recipient_can_suppress(stage: Stage) -> None:
    for reply in ("550 5.1.1 x", "550 5.1.3 x", "550 5.2.1 inactive", "550 5.1.10 user unknown"):
        assert said(reply, stage).action is Action.STOP


def test_5_2_1_that_does_not_say_why_is_soft() -> None:
    """AOL has answered 521 5.2.1 to whole networks."""
    assert said("521 5.2.1 : AOL will not accept delivery of this message.").action is Action.FAIL


def test_an_address_that_the_relay_cannot_carry_is_that_recipients() -> None:
    """RFC 6531; also our own reply when the relay has no SMTPUTF8."""
    assert said("553 5.6.7 the relay takes no address beyond ASCII") == Verdict(
        Action.FAIL, Fault.RECIPIENT, "address beyond ASCII"
    )


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("code", [-1, 0, 2, 5, 25, 99, 100, 199, 220, 250, 251, 334, 354, 399])
def test_what_answers_nothing_is_not_taken_for_an_answer(code: int, stage: Stage) -> None:
    verdict = judge(stage, code, "2.0.0 Ok")
    if stage is BODY and code in (220, 250, 251):
        assert verdict.action is Action.ACCEPT
    else:
        assert verdict == Verdict(Action.REQUEUE, Fault.CONNECTION, "no SMTP reply")


@pytest.mark.parametrize("code", [600, 999, 2500, 5500, 55])
def test_a_code_that_smtp_does_not_have_suppresses_nobody(code: int) -> None:
    assert judge(RCPT, code, "5.1.1 unknown").action is Action.REQUEUE


# What holds for every reply there can be


@settings(max_examples=400, deadline=None)
@given(
    stage=st.sampled_from(Stage),
    code=st.integers(-1, 700),
    enhanced=st.builds(
        "{}.{}.{}".format, st.integers(0, 9), st.integers(0, 12), st.integers(0, 600)
    ),
    words=st.text(max_size=30)
    | st.sampled_from(["spam", "inactive", "rate", "user unknown", "full", "malformed"]),
)
def test_the_basic_code_alone_decides_whether_to_try_again(
    stage: Stage, code: int, enhanced: str, words: str
) -> None:
    action = judge(stage, code, f"{enhanced} {words}").action
    if action is Action.ACCEPT:
        assert code // 100 == 2
        assert stage is BODY
    elif action is Action.SUPPRESS:
        assert code // 100 == 5
        assert stage in (RCPT, Stage.DATA, BODY)
        assert enhanced in ("5.1.1", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
    elif action is Action.RETRY:
        assert code // 100 == 4 or (code == 552 and stage is RCPT)
    elif action in (Action.FAIL, Action.STOP):
        assert code // 100 == 5
