"""What a server's words in a report mean, by the table of `outbox.replies`. Pure.

A reply at SMTP time and a bounce are judged by the same rows. What differs is how much is known: a
report may have codes without words, words without codes, or a whole conversation.
"""

import re
from typing import NamedTuple

from pinlabs_mailer.feedback.report import Kind, Reason
from pinlabs_mailer.outbox.replies import Action, Stage, judge

_MOST = 1_000
_JUDGED = 700
_LINE = 500
_ENHANCED = r"[245]\.\d{1,3}\.\d{1,3}"
_REPLY = re.compile(
    rf"(?:^|[\s:;\"'(<\[>|,#-])(?P<code>[245]\d\d)(?:[ -]+#?(?P<status>{_ENHANCED})"
    rf"|-(?P<more>(?=\D))|(?=[\s:;,)\]\"'-]|$))",
)
_STATUS = re.compile(rf"(?<![\d.])#?(?P<status>{_ENHANCED})(?![\d.]\d|\d)")
_TYPE = re.compile(r"^\s*[\w.-]{1,20}\s*;\s*")
_TO_SENDER = re.compile(
    r"in reply to (?:end of )?(?:\"?MAIL FROM)|MAIL FROM command", re.IGNORECASE
)
_NOT_A_CODE = re.compile(r"\b(?:port|bytes|octets|line|size|id)\W*$", re.IGNORECASE)


class Diagnosis(NamedTuple):
    """What became of a mail, by the words of whoever refused it."""

    kind: Kind
    status: str
    reason: str
    diagnostic: str


class Words(NamedTuple):
    """A reply found in a text."""

    code: int
    """0 if there is no SMTP code."""
    status: str
    text: str
    """What is said with it, on one line."""


def find(text: str) -> Words:
    """Return the reply that a text quotes, with the words around it."""
    flat = " ".join(_TYPE.sub("", text[: _MOST * 4]).split())[:_MOST]
    for found in _REPLY.finditer(flat):
        if found["code"][0] == "2" or _NOT_A_CODE.search(flat[: found.start("code")][-12:]):
            continue
        said = flat[found.start("code") :]
        status = found["status"] or _status_in(said)
        return Words(int(found["code"]), status, flat)
    return Words(0, _status_in(flat), flat)


def diagnose(words: Words, status: str = "") -> Diagnosis:
    """Return what a reply means; `status` is the code that a report puts beside it.

    The SMTP code decides whether it is for good, as at SMTP time; without one the status does, and
    what has neither is for good. The server's own words come before a code that somebody put
    beside them: sendmail makes 5.1.1 of every 550, whatever it was about.
    """
    detail = max((words.status, status), key=_telling)
    code = words.code or _basic(detail)
    stage = Stage.MAIL if _TO_SENDER.search(words.text) else Stage.RCPT
    first = words.status if words.code or not status else detail
    for one in dict.fromkeys((first, detail, words.status, "")):
        verdict = judge(stage, code, f"{one} {words.text[:_JUDGED]}")
        if verdict.reason != Reason.REFUSED:
            break
    hard = verdict.action is Action.SUPPRESS or verdict.reason == Reason.NO_DOMAIN
    return Diagnosis(
        Kind.HARD if hard else Kind.SOFT, detail, str(verdict.reason), words.text[:_LINE]
    )


def _telling(status: str) -> int:
    """Return how much a status says: nothing, a class, an undefined detail, or something."""
    if not status:
        return 0
    _, subject, detail = status.split(".")
    return 1 + (subject != "0") + 2 * (detail != "0")


def _basic(status: str) -> int:
    return 450 if status.startswith("4") else 550


def _status_in(text: str) -> str:
    found = next((one for one in _STATUS.finditer(text) if one["status"][0] != "2"), None)
    return found["status"] if found else ""
