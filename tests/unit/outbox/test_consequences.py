"""Every row of the table of consequences by name, for the relay's replies and reports alike."""

from datetime import UTC, datetime, timedelta

import pytest

from pinlabs_mailer.db.words import Bounce, ReturnKind
from pinlabs_mailer.outbox.consequences import (
    CONSEQUENCES,
    Consequence,
    Fate,
    bounce_of_reply,
    bounce_of_report,
    is_full_for_long,
    is_gone_for_long,
)
from pinlabs_mailer.outbox.replies import Reason, Stage, judge

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HARD, SOFT, DOMAIN, SENDER = Bounce


@pytest.mark.parametrize(
    ("why", "follows"),
    [
        (Bounce.HARD, "suppress"),
        (Bounce.SOFT, "count"),
        (Bounce.DOMAIN, "look again"),
        (Bounce.SENDER, "tell"),
        (ReturnKind.COMPLAINT, "end"),
        (ReturnKind.UNSUBSCRIBE, "leave"),
        (ReturnKind.AUTO_REPLY, "nothing"),
        (ReturnKind.UNKNOWN, "nothing"),
    ],
)
def test_the_table(why: Bounce | ReturnKind, follows: str) -> None:
    assert CONSEQUENCES[why] == Consequence(follows)
    assert len(CONSEQUENCES) == 8


@pytest.mark.parametrize(
    ("rule", "code", "text", "bounce"),
    [
        ("unknown mailbox", 550, "5.1.1 No such user", HARD),
        ("bad address syntax", 553, "5.1.3 Bad address", HARD),
        ("mailbox moved", 550, "5.1.6 Mailbox moved", HARD),
        ("inactive mailbox", 550, "5.2.1 The account is inactive", HARD),
        ("unknown recipient at Microsoft", 550, "5.1.10 RecipientNotFound", HARD),
        (
            "rate, by the same code as inactive",
            550,
            "5.2.1 mail at too high a rate",
            SOFT,
        ),
        ("mailbox full", 552, "5.2.2 Mailbox full", SOFT),
        ("no known text", 550, "no", SOFT),
        ("a server that is never reached", 550, "5.4.1 connection timed out", SOFT),
        ("mail loop", 554, "5.4.6 Too many hops", SOFT),
        ("no such domain", 550, "5.1.2 Host unknown", DOMAIN),
        ("null MX", 556, "5.1.10 Domain takes no mail", DOMAIN),
        ("policy", 550, "5.7.1 Blocked by policy", SENDER),
        ("authentication", 550, "5.7.26 Unauthenticated", SENDER),
        ("missing requirements at Microsoft", 550, "5.7.515 Access denied", SENDER),
        ("rate, for good", 550, "5.7.28 Unusual rate", SENDER),
        ("spam", 554, "Message looks like spam", SENDER),
    ],
)
def test_a_reply_and_a_report_with_the_same_words_mean_the_same(
    rule: str, code: int, text: str, bounce: Bounce
) -> None:
    verdict = judge(Stage.RCPT, code, text)
    assert bounce_of_reply(verdict) is bounce, rule
    kind = ReturnKind.HARD if bounce in (HARD, DOMAIN) else ReturnKind.SOFT
    assert bounce_of_report(kind, verdict.reason) is bounce, rule


@pytest.mark.parametrize("reason", [Reason.CONTENT, Reason.TOO_BIG, Reason.POLICY, Reason.SENDER])
@pytest.mark.parametrize("kind", [ReturnKind.HARD, ReturnKind.SOFT])
def test_what_is_said_of_us_or_of_our_content_is_never_the_recipients_fault(
    kind: ReturnKind, reason: Reason
) -> None:
    assert bounce_of_report(kind, reason) is SENDER


def test_a_refusal_of_the_whole_message_without_known_words_is_not_the_addresss_fault() -> None:
    assert bounce_of_reply(judge(Stage.BODY, 554, "Transaction failed")) is SENDER


def test_a_mail_that_still_waits_has_not_bounced() -> None:
    assert bounce_of_report(ReturnKind.SOFT, Reason.DELAYED) is None


def fates(*days: float, bounce: Bounce | None = SOFT, is_issue: bool = True) -> list[Fate]:
    return [Fate(NOW + day * DAY, is_issue, bounce, accepted=True) for day in days]


def test_soft_four_issues_over_fifteen_days_are_enough() -> None:
    assert is_full_for_long(fates(0, 5, 10, 15), NOW + 15 * DAY)


@pytest.mark.parametrize("days", [(0, 10, 20), (0, 5, 10, 14.9), (0,), ()])
def test_soft_fewer_or_quicker_are_not(days: tuple[float, ...]) -> None:
    assert not is_full_for_long(fates(*days), NOW + 30 * DAY)


def test_soft_other_mails_than_issues_do_not_count() -> None:
    some = fates(0, 5, 10) + fates(15, is_issue=False)
    assert not is_full_for_long(some, NOW + 15 * DAY)


def test_soft_a_mail_that_arrived_between_resets_it() -> None:
    some = sorted(fates(0, 5, 12, 16) + fates(8, bounce=None))
    assert not is_full_for_long(some, NOW + 16 * DAY)


def test_soft_a_mail_that_arrived_since_resets_it_once_it_cannot_come_back_any_more() -> None:
    some = fates(0, 5, 10, 15) + fates(16, bounce=None)
    assert is_full_for_long(some, NOW + 17 * DAY)
    assert not is_full_for_long(some, NOW + 22 * DAY)


def test_soft_a_mail_that_was_refused_for_our_sake_neither_counts_nor_resets() -> None:
    some = sorted(fates(0, 5, 10, 15) + fates(7, bounce=SENDER))
    assert is_full_for_long(some, NOW + 15 * DAY)


def test_domain_a_second_time_a_day_later_is_enough() -> None:
    assert is_gone_for_long(fates(0, 1, bounce=DOMAIN), NOW + DAY)


@pytest.mark.parametrize("days", [(0,), (0, 0.99), ()])
def test_domain_once_or_within_a_day_is_not(days: tuple[float, ...]) -> None:
    assert not is_gone_for_long(fates(*days, bounce=DOMAIN), NOW + DAY)


def test_domain_a_mail_that_arrived_between_resets_it() -> None:
    some = sorted(fates(0, 3, bounce=DOMAIN) + fates(1, bounce=None))
    assert not is_gone_for_long(some, NOW + 3 * DAY)
