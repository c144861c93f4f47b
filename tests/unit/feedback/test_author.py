"""Who wrote a mail that came back: only letters of people are passed on to people."""

import pytest
from tests.unit.feedback.test_samples import SAMPLES

from pinlabs_mailer.feedback.author import FORWARDED
from pinlabs_mailer.feedback.reading import read
from pinlabs_mailer.feedback.report import Kind

TEXT = "I liked the part about pins. Could you write more of it?"


def is_letter(
    *fields: str, sender: str = "Ada <ada@example.org>", subject: str = "Re: News", text: str = TEXT
) -> bool:
    head = "\n".join((f"From: {sender}", f"Subject: {subject}", *fields))
    (report,) = read(f"{head}\n\n{text}\n".encode())
    assert not report.is_letter or report.kind is Kind.UNKNOWN
    return report.is_letter


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("Return-Path: <ada@example.org>", "In-Reply-To: <1@pinlabs.example>"),
        ("Auto-Submitted: no", "X-Spam-Status: No, score=-1.0", "X-Spam-Flag: NO"),
        ("X-Spam: no", "X-Rspamd-Action: no action", "X-MS-Exchange-Organization-SCL: -1"),
        ("X-Rspamd-Action: greylist", "X-MS-Exchange-Organization-SCL: 1"),
        ("Authentication-Results: mx; dmarc=pass", "Authentication-Results: theirs; dmarc=fail"),
        ("Precedence: normal", *["Received: from a by b"] * 12),
    ],
)
def test_a_letter_is_from_a_person(fields: tuple[str, ...]) -> None:
    assert is_letter(*fields)
    assert is_letter(*fields, subject="A question")


def test_a_letter_may_quote_a_bounce_and_our_own_mail() -> None:
    assert is_letter(text="> 550 5.1.1 user unknown\n> https://news.pinlabs.example/u/token")
    assert is_letter(subject="Fwd: Undelivered Mail Returned to Sender")


@pytest.mark.parametrize(
    "field",
    [
        f"{FORWARDED}: Tue, 24 Nov 2026 09:00:00 +0000",
        "\n".join(["Received: from a by b"] * 31),
        "Return-Path: <>",
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-notified",
        "X-Auto-Response-Suppress: All",
        "Precedence: bulk",
        "Precedence: list",
        "Precedence: junk",
        "List-Id: <talk.example.org>",
        "List-Unsubscribe: <https://example.org/u>",
        "Feedback-ID: a:b:c:sender",
        "X-Spam-Flag: YES",
        "X-Spam-Flag: NO\nX-Spam-Flag: YES",
        "X-Spam-Status: Yes, score=12.0 required=5.0",
        "X-Spam: Yes",
        "X-Rspamd-Action: add header",
        "X-Rspamd-Action: rewrite subject",
        "X-MS-Exchange-Organization-SCL: 5",
        "X-MS-Exchange-Organization-SCL: 9",
        "Authentication-Results: mx.example.net; spf=fail; DMARC = fail (p=none) header.from=x.org",
        "X-Autoreply: yes",
        "From: Somebody else <eve@example.org>",
    ],
)
def test_what_a_program_a_list_or_a_spammer_sent_is_no_letter(field: str) -> None:
    assert not is_letter(field)


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "Ada",
        "no-reply@example.org",
        "Shop <noreply@example.org>",
        "do_not_reply@example.org",
        "postmaster@example.org",
        "Mail Delivery System <MAILER-DAEMON@mx.example.net>",
        "notifications@example.org",
    ],
)
def test_who_takes_no_answer_is_no_person(sender: str) -> None:
    assert not is_letter(sender=sender)


@pytest.mark.parametrize(
    "subject", ["Out of office", "Please confirm your message", "unsubscribe " + "a" * 37]
)
def test_answers_of_programs_challenges_and_orders_to_leave_are_no_letters(subject: str) -> None:
    assert not is_letter(subject=subject)


def test_of_the_samples_only_those_by_persons_are_letters() -> None:
    """But for one with a part for programs in it: what that is must be looked at."""
    persons = {sample.name for sample in SAMPLES.glob("person-*.eml")}
    letters = {
        sample.name
        for sample in SAMPLES.glob("*.eml")
        if any(report.is_letter for report in read(sample.read_bytes()))
    }
    assert letters == persons - {"person-attaches-the-report-part.eml"}
