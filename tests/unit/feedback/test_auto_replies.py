"""Answers of programs are told from bounces, in whatever language, and from letters of people."""

import pytest

from pinlabs_mailer.feedback.reading import read
from pinlabs_mailer.feedback.report import Kind

BAIT = "Your message was not delivered: 550 5.1.1 <bob@example.org> User unknown. Mailbox full."


def kind(
    subject: str, *fields: str, text: str = BAIT, sender: str = "Ada <ada@example.org>"
) -> Kind:
    head = "\n".join((f"From: {sender}", f"Subject: {subject}", *fields))
    (report,) = read(f"{head}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode())
    return report.kind


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: News",
        "Auto-Reply: News",
        "Auto: I am away",
        "Autoreply: News",
        "AUTO: Ada is out of the office (returning 30 November)",
        "Out of Office: News",
        "Out of office AutoReply: News",
        "I am out of the office",
        "On vacation until Monday",
        "Automatische Antwort: News",
        "Abwesenheitsnotiz: News",
        "Réponse automatique : News",
        "Absence du bureau",
        "Respuesta automática: News",
        "Fuera de la oficina",
        "Resposta automática: News",
        "Risposta automatica: News",
        "Automatisch antwoord: News",
        "Afwezig: News",
        "Autosvar: News",
        "Frånvarande: News",
        "Automatyczna odpowiedź: News",
        "Automatická odpověď: News",
        "Автоматический ответ: News",
        "自動応答: News",
        "自动回复: News",
        "자동 응답: News",
        "Thank you for your email",
        "[Ticket#2026112410000012] News",
        "[Support #4711] News",
        "Case 004711: we received your request",
        "Please confirm your message",
        "Read: News",
        "Gelesen: News",
    ],
)
@pytest.mark.parametrize("path", ["Return-Path: <>", "Return-Path: <ada@example.org>"])
def test_a_subject_tells_what_a_program_answered(subject: str, path: str) -> None:
    assert kind(subject, path) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: News",
        "Precedence: auto_reply",
        "X-Auto-Response-Suppress: All\nReturn-Path: <>",
    ],
)
def test_rfc_3834_a_mark_of_the_header_tells_it(field: str) -> None:
    text = "I am away until Monday. " + BAIT
    assert kind("News", field, text=text) is Kind.AUTO_REPLY
    assert kind("Re: News", field, text=text) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "text",
    [
        "Please click the link to confirm that you are human, and your mail is delivered.",
        "This account is protected by GateKeeper. Please click the link below.",
        "Your message has been waitlisted. Add yourself to my guest list.",
    ],
)
def test_a_challenge_is_an_auto_reply(text: str) -> None:
    assert kind("News", text=text) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        ("Re: News", ()),
        ("Re: News", ("Return-Path: <>",)),
        ("AW: Unzustellbar: News", ()),
        ("Fwd: failure notice", ()),
        ("WG: Undelivered Mail Returned to Sender", ()),
        ("Re: failure notice", ("In-Reply-To: <1@example.com>",)),
        ("News", ()),
        ("Undeliverable", ("List-Id: <talk.example.org>", "Precedence: list")),
        ("Delivery failure rates of 2026", ("List-Unsubscribe: <https://example.org/u>",)),
        ("Mail delivery problem", ()),
    ],
)
def test_a_letter_that_quotes_a_bounce_is_none(subject: str, fields: tuple[str, ...]) -> None:
    assert kind(subject, *fields) is Kind.UNKNOWN


def test_a_letter_that_pastes_a_complaint_or_a_bounce_is_none() -> None:
    pasted = "I got this automatically generated mail:\n\nFrom: news@example.com\n" + BAIT
    assert kind("Spam complaint", text=pasted) is Kind.UNKNOWN
    assert kind("See this", text="Feedback-Type: abuse\n\n" + pasted) is Kind.UNKNOWN
    assert kind("Undelivered mail", text=pasted) is Kind.UNKNOWN


def test_a_mail_system_that_marks_its_bounce_like_an_answer_is_believed() -> None:
    for mark in (
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
        "X-Failed-Recipients: b@x.org",
    ):
        sender = "Mail Delivery System <Mailer-Daemon@mx.example.net>"
        assert kind("Mail delivery failed", mark, sender=sender) in (Kind.HARD, Kind.SOFT)
