"""What a reply means: table 2.1 of the deliverability page, row by row."""

import pytest
from tests.unit.outbox.replying import said

from pinlabs_mailer.outbox.replies import Action, Fault, Stage, Verdict

RCPT, BODY = Stage.RCPT, Stage.BODY
GMAIL_RATE = (
    "The user you are trying to contact is receiving mail at a rate that prevents additional "
    "messages from being delivered."
)


def test_250_after_the_final_dot_is_accepted() -> None:
    assert said("250 2.0.0 Ok: queued as 4XYZ", BODY) == Verdict(
        Action.ACCEPT, Fault.NOBODY, "accepted"
    )


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.MAIL])
def test_a_host_that_refuses_us_is_nobodys_fault(stage: Stage) -> None:
    for reply in ("554 5.7.1 no", "554 No SMTP service here", "550 5.1.1 sender unknown"):
        assert said(reply, stage).action is Action.STOP
    for reply in ("421 4.3.2 down", "450 later", "451 4.3.0 later", "452 4.3.1 full disk"):
        assert said(reply, stage).action is Action.REQUEUE


@pytest.mark.parametrize(
    "reply",
    [
        "550 5.1.2 Bad destination system",
        "556 5.1.10 Recipient address has null MX",
        "550 5.1.10 Recipient address has null MX",
        "556 domain does not accept mail",
    ],
)
def test_a_domain_without_mail_fails_and_is_not_suppressed_at_once(reply: str) -> None:
    assert said(reply) == Verdict(Action.FAIL, Fault.DOMAIN, "domain takes no mail")


@pytest.mark.parametrize("stage", [s for s in Stage if s is not Stage.LOGIN])
@pytest.mark.parametrize("reply", ["421 4.3.2 shutting down", "421 too busy", "421 4.4.2 timeout"])
def test_421_requeues_and_backs_off_the_host(reply: str, stage: Stage) -> None:
    verdict = said(reply, stage)
    assert (verdict.action, verdict.fault) == (Action.REQUEUE, Fault.CONNECTION)
    assert verdict.slow_down


@pytest.mark.parametrize(
    "reply",
    [
        f"450 4.2.1 {GMAIL_RATE}",
        "450 4.7.1 Greylisted, see http://postgrey.example/corporate.html",
        "451 4.7.1 Greylisting in action, please come back later",
        "451 4.3.0 Temporary lookup failure",
        "450 mailbox unavailable",
        "451 4.4.1 no answer from host",
    ],
)
@pytest.mark.parametrize("stage", [RCPT, Stage.DATA, BODY])
def test_a_greylist_or_450_is_tried_again_for_that_recipient(reply: str, stage: Stage) -> None:
    verdict = said(reply, stage)
    assert (verdict.action, verdict.fault) == (Action.RETRY, Fault.RECIPIENT)
    assert not verdict.slow_down


@pytest.mark.parametrize("reply", ["452 4.5.3 Too many recipients", "552 Too many recipients"])
def test_too_many_recipients_is_tried_again_even_as_552(reply: str) -> None:
    assert said(reply) == Verdict(Action.RETRY, Fault.RECIPIENT, "too many at once")


@pytest.mark.parametrize("stage", [RCPT, BODY])
def test_a_full_mailbox_that_may_empty_is_tried_again(stage: Stage) -> None:
    for reply in ("452 4.2.2 The email account is over quota limit exceeded", "450 5.2.2 full"):
        assert said(reply, stage) == Verdict(Action.RETRY, Fault.RECIPIENT, "mailbox full")


@pytest.mark.parametrize("stage", [RCPT, BODY])
@pytest.mark.parametrize(
    "reply",
    [
        "552 5.2.2 The recipient's inbox is out of storage space.",
        "550 5.2.2 Mailbox full",
        "552 4.2.2 over quota",
        "552 Mailbox full",
        "552 Requested mail action aborted: exceeded storage allocation",
        "554 user over quota",
    ],
)
def test_a_full_mailbox_that_says_5xx_fails_softly(reply: str, stage: Stage) -> None:
    """The same message is not tried again (RFC 5321 section 4.2.1); the next issue is."""
    assert said(reply, stage) == Verdict(Action.FAIL, Fault.RECIPIENT, "mailbox full")


