"""What the samples say: kind, recipient, status and reason of each."""

from pathlib import Path

import pytest

from pinlabs_mailer.feedback.reading import read
from pinlabs_mailer.feedback.report import Kind, Reason

SAMPLES = Path(__file__).parent / "samples"
TOKEN = "k7uA1b2C3d4E5f6GhIjKlMnOpQrStUvWxYz01"
ADA, BOB = "ada@example.org", "bob@example.org"
HARD, SOFT, COMPLAINT = Kind.HARD, Kind.SOFT, Kind.COMPLAINT
NO_MAILBOX, FULL, AWAY = Reason.NO_MAILBOX, Reason.FULL, Reason.AWAY

BOUNCES = {
    "aol-old": [(SOFT, "ada@aol.com", "", Reason.SENDER)],
    "chinese-full": [(SOFT, "ada@example.cn", "", FULL)],
    "domino": [(HARD, ADA, "", NO_MAILBOX)],
    "dovecot-over-quota": [(SOFT, ADA, "", FULL)],
    "exchange-2003": [(HARD, ADA, "", NO_MAILBOX), (HARD, BOB, "", NO_MAILBOX)],
    "exchange-online": [(HARD, ADA, "5.1.10", NO_MAILBOX)],
    "exchange-online-directory": [(HARD, ADA, "5.4.1", NO_MAILBOX)],
    "exchange-online-policy": [(SOFT, ADA, "5.7.1", Reason.POLICY)],
    "exim": [(HARD, ADA, "5.1.1", NO_MAILBOX)],
    "exim-after-data": [(SOFT, ADA, "5.7.1", Reason.POLICY)],
    "exim-retry-timeout": [(SOFT, ADA, "", AWAY)],
    "exim-warning": [(SOFT, ADA, "", Reason.DELAYED)],
    "fields-in-plain-text": [(HARD, ADA, "5.2.1", Reason.CLOSED)],
    "german-unknown": [(HARD, "ada@example.de", "", NO_MAILBOX)],
    "gmail-class-conflict": [(SOFT, ADA, "5.7.32", Reason.THROTTLED)],
    "gmail-does-not-exist": [(HARD, ADA, "5.1.1", NO_MAILBOX)],
    "gmail-old-text": [(HARD, ADA, "5.1.1", NO_MAILBOX)],
    "gmail-rate": [(SOFT, ADA, "5.2.1", Reason.BUSY)],
    "gmx-german": [(SOFT, "ada@web.de", "", FULL)],
    "groupwise": [(HARD, ADA, "", NO_MAILBOX)],
    "imail": [(HARD, ADA, "5.1.1", NO_MAILBOX)],
    "international": [(SOFT, "josé@example.org", "5.6.7", Reason.NOT_ASCII)],
    "japanese-unknown": [(HARD, "ada@example.jp", "", NO_MAILBOX)],
    "mail-ru": [(HARD, "ada@mail.ru", "", NO_MAILBOX)],
    "mdaemon": [(HARD, ADA, "", NO_MAILBOX)],
    "opensmtpd": [(HARD, "ada@no-such.example", "", Reason.NO_DOMAIN)],
    "postfix-delayed": [(SOFT, ADA, "4.2.2", Reason.DELAYED)],
    "postfix-host-not-found": [(HARD, "ada@no-such.example", "5.4.4", Reason.NO_DOMAIN)],
    "postfix-timed-out": [(SOFT, ADA, "4.4.1", AWAY)],
    "postfix-unknown-user": [(HARD, "Ada@example.org", "5.1.1", NO_MAILBOX)],
    "postfix-without-report": [(HARD, ADA, "", NO_MAILBOX)],
    "qmail": [(HARD, ADA, "5.1.1", NO_MAILBOX)],
    "qmail-remote-full": [(SOFT, ADA, "", FULL), (HARD, BOB, "", NO_MAILBOX)],
    "report-in-a-disclaimer": [(HARD, ADA, "5.1.1", NO_MAILBOX)],
    "sendmail-full": [(SOFT, ADA, "5.2.2", FULL)],
    "sendmail-old": [(HARD, ADA, "", NO_MAILBOX)],
    "sendmail-spam-under-5.1.1": [(SOFT, ADA, "5.1.1", Reason.POLICY)],
    "several-recipients": [
        (HARD, ADA, "5.1.1", NO_MAILBOX),
        (SOFT, BOB, "5.2.2", FULL),
        (Kind.UNKNOWN, "eve@example.org", "2.1.9", ""),
    ],
    "yahoo-old": [(HARD, "ada@yahoo.com", "", NO_MAILBOX)],
}
COMPLAINTS = {
    "aol-scomp": [""],
    "arf-abuse": [ADA],
    "arf-opt-out": [ADA],
    "arf-redacted": [""],
    "arf-two-recipients": [ADA, BOB],
    "fields-of-a-complaint-in-text": [ADA],
    "hotmail-jmrp": ["ada@hotmail.com"],
    "hotmail-plain": ["ada@hotmail.com"],
    "yahoo-nested": ["ada@yahoo.com"],
}
ANSWERS = [
    "absence-en-francais",
    "abwesend",
    "challenge",
    "left-the-company",
    "out-of-office",
    "read-receipt",
    "ticket",
]
OTHERS = [
    "arf-auth-failure",
    "arf-not-spam",
    "list-post",
    "newsletter-about-bounces",
    "person-about-deliverability",
    "person-asks-to-leave",
    "person-attaches-the-report-part",
    "person-forwards-a-report",
    "person-quotes-a-bounce",
    "postfix-delivered",
]


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes()


