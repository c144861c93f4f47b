"""What a mail that came back says: one reading for pipe, Maildir, mailbox and webhook. Pure.

The order is from what says itself most clearly to what must be guessed. Whatever is not recognised
is `unknown`, and a person's letter always is: a bounce that was missed costs one more mail, a
letter that was taken for one costs a reader.
"""

import re

from pinlabs_mailer.feedback import (
    author,
    auto_reply,
    command,
    complaint,
    delivery_status,
    old_shapes,
    original,
)
from pinlabs_mailer.feedback.diagnosis import Diagnosis
from pinlabs_mailer.feedback.letter import Letter
from pinlabs_mailer.feedback.report import Kind, Report


def read(raw: bytes, envelope_to: str = "") -> tuple[Report, ...]:
    """Return what a mail says, one report for each recipient that it is about; never none.

    `envelope_to` is the address that it was delivered to, where that is known. Never raises,
    whatever the bytes are.
    """
    letter = Letter.open(raw, envelope_to)
    if token := command.token_of(letter.subject):
        return (Report(Kind.UNSUBSCRIBE, returned_to=letter.returned_to, unsubscribe_token=token),)
    complaints = complaint.read(letter)
    if complaints is not None:
        return tuple(_about(letter, kind, who) for kind, who in complaints)
    bounces = _bounces(letter)
    if bounces:
        return tuple(_about(letter, why.kind, who, why) for who, why in bounces)
    if auto_reply.by_subject(letter) or auto_reply.by_marks(letter):
        return (_about(letter, Kind.AUTO_REPLY),)
    return (_about(letter, Kind.UNKNOWN)._replace(is_letter=author.is_person(letter)),)


def _bounces(letter: Letter) -> list[tuple[str, Diagnosis]]:
    if letter.by_person:
        return []
    reported = letter.by_daemon or letter.mail.type == "multipart/report"
    if reported and delivery_status.present(letter.mail):
        return _standard(letter, delivery_status.recipients(letter.mail))
    if auto_reply.by_subject(letter):
        return []
    wrapped = delivery_status.wrapped(letter.mail) if letter.by_daemon else None
    if wrapped is not None:
        return _standard(Letter(wrapped), delivery_status.recipients(wrapped))
    loose = delivery_status.in_text(letter.whole_text) if letter.by_daemon else []
    return _standard(letter, loose) if loose else old_shapes.read(letter)


def _standard(
    letter: Letter, found: list[delivery_status.Recipient]
) -> list[tuple[str, Diagnosis]]:
    """Return what a standard report says; the text helps where it says less than it should."""
    alone = len(found) == 1
    if not found:
        return old_shapes.read(letter)
    told = []
    for one in found:
        who = one.address
        if not who and alone:
            waiting, failed = old_shapes.recipients(letter)
            who = next(iter([*failed, *waiting]), "")
        told.append((who, one.diagnosis(letter.text if alone else "")))
    return told


def _about(letter: Letter, kind: Kind, who: str = "", why: Diagnosis | None = None) -> Report:
    report = Report(
        kind,
        _fit(who),
        returned_to=letter.returned_to,
        message_ids=original.message_ids(letter),
        tokens=original.tokens(letter),
    )
    if why is None:
        return report
    said = _fit(why.diagnostic)
    return report._replace(status=why.status, reason=why.reason, diagnostic=said)


def _fit(words: str) -> str:
    """Return words fit to be stored and shown: one line, no control characters, not too long."""
    return _CONTROLS.sub("", words)[:_LONGEST]


_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_LONGEST = 500