@pytest.mark.parametrize("stage", [RCPT, Stage.DATA, BODY])
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("550 5.1.1 The email account that you tried to reach does not exist", "no such mailbox"),
        ("550 5.1.1 <eve@x.org>: Recipient address rejected: User unknown", "no such mailbox"),
        ("553 5.1.3 The recipient address is not a valid RFC 5321 address", "no such mailbox"),
        ("551 5.1.6 Recipient has moved", "no such mailbox"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "no such mailbox"),
        ("550 5.2.1 The email account that you tried to reach is inactive.", "mailbox closed"),
        ("550 5.2.1 The email account that you tried to reach is disabled.", "mailbox closed"),
    ],
)
def test_a_mailbox_that_is_not_there_is_suppressed_at_first(
    reply: str, reason: str, stage: Stage
) -> None:
    assert said(reply, stage) == Verdict(Action.SUPPRESS, Fault.RECIPIENT, reason)


@pytest.mark.parametrize(
    "reply",
    [
        f"550 5.2.1 {GMAIL_RATE}",
        "550 5.2.1 The user is receiving mail too quickly.",
        "550 5.2.1 The user is receiving mail too\n5.2.1 quickly; the account is not disabled",
    ],
)
def test_5_2_1_about_a_rate_is_soft(reply: str) -> None:
    assert said(reply) == Verdict(Action.FAIL, Fault.RECIPIENT, "mailbox busy")


@pytest.mark.parametrize("stage", [RCPT, Stage.DATA, BODY])
@pytest.mark.parametrize(
    "reply",
    [f"550 5.7.{detail} refused" for detail in (0, 1, *range(23, 33), 40, 509, 515, 606)]
    + [
        "550 5.7.1 user unknown, inactive, does not exist",
        "550 5.7.1: our system has detected that this message is likely spam",
        "554 rejected: your address is on a block list",
        "554 Message not allowed - [PH01]",
        "553 not authorised",
        "554 denied by policy",
    ],
)
def test_policy_is_the_senders_and_never_suppresses(reply: str, stage: Stage) -> None:
    verdict = said(reply, stage)
    assert (verdict.action, verdict.fault) == (Action.FAIL, Fault.SENDER)
    assert verdict.slow_down


@pytest.mark.parametrize(
    "reply",
    [
        "554 5.6.0 Message is malformed",
        "550 5.6.3 conversion required",
        "552 5.3.4 Message size exceeds fixed limit",
        "552 5.2.3 Message exceeds maximum fixed size",
        "552 message too large",
        "554 malformed message",
        "554 Duplicate header: From",
        "554 not RFC 5322 compliant",
        "552 5.7.0 This message was blocked because its content presents a security issue",
    ],
)
def test_refused_content_stops_the_run_and_suppresses_nobody(reply: str) -> None:
    verdict = said(reply, BODY)
    assert (verdict.action, verdict.fault) == (Action.STOP, Fault.MESSAGE)


@pytest.mark.parametrize("stage", [Stage.MAIL, RCPT])
def test_a_size_that_is_refused_beforehand_stops_the_run_too(stage: Stage) -> None:
    assert said("552 5.3.4 too big", stage) == Verdict(
        Action.STOP, Fault.MESSAGE, "message too big"
    )


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.8 Username and Password not accepted",
        "535 wrong",
        "530 5.7.0 Must issue a STARTTLS command first",
        "530 5.7.1 Authentication required",
        "534 5.7.9 mechanism too weak",
        "538 5.7.11 encryption required",
        "550 5.7.8 credentials invalid",
    ],
)
def test_credentials_stop_the_run(reply: str, stage: Stage) -> None:
    verdict = said(reply, stage)
    assert (verdict.action, verdict.fault) == (Action.STOP, Fault.CREDENTIALS)


def test_454_at_login_is_tried_later() -> None:
    assert said("454 4.7.0 Temporary authentication failure", Stage.LOGIN) == Verdict(
        Action.REQUEUE, Fault.CONNECTION, "relay busy", slow_down=True
    )


@pytest.mark.parametrize("reply", ["550 mailbox unavailable", "551 5.1.0 no", "553 5.1.9 x", "5"])
def test_an_unknown_5xx_at_rcpt_is_soft(reply: str) -> None:
    reply = reply if len(reply) > 1 else "599 "
    assert said(reply) == Verdict(Action.FAIL, Fault.RECIPIENT, "refused")


@pytest.mark.parametrize("reply", ["554 Transaction failed", "550 no", "554 5.5.0 x", "571 x"])
def test_a_5xx_after_the_final_dot_is_not_the_recipients(reply: str) -> None:
    assert said(reply, BODY) == Verdict(Action.FAIL, Fault.MESSAGE, "refused")