def kinds(name: str) -> set[Kind]:
    return {report.kind for report in read(sample(name))}


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_is_read(name: str) -> None:
    seen = [(one.kind, one.recipient, one.status, one.reason) for one in read(sample(name))]
    assert seen == BOUNCES[name]


@pytest.mark.parametrize("name", COMPLAINTS)
def test_a_complaint_is_read_and_names_our_mail_even_if_redacted(name: str) -> None:
    reports = read(sample(name))
    assert [(one.kind, one.recipient) for one in reports] == [
        (COMPLAINT, who) for who in COMPLAINTS[name]
    ]
    assert {one.tokens for one in reports} == {(TOKEN,)}
    assert {one.message_ids[0] for one in reports} == {"41.q7k2m9@example.com"}
    assert all("b.x4k2@returns.example.com" in one.returned_to for one in reports)


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_program_answers_is_no_bounce(name: str) -> None:
    assert kinds(name) == {Kind.AUTO_REPLY}


@pytest.mark.parametrize("name", OTHERS)
def test_what_nobody_may_act_on_is_unknown(name: str) -> None:
    assert kinds(name) == {Kind.UNKNOWN}


def test_a_mail_that_asks_to_unsubscribe_carries_its_token() -> None:
    (report,) = read(sample("unsubscribe"))
    assert (report.kind, report.unsubscribe_token) == (Kind.UNSUBSCRIBE, TOKEN)


def test_every_sample_is_said() -> None:
    said = {*BOUNCES, *COMPLAINTS, *ANSWERS, *OTHERS, "unsubscribe"}
    assert said == {path.stem for path in SAMPLES.glob("*.eml")}


@pytest.mark.parametrize("name", sorted({*BOUNCES} - {"chinese-full", "japanese-unknown"}))
def test_a_bounce_tells_where_it_came_to(name: str) -> None:
    for report in read(sample(name), "b.zz@returns.example.com"):
        assert report.returned_to[:2] == ("b.zz@returns.example.com", "b.x4k2@returns.example.com")


@pytest.mark.parametrize("name", ["postfix-unknown-user", "exim", "qmail", "exchange-2003"])
def test_a_bounce_names_our_mail_whether_it_is_enclosed_or_quoted(name: str) -> None:
    assert {one.message_ids[0] for one in read(sample(name))} == {"41.q7k2m9@example.com"}


def test_a_report_without_the_original_names_our_mail_by_its_fields() -> None:
    cut = sample("dovecot-over-quota").partition(b"Content-Type: message/rfc822")[0]
    (report,) = read(cut)
    assert report.message_ids == ("41.q7k2m9@example.com",)
    cut = sample("arf-abuse").partition(b"Content-Type: message/rfc822")[0]
    (report,) = read(cut.replace(b"\r\n", b"\n"))
    assert report.returned_to == ("complaints@example.com", "b.x4k2@returns.example.com")


def test_a_boundary_on_a_line_that_is_not_folded_is_found() -> None:
    raw = sample("exchange-2003").replace(
        b'multipart/mixed; boundary="', b'multipart/mixed;\nboundary="'
    )
    assert [one.recipient for one in read(raw)] == [ADA, BOB]


@pytest.mark.parametrize("ending", [b"\r\n", b"\r", b"\n"])
@pytest.mark.parametrize("name", ["qmail", "postfix-unknown-user", "arf-abuse", "mdaemon"])
def test_line_ends_do_not_matter(name: str, ending: bytes) -> None:
    plain = sample(name).replace(b"\r\n", b"\n")
    assert read(plain.replace(b"\n", ending)) == read(plain)


def test_the_words_of_the_server_are_told_on_one_line() -> None:
    (report,) = read(sample("postfix-unknown-user"))
    assert report.diagnostic == (
        "550 5.1.1 <ada@example.org>: Recipient address rejected: "
        "User unknown in virtual mailbox table"
    )
